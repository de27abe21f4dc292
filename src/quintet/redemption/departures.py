"""What an organisation leaves open when nobody acts for it any more: its claims stay where they are, and the departments that have them are told."""

from collections import defaultdict

from quintet.directory.models import Organisation
from quintet.redemption import tell
from quintet.redemption.models import Claim
from quintet.redemption.permissions import lead_of
from quintet.redemption.states import CLOSED, State

NOT_HANDED_IN = (State.DRAFT, State.OFFERED)
DONE = (State.PAID, State.DELIVERED, *CLOSED)


def tell_departments(organisation: Organisation) -> None:
    """Each department once, with who was named as the contact of its claims."""
    waiting: dict[str, list[Claim]] = defaultdict(list)
    for claim in Claim.objects.filter(organisation=organisation).exclude(state__in=[*NOT_HANDED_IN, *DONE]).order_by("pk"):
        waiting[claim.unit or lead_of(claim)].append(claim)
    for unit, claims in waiting.items():
        tell.of_nobody_left(unit, organisation, claims)


last_left = [tell_departments]
