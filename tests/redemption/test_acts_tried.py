"""Every role tries every act that a role allows: done by exactly those whom docs/reference/acts.md names."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from quintet.core import account_proposals, actions, holidays, jobs, oidc, personal_information, second_factors
from quintet.core import acts as core
from quintet.core.errors import NotAllowed
from quintet.core.models import Job, OutsideIdentity, RoleGrant, SecondFactor, User
from quintet.core.permissions import OfficeAct
from quintet.core.roles import Role
from quintet.directory import acts as registers
from quintet.directory.actions import duties, look_at_personal_data, save_record, ties
from quintet.directory.actions.imports import confirm_import
from quintet.directory.actions.numbers import people_with_number
from quintet.directory.models import Person, RegisterDuty
from quintet.ledger import actions as books
from quintet.ledger import acts as ledger
from quintet.ledger.models import Budget
from quintet.policies.engine import policy
from quintet.redemption import actions as redemption
from quintet.redemption import acts
from quintet.redemption.models import Call
from tests.acts import office_acts, roles_in
from tests.core.test_holidays import TEXT, YEAR
from tests.directory.city import ready_import
from tests.duties import keeps_every_register
from tests.ledger.books import award, finance, special_funds
from tests.redemption.applications import PACK, call_for, expert, panel_of, submitted
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import account, member, offered, officer

pytestmark = pytest.mark.django_db
DAY, AT = date(2021, 1, 4), datetime(2026, 3, 2, 4, tzinfo=UTC)
Try = Callable[[User], Any]
Kind = core.Kind
OF_OFFICERS = {"officer": "stb", "finance_officer": "finance"}


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def operator(name: str = "first") -> User:
    user, new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    if new:
        RoleGrant.objects.create(user=user, role="operator", granted_on=date(2019, 1, 1))
    return user


def owner(**more: Any) -> User:
    operator(), operator("second")
    return User.objects.create_user(username="owner", display_name="张三", **more)


def with_factor() -> User:
    user = owner()
    SecondFactor.objects.create(user=user, kind="totp", name="手机", secret="A", created_at=AT)
    return user


def identity() -> OutsideIdentity:
    return OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=AT)


# Each gives what a user tries, and what it is tried upon is there before.


def propose_role() -> Try:
    user = owner()
    return lambda by: account_proposals.propose_role(user, "auditor", granted_on=DAY, by=by, on=DAY)


def confirm_role() -> Try:
    proposal = account_proposals.propose_role(owner(), "auditor", granted_on=DAY, by=operator(), on=DAY)
    return lambda by: account_proposals.confirm(proposal, by=by, on=DAY)


def drop_role() -> Try:
    proposal = account_proposals.propose_role(owner(), "auditor", granted_on=DAY, by=operator(), on=DAY)
    return lambda by: account_proposals.drop(proposal, by=by)


def propose_email() -> Try:
    user = owner()
    return lambda by: account_proposals.propose_email(user, "new@example.org", by=by, on=DAY)


def propose_person() -> Try:
    user = owner()
    return lambda by: account_proposals.propose_person(user, person=1, name="张三", by=by, on=DAY)


def propose_link() -> Try:
    user = owner()
    return lambda by: account_proposals.propose_password_link(user, by=by, on=DAY)


def propose_identity() -> Try:
    user, found = owner(), identity()
    return lambda by: account_proposals.propose_identity(found, user, by=by, on=DAY)


def confirm_identity() -> Try:
    proposal = account_proposals.propose_identity(identity(), owner(), by=operator(), on=DAY)
    return lambda by: account_proposals.confirm(proposal, by=by, on=DAY)


def propose_return() -> Try:
    user = owner(is_active=False)
    return lambda by: account_proposals.propose_return(user, by=by, on=DAY, reason="回岗")


def ask_reset() -> Try:
    user = with_factor()
    return lambda by: second_factors.ask_reset(user, by=by, reason="丢失", at=AT)


def answer_reset() -> Try:
    reset = second_factors.ask_reset(with_factor(), by=operator(), reason="丢失", at=AT)
    return lambda by: second_factors.answer_reset(reset, confirmed=True, by=by, at=AT)


def create_account() -> Try:
    return lambda by: actions.create_account(username="newcomer", display_name="新人", by=by)


def rename_account() -> Try:
    user = owner()
    return lambda by: actions.rename_account(user, display_name="张山", by=by)


def grant_applicant() -> Try:
    user = owner()
    return lambda by: actions.grant_role(user, "applicant", granted_on=DAY, by=by, on=DAY)


def end_role() -> Try:
    grant = RoleGrant.objects.create(user=owner(), role="auditor", granted_on=date(2019, 1, 1))
    return lambda by: actions.revoke_role(grant, by=by, on=DAY, reason="调离")


def deactivate() -> Try:
    user = owner()
    return lambda by: actions.deactivate(user, by=by, on=DAY, reason="调离")


def leave() -> Try:
    RoleGrant.objects.create(user=owner(), role="auditor", granted_on=date(2019, 1, 1))
    return lambda by: actions.leave(User.objects.get(username="owner"), by=by, on=DAY, reason="调离")


def unlink_identity() -> Try:
    found = identity()
    found.user, found.linked_at = owner(), AT
    found.save()
    return lambda by: oidc.unlink(found, by=by)


def demand() -> Try:
    return lambda by: second_factors.demand(["finance_officer"], by=by)


def ask_lifting() -> Try:
    second_factors.demand(["expert"], by=operator())
    return lambda by: second_factors.demand([], by=by)


def answer_lifting() -> Try:
    second_factors.demand(["expert"], by=operator())
    second_factors.demand([], by=operator())
    waiting = second_factors.waiting_liftings().get()
    return lambda by: second_factors.answer_lifting(waiting, confirmed=True, by=by)


def answer_personal() -> Try:
    wish = personal_information.ask(owner(), kind="correct", text="请更正姓名", on=DAY)
    return lambda by: personal_information.answer(wish, done=True, text="已更正", by=by, on=DAY)


def release_job() -> Try:
    job = Job.objects.create(kind="导入", function="none")
    return lambda by: jobs.release(job, by=by)


def propose_plan() -> Try:
    return lambda by: holidays.propose_plan(YEAR, TEXT, source="通知", by=by)


def confirm_plan() -> Try:
    plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=operator())
    return lambda by: holidays.confirm_plan(plan, by=by, on=date(YEAR - 1, 11, 20))


def drop_plan() -> Try:
    plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=operator())
    return lambda by: holidays.drop_plan(plan, by=by)


def open_year() -> Try:
    return lambda by: redemption.open_policy_year(policy(PACK), 2020, by=by, on=date(2020, 1, 2))


def open_budget() -> Try:
    label = {"zh": "专项资金", "en": "Special fund"}
    return lambda by: books.open_budget(pack=PACK, code="special", clause="S2", label=label, funds={}, has_ceiling=False, by=by)


def open_ledger_year() -> Try:
    special_funds()
    budget = Budget.objects.get()
    return lambda by: books.open_year(budget, 2021, ceiling_fen=100, by=by, on=DAY)


def propose_appropriation() -> Try:
    fund, _other = special_funds()
    return lambda by: redemption.propose_appropriation(fund, 2020, 100, reference="财指9号", by=by, on=DAY)


def confirm_appropriation() -> Try:
    fund, _other = special_funds()
    made = redemption.propose_appropriation(fund, 2020, 100, reference="财指9号", by=finance(), on=DAY)
    return lambda by: redemption.confirm_appropriation(made, confirmed=True, by=by, on=DAY)


def book() -> Try:
    fund, _other = special_funds()
    return lambda by: books.commit(fund, 2020, award(), 100, by=by, on=DAY)


def release_money() -> Try:
    fund, _other = special_funds()
    made = books.commit(fund, 2020, award(), 100, by=finance(), on=DAY)
    return lambda by: books.release(made, 50, key="k", memo="不再拨付", by=by, on=DAY)


def publish_call() -> Try:
    return lambda by: call_for(by=by)


def change_call() -> Try:
    call = call_for()
    given = {"closes_on": call.closes_on, "contact": "市科技局", "remark": ""}
    return lambda by: redemption.change_call(call, **given, by=by, on=call.opens_on)


def start_run() -> Try:
    return lambda by: redemption.start_run(policy(PACK), 2020, by=by)


def make_offers() -> Try:
    newly_high_tech()
    run = run_of()
    return lambda by: redemption.make_offers(run, by=by, on=DAY)


def open_instalments() -> Try:
    return lambda by: redemption.open_instalments(2021, by=by, on=DAY)


def propose_expert() -> Try:
    someone = Person.objects.create(name="专家")
    return lambda by: redemption.propose_expert(someone, employer=None, title="教授", field="化工", by=by, on=DAY)


def propose_leaving() -> Try:
    found = expert(1)
    return lambda by: redemption.propose_leaving(found, by=by, on=DAY)


def confirm_expert() -> Try:
    someone = Person.objects.create(name="专家")
    change = redemption.propose_expert(someone, employer=None, title="教授", field="化工", by=officer("proposer"), on=DAY)
    return lambda by: redemption.confirm_expert(change, confirmed=True, by=by, on=DAY)


def add_tie() -> Try:
    keeps_every_register("stb")
    someone, relative = Person.objects.create(name="专家"), Person.objects.create(name="家人")
    return lambda by: redemption.add_tie(someone, relative=relative, by=by, on=DAY)


def keep_register() -> Try:
    keeps_every_register("stb")
    return lambda by: save_record(Person(name="张三"), by=by)


def import_into_register() -> Try:
    keeps_every_register("stb")
    return lambda by: confirm_import(ready_import(), by=by)


def look() -> Try:
    keeps_every_register("stb")
    someone = Person.objects.create(name="张三", identity_number="11010519491231002X")
    matter = {"purpose": "request", "reference": "2021-7号", "reason": "答复本人"}
    return lambda by: look_at_personal_data(someone, **matter, by=by)


def find() -> Try:
    keeps_every_register("stb")
    return lambda by: people_with_number("11010519491231002X", register="people", by=by)


def propose_duty() -> Try:
    operator(), operator("second")
    return lambda by: duties.propose_duty("loans", "hrss", by=by, on=DAY)


def waiting_duty() -> RegisterDuty:
    operator("second")
    return duties.propose_duty("loans", "hrss", by=operator(), on=DAY)


def confirm_duty() -> Try:
    waiting = waiting_duty()
    return lambda by: duties.confirm_duty(waiting, by=by, on=DAY)


def end_duty() -> Try:
    waiting = waiting_duty()
    return lambda by: duties.end_duty(waiting, reason="改由别的部门经办", by=by, on=DAY)


def propose_wrong_tie() -> Try:
    keeps_every_register("stb")
    person, firm = Person.objects.create(name="张三"), newly_high_tech()
    return lambda by: ties.propose_wrong_tie("shareholdings", person, firm, reason="同名的另一人。", by=by, on=DAY)


def answer_wrong_tie() -> Try:
    keeps_every_register("stb")
    by, person = officer(), Person.objects.create(name="张三")
    waiting = ties.propose_wrong_tie("shareholdings", person, newly_high_tech(), reason="同名的另一人。", by=by, on=DAY)
    return lambda by: ties.confirm_wrong_tie(waiting, confirmed=True, by=by)


def recuse() -> Try:
    claim = submitted()
    return lambda by: redemption.recuse(claim, reason="同窗", by=by)


TRIES: list[tuple[OfficeAct, Callable[[], Try]]] = [
    (core.PROPOSALS[Kind.ROLE], propose_role), (core.PROPOSALS[Kind.ROLE], confirm_role), (core.PROPOSALS[Kind.ROLE], drop_role),
    (core.PROPOSALS[Kind.EMAIL], propose_email), (core.PROPOSALS[Kind.PERSON], propose_person), (core.PROPOSALS[Kind.LINK], propose_link),
    (core.PROPOSALS[Kind.IDENTITY], propose_identity), (core.PROPOSALS[Kind.IDENTITY], confirm_identity), (core.PROPOSALS[Kind.RETURN], propose_return),
    (core.ASK_LIFTING, ask_lifting), (core.CONFIRM_LIFTING, answer_lifting), (core.ASK_RESET, ask_reset), (core.ASK_RESET, answer_reset), (core.CREATE_ACCOUNT, create_account), (core.CREATE_ACCOUNT, rename_account),
    (core.GRANT_APPLICANT, grant_applicant), (core.END_ROLE, end_role), (core.DEACTIVATE, deactivate), (core.LEAVE, leave), (core.UNLINK_IDENTITY, unlink_identity),
    (core.DEMAND_SECOND_FACTOR, demand), (core.ANSWER_PERSONAL, answer_personal), (core.RELEASE_JOB, release_job),
    (core.PROPOSE_HOLIDAYS, propose_plan), (core.CONFIRM_HOLIDAYS, confirm_plan), (core.DROP_HOLIDAYS, drop_plan),
    (ledger.OPEN_YEAR, open_year), (ledger.OPEN_YEAR, open_budget), (ledger.OPEN_YEAR, open_ledger_year),
    (ledger.PROPOSE_APPROPRIATION, propose_appropriation), (ledger.CONFIRM_APPROPRIATION, confirm_appropriation),
    (ledger.BOOK, book), (ledger.BOOK, release_money),
    (acts.PUBLISH_CALL, publish_call), (acts.CHANGE_CALL, change_call), (acts.START_RUN, start_run), (acts.MAKE_OFFERS, make_offers),
    (acts.OPEN_INSTALMENTS, open_instalments), (acts.PROPOSE_EXPERT, propose_expert), (acts.PROPOSE_EXPERT, propose_leaving),
    (acts.CONFIRM_EXPERT, confirm_expert), (acts.ADD_TIE, add_tie),
    (acts.RECUSE, recuse),
    (registers.KEEP, keep_register), (registers.KEEP, import_into_register), (registers.LOOK, look), (registers.FIND, find),
    (registers.PROPOSE_WRONG_TIE, propose_wrong_tie), (registers.CONFIRM_WRONG_TIE, answer_wrong_tie),
    (registers.PROPOSE_DUTY, propose_duty),
    (registers.CONFIRM_DUTY, confirm_duty), (registers.END_DUTY, end_duty),
]  # fmt: skip


def done(act: Try, by: User) -> bool:
    """Whether the act is done for them; it is undone again. Anything but a refusal of the right is a mistake of the test."""
    sign, refused = transaction.savepoint(), ""
    try:
        act(by)
    except NotAllowed as error:
        refused = error.message
    finally:
        transaction.savepoint_rollback(sign)
    assert not refused or "没有办理这件事的权限" in refused
    return not refused


@pytest.mark.parametrize(("act", "prepared"), TRIES, ids=lambda item: getattr(item, "__name__", ""))
def test_every_role_tries_and_exactly_those_of_the_table_can(make_user: Any, act: OfficeAct, prepared: Callable[[], Try]):
    tried = prepared()
    able = {role.value for role in Role if done(tried, make_user(role, unit=OF_OFFICERS.get(role, "")))}
    assert able == roles_in(act.title)
    if act.unit:
        assert not done(tried, make_user("officer", unit="hrss"))
    assert not done(tried, make_user())


def test_no_act_is_left_out():
    """An expert's review depends on the seat, see below."""
    assert {act.title for act, _try in TRIES} == {act.title for act in office_acts()} - {acts.REVIEW.title}


def test_a_seat_is_for_its_own_expert_alone(make_user: Any):
    seat = panel_of().seats.filter(state="invited").first()
    for role in Role:
        with pytest.raises(NotAllowed):
            redemption.declare(seat, free=True, by=make_user(role, unit=OF_OFFICERS.get(role, "")), on=DAY)
    redemption.declare(seat, free=True, by=seat.expert.person.user, on=DAY)


class TestOwn:
    """What payees do themselves no role does for them, that of their own officer included."""

    def tries(self) -> list[Try]:
        claim = offered()
        speaker = member(claim.organisation)
        own = account(claim.organisation, speaker)
        number = {"holder": claim.organisation.name, "bank": "示例银行", "number": "6222021234567891"}
        return [
            lambda by: redemption.register_account(claim.organisation, **number, by=by, on=DAY),
            lambda by: redemption.confirm_offer(claim, account=own, by=by, on=DAY),
            lambda by: redemption.change_account(claim, account=own, by=by, on=DAY),
            lambda by: redemption.withdraw(claim, by=by, on=DAY),
        ]

    def test_no_role_does_it(self, make_user: Any):
        users = [make_user(role, unit=OF_OFFICERS.get(role, "")) for role in Role]
        for act in self.tries():
            for user in [*users, officer()]:
                with pytest.raises(NotAllowed, match="不能代表"):
                    act(user)

    def test_who_speaks_for_it_does(self):
        tries = self.tries()
        speaker = User.objects.get(username="member")
        for act in tries:
            sign = transaction.savepoint()
            act(speaker)
            transaction.savepoint_rollback(sign)


def test_publishing_a_call_is_offered_to_a_department_that_leads_a_clause_and_to_no_other(make_user: Any, client: Client):
    seen = {}
    for unit in ("stb", "nobody"):
        client.force_login(make_user("officer", unit=unit), backend="django.contrib.auth.backends.ModelBackend")
        seen[unit] = reverse("redemption:call-add") in client.get(reverse("redemption:calls")).content.decode()
    assert seen == {"stb": True, "nobody": False}


def test_an_award_without_a_leading_department_is_published_by_nobody(make_user: Any):
    """No department is not any department."""
    with pytest.raises(NotAllowed):
        acts.PUBLISH_CALL.right(make_user("officer", unit="stb"), unit="")
    assert not Call.objects.exists()
