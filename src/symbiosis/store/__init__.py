"""The store: what companies entrust to it, who may read which of it, and how it changes."""

from symbiosis.store.ballots import SaveBallot, ballots, publish_ballot
from symbiosis.store.commands import Command, run
from symbiosis.store.database import Session, Store, data_folder
from symbiosis.store.declaring import DeclaredRow, DeleteRow, RestoreRow, SaveRow, SetVisibility
from symbiosis.store.importing import ImportRows, RememberMapping, UndoImport
from symbiosis.store.matching import Decide, FoundMatch, MoveMatch, QueueRun, RecordRun, Side
from symbiosis.store.operations import OperationSide, RecordOperations
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
from symbiosis.store.planning import RevokeAgreement, SignAgreement, named_cells, request_run, serve_request
from symbiosis.store.principal import Principal
from symbiosis.store.projects import MoveProject, OpenProject, SaveProject, WriteNote
from symbiosis.store.publication import KeepZoning, preview, publish, show_to_public, withdraw, zoning
from symbiosis.store.stories import AnswerStory, SaveStory, answer_story, publish_story, stories
from symbiosis.store.working import Remove, SaveScenario, SaveWorkshop

__all__ = [
    "AnswerStory",
    "Command",
    "CreateCompany",
    "CreateTerritory",
    "Decide",
    "DeclaredRow",
    "DeleteRow",
    "FoundMatch",
    "ImportRows",
    "KeepZoning",
    "MoveMatch",
    "MoveProject",
    "OpenProject",
    "OperationSide",
    "Principal",
    "QueueRun",
    "RecordOperations",
    "RecordRun",
    "RememberMapping",
    "Remove",
    "Resource",
    "RestoreRow",
    "RevokeAgreement",
    "RevokeCharter",
    "SaveBallot",
    "SaveContact",
    "SaveProfile",
    "SaveProject",
    "SaveRow",
    "SaveScenario",
    "SaveStory",
    "SaveWorkshop",
    "Session",
    "SetVisibility",
    "SharePrices",
    "ShowCard",
    "Side",
    "SignAgreement",
    "SignCharter",
    "Store",
    "UndoImport",
    "WriteNote",
    "answer_story",
    "ballots",
    "can",
    "data_folder",
    "named_cells",
    "preview",
    "publish",
    "publish_ballot",
    "publish_story",
    "request_run",
    "run",
    "serve_request",
    "show_to_public",
    "stories",
    "withdraw",
    "zoning",
]  # fmt: skip
