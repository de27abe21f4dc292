from typing import Any

from quintet.core.permissions import holds, require
from quintet.core.roles import OFFICIALS, Role

EDITORS = (Role.OFFICER, Role.OPERATOR)
READERS = OFFICIALS


def require_editor(user: Any) -> None:
    """Officers and operators keep the registers; leaders, auditors and finance officers read them."""
    require(user, *EDITORS)


def is_editor(user: Any) -> bool:
    return holds(user, *EDITORS)


def is_reader(user: Any) -> bool:
    return holds(user, *READERS)
