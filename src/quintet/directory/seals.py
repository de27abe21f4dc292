"""Whose rows here are bound into the audit chain: who acts for whom, and who keeps what."""

from quintet.core.seals import Sealed

sealed = [
    Sealed("directory_membership"),
    Sealed("directory_registerduty"),
    Sealed("directory_furtheraccount"),
    Sealed("directory_wrongtie"),
    Sealed(
        "directory_person",
        but=("name", "canonical_name", "identity_number", "identity_hash", "phone", "phone_hash", "email"),
        once="{row}.user_id IS NOT NULL",
    ),
]
