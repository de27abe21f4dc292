"""Whom and what somebody keeps away from in the registers: themself, close relatives, and organisations to which either is or was tied."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Model, Q

from quintet.core.owners import everybody
from quintet.directory.models import Organisation, Person
from quintet.look.registry import collect


@dataclass
class Away:
    """Keys of the people and organisations, each with the reason. Empty for most users."""

    own: frozenset[int] = frozenset()  # people of the register who they are
    people: Mapping[int, str] = field(default_factory=dict)  # relatives, and payees from whose cases they recused
    organisations: Mapping[int, str] = field(default_factory=dict)
    _others: dict[type[Model], dict[int, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.own or self.people or self.organisations)

    def of(self, record: Any) -> tuple[str, str] | None:
        """(field, reason) by which a record is not theirs to enter, change or delete, as it stands in memory; the reason is empty where it is about themself."""
        keys = [(name, model, getattr(record, attribute)) for name, attribute, model in about(type(record))]  # type: ignore[arg-type]
        own = next(((name, "") for name, model, key in keys if model is Person and key in self.own), None)
        ties = ((name, self._why(model, key)) for name, model, key in keys if key is not None)
        return own or next((tie for tie in ties if tie[1]), None)

    def _why(self, model: type[Model], key: int) -> str:
        if model is Person:
            return self.people.get(key, "")
        if model is Organisation:
            return self.organisations.get(key, "")
        return self._whys(model).get(key, "")

    def _whys(self, model: type[Model]) -> Mapping[int, str]:
        """Rows of another register that are about one of them, such as a project of an organisation. One query for each, once."""
        if model not in self._others:
            rows = model._default_manager.filter(self.condition(model)).order_by() if self else ()
            self._others[model] = {row.pk: (self.of(row) or ("", ""))[1] or str(row) for row in rows}
        return self._others[model]

    def condition(self, model: type[Model]) -> Q:
        """Which stored rows of the model are about one of them."""
        found = Q(pk__in=())
        for _name, attribute, target in about(model):
            if target is Person:
                keys: Collection[int] = {*self.own, *self.people}
            elif target is Organisation:
                keys = self.organisations.keys()
            else:
                keys = self._whys(target).keys()
            found |= Q(**{f"{attribute}__in": list(keys)})
        return found


@cache
def about(model: type[Model]) -> tuple[tuple[str, str, type[Model]], ...]:
    """(field, attribute, register) of the people, organisations and projects that a row of the model is about."""
    own = [("name", "pk", model)] if model in (Person, Organisation) else []
    return (*own, *_references(model))


def _references(model: type[Model]) -> Iterator[tuple[str, str, type[Model]]]:
    for column in model._meta.concrete_fields:
        target = column.related_model
        if isinstance(target, type) and (target in (Person, Organisation) or (_is_register(target) and about(target))):
            yield column.name, column.attname, target


def _is_register(model: type[Model]) -> bool:
    from quintet.directory.sheets.sheet import sheets

    return any(sheet.model is model for sheet in sheets().values())


def away(users: Collection[int]) -> Away:
    """What these users keep away from: asked of the same registers and histories as in a claim (`redemption.interests`)."""
    users = everybody(users)
    found = Away(own=frozenset(Person.objects.filter(user__in=users).values_list("pk", flat=True)))
    people: dict[int, str] = {}
    organisations: dict[int, str] = {}
    for ties_of in collect("interests", "in_registers"):
        own, those, firms = ties_of(users)
        found.own |= own
        people |= those
        organisations |= firms
    found.people, found.organisations = people, organisations
    return found


__all__ = ["Away", "about", "away"]
