"""Who must keep away from a claim, found in the registers: employer, authority to act, shares, joint projects, close relatives."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from quintet.directory.models import Kinship, Membership, Person, Shareholding
from quintet.market.models import ProjectMember
from quintet.redemption.models import Claim, Expert
from quintet.talent.models import Talent, Team


def interest_of(person: Person, claim: Claim) -> str:
    """Why this person must keep away, in words; empty if the registers know of nothing. A constant number of queries."""
    return interests([person.pk], claim).get(person.pk, "")


def interests(people: Iterable[int], claim: Claim) -> dict[int, str]:
    """person → why they must keep away; those with no known interest are absent. A constant number of queries, however many people."""
    wanted = list(people)
    ties: dict[int, set[int]] = {person: set() for person in wanted}
    for one, other in Kinship.objects.filter(Q(person__in=wanted) | Q(relative__in=wanted)).values_list("person", "relative"):
        for mine, theirs in ((one, other), (other, one)):
            if mine in ties:
                ties[mine].add(theirs)
    everybody = {*wanted, *(relative for found in ties.values() for relative in found)}
    direct = _direct(everybody, claim)
    found = {}
    for person in wanted:
        if person in direct:
            found[person] = direct[person]
        elif relative := next((relative for relative in sorted(ties[person]) if relative in direct), None):
            found[person] = _("近亲属：%(why)s") % {"why": direct[relative]}
    return found


def _direct(people: set[int], claim: Claim) -> dict[int, str]:
    found: dict[int, str] = {}
    if claim.person_id in people:
        found[claim.person_id] = _("申报人本人")  # one of the people, so not None
    organisation = claim.organisation_id
    if organisation is None:
        employers = Talent.objects.filter(person=claim.person_id, organisation__isnull=False).values_list("organisation", flat=True)
        organisation = employers.first()
    if organisation is None:
        return found
    for why, keys in (
        (_("在申报单位任职"), Expert.objects.filter(employer=organisation, person__in=people).values_list("person", flat=True)),
        (_("在申报单位任职"), Talent.objects.filter(organisation=organisation, person__in=people).values_list("person", flat=True)),
        (_("是申报单位的代理人"), Membership.objects.filter(organisation=organisation, person__in=people, granted_on__isnull=False).values_list("person", flat=True)),
        (_("持有申报单位的股份"), Shareholding.objects.filter(organisation=organisation, person__in=people).values_list("person", flat=True)),
        (_("与申报单位有合作项目"), ProjectMember.objects.filter(project__organisation=organisation, person__in=people).values_list("person", flat=True)),
        (_("是申报单位团队的带头人"), Team.objects.filter(organisation=organisation, leader__in=people).values_list("leader", flat=True)),
    ):  # fmt: skip
        for person in keys:
            found.setdefault(person, why)
    return found
