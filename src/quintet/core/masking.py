"""Masked forms of personal data, for every page that does not need the clear form."""


def _mask(text: str, *, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def mask_name(name: str) -> str:
    """王**"""
    return _mask("".join(name.split()), head=1, tail=0)


def mask_identity(number: str) -> str:
    """110***********1234: the birth date is hidden, too."""
    return _mask("".join(number.split()), head=3, tail=4)


def mask_phone(number: str) -> str:
    """138****1234"""
    return _mask("".join(number.split()), head=3, tail=4)


def mask_account(number: str) -> str:
    """****7890: four stars however long it is."""
    return f"****{number[-4:]}"
