"""Nobody alone decides and pays: rights that come from one person count as one person; what a page offers is what an action does."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from quintet.core.actions import delegate, end_delegation
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification, RoleGrant, User
from quintet.directory.models import Membership, Person, Shareholding
from quintet.redemption import actions
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.interests import users_who_keep_away
from quintet.redemption.models import Claim, Clawback, Notice, Objection, PaymentBatch
from quintet.redemption.permissions import ACTS, Standing, batch_refusal, objection_refusal, require_act
from quintet.redemption.views.doing import DOINGS
from quintet.talent.models import Talent
from tests.duties import by_two
from tests.ledger.books import finance
from tests.redemption.applications import ON as NOVEMBER
from tests.redemption.applications import draft, entered, panel_of, reviewed, scored, submitted
from tests.redemption.batches import AFTER, cleared_claims, committed_claims, looked_at_again, second_finance
from tests.redemption.city import incubator, newly_high_tech, run_of
from tests.redemption.claims import ON, account, all_there, checked, confirmed, granted, member, officer, proposed
from tests.redemption.test_after import PAID_ON, demanded, paid
from tests.redemption.test_commitments import funds
from tests.redemption.test_ways_round import again, result
from tests.redemption.ways import applied, fund_of, lead_of, one_of, somebody, until_cleared

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def lent(lender: User, to: User) -> RoleGrant:
    """The lender's own role, for a few days."""
    own = next(grant for grant in again(lender).grants_today if grant.delegated_by_id is None)
    return delegate(own, again(to), first_day=TODAY, last_day=TODAY + timedelta(days=3), by=again(lender), on=TODAY)


def other(name: str) -> User:
    """An officer of another department, to whom a role can be lent."""
    return officer(name, unit="hrss")


def with_role(name: str, role: str, unit: str = "") -> User:
    user, _new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    RoleGrant.objects.get_or_create(user=user, role=role, unit=unit, defaults={"granted_on": date(2019, 1, 1)})
    return again(user)


class TestRightsFromOnePerson:
    """A lends to B and D; A takes back and borrows from C; whoever lent a right stands behind what is done under it."""

    def lent_to_two(self, lender: User) -> tuple[User, User]:
        first, second = other("first"), other("second")
        lent(lender, first)
        lent(lender, second)
        return again(first), again(second)

    def lent_back(self, lender: User, third: User) -> tuple[User, Callable[[], User]]:
        """B acts under A's right; then A takes it back and borrows C's."""
        borrower = other("borrower")
        given = lent(lender, borrower)

        def came_back() -> User:
            end_delegation(given, by=again(lender), on=TODAY)
            lender.grants.filter(delegated_by=None).update(revoked_on=TODAY)
            other_role = lender.grants.filter(delegated_by=None).first()
            RoleGrant.objects.create(user=lender, role="officer", unit="elsewhere", granted_on=TODAY)
            assert other_role
            lent(third, lender)
            return again(lender)

        return again(borrower), came_back

    def test_two_who_borrowed_from_one_do_not_decide(self):
        claim, (first, second) = checked(), self.lent_to_two(officer())
        actions.propose(claim, granted=True, by=first, on=ON)
        with pytest.raises(NotAllowed, match="受承办人委托"):
            actions.confirm_decision(claim, confirmed=True, by=second, on=ON)
        with pytest.raises(NotAllowed, match="受承办人委托"):
            actions.confirm_decision(claim, confirmed=True, by=again(officer()), on=ON)
        claim = actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
        decision = claim.decisions.get()
        assert decision.proposed_under.delegated_by == officer()
        assert decision.confirmed_under == officer("officer2").grants.get()

    def test_nor_who_took_back_and_borrowed_from_another(self):
        claim = checked()
        borrower, came_back = self.lent_back(officer(), officer("officer2"))
        actions.propose(claim, granted=True, by=borrower, on=ON)
        with pytest.raises(NotAllowed, match="受承办人委托"):
            actions.confirm_decision(claim, confirmed=True, by=came_back(), on=ON)

    def test_nor_do_they_make_and_sign_a_batch(self):
        fund = funds()[0]
        claims, (first, second) = committed_claims(1, fund), self.lent_to_two(finance())
        batch = actions.make_batch(claims, fund=fund, year=2020, by=first, on=AFTER)
        for user in (second, again(finance()), first):
            with pytest.raises(NotAllowed, match="编制人"):
                actions.sign_batch(batch, by=user, on=AFTER)
        batch = actions.sign_batch(batch, by=second_finance(), on=AFTER)
        assert (batch.made_under.delegated_by, batch.signed_under.delegated_by) == (finance(), None)

    def test_nor_who_came_back_by_anothers_loan_signs(self):
        fund = funds()[0]
        claims = committed_claims(1, fund)
        borrower, came_back = self.lent_back(finance(), second_finance())
        batch = actions.make_batch(claims, fund=fund, year=2020, by=borrower, on=AFTER)
        with pytest.raises(NotAllowed, match="编制人"):
            actions.sign_batch(batch, by=came_back(), on=AFTER)

    def test_nor_is_a_clawback_confirmed_or_dropped(self):
        claim, (first, second) = paid(), self.lent_to_two(officer("officer3"))
        found = actions.propose_clawback(claim, amount_fen=100, reasons="材料不实", by=first, on=PAID_ON)
        with pytest.raises(NotAllowed, match="提出人"):
            actions.confirm_clawback(found, confirmed=True, by=second, on=PAID_ON)
        actions.confirm_clawback(found, confirmed=True, by=officer(), on=PAID_ON)
        actions.propose_drop(found, reasons="误", by=officer("officer2"), on=PAID_ON)
        with pytest.raises(NotAllowed, match="提出人"):
            actions.confirm_drop(found, confirmed=True, by=again(officer("officer3")), on=PAID_ON)

    def test_nor_is_an_objection_answered_under_a_deciders_right(self):
        claim = granted()
        line = actions.publish_notice([claim], title="公示", by=officer(), on=ON).lines.get()
        objection = actions.object_to(line, objector="张三", contact="1", text="研发人员数与事实不符，请核查。", on=ON)
        borrower = other("borrower")
        lent(officer("officer2"), borrower)
        with pytest.raises(NotAllowed, match="作出决定的人"):
            actions.answer_objection(objection, upheld=False, finding="不成立", by=again(borrower), on=ON)
        answered = actions.answer_objection(objection, upheld=False, finding="不成立", by=officer("officer3"), on=ON)
        assert answered.answered_under == officer("officer3").grants.get()

    def test_one_person_does_not_vote_for_two_departments_nor_propose_what_they_voted_on(self):
        claim = scored(by=officer()).claim
        units = sorted(claim.votes.values_list("unit", flat=True))
        both = with_role("both", "officer", units[0])
        RoleGrant.objects.create(user=both, role="officer", unit="stb", granted_on=date(2019, 1, 1))
        actions.vote(claim, unit=units[0], agree="agree", by=again(both), on=NOVEMBER)
        for unit in units[1:]:
            RoleGrant.objects.create(user=both, role="officer", unit=unit, granted_on=date(2019, 1, 1))
            with pytest.raises(NotAllowed, match="不能再代表另一部门"):
                actions.vote(claim, unit=unit, agree="agree", by=again(both), on=NOVEMBER)
            actions.vote(claim, unit=unit, agree="agree", by=with_role(f"of-{unit}", "officer", unit), on=NOVEMBER)
        with pytest.raises(NotAllowed, match="不能再代表另一部门"):
            actions.propose(claim, granted=True, amount_fen=100, reasons="核定", by=again(both), on=NOVEMBER)
        actions.propose(claim, granted=True, amount_fen=100, reasons="核定", by=officer(), on=NOVEMBER)
        with pytest.raises(NotAllowed, match="不能再代表另一部门"):
            actions.confirm_decision(claim, confirmed=True, by=again(both), on=NOVEMBER)

    def test_who_must_keep_away_does_not_act_through_whom_they_lent_their_role(self):
        claim, borrower = checked(), other("borrower")
        actions.recuse(claim, reason="亲属", by=officer())
        lent(officer(), borrower)
        with pytest.raises(NotAllowed, match="把角色委托给您的人"):
            actions.propose(claim, granted=True, by=again(borrower), on=ON)


class TestWhoDecidedDoesNotPay:
    def decider_in_finance(self, name: str) -> User:
        return with_role(name, "finance_officer", "finance")

    @pytest.mark.parametrize("name", ["officer1", "officer2"])
    def test_neither_who_proposed_nor_who_confirmed(self, name: str):
        """Alone of two, with the finance role as well: nothing of the same money, from setting aside to the bank's answer."""
        fund, claim = funds()[0], cleared_claims(1)[0]
        both = self.decider_in_finance(name)
        refused = pytest.raises(NotAllowed, match="作出决定的人")
        with refused:
            actions.commit_claim(claim, fund=fund, by=both, on=AFTER)
        claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
        with refused:
            actions.make_batch([claim], fund=fund, year=2020, by=both, on=AFTER)
        with refused:
            actions.propose_release(claim, reasons="不拨", by=both, on=AFTER)
        batch = actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=AFTER)
        with refused:
            actions.sign_batch(batch, by=both, on=AFTER)
        with refused:
            actions.drop_batch(batch, reason="重做", by=both, on=AFTER)
        batch = actions.sign_batch(batch, by=second_finance(), on=AFTER)
        with refused:
            actions.record_results(batch, [result()], by=both, on=PAID_ON)
        assert {act: batch_refusal(both, batch, act) is None for act in ("send", "read")} == {"send": False, "read": False}
        actions.record_results(batch, [result()], by=finance(), on=PAID_ON)
        found = demanded(claim=Claim.objects.get())
        with refused:
            actions.receive_return(found, amount_fen=1, reference="退1", by=both, on=PAID_ON)

    def test_nor_who_borrowed_the_right_to_pay_from_who_decided(self):
        fund, claim = funds()[0], cleared_claims(1)[0]
        self.decider_in_finance("officer2")
        grant = RoleGrant.objects.get(user__username="officer2", role="finance_officer")
        borrower = other("borrower")
        delegate(grant, borrower, first_day=TODAY, last_day=TODAY, by=again(officer("officer2")), on=TODAY)
        with pytest.raises(NotAllowed, match="作出决定的人"):
            actions.commit_claim(claim, fund=fund, by=again(borrower), on=AFTER)

    def test_nor_who_answered_an_objection(self):
        claim = granted()
        line = actions.publish_notice([claim], title="公示", by=officer(), on=ON).lines.get()
        objection = actions.object_to(line, objector="张三", contact="1", text="研发人员数与事实不符，请核查。", on=ON)
        actions.answer_objection(objection, upheld=False, finding="不成立", by=officer("officer3"), on=ON)
        assert actions.clear_notices(on=AFTER) == 1
        with pytest.raises(NotAllowed, match="答复过异议"):
            actions.commit_claim(claim, fund=funds()[0], by=self.decider_in_finance("officer3"), on=AFTER)

    def test_who_proposed_a_return_of_money_does_not_book_it(self):
        found = demanded(claim=paid())
        RoleGrant.objects.create(user=officer("officer3"), role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
        actions.propose_drop(found, reasons="重提", by=officer("officer3"), on=PAID_ON)
        actions.confirm_drop(found, confirmed=True, by=officer("officer4"), on=PAID_ON)
        again_found = actions.propose_clawback(found.claim, amount_fen=5, reasons="不实", by=again(officer("officer3")), on=PAID_ON)
        actions.confirm_clawback(again_found, confirmed=True, by=officer(), on=PAID_ON)
        with pytest.raises(NotAllowed, match="提出人"):
            actions.receive_return(again_found, amount_fen=5, reference="退1", by=again(officer("officer3")), on=PAID_ON)


class TestSealedNames:
    def objection(self) -> Objection:
        claim = granted()
        line = actions.publish_notice([claim], title="公示", by=officer(), on=ON).lines.get()
        return actions.object_to(line, objector="张三丰", contact="13912345678", text="研发人员数与事实不符，请核查。", on=ON)

    def page(self, client: Client, user: User, objection: Objection) -> str:
        client.force_login(user)
        return client.get(f"/objections/{objection.pk}/").content.decode()

    @pytest.mark.parametrize("name", ["officer1", "officer2"])
    def test_who_decided_does_not_read_whose_objection_it_is(self, client: Client, name: str):
        objection = self.objection()
        text = self.page(client, officer(name), objection)
        assert "张三丰" not in text
        assert "13912345678" not in text
        assert "已封存" in text
        assert "研发人员数与事实不符" in text

    def test_nor_who_recused_nor_who_borrowed_from_them(self, client: Client):
        objection, borrower = self.objection(), other("borrower")
        actions.recuse(objection.line.claim, reason="亲属", by=officer("officer3"))
        lent(officer("officer2"), borrower)
        for user in (officer("officer3"), again(borrower)):
            assert "张三丰" not in self.page(client, user, objection)
            assert isinstance(objection_refusal(user, objection, "read_objector"), NotAllowed)

    def test_who_may_answer_and_an_auditor_do(self, client: Client):
        objection = self.objection()
        assert "13912345678" in self.page(client, officer("officer4"), objection)
        assert "张三丰" in self.page(client, with_role("auditor", "auditor"), objection)


class TestTiesEverHeld:
    def test_shares_that_were_sold_or_struck_out_still_count(self):
        claim = confirmed()
        someone = Person.objects.create(name="经办", user=officer())
        held = Shareholding.objects.create(person=someone, organisation=claim.organisation, held_from=date(2018, 1, 1))
        held.held_until = date(2019, 1, 1)
        held.save()
        with pytest.raises(NotAllowed, match="回避"):
            actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)

    def test_an_employer_that_was_changed_still_counts(self):
        claim = confirmed()
        someone = Person.objects.create(name="专家", user=officer())
        for employer in (claim.organisation, None):
            entered(someone, employer=employer, by=officer("officer3"), on=ON)
        assert users_who_keep_away([officer().pk], [claim]) == {(officer().pk, claim.pk): "在申报单位任职"}

    def test_an_account_taken_from_a_person_still_counts(self):
        claim = confirmed()
        someone = Person.objects.create(name="经办", user=officer())
        Membership.objects.create(person=someone, organisation=claim.organisation, granted_on=date(2019, 1, 1), **by_two())
        someone.user = None
        someone.save()
        with pytest.raises(NotAllowed, match="回避"):
            actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)

    def test_a_recusal_counts_for_all_cases_of_the_payee(self):
        claim = confirmed()
        actions.recuse(claim, reason="亲属", by=officer())
        second = Claim.objects.get(pk=claim.pk)
        second.pk = claim.pk + 1  # never stored: the question is about whose claim it is
        assert users_who_keep_away([officer().pk], [second]) == {(officer().pk, second.pk): "声明过回避"}


class TestAnotherAccount:
    """B1: an account changed after hand-in counts once an official has confirmed it; the payee is told, the batch shows it."""

    def asked(self) -> Claim:
        fund = funds()[0]
        claim = committed_claims(1, fund)[0]
        by = member(claim.organisation, f"member-{claim.organisation_id}")
        new = account(claim.organisation, by, number="6222029999999999")
        return actions.change_account(claim, account=new, by=by, on=AFTER)

    def test_nothing_changes_before_it_is_confirmed_and_nothing_is_paid(self):
        claim = self.asked()
        assert Claim.objects.get().account.masked[-4:] != "9999"
        with pytest.raises(DomainError, match="尚未核实"):
            actions.make_batch([claim], fund=claim.commitment.fund, year=2020, by=finance(), on=AFTER)
        kinds = set(
            Notification.objects.filter(user=member(claim.organisation, f"member-{claim.organisation_id}")).values_list("kind", flat=True)
        )
        assert {"new_account", "account_asked"} <= kinds

    def test_the_account_it_has_is_no_change(self):
        claim = committed_claims(1, funds()[0])[0]
        by = member(claim.organisation, f"member-{claim.organisation_id}")
        with pytest.raises(DomainError, match="没有更换"):
            actions.change_account(claim, account=claim.account, by=by, on=AFTER)
        assert not claim.account_changes.exists()

    @pytest.mark.parametrize("typed", [{"bank": "示例银行大连分行"}, {"number": "6222029999999999"}])
    def test_an_account_typed_beside_a_chosen_one_is_asked_about_and_not_lost(self, typed: dict[str, str], client: Client):
        claim = committed_claims(1, funds()[0])[0]
        by = member(claim.organisation, f"member-{claim.organisation_id}")
        other = account(claim.organisation, by, number="6222020000000001")
        client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post(f"/my/claims/{claim.pk}/account/", {"chosen": other.pk, **typed})
        assert answer.status_code == 422
        assert "只留一种" in answer.content.decode()
        assert next(iter(typed.values())) in answer.content.decode()
        assert not claim.account_changes.exists()

    def test_the_agent_who_is_an_officer_does_not_confirm_and_finance_does_not(self):
        claim = self.asked()
        agent = member(claim.organisation, f"member-{claim.organisation_id}")
        RoleGrant.objects.create(user=agent, role="officer", unit="stb", granted_on=date(2019, 1, 1))
        for user in (again(agent), finance()):
            with pytest.raises(NotAllowed):
                actions.confirm_account(claim, confirmed=True, by=user, on=AFTER)

    def test_confirmed_it_is_marked_on_the_payment_and_who_confirmed_does_not_pay(self):
        claim = actions.confirm_account(self.asked(), confirmed=True, by=officer("officer3"), on=AFTER)
        assert claim.account.masked[-4:] == "9999"
        both = with_role("officer3", "finance_officer", "finance")
        with pytest.raises(NotAllowed, match="核实过这一收款账户"):
            actions.make_batch([claim], fund=claim.commitment.fund, year=2020, by=both, on=AFTER)
        batch = actions.make_batch([claim], fund=claim.commitment.fund, year=2020, by=finance(), on=AFTER)
        assert batch.lines.get().purpose.endswith("（账户更换后首次拨付）")
        with pytest.raises(NotAllowed, match="核实过这一收款账户"):
            actions.sign_batch(batch, by=both, on=AFTER)

    def test_whoever_confirmed_it_does_not_pay_another_award_to_it_either(self):
        """The attack: the account is changed in one case and used in the next, which knows of no change."""
        claim = actions.confirm_account(self.asked(), confirmed=True, by=officer("officer3"), on=AFTER)
        fund, firm = claim.commitment.fund, claim.organisation
        by = member(firm, f"member-{firm.pk}")
        incubator(firm)
        actions.make_offers(run_of(), by=officer(), on=ON)
        second = Claim.objects.get(organisation=firm, rule="national_incubator_award")
        same = account(firm, by, number="6222029999999999", bank="示例银行另一支行")
        second = granted(proposed(checked(actions.confirm_offer(second, account=same, by=by, on=ON))))
        actions.publish_notice([second], title="公示", by=officer("officer2"), on=ON)
        assert actions.clear_notices(on=AFTER) == 1
        second = actions.commit_claim(second, fund=fund, by=finance(), on=AFTER)
        both = with_role("officer3", "finance_officer", "finance")
        with pytest.raises(NotAllowed, match="核实过这一收款账户"):
            actions.make_batch([second], fund=fund, year=2020, by=both, on=AFTER)
        batch = actions.make_batch([second], fund=fund, year=2020, by=finance(), on=AFTER)
        assert batch.lines.get().purpose.endswith("（账户更换后首次拨付）")
        assert {act for act in ("sign", "send", "read") if "核实过" in str(getattr(batch_refusal(both, batch, act), "message", ""))} == {
            "sign"
        }
        batch = actions.sign_batch(batch, by=second_finance(), on=AFTER)
        assert {act for act in ("send", "read") if "核实过" in str(getattr(batch_refusal(both, batch, act), "message", ""))} == {
            "send",
            "read",
        }
        actions.record_results(batch, [result()], by=finance(), on=PAID_ON)
        third = actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=PAID_ON)
        assert "首次拨付" not in third.lines.get().purpose  # money has come there since, in whatever case

    def test_nor_the_next_instalment_of_the_award(self):
        user, someone = somebody()
        talent = Talent.objects.create(
            person=someone, category="other", phd=True, full_time_degree=True, graduated_on=date(2018, 6, 30), founded=True,
            founded_on=date(2020, 3, 1), first_business=True,
        )  # fmt: skip
        first, day = until_cleared(applied("founder_subsidy", talent.pk, user, someone))
        first = actions.commit_claim(first, fund=fund_of(first), by=finance(), on=day)
        new = actions.register_account(someone, holder=someone.name, bank="示例银行", number="6222029999999999", by=user, on=day)
        actions.change_account(first, account=new, by=user, on=day)
        lead = lead_of("founder_subsidy")
        actions.confirm_account(first, confirmed=True, by=one_of(lead, 5), on=day)
        batch = actions.make_batch([first], fund=first.commitment.fund, year=first.year, by=finance(), on=day)
        batch = actions.sign_batch(batch, by=second_finance(), on=day)
        actions.record_results(batch, [LineResult(number=1, kind="paid", on=day, reference="凭证")], by=finance(), on=day)
        actions.open_instalments(2021, by=one_of(lead), on=date(2021, 11, 2))
        second, later = until_cleared(Claim.objects.get(follows=first), date(2021, 11, 3))
        second = actions.commit_claim(second, fund=fund_of(second), by=finance(), on=later)
        both = with_role(f"{lead}-5", "finance_officer", "finance")
        with pytest.raises(NotAllowed, match="核实过这一收款账户"):
            actions.make_batch([second], fund=second.commitment.fund, year=second.year, by=both, on=later)
        other_account = actions.register_account(
            someone, holder=someone.name, bank="示例银行", number="6222028888888888", by=user, on=later
        )
        actions.change_account(second, account=other_account, by=user, on=later)
        second = actions.confirm_account(second, confirmed=True, by=one_of(lead, 6), on=later)
        with pytest.raises(NotAllowed, match="核实过这一收款账户"):
            actions.make_batch([second], fund=second.commitment.fund, year=second.year, by=both, on=later)
        batch = actions.make_batch([second], fund=second.commitment.fund, year=second.year, by=finance(), on=later)
        assert batch.count == 1

    def test_what_the_bank_is_said_to_have_sent_back_is_marked_when_it_is_paid_again(self):
        claim = paid()
        batch = claim.payment_lines.get().batch
        actions.record_results(batch, [result(kind="returned")], by=finance(), on=PAID_ON)
        again_made = actions.make_batch(
            [looked_at_again(Claim.objects.get(), on=PAID_ON)], fund=batch.fund, year=2020, by=finance(), on=PAID_ON
        )
        assert again_made.lines.get().purpose.endswith("（退回后再次拨付）")
        assert not batch.lines.get().purpose.endswith("）")

    def test_refused_with_a_reason_the_old_one_stays(self):
        claim = self.asked()
        with pytest.raises(DomainError, match="写明理由"):
            actions.confirm_account(claim, confirmed=False, by=officer("officer3"), on=AFTER)
        claim = actions.confirm_account(claim, confirmed=False, remark="收款人说没有提出", by=officer("officer3"), on=AFTER)
        assert claim.account.masked[-4:] != "9999"
        assert actions.make_batch([claim], fund=claim.commitment.fund, year=2020, by=finance(), on=AFTER).count == 1


# pages and actions --------------------------------------------------------------------------------------------------------


def stages() -> dict[str, Claim]:
    fund, found = funds()[0], {}
    claims = iter(cleared_claims(8))
    found["cleared"] = next(claims)
    committed = [actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER) for claim in claims]
    found["committed"] = committed[0]
    found["releasing"] = committed.pop()
    batch = actions.make_batch(committed[1:], fund=fund, year=2020, by=finance(), on=AFTER)
    batch = actions.sign_batch(batch, by=second_finance(), on=AFTER)
    actions.record_results(batch, [result(number) for number in (2, 3, 4, 5)], by=finance(), on=PAID_ON)
    names = ("ordered", "paid", "asked_back", "demanded", "giving_up")
    found |= {name: Claim.objects.get(pk=claim.pk) for name, claim in zip(names, committed[1:], strict=True)}
    actions.propose_clawback(found["asked_back"], amount_fen=1, reasons="不实", by=officer(), on=PAID_ON)
    demanded(claim=found["demanded"])
    actions.propose_drop(demanded(claim=found["giving_up"]), reasons="误", by=officer("officer4"), on=PAID_ON)
    actions.propose_release(found["releasing"], reasons="已注销", by=finance(), on=AFTER)
    return {name: Claim.objects.get(pk=claim.pk) for name, claim in found.items()}


def early_stages() -> dict[str, Claim]:
    firms = [newly_high_tech() for _n in range(5)]
    actions.make_offers(run_of(), by=officer(), on=ON)
    claims = {firm.pk: Claim.objects.get(organisation=firm, rule="high_tech_award") for firm in firms}
    form, decision, waiting, ready, public = claims.values()
    for number, claim in enumerate(claims.values()):
        by = member(claim.organisation, f"member-{claim.organisation_id}")
        actions.confirm_offer(claim, account=account(claim.organisation, by, number=f"62220212300{number:05d}"), by=by, on=ON)
    for claim in (decision, waiting, ready, public):
        checked(claim)
    for claim in (waiting, ready, public):
        proposed(claim)
    for claim in (ready, public):
        granted(Claim.objects.get(pk=claim.pk))
    actions.publish_notice([public], title="公示", by=officer(), on=ON)
    named = {"form_check": form, "decision": decision, "proposed": waiting, "granted": ready, "public": public}
    return {name: Claim.objects.get(pk=claim.pk) for name, claim in named.items()}


def reviewed_stages() -> dict[str, Claim]:
    firm = newly_high_tech()
    asked, drawn, waiting = (reviewed(submitted(draft(firm))) for _n in range(3))
    scored(panel_of(asked))
    panel_of(drawn)
    beside = newly_high_tech()
    Membership.objects.create(person=member(firm).person, organisation=beside, granted_on=date(2019, 1, 1), **by_two())
    tied, leaving = (reviewed(submitted(draft(beside))) for _n in range(2))
    for panel in (panel_of(tied), panel_of(leaving)):
        holder = panel.seats.get(number=1).expert.person
        Shareholding.objects.get_or_create(person=holder, organisation=beside, held_from=date(2019, 1, 1))  # one may sit on both
    actions.propose_unseat(leaving, by=officer(), on=NOVEMBER)
    named = {"joint_review": asked, "drawn": drawn, "expert_review": waiting, "tied": tied, "leaving": leaving}
    return {name: Claim.objects.get(pk=claim.pk) for name, claim in named.items()}


def officials() -> list[User]:
    """Each role, those who decided, those who borrowed a role, who recused and who holds two roles."""
    borrower, from_second, lent_finance = other("borrower"), other("from-second"), other("lent-finance")
    lent(officer(), borrower)
    lent(officer("officer2"), from_second)
    lent(finance(), lent_finance)
    people = [officer(), officer("officer2"), officer("officer3"), borrower, from_second, lent_finance, finance(), second_finance()]
    people += [
        with_role("both", "finance_officer", "finance"),
        other("elsewhere"),
        with_role("head", "leader"),
        with_role("auditor", "auditor"),
    ]
    RoleGrant.objects.create(user=people[8], role="officer", unit="stb", granted_on=date(2019, 1, 1))
    return [again(user) for user in people]


def tries(claim: Claim, user: User) -> dict[str, Callable[[], Any]]:
    """Every act of the table, done as a page would ask for it."""
    fund, on = funds_there(), max(AFTER, PAID_ON)
    demand = claim.clawbacks.filter(state__in=["proposed", "demanded"]).first() or Clawback(claim=claim, pk=0)
    panel = claim.panels.order_by("-pk").first()
    return {
        "check_form": lambda: actions.check_form(claim, checked=all_there(claim), by=user, on=on),
        "judge": lambda: actions.judge(claim, fact="significant_for_local_industry", value=True, reason="理由", by=user, on=on),
        "recheck": lambda: actions.recheck(claim, by=user, on=on),
        "review": lambda: actions.review(claim, opinion="好", by=user, on=on),
        "draw": lambda: actions.draw_panel(claim, by=user, on=on),
        "close": lambda: actions.close_panel(panel, by=user, on=on) if panel else require_act(user, claim, "close"),
        "unseat": lambda: actions.propose_unseat(claim, by=user, on=on),
        "unseat_confirm": lambda: actions.confirm_unseat(claim, confirmed=True, by=user, on=on),
        "vote": lambda: actions.vote(claim, unit=next(iter(Standing(user, [claim]).units_asked(claim)), ""), agree="agree", by=user, on=on),
        "propose": lambda: actions.propose(claim, granted=False, reasons="理由", by=user, on=on),
        "confirm": lambda: actions.confirm_decision(claim, confirmed=True, by=user, on=on),
        "publish": lambda: actions.publish_notice([claim], title="公示", by=user, on=on),
        "deliver": lambda: actions.deliver(claim, what="场地", by=user, on=on),
        "compare_account": lambda: actions.compare_account(claim, reason="核对账号", by=user),
        "confirm_account": lambda: actions.confirm_account(claim, confirmed=True, by=user, on=on),
        "commit": lambda: actions.commit_claim(claim, fund=fund, by=user, on=on),
        "order": lambda: actions.make_batch([claim], fund=fund, year=2020, by=user, on=on),
        "release": lambda: actions.propose_release(claim, reasons="理由", by=user, on=on),
        "release_confirm": lambda: actions.confirm_release(claim, confirmed=True, by=user, on=on),
        "appraise": lambda: actions.appraise(claim, promised="甲", reached="乙", result="met", by=user, on=on),
        "clawback": lambda: actions.propose_clawback(claim, amount_fen=1, reasons="理由", by=user, on=on),
        "clawback_confirm": lambda: actions.confirm_clawback(demand, confirmed=True, by=user, on=on),
        "clawback_drop": lambda: actions.propose_drop(demand, reasons="理由", by=user, on=on),
        "clawback_drop_confirm": lambda: actions.confirm_drop(demand, confirmed=True, by=user, on=on),
        "offer_again": lambda: actions.offer_again(claim, reasons="理由", by=user, on=on),
        "clawback_receive": lambda: actions.receive_return(demand, amount_fen=1, reference="退9", by=user, on=on),
    }


def funds_there() -> Any:
    from quintet.ledger.models import Fund

    return Fund.objects.order_by("pk").first() or funds()[0]


def outcome_of(work: Callable[[], Any]) -> DomainError | None:
    """What the action says, and nothing of it stays."""
    try:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)
    except DomainError as error:
        return error
    return None


@pytest.mark.parametrize("made", [early_stages, stages, reviewed_stages])
def test_what_is_offered_is_what_can_be_done(made: Callable[[], dict[str, Claim]], client: Client):
    """Every act × stage × person, delegation and recusal among them: offered and done, or not offered and refused in the same words."""
    claims, people = made(), officials()
    for claim in claims.values():
        actions.recuse(claim, reason="亲属", by=officer("officer3"))
    assert all(set(tries(claim, people[0])) == set(ACTS) for claim in claims.values())
    done = set()
    for stage, claim in claims.items():
        for user in people:
            standing = Standing(user, [claim])
            offered = standing.acts(claim)
            for act, work in tries(claim, user).items():
                error, refused = outcome_of(work), standing.refusal(act, claim)
                assert (act in offered) is (refused is None)
                if refused is not None:
                    assert error is not None, (stage, user, act)
                    assert (type(error), error.message) == (type(refused), refused.message), (stage, user, act)
                else:
                    assert not isinstance(error, NotAllowed), (stage, user, act, error)
                    done |= {act} if error is None else set()
            client.force_login(user)
            text = client.get(f"/claims/{claim.pk}/").content.decode()
            on_page = {act for act in re.findall(rf"/claims/{claim.pk}/(\w+)/", text) if act in ACTS and act in DOINGS}
            assert on_page == {act for act in offered if act in DOINGS and (act != "judge" or claim.way != "automatic")}, (stage, user)
    assert done


@pytest.mark.parametrize("count", [2, 6])
def test_standing_asks_as_often_for_many_claims_as_for_few(count: int, django_assert_max_num_queries: Any):
    claims = cleared_claims(count)
    user = again(finance())
    with django_assert_max_num_queries(20):
        standing = Standing(user, claims)
        assert [standing.acts(claim) for claim in claims] == [{"commit"}] * count


def test_batches_ask_as_often_for_many_lines_as_for_few(django_assert_max_num_queries: Any):
    fund = funds()[0]
    batch = actions.make_batch(committed_claims(6, fund), fund=fund, year=2020, by=finance(), on=AFTER)
    signer = second_finance()
    with django_assert_max_num_queries(25):
        assert batch_refusal(again(signer), PaymentBatch.objects.get(pk=batch.pk), "sign") is None
    assert Notice.objects.count() == 1
