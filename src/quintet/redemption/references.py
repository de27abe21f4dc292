"""Cases, where another context asks which matter something is done for, and which rest on an entry of its register."""

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

    def judged(self) -> str:
        """What is different for it from its last evaluation, as the registers are now."""
        return changed_since(self.claim)

    def tell(self, text: str) -> None:
        """Those who have it in hand, with what they can do about it now."""
        tell.of_registers(self.claim, text)


def cases_of(record: Any) -> list[Case]:
    """Claims on their way of the organisations and people that a record of a register is about, or of the record itself."""
    keys = [(model, getattr(record, attribute)) for _name, attribute, model in about(type(record))]  # type: ignore[arg-type]
    firms = {key for model, key in keys if model is Organisation and key}
    people = {key for model, key in keys if model is Person and key}
    found = Claim.objects.filter(Q(organisation__in=firms) | Q(person__in=people), state__in=ASKED_ANEW)
    return [Case(claim) for claim in found.select_related("organisation", "person", "evaluation").order_by("pk")]


resting = [cases_of]
