"""Who must keep away from a claim: found in the registers (employer, authority to act, shares, projects, close relatives), ever held; and who recused."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.owners import owned_together
from quintet.core.seals import unlike
from quintet.directory.models import Kinship, Membership, Person, Shareholding, WrongTie
from quintet.market.models import ProjectMember, TransferProject
from quintet.redemption.models import Claim, Expert, Recusal, Seat
from quintet.talent.models import Talent, Team

Pair = tuple[int, int]
NOW, LONG_AGO = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
FEW = 500  # up to so many organisations a query is narrowed to them


def interest_of(person: Person, claim: Claim) -> str:
    """Why this person must keep away, in words; empty if the registers know of nothing. A constant number of queries."""
    return interests([person.pk], claim).get(person.pk, "")


def interests(people: Iterable[int], claim: Claim) -> dict[int, str]:
    """person → why they must keep away; those with no known interest are absent. A constant number of queries, however many people."""
    return {person: why for (person, _claim), why in reasons(people, [claim]).items()}


def reasons(people: Iterable[int], claims: Sequence[Claim]) -> dict[tuple[int, int], str]:
    """(person, claim) → why the person must keep away. A constant number of queries, however many of both.

    A tie counts if it was ever held: what ended or was corrected stands in the history of its register, unless two officials without a tie of their
    own have said since that it was wrong (`directory.actions.ties`).
    """
    wanted = set(people)
    if not wanted or not claims:
        return {}
    relatives = relatives_of(wanted)
    everybody = wanted.union(*relatives.values())
    concerned = _concerned(claims)
    direct = _direct(everybody, set().union(*concerned.values()))
    found: dict[tuple[int, int], str] = {}
    for claim in claims:
        for person in wanted:
            if why := _why(person, relatives[person], claim, concerned[claim.pk], direct):
                found[person, claim.pk] = why
    return found


def users_who_keep_away(users: Collection[int], claims: Sequence[Claim]) -> dict[tuple[int, int], str]:
    """(user, claim) → why the user must keep away, whichever of their accounts it shows in: by a tie of the person they are or were, by a part in the claim, or because they recused once.

    Whoever recused from one case of a payee keeps away from all of theirs.
    """
    found: dict[tuple[int, int], str] = {}
    same = owned_together(users)
    accounts = frozenset().union(*same.values())
    people_of = _people_of(accounts)
    person_of = {user: set().union(*(people_of[one] for one in same[user])) for user in users}
    ties = reasons({person for people in person_of.values() for person in people}, claims)
    recused, seated = _recusals(accounts, claims), _seated(accounts, claims)
    for claim in claims:
        began = claim.created_by_id if claim.run_id is None and claim.follows_id is None else None
        for user in users:
            tied = next((ties[person, claim.pk] for person in person_of[user] if (person, claim.pk) in ties), "")
            if same[user] & {began, claim.submitted_by_id, claim.saved_by_id}:
                found[user, claim.pk] = _("填写或提交过本件")
            elif any((one, claim.organisation_id, claim.person_id) in recused for one in same[user]):
                found[user, claim.pk] = _("声明过回避")
            elif any((one, claim.pk) in seated for one in same[user]):
                found[user, claim.pk] = _("是本件的评审专家")
            elif tied:
                found[user, claim.pk] = tied
    return found


def ties_of(users: Collection[int]) -> tuple[frozenset[int], dict[int, str], dict[int, str]]:
    """For the registers: who these users are or were, and the people and organisations from which they keep away, each with the reason.

    The ties are those by which somebody keeps away from a claim; close relatives and recusals count, ended ties too. A constant number of queries.
    """
    own = {person for people in _people_of(users).values() for person in people}
    relatives = {relative for others in relatives_of(own).values() for relative in others} - own
    people = dict.fromkeys(relatives, _("近亲属"))
    organisations: dict[int, str] = {}
    for (person, organisation), why in _direct(own | relatives, None).items():
        if person in own or organisation not in organisations:
            organisations[organisation] = why if person in own else _("近亲属：%(why)s") % {"why": why}
    officials = Recusal.objects.filter(user__in=users).values_list("claim__organisation", "claim__person")
    seats = Seat.objects.filter(state=Seat.State.RECUSED, expert__person__user__in=users)
    for organisation, person in (*officials, *seats.values_list("panel__claim__organisation", "panel__claim__person")):
        if organisation is not None:
            organisations.setdefault(organisation, _("声明过回避"))
        elif person is not None and person not in own:
            people.setdefault(person, _("声明过回避"))
    return frozenset(own), people, organisations


in_registers = [ties_of]  # asked by `directory.recusals`


def _seated(users: Collection[int], claims: Sequence[Claim]) -> set[tuple[int, int]]:
    """(user, claim) of experts drawn for a review of the claim."""
    seats = Seat.objects.filter(panel__claim__in=[claim.pk for claim in claims], expert__person__user__in=users)
    return set(seats.values_list("expert__person__user", "panel__claim"))


def _recusals(users: Collection[int], claims: Sequence[Claim]) -> set[tuple[int, int | None, int | None]]:
    """(user, organisation, person) of payees from whom somebody recused, as an official or as an expert."""
    organisations = {claim.organisation_id for claim in claims if claim.organisation_id}
    people = {claim.person_id for claim in claims if claim.person_id}
    officials = Recusal.objects.filter(user__in=users)
    officials = officials.filter(Q(claim__organisation__in=organisations) | Q(claim__person__in=people))
    seats = Seat.objects.filter(state=Seat.State.RECUSED, expert__person__user__in=users)
    seats = seats.filter(Q(panel__claim__organisation__in=organisations) | Q(panel__claim__person__in=people))
    return {
        *officials.values_list("user", "claim__organisation", "claim__person"),
        *seats.values_list("expert__person__user", "panel__claim__organisation", "panel__claim__person"),
    }


def _people_of(users: Collection[int]) -> dict[int, set[int]]:
    """user → the people of the register who sign in, or ever signed in, with that account."""
    found: dict[int, set[int]] = {user: set() for user in users}
    now = Person.objects.filter(user__in=users).values_list("user", "pk")
    before = Person.history.filter(user__in=users).values_list("user", "id")
    for user, person in (*now, *before):
        found[user].add(person)
    return found


def relatives_of(people: set[int]) -> dict[int, set[int]]:
    ties: dict[int, set[int]] = {person: set() for person in people}
    if not people:
        return ties
    of_these = Q(person__in=people) | Q(relative__in=people)
    said = _ever(Kinship, of_these, "person", "relative", ends="declared_on")  # has no end and cannot be deleted: it is its past
    for one, other in _right("kinships", said, _wrong(people)):
        for mine, theirs in ((one, other), (other, one)):
            if mine in ties:
                ties[mine].add(theirs)
    return ties


def _concerned(claims: Sequence[Claim]) -> dict[int, set[int]]:
    """claim → organisations whose people must keep away: the payee, or whoever employs or ever employed the payee."""
    people = {claim.person_id for claim in claims if claim.person_id}
    employers: dict[int | None, set[int]] = defaultdict(set)
    if people:
        said = _ever(Talent, Q(person__in=people, organisation__isnull=False), "person", "organisation")
        for person, organisation in _right("talents", said, _wrong(people)):
            employers[person].add(organisation)
    return {claim.pk: {claim.organisation_id} if claim.organisation_id else employers[claim.person_id] for claim in claims}


def _why(person: int, relatives: set[int], claim: Claim, organisations: set[int], direct: dict[tuple[int, int], str]) -> str:
    own = _own(person, claim, organisations, direct)
    if own:
        return own
    for relative in sorted(relatives):
        if theirs := _own(relative, claim, organisations, direct):
            return _("近亲属：%(why)s") % {"why": theirs}
    return ""


def _own(person: int, claim: Claim, organisations: set[int], direct: dict[tuple[int, int], str]) -> str:
    if claim.person_id == person:
        return _("申报人本人")
    return next((direct[person, organisation] for organisation in sorted(organisations) if (person, organisation) in direct), "")


def _direct(people: set[int], organisations: set[int] | None) -> dict[tuple[int, int], str]:
    """(person, organisation) → the tie between them, of these organisations or of any. Each register is asked once, and its history once."""
    found: dict[tuple[int, int], str] = {}
    if not people:
        return found
    narrow = {"organisation__in": organisations} if organisations is not None and len(organisations) <= FEW else {}
    at_work = {"employer__in": organisations} if narrow else {"employer__isnull": False}
    wrong = _wrong(people)
    agents = Q(person__in=people, granted_on__isnull=False, **narrow)
    talents = Q(person__in=people, organisation__isnull=False, **narrow)
    for why, register, said in (
        (_("在申报单位任职"), "experts", _ever(Expert, Q(person__in=people, **at_work), "person", "employer")),
        (_("在申报单位任职"), "talents", _ever(Talent, talents, "person", "organisation")),
        (_("是申报单位的代理人"), "memberships", _ever(Membership, agents, "person", "organisation", ends="revoked_on")),
        (
            _("持有申报单位的股份"),
            "shareholdings",
            _ever(Shareholding, Q(person__in=people, **narrow), "person", "organisation", ends="held_until"),
        ),
        (_("与申报单位有合作项目"), "members", _projects(people, organisations)),
        (_("是申报单位团队的带头人"), "teams", _ever(Team, Q(leader__in=people, **narrow), "leader", "organisation")),
    ):
        for person, organisation in _right(register, said, wrong):
            found.setdefault((person, organisation), why)
    return found


def _ever(register: Any, condition: Q, *fields: str, ends: str = "") -> dict[Pair, datetime]:
    """What the register says and what its history ever said → when it last said so; NOW for what it says, unless that is over by the day in `ends`."""
    past = register.history.filter(condition).values_list(*fields).annotate(last=Max("history_date")).order_by()
    found: dict[Pair, datetime] = {(one, other): last for one, other, last in past}
    today = clock.today()
    for one, other, *ended in register.objects.filter(condition).values_list(*fields, *([ends] if ends else [])).distinct().order_by():
        if ended and ended[0] is not None and ended[0] <= today:
            found.setdefault((one, other), LONG_AGO)
        else:
            found[one, other] = NOW
    return found


def _right(register: str, said: Mapping[Pair, datetime], wrong: Mapping[tuple[str, Pair], datetime]) -> Iterator[Pair]:
    """Without what was wrong: what the register has not said again since."""
    return (pair for pair, last in said.items() if last > wrong.get((register, pair), LONG_AGO) or (register, pair) not in wrong)


def _wrong(people: Iterable[int]) -> dict[tuple[str, Pair], datetime]:
    """(register, (person, organisation or relative)) → until when what it said was wrong, as two officials said; what no line of the chain tells of does not
    count. A constant number of queries, one where there is nothing."""
    of_these = Q(person__in=list(people)) | Q(relative__in=list(people))
    found = list(WrongTie.objects.filter(of_these, confirmed=True).order_by("confirmed_at", "pk"))
    altered = {row.pk for row in unlike(found)} if found else set()
    wrong: dict[tuple[str, Pair], datetime] = {}
    for tie in found:
        if tie.pk in altered or tie.confirmed_at is None:
            continue
        other = tie.organisation_id or tie.relative_id or 0
        wrong[tie.register, (tie.person_id, other)] = tie.confirmed_at
        if tie.relative_id:
            wrong[tie.register, (other, tie.person_id)] = tie.confirmed_at
    return wrong


def _projects(people: set[int], organisations: set[int] | None) -> dict[Pair, datetime]:
    """Of both that somebody works in a project and whose it is, the earlier."""
    members = _ever(ProjectMember, Q(person__in=people), "person", "project")
    owners: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for (project, organisation), last in _ever(
        TransferProject, Q(pk__in={project for _person, project in members}), "id", "organisation"
    ).items():
        if organisations is None or organisation in organisations:
            owners[project].append((organisation, last))
    found: dict[Pair, datetime] = {}
    for (person, project), since in members.items():
        for organisation, last in owners[project]:
            found[person, organisation] = max(found.get((person, organisation), LONG_AGO), min(since, last))
    return found


def moved_a_project(people: set[int], organisation: int | None, users: Collection[int]) -> bool:
    """Whether one of these users gave a project of one of these people to the organisation, and so made the tie."""
    projects = {project for _person, project in _ever(ProjectMember, Q(person__in=people), "person", "project")} if people else set()
    before: dict[int, int] = {}
    versions = TransferProject.history.filter(id__in=projects).order_by("id", "history_date", "history_id")
    for project, owner, user in versions.values_list("id", "organisation", "history_user"):
        if owner == organisation != before.get(project) and user in users:
            return True
        before[project] = owner
    return False
