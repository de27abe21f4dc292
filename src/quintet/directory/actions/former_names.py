"""What an organisation was called before, kept whenever its name changes."""

from collections.abc import Iterable, Mapping
from datetime import date

from quintet.core.models import User
from quintet.directory.models import FormerName, Organisation
from quintet.reading.names import same

REASON = "更名时保留"  # in the history, like every reason there


def names_of(organisations: Iterable[Organisation]) -> dict[int, str]:
    """The names that the register has now, by primary key: to be asked before new ones are written."""
    keys = [organisation.pk for organisation in organisations if organisation.pk]
    known: dict[int, str] = {}
    for start in range(0, len(keys), 5000):
        known.update(Organisation.objects.filter(pk__in=keys[start : start + 5000]).order_by().values_list("pk", "name"))
    return known


def keep_former_names(before: Mapping[int, str], organisations: Iterable[Organisation], *, by: User | None, on: date) -> None:
    """Record the names in `before` that differ from those now written; a name that is only spelt otherwise is none.

    A name that comes back is no former name any more. To be called in the transaction that writes the new names.
    """
    for organisation in organisations:
        old = before.get(organisation.pk)
        if old is None or same(old, organisation.name):
            continue
        FormerName.objects.filter(organisation=organisation, canonical_name=organisation.canonical_name).delete()
        kept = FormerName.objects.filter(organisation=organisation, name=old).first() or FormerName(organisation=organisation, name=old)
        kept.until = on
        kept._history_user, kept._change_reason = by, REASON  # type: ignore[attr-defined]
        kept.save()
