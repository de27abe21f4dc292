"""Applications and reviews on their way, for tests: a project registered first, at pilot scale and accepted later (T9)."""

import itertools
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from quintet.core.audit import recorded
from quintet.core.models import RoleGrant, User
from quintet.demo.papers import one_page
from quintet.directory.models import Organisation, Person
from quintet.market.models import TransferProject
from quintet.redemption import actions, acts
from quintet.redemption.models import Call, Claim, Expert, ExpertChange, Panel
from quintet.redemption.papers import papers_of
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import account, all_there, member, officer
from tests.scenes import arranged_once

ON = date(2020, 11, 2)
PACK = "panjin-2019-29"
NUMBERS = itertools.count(1)


def pdf(name: str = "材料.pdf", text: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, one_page("", comment=b"% " + (text or name).encode() + b"\n"), "application/pdf")


def project(firm: Organisation, **changes: Any) -> TransferProject:
    given = {
        "number": f"P{next(NUMBERS):05d}", "name": "示例催化剂中试项目", "transfer_project": True, "cooperation": True, "stage": "pilot", "registered_on": date(2019, 9, 2),
        "stage_reached_on": date(2020, 6, 1), "accepted_on": date(2020, 9, 1), "significant_for_local_industry": None,
    }  # fmt: skip
    return TransferProject.objects.create(organisation=firm, **{**given, **changes})


@arranged_once
def call_for(rule: str = "transfer_grant", unit: str = "stb", **changes: Any) -> Call:
    given = {
        "pack": PACK, "rule": rule, "year": 2020, "opens_on": date(2020, 10, 12), "closes_on": date(2020, 11, 30), "contact": "市科技局 0427-0000000",
        "by": officer(unit=unit), "on": date(2020, 10, 9),
    }  # fmt: skip
    return actions.publish_call(**{**given, **changes})


@arranged_once
def draft(firm: Organisation | None = None, **changes: Any) -> Claim:
    firm = firm or newly_high_tech()
    if not Call.objects.exists():
        call_for()
    return actions.start_application(
        pack=PACK, rule="transfer_grant", subject_id=project(firm, **changes).pk, year=2020, by=member(firm), on=ON
    )


@arranged_once
def filled(claim: Claim | None = None) -> Claim:
    claim = claim or draft()
    by = member(claim.organisation)
    for paper in papers_of(claim):
        actions.add_file(claim, pdf(text=paper.key), paper=paper.key, by=by, on=ON)
    actions.use_account(claim, account=account(claim.organisation, by), by=by, on=ON)
    return actions.save_draft(claim, {"contact": "王经办", "phone": "0427-0000001", "text": "中试线已连续运行。"}, by=by, on=ON)


@arranged_once
def submitted(claim: Claim | None = None) -> Claim:
    claim = filled(claim)
    return actions.submit(claim, pledged=True, by=member(claim.organisation), on=ON)


@arranged_once
def reviewed(claim: Claim | None = None) -> Claim:
    """Through form check and department review, with the department's finding; now before the experts."""
    claim = claim or submitted()
    actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)
    actions.judge(claim, fact="significant_for_local_industry", value=True, reason="带动三家配套企业。", by=officer(), on=ON)
    return actions.review(claim, opinion="材料齐全，同意送评审。", by=officer(), on=ON)


def expert(number: int, **changes: Any) -> Expert:
    user, new = User.objects.get_or_create(username=f"expert{number}", defaults={"display_name": f"专家{number}"})
    if new:
        RoleGrant.objects.create(user=user, role="expert", granted_on=date(2019, 1, 1))
    someone, _new = Person.objects.get_or_create(user=user, defaults={"name": f"专家{number}"})
    return entered(someone, **changes)


def entered(someone: Person, **changes: Any) -> Expert:
    """In the register of experts: proposed by one officer, confirmed by another."""
    given = {"employer": None, "title": "教授", "field": "化工", "by": officer(), "on": date(2020, 1, 6), **changes}
    change = actions.propose_expert(someone, **given)
    actions.confirm_expert(change, confirmed=True, by=officer("officer2"), on=given["on"])
    return Expert.objects.get(person=someone)


@arranged_once
def experts(count: int = 8) -> list[Expert]:
    """As many at once: with the rows that `entered` leaves behind, and one line that tells of them all."""
    on, first, second = date(2020, 1, 6), officer(), officer("officer2")
    there = {user.username for user in User.objects.filter(username__in=[f"expert{number}" for number in range(1, count + 1)])}
    numbers = [number for number in range(1, count + 1) if f"expert{number}" not in there]
    particulars = {"title": "教授", "field": "化工"}
    with recorded() as log:
        users = User.objects.bulk_create(User(username=f"expert{number}", display_name=f"专家{number}") for number in numbers)
        RoleGrant.objects.bulk_create(RoleGrant(user=user, role="expert", granted_on=date(2019, 1, 1)) for user in users)
        people = [Person.objects.create(user=user, name=user.display_name) for user in users]  # one by one, with their history
        under = {user: acts.PROPOSE_EXPERT.right(user).grant for user in (first, second)}
        proposed = {"proposed_by": first, "proposed_under_id": under[first], "proposed_on": on}
        changes = ExpertChange.objects.bulk_create(
            ExpertChange(kind=ExpertChange.Kind.ENTER, person=person, **particulars, **proposed) for person in people
        )
        for change in changes:
            change.confirmed, change.confirmed_by, change.confirmed_under_id, change.confirmed_on = True, second, under[second], on
        ExpertChange.objects.bulk_update(changes, ["confirmed", "confirmed_by", "confirmed_under", "confirmed_on"])
        for person in people:
            Expert.objects.create(person=person, active_from=on, **particulars)
        log.record("redemption.enter_expert", "redemption.expert:", f"专家入库：{len(people)}人", by=second)
    return [Expert.objects.get(person__user__username=f"expert{number}") for number in range(1, count + 1)]


@arranged_once
def panel_of(claim: Claim | None = None, count: int = 8) -> Panel:
    experts(count)
    return actions.draw_panel(claim or reviewed(), by=officer(), on=ON)


@arranged_once
def scored(
    panel: Panel | None = None, points: tuple[int, ...] = (25, 25, 15, 15), suggested: int | None = None, by: User | None = None
) -> Panel:
    panel = panel or panel_of()
    for seat in panel.seats.filter(state="invited"):
        sitting = seat.expert.person.user
        actions.declare(seat, free=True, by=sitting, on=ON)
        actions.score(
            seat,
            scores=dict(zip(("novelty", "benefit", "maturity", "accounts"), points, strict=True)),
            opinion="可行。",
            suggested_fen=suggested,
            by=sitting,
            on=ON,
        )
    return actions.close_panel(panel, by=by or officer(), on=ON)
