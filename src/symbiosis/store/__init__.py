"""The store: what companies entrust to it, who may read which of it, and how it changes."""

from symbiosis.store.commands import Command, run
from symbiosis.store.database import Session, Store, data_folder
from symbiosis.store.declaring import (
    DeclaredRow,
    DeleteRow,
    ImportRows,
    RememberMapping,
    RestoreRow,
    SaveRow,
    SetVisibility,
    UndoImport,
)
from symbiosis.store.matching import Decide, FoundMatch, MoveMatch, QueueRun, RecordRun, Side
from symbiosis.store.parties import (
    CreateCompany,
    CreateTerritory,
    RevokeCharter,
    SaveContact,
    SaveProfile,
    SharePrices,
    ShowCard,
    SignCharter,
)
from symbiosis.store.permissions import Resource, can
from symbiosis.store.principal import Principal

__all__ = [
    "Command", "CreateCompany", "CreateTerritory", "Decide", "DeclaredRow", "DeleteRow", "FoundMatch", "ImportRows",
    "MoveMatch", "Principal", "QueueRun", "RecordRun", "RememberMapping", "Resource", "RestoreRow", "RevokeCharter",
    "SaveContact", "SaveProfile", "SaveRow", "Session", "SetVisibility", "SharePrices", "ShowCard", "Side", "SignCharter",
    "Store", "UndoImport", "can", "data_folder", "run",
]  # fmt: skip
