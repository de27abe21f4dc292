from collections.abc import Sequence


class DomainError(Exception):
    """A rule of the city said no. The message is a full sentence in Chinese for the person who asked.

    `where` names the record or the clause, `remedy` says what the person can do now. Shown as a page with status 409.
    """

    status = 409

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The person may not do this; raised by actions, where there is no request to answer with 403."""

    status = 403


class NotAsSealed(DomainError):
    """What the act relies on is not as the audit chain has it; `names` says which rows, for the operators, who are told."""

    def __init__(self, message: str, *, where: str = "", remedy: str = "", names: Sequence[str] = ()) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.names = list(names)
