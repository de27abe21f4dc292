from quintet.directory.actions.accounts import confirm_person_link, propose_person_link
from quintet.directory.actions.bulk import write_records
from quintet.directory.actions.members import confirm_membership, end_membership, propose_membership
from quintet.directory.actions.records import (
    declare_figure,
    delete_record,
    look_at_personal_data,
    propose_contact,
    save_record,
)

__all__ = [
    "confirm_membership",
    "confirm_person_link",
    "declare_figure",
    "delete_record",
    "end_membership",
    "look_at_personal_data",
    "propose_contact",
    "propose_membership",
    "propose_person_link",
    "save_record",
    "write_records",
]
