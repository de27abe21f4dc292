"""Numbers of cases, where another context asks which matter something is done for."""

from django.db.models import Q

from quintet.directory.models import Membership, Person
from quintet.redemption.cases import NUMBER
from quintet.redemption.models import Claim


def concerns(reference: str, person: Person) -> bool:
    """Whether a case of this number (the whole of it) is the person's own, or of an organisation that they act or acted for."""
    number = NUMBER.fullmatch(reference.strip())
    if number is None:
        return False
    organisations = Membership.objects.filter(person=person, granted_on__isnull=False).values("organisation")
    found = Claim.objects.filter(Q(person=person) | Q(organisation__in=organisations), pk=int(number[1])).first()
    return found is not None and found.number.upper() == reference.strip().upper()


concerning = [concerns]
