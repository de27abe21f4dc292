"""Cases, where another context asks which matter something is done for, and which rest on an entry of its register."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from quintet.directory.models import Membership, Organisation, Person
from quintet.directory.recusals import about
from quintet.redemption import tell
from quintet.redemption.actions.claims import changed_since
from quintet.redemption.cases import NUMBER
from quintet.redemption.models import Claim
from quintet.redemption.states import ASKED_ANEW

AT_ONCE = 5_000  # keys in one query


def concerns(reference: str, person: Person) -> bool:
    """Whether a case of this number (the whole of it) is the person's own, or of an organisation that they act or acted for."""
    number = NUMBER.fullmatch(reference.strip())
    if number is None:
        return False
    organisations = Membership.objects.filter(person=person, granted_on__isnull=False).values("organisation")
    found = Claim.objects.filter(Q(person=person) | Q(organisation__in=organisations), pk=int(number[1])).first()
    return found is not None and found.number.upper() == reference.strip().upper()


concerning = [concerns]


@dataclass(frozen=True)
class Case:
    """A claim on its way or paid, of whom an entry of a register is about."""

    claim: Claim

    def __str__(self) -> str:
        return f"{self.claim.number} {self.claim.name}（{self.claim.get_state_display()}）"

    @property
    def concerned(self) -> frozenset[tuple[Any, int]]:
        """Of whom entries of registers are looked at: (model, key)."""
        whose = ((Organisation, self.claim.organisation_id), (Person, self.claim.person_id))
        return frozenset((model, key) for model, key in whose if key)

    def judged(self) -> str:
        """What is different for it from its last evaluation, as the registers are now."""
        return changed_since(self.claim)

    def tell(self, text: str) -> None:
        """Those who have it in hand, with what they can do about it now."""
        tell.of_registers(self.claim, text)


def cases_of(records: Sequence[Any]) -> list[Case]:
    """Claims on their way of the organisations and people that records of one register are about, or of the records themselves.

    One query for so many of them.
    """
    places = about(type(records[0])) if records else ()  # type: ignore[arg-type]
    concerned: dict[Any, set[int]] = {Organisation: set(), Person: set()}
    for _name, attribute, model in places:
        if model in concerned:
            concerned[model].update(key for record in records if (key := getattr(record, attribute)))
    firms, people = (sorted(concerned[model]) for model in (Organisation, Person))
    found: dict[int, Claim] = {}
    for start in range(0, max(len(firms), len(people)), AT_ONCE):
        chosen = Q(organisation__in=firms[start : start + AT_ONCE]) | Q(person__in=people[start : start + AT_ONCE])
        claims = Claim.objects.filter(chosen, state__in=ASKED_ANEW).select_related("organisation", "person", "evaluation")
        found |= {claim.pk: claim for claim in claims}
    return [Case(found[pk]) for pk in sorted(found)]


resting = [cases_of]
