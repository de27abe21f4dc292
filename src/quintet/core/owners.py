"""Accounts of one human being: whoever has several is one person wherever an act takes two, or somebody keeps away.

The register of people knows them; `directory` says it in its `owners.py` (`together = [function of keys of users → sets of keys]`).
"""

from collections.abc import Collection

from quintet.look.registry import collect


def owned_together(users: Collection[int]) -> dict[int, frozenset[int]]:
    """user → all accounts of the same person, this one included. A constant number of queries."""
    found = {user: frozenset({user}) for user in users}
    for together in collect("owners", "together", everywhere=False):
        for accounts in together(users):
            found |= {user: found[user] | accounts for user in accounts if user in found}
    return found


def everybody(users: Collection[int]) -> frozenset[int]:
    """These accounts, and all others of the same people."""
    return frozenset().union(*owned_together(users).values())
