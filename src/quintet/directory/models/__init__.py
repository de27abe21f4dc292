from quintet.directory.models.carriers import Carrier
from quintet.directory.models.duties import RegisterDuty
from quintet.directory.models.figures import YearlyFact
from quintet.directory.models.imports import ImportBatch
from quintet.directory.models.organisations import FormerName, Organisation
from quintet.directory.models.people import FurtherAccount, Kinship, Membership, Person, PersonalDataLook, Shareholding, WrongTie
from quintet.directory.models.recognitions import Level, Recognition

__all__ = [
    "Carrier",
    "FormerName",
    "FurtherAccount",
    "ImportBatch",
    "Kinship",
    "Level",
    "Membership",
    "Organisation",
    "Person",
    "PersonalDataLook",
    "Recognition",
    "RegisterDuty",
    "Shareholding",
    "WrongTie",
    "YearlyFact",
]
