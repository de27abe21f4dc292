"""Whatever waits for a second person is told to those who may decide on it, stands in their 今日工作, and is gone when it is decided.

The kinds are those of docs/reference/acts.md: every act that another has to confirm.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from quintet.core import account_proposals, holidays, second_factors, second_person
from quintet.core import acts as core
from quintet.core.actions import delegate
from quintet.core.errors import NotAllowed
from quintet.core.models import Notification, OutsideIdentity, RoleGrant, SecondFactor, User
from quintet.directory.actions import confirm_membership, propose_membership
from quintet.directory.actions.accounts import confirm_person_link, propose_person_link
from quintet.directory.actions.duties import confirm_duty, propose_duty
from quintet.directory.actions.members import accept_membership
from quintet.directory.actions.ties import confirm_wrong_tie, propose_wrong_tie
from quintet.directory.models import Membership, Organisation, Person, Shareholding
from quintet.redemption import actions
from tests import acts as table
from tests import guards
from tests.core.test_holidays import TEXT, YEAR
from tests.directory.city import organisation
from tests.duties import by_two, keeps_every_register
from tests.ledger.books import finance, special_funds
from tests.redemption.applications import panel_of
from tests.redemption.batches import AFTER, batch_of, committed_claims, second_finance
from tests.redemption.claims import ON, account, checked, member, officer, proposed
from tests.redemption.test_after import PAID_ON, demanded, paid
from tests.redemption.test_commitments import funds
from tests.redemption.test_notices import objected, published

pytestmark = pytest.mark.django_db
DAY, AT = date(2021, 1, 4), datetime(2026, 3, 2, 4, tzinfo=UTC)
# who proposes, who may confirm, what settles it
Made = tuple[User, Sequence[User], Callable[[], Any]]
Kind = core.Kind


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def operator(name: str) -> User:
    user, new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    if new:
        RoleGrant.objects.create(user=user, role="operator", granted_on=date(2019, 1, 1))
    return user


def owner(**more: Any) -> User:
    operator("first"), operator("second")
    return User.objects.create_user(username="owner", display_name="张三", **more)


def of_an_account(proposal: Any, confirm: Callable[[Any], Any] | None = None) -> Made:
    settle = confirm or (lambda made: account_proposals.confirm(made, by=operator("second"), on=timezone.localdate()))
    return operator("first"), [operator("second")], lambda: settle(proposal)


def role() -> Made:
    return of_an_account(account_proposals.propose_role(owner(), "auditor", granted_on=DAY, by=operator("first"), on=DAY))


def email() -> Made:
    return of_an_account(account_proposals.propose_email(owner(), "new@example.org", by=operator("first"), on=DAY))


def person() -> Made:
    someone = Person.objects.create(name="张三")
    made = propose_person_link(owner(), someone, by=operator("first"), on=DAY)
    return of_an_account(made, lambda one: confirm_person_link(one, by=operator("second"), on=DAY))


def link() -> Made:
    return of_an_account(account_proposals.propose_password_link(owner(), by=operator("first"), on=DAY))


def identity() -> Made:
    found = OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=AT)
    return of_an_account(account_proposals.propose_identity(found, owner(), by=operator("first"), on=DAY))


def back() -> Made:
    return of_an_account(account_proposals.propose_return(owner(is_active=False), by=operator("first"), on=DAY, reason="回岗"))


def reset() -> Made:
    user = owner()
    SecondFactor.objects.create(user=user, kind="totp", name="手机", secret="A", created_at=AT)
    made = second_factors.ask_reset(user, by=operator("first"), reason="丢失", at=AT)
    return (
        operator("first"),
        [operator("second")],
        lambda: second_factors.answer_reset(made, confirmed=True, by=operator("second"), at=AT),
    )


def lifting() -> Made:
    operator("second")
    second_factors.demand(["expert"], by=operator("first"))
    second_factors.demand([], by=operator("first"))
    made = second_factors.waiting_liftings().get()
    settle = lambda: second_factors.answer_lifting(made, confirmed=True, by=operator("second"))
    return operator("first"), [operator("second")], settle


def plan() -> Made:
    leader = User.objects.create_user(username="leader", display_name="领导")
    RoleGrant.objects.create(user=leader, role="leader", granted_on=date(2019, 1, 1))
    operator("second")
    made = holidays.propose_plan(YEAR, TEXT, source="通知", by=operator("first"))
    return operator("first"), [operator("second"), leader], lambda: holidays.confirm_plan(made, by=leader, on=date(YEAR - 1, 11, 20))


def duty() -> Made:
    operator("second")
    made = propose_duty("loans", "hrss", by=operator("first"), on=DAY)
    return operator("first"), [operator("second")], lambda: confirm_duty(made, by=operator("second"), on=DAY)


def authority() -> Made:
    """By somebody who acts for the organisation: officials who keep the register, and its legal representative."""
    keeps_every_register("stb")
    firm, head = organisation(), User.objects.create_user(username="head", display_name="法人")
    RoleGrant.objects.create(user=head, role="applicant", granted_on=date(2019, 1, 1))
    whose = Person.objects.create(name="法人", user=head)
    Membership.objects.create(person=whose, organisation=firm, part="legal_representative", granted_on=date(2019, 1, 1), **by_two())
    by, official = member(firm), officer()
    new = User.objects.create_user(username="new-agent", display_name="新代理人")
    made = propose_membership(Person.objects.create(name="新代理人", user=new), firm, by=by, on=timezone.localdate())
    accept_membership(made, by=new, on=timezone.localdate())
    return by, [official, head], lambda: confirm_membership(made, by=official, on=timezone.localdate())


def wrong_tie() -> Made:
    keeps_every_register("stb")
    by, second = officer(), officer("officer2")
    made = propose_wrong_tie("shareholdings", Person.objects.create(name="张三"), organisation(), reason="同名的另一人。", by=by, on=ON)
    return by, [second], lambda: confirm_wrong_tie(made, confirmed=True, by=second)


def decision() -> Made:
    second = officer("officer2")
    claim = proposed(checked())
    return officer(), [second], lambda: actions.confirm_decision(claim, confirmed=True, by=second, on=ON)


def others_of_finance() -> list[User]:
    return [user for user in second_person.holders("finance_officer") if user != finance()]


def batch() -> Made:
    second = second_finance()
    made = batch_of(1)
    return finance(), others_of_finance(), lambda: actions.sign_batch(made, by=second, on=AFTER)


def no_payment() -> Made:
    second, (claim,) = second_finance(), committed_claims(1, funds()[0])
    actions.propose_release(claim, reasons="单位注销", by=finance(), on=AFTER)
    return finance(), others_of_finance(), lambda: actions.confirm_release(claim, confirmed=True, by=second, on=AFTER)


def clawback() -> Made:
    second, claim = officer("officer2"), paid()
    made = actions.propose_clawback(claim, amount_fen=100, reasons="证书被撤销", by=officer(), on=PAID_ON)
    return officer(), [second], lambda: actions.confirm_clawback(made, confirmed=True, by=second, on=PAID_ON)


def clawback_given_up() -> Made:
    third = officer("officer3")
    made = demanded()
    actions.propose_drop(made, reasons="误提", by=officer("officer2"), on=PAID_ON)
    return officer("officer2"), [third], lambda: actions.confirm_drop(made, confirmed=True, by=third, on=PAID_ON)


def upholding() -> Made:
    objection = objected(published())
    by, second = officer("officer3"), officer("officer4")
    actions.answer_objection(objection, upheld=True, finding="属实。", by=by, on=ON)
    return by, [second], lambda: actions.confirm_upholding(objection, confirmed=True, by=second, on=ON)


def appropriation() -> Made:
    second, (fund, _other) = second_finance(), special_funds()
    made = actions.propose_appropriation(fund, 2020, 100, reference="财指9号", by=finance(), on=DAY)
    return finance(), others_of_finance(), lambda: actions.confirm_appropriation(made, confirmed=True, by=second, on=DAY)


def expert() -> Made:
    second = officer("officer2")
    someone = Person.objects.create(name="专家")
    made = actions.propose_expert(someone, employer=None, title="教授", field="化工", by=officer(), on=DAY)
    return officer(), [second], lambda: actions.confirm_expert(made, confirmed=True, by=second, on=DAY)


def unseating() -> Made:
    second = officer("officer2")
    panel = panel_of()
    Shareholding.objects.create(
        person=panel.seats.get(number=1).expert.person, organisation=panel.claim.organisation, held_from=date(2019, 1, 1)
    )
    actions.propose_unseat(panel.claim, by=officer(), on=ON)
    return officer(), [second], lambda: actions.confirm_unseat(panel.claim, confirmed=True, by=second, on=ON)


def another_account() -> Made:
    claim = checked()
    by, official = member(claim.organisation), officer()
    other = account(claim.organisation, by, number="6222021234567891")
    actions.change_account(claim, account=other, by=by, on=ON)
    return by, [official], lambda: actions.confirm_account(claim, confirmed=True, by=official, on=ON)


MADE: dict[str, Callable[[], Made]] = {
    core.PROPOSALS[Kind.ROLE].title: role,
    core.PROPOSALS[Kind.EMAIL].title: email,
    core.PROPOSALS[Kind.PERSON].title: person,
    core.PROPOSALS[Kind.LINK].title: link,
    core.PROPOSALS[Kind.IDENTITY].title: identity,
    core.PROPOSALS[Kind.RETURN].title: back,
    core.ASK_RESET.title: reset,
    core.ASK_LIFTING.title: lifting,
    core.PROPOSE_HOLIDAYS.title: plan,
    "提出由哪个部门经办一本名录": duty,
    "提出授权": authority,
    "提出名录里的关系登记有误": wrong_tie,
    "提出决定": decision,
    "编制拨付批次": batch,
    "提出不再拨付，释放资金": no_payment,
    "提出追回已拨付的资金": clawback,
    "提出撤销追回": clawback_given_up,
    "提出异议成立": upholding,
    "登记资金安排或调减": appropriation,
    "提出专家入库或出库": expert,
    "提出更换应当回避的评审专家": unseating,
    "更换收款账户（提交以后由牵头部门核实）": another_account,
}


def confirmed_by_another() -> set[str]:
    """Titles of the acts whose line in the docs names who confirms them; two tables have no such column and say it in words."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.lines()]
    return {cells[0] for cells in rows if len(cells) == 6 and cells[3] not in ("—", "由谁的哪一步确认")} | {
        cells[0] for cells in rows if "可以确认的人" in cells[-2] or "可以核实的人" in cells[-2]
    }


def kind_of(title: str) -> second_person.Kind:
    with override("zh-hans"):
        (found,) = [kind for kind in second_person.kinds() if title in [str(act) for act in kind.acts]]
    return found


def page(user: User) -> str:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/work/" if user.role_codes - {"applicant"} else "/").content.decode()


def asked(user: User, kind: second_person.Kind) -> bool:
    with override("zh-hans"):
        return Notification.objects.filter(user=user, text__startswith=f"请{kind.label}：").exists()


def test_every_kind_of_the_docs_has_its_entry_and_its_example():
    with override("zh-hans"):
        registered = [str(act) for kind in second_person.kinds() for act in kind.acts]
    assert sorted(registered) == sorted(MADE) == sorted(confirmed_by_another())


@pytest.mark.parametrize("title", MADE)
def test_the_second_person_is_told_finds_it_in_their_work_and_no_more_when_it_is_settled(title: str):
    by, seconds, settle = MADE[title]()
    kind = kind_of(title)
    everybody = list(User.objects.filter(is_active=True))
    with override("zh-hans"):
        label = str(kind.label)
    assert {user for user in everybody if asked(user, kind)} == set(seconds)
    for user in everybody:
        mine = kind.mine(User.objects.get(pk=user.pk))
        assert bool(mine) is (user in seconds), user
    for user in (by, *seconds):
        assert (f">{label}</a>" in page(user)) is (user in seconds), user
    for user in seconds:
        address = Notification.objects.filter(user=user, text__startswith=f"请{label}：").first().url
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(address).status_code == 200
        if user.role_codes - {"applicant"}:
            assert label in client.get("/work/second/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert by not in seconds
    settle()
    for user in seconds:
        again = User.objects.get(pk=user.pk)
        assert not kind.mine(again)
        assert f">{label}</a>" not in page(again)


def test_decisions_by_the_dozen_are_one_unread_message():
    second = officer("officer2")
    proposed(checked())
    kind = kind_of("提出决定")
    decision = kind.mine(second)[0]
    second_person.ask(kind, decision)
    assert Notification.objects.filter(user=second, text__startswith="请复核决定").count() == 1
    Notification.objects.update(read_at=timezone.now())
    second_person.ask(kind, decision)
    assert Notification.objects.filter(user=second, text__startswith="请复核决定").count() == 2


def test_who_borrowed_the_role_from_the_proposer_is_not_asked():
    borrower = officer("borrower", unit="hrss")
    lender = officer()
    RoleGrant.objects.create(
        user=borrower, role="officer", unit="stb", delegated_by=lender, granted_on=date(2019, 1, 1), revoked_on=date(2099, 1, 1)
    )
    proposed(checked())
    assert not Notification.objects.filter(user=borrower, text__startswith="请复核决定").exists()
    assert kind_of("提出决定").mine(borrower) == []


def test_who_is_asked_to_confirm_an_authority_is_not_told_of_it_a_second_time():
    by, (official, head), _settle = authority()
    new = User.objects.get(username="new-agent")
    told = Notification.objects.filter(text__contains="授权").order_by("pk")
    words: dict[User, list[str]] = {}
    for one in told:
        words.setdefault(one.user, []).append(one.text.split("：")[0])
    assert words == {
        head: ["提出授权（待确认）", "请确认授权"],
        by: ["提出授权（待确认）", "本人已同意（待确认）"],
        new: ["提出授权（待确认）", "本人已同意（待确认）"],
        official: ["请确认授权"],
    }


def test_an_import_of_many_authorities_is_one_message_to_each_official():
    keeps_every_register("stb")
    by, other = officer(), officer("officer2")
    from quintet.directory.actions.members import propose_memberships

    firm: Organisation = organisation()
    people = [Person.objects.create(name=f"代理人{n}") for n in range(3)]
    rows = [Membership(person=someone, organisation=firm, part="agent") for someone in people]
    propose_memberships(rows, [], fields=["person", "organisation", "part"], by=by, reason="导入")
    told = Notification.objects.filter(text__startswith="请确认授权")
    assert [(one.user, one.text) for one in told] == [(other, "请确认授权：共 3 项")]
    assert "?state=proposed" in told[0].url


LEFT = {
    "whose account is off": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "whose role has ended": lambda user: (
        guards.changed(RoleGrant.objects.filter(user=user), revoked_on=timezone.localdate()),
        Membership.objects.filter(person__user=user).update(revoked_on=date(2019, 1, 2)),
    ),
}


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("act", MADE)
def test_nobody_confirms_for_somebody(act: str, left: str):
    """The attack: what somebody proposed and left behind is confirmed when they are gone. Every kind asks; with the proposer there, each passes above."""
    proposer, _seconds, settle = MADE[act]()
    LEFT[left](proposer)
    with pytest.raises(NotAllowed, match=r"提出人|提出更换的人"):
        settle()


class TestWhatWasProposedUnderALentRole:
    @pytest.fixture
    def lent(self) -> Any:
        claim, today = checked(), timezone.localdate()
        lender, borrower = officer(), officer("borrower", unit="hrss")
        loan = delegate(lender.grants.get(), borrower, first_day=today, last_day=today, by=lender, on=today)
        actions.propose(claim, granted=True, by=User.objects.get(pk=borrower.pk), on=ON)
        guards.changed(RoleGrant.objects.filter(pk=loan.pk), revoked_on=today)
        claim.refresh_from_db()
        return claim, lender, borrower

    def test_stands_when_the_loan_has_come_to_its_end(self, lent: Any):
        claim, _lender, _borrower = lent
        actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)

    @pytest.mark.parametrize("who", [1, 2])
    def test_falls_when_the_lender_or_the_borrower_has_left(self, lent: Any, who: int):
        claim = lent[0]
        guards.changed(RoleGrant.objects.filter(user=lent[who], delegated_by=None), revoked_on=timezone.localdate())
        with pytest.raises(NotAllowed, match="提出人"):
            actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
        actions.confirm_decision(claim, confirmed=False, remark="重新提出", by=officer("officer2"), on=ON)
