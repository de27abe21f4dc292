from quintet.directory.actions.bulk import write_records
from quintet.directory.actions.records import (
    declare_figure,
    delete_record,
    grant_membership,
    look_at_personal_data,
    propose_contact,
    revoke_membership,
    save_record,
)

__all__ = [
    "declare_figure",
    "delete_record",
    "grant_membership",
    "look_at_personal_data",
    "propose_contact",
    "revoke_membership",
    "save_record",
    "write_records",
]
