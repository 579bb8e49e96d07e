"""The store: what companies entrust to it, who may read which of it, and how it changes."""

from symbiosis.store.commands import Command, run
from symbiosis.store.database import Session, Store, data_folder
from symbiosis.store.declaring import (
    DeclaredRow,
    DeleteRow,
    RestoreRow,
    SaveRow,
    SetVisibility,
)
from symbiosis.store.importing import ImportRows, RememberMapping, UndoImport
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
from symbiosis.store.projects import MoveProject, OpenProject, SaveProject, WriteNote

__all__ = [
    "Command", "CreateCompany", "CreateTerritory", "Decide", "DeclaredRow", "DeleteRow", "FoundMatch", "ImportRows",
    "MoveMatch", "MoveProject", "OpenProject", "Principal", "QueueRun", "RecordRun", "RememberMapping", "Resource",
    "RestoreRow", "RevokeCharter", "SaveContact", "SaveProfile", "SaveProject", "SaveRow", "Session", "SetVisibility",
    "SharePrices", "ShowCard", "Side", "SignCharter", "Store", "UndoImport", "WriteNote", "can", "data_folder", "run",
]  # fmt: skip
