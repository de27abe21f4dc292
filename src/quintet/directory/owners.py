"""Which accounts belong to one person of the register."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from quintet.directory.models import FurtherAccount, Person


def accounts_of_one(users: Collection[int]) -> list[frozenset[int]]:
    """Of everybody who has one of these accounts and others beside it, all accounts. One query."""
    beside = FurtherAccount.objects.filter(user__in=users).values("person")
    people = Person.objects.filter(Q(user__in=users) | Q(pk__in=beside)).filter(further_accounts__isnull=False)
    found: dict[int, set[int | None]] = defaultdict(set)
    for person, first, further in people.values_list("pk", "user", "further_accounts__user"):
        found[person] |= {first, further}
    return [frozenset(account for account in accounts if account is not None) for accounts in found.values()]


together = [accounts_of_one]
