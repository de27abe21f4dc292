"""What two people decided is undone by two: an objection upheld, money that is not paid, a demand given up. Whoever objected has no hand in the answer."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.directory.models import Person
from quintet.redemption import actions
from quintet.redemption.models import Claim, ClaimFact, Objection, Reversal
from quintet.redemption.permissions import refusal
from tests.ledger.books import finance
from tests.redemption.applications import reviewed
from tests.redemption.batches import AFTER, cleared_claims, committed_claims, second_finance
from tests.redemption.claims import ON, checked, member, officer, upheld
from tests.redemption.test_after import PAID_ON, demanded, paid, sound
from tests.redemption.test_commitments import funds
from tests.redemption.test_nobody_alone import lent, other, with_role
from tests.redemption.test_notices import TEXT, objected, published, states
from tests.redemption.test_ways_round import again

pytestmark = pytest.mark.django_db
OWN = pytest.raises(NotAllowed, match="对本件提出过异议的人")


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def filed_by(by: User | None, contact: str = "13800000000") -> Objection:
    return actions.object_to(published().lines.get(), objector="赵某", contact=contact, text=TEXT, by=by, on=ON)


def told(user: User) -> list[str]:
    return [one.text for one in Notification.objects.filter(user=user).order_by("pk")]


def payee_of(objection: Objection) -> User:
    firm = objection.line.claim.organisation
    return member(firm, f"member of {firm.pk}")


class TestWhoObjected:
    def test_does_not_answer_their_own_objection_either_way(self):
        """The attack: an officer who had no part in the decision objects to it and upholds the objection."""
        objection = filed_by(officer("officer3"))
        for answer in (True, False):
            with OWN:
                actions.answer_objection(objection, upheld=answer, finding="属实。", by=officer("officer3"), on=ON)
        actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer4"), on=ON)
        with OWN:
            actions.confirm_upholding(objection, confirmed=True, by=officer("officer3"), on=ON)
        assert states(objection.line.notice) == ["contested"]
        actions.confirm_upholding(objection, confirmed=True, by=officer("officer5"), on=ON)
        assert states(objection.line.notice) == ["refused"]

    def test_nor_that_of_another_to_the_same_claim(self):
        first = filed_by(officer("officer3"))
        second = objected(first.line.notice, text=f"{TEXT}另有一事。")
        assert second.joins == first
        third = actions.object_to(first.line, objector="钱某", contact="2", text=f"{TEXT}还有一事。", on=ON)
        with OWN:
            actions.accept_objection(third, by=officer("officer3"), on=ON)
        assert actions.accept_objection(third, by=officer("officer4"), on=ON).joins == first

    @pytest.mark.parametrize(
        "contact",
        [
            "Zhao@Example.org",
            " zhao@example.org",
            "13912345678",
            "139 1234 5678",
            "139-1234-5678",
            "+86 13912345678",
            "１３９１２３４５６７８",
        ],
    )
    def test_nor_who_left_their_own_mail_or_telephone_without_signing_in(self, contact: str):
        by = officer("officer3")
        by.email = "zhao@example.org"
        by.save()
        Person.objects.create(name="赵某", user=by, phone="13912345678")
        objection = filed_by(None, contact)
        with OWN:
            actions.accept_objection(objection, by=by, on=ON)
        assert actions.accept_objection(objection, by=officer("officer4"), on=ON).is_question

    @pytest.mark.parametrize("contact", ["13912345678", "１３９ 1234 5678", "zhao@example.org"])
    def test_a_contact_that_nobody_confirmed_takes_no_officers_power_over_what_others_object_to(self, contact: str, client: Client):
        """The attack: a second anonymous objection leaves an officer's telephone, and the first cannot be answered any more."""
        by = officer("officer3")
        by.email = "zhao@example.org"
        by.save()
        Person.objects.create(name="赵某", user=by, phone="13912345678")
        objection = filed_by(None)
        actions.object_to(objection.line, objector="钱某", contact=contact, text=TEXT + "第二件。", by=None, on=ON)
        actions.accept_objection(objection, by=by, on=ON)
        client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
        assert 'value="answer"' in client.get(f"/objections/{objection.pk}/").content.decode()
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=by, on=ON)

    def test_one_that_was_confirmed_does(self):
        by = officer("officer3")
        Person.objects.create(name="赵某", user=by, phone="13912345678")
        first = filed_by(None, "13912345678")
        second = actions.object_to(first.line, objector="钱某", contact="13800000000", text=TEXT + "第二件。", by=None, on=ON)
        actions.accept_objection(first, by=officer("officer4"), on=ON)
        for objection in (first, second):
            with OWN:
                actions.answer_objection(objection, upheld=False, finding="不成立。", by=by, on=ON)

    def test_nor_who_borrowed_from_them_nor_who_had_lent_them_a_role(self):
        lender, filer = officer("officer5"), other("filer")
        lent(lender, filer)
        objection = filed_by(again(filer))
        borrower = other("borrower")
        RoleGrant.objects.create(user=filer, role="officer", unit="stb", granted_on=date(2019, 1, 1))
        own = filer.grants.get(unit="stb", delegated_by=None)
        RoleGrant.objects.create(
            user=borrower, role="officer", unit="stb", delegated_by=filer, granted_on=own.granted_on, revoked_on=date(2099, 1, 1)
        )
        for user in (filer, lender, borrower):
            with OWN:
                actions.answer_objection(objection, upheld=False, finding="不成立。", by=again(user), on=ON)
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=officer("officer4"), on=ON)

    def test_the_page_offers_them_nothing(self, client: Client):
        objection = filed_by(officer("officer3"))
        for name, offered in (("officer3", False), ("officer4", True)):
            client.force_login(officer(name), backend="django.contrib.auth.backends.ModelBackend")
            assert ('value="answer"' in client.get(f"/objections/{objection.pk}/").content.decode()) is offered
        client.force_login(officer("officer3"), backend="django.contrib.auth.backends.ModelBackend")
        client.post(f"/objections/{objection.pk}/", {"do": "answer", "upheld": "yes", "finding": "属实。"})
        assert not Reversal.objects.exists()

    @pytest.mark.parametrize("name", ["officer3", "officer1", "officer2"])
    def test_the_database_refuses_a_reversal_by_who_objected_or_decided(self, name: str):
        objection = filed_by(officer("officer3"))
        kept = {"claim": objection.line.claim, "kind": "uphold", "objection": objection, "reasons": "属实。", "proposed_on": ON}
        with pytest.raises(IntegrityError, match="reversal_begins"), transaction.atomic():
            Reversal.objects.create(**kept, proposed_by=officer(name), proposed_under=officer(name).grants.get())
        made = Reversal.objects.create(**kept, proposed_by=officer("officer4"), proposed_under=officer("officer4").grants.get())
        made.confirmed, made.confirmed_by, made.confirmed_under, made.confirmed_on = True, officer(name), officer(name).grants.get(), ON
        with pytest.raises(IntegrityError, match="reversal_stays"), transaction.atomic():
            made.save()


class TestUpholding:
    def test_one_alone_undoes_nothing(self):
        objection = objected(published())
        actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer3"), on=ON)
        objection.refresh_from_db()
        assert (objection.upheld, states(objection.line.notice)) == (None, ["contested"])
        borrower = other("borrower")
        lent(officer("officer3"), borrower)
        for user in (officer("officer3"), borrower):
            with pytest.raises(NotAllowed, match="不能自己复核"):
                actions.confirm_upholding(objection, confirmed=True, by=again(user), on=ON)
        for name in ("officer1", "officer2"):
            with pytest.raises(NotAllowed, match="作出决定的人"):
                actions.confirm_upholding(objection, confirmed=True, by=officer(name), on=ON)
        with pytest.raises(NotAllowed):
            actions.confirm_upholding(objection, confirmed=True, by=other("elsewhere"), on=ON)

    def test_confirmed_by_another_what_joined_is_answered_with_it(self):
        notice = published()
        first, second = objected(notice), objected(notice, text=f"{TEXT}另有一事。")
        found = upheld(first)
        second.refresh_from_db()
        assert (found.upheld, second.upheld, second.finding, states(notice)) == (True, True, found.finding, ["refused"])
        line = AuditEntry.objects.get(action="redemption.answer")
        assert (line.by, line.details["joined"]) == (officer("officer4"), [second.pk])
        assert AuditEntry.objects.get(action="redemption.propose_upholding").by == officer("officer3")

    def test_sent_back_with_a_remark_it_waits_for_another_answer(self):
        objection = objected(published())
        actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer3"), on=ON)
        with pytest.raises(DomainError, match="正在等待复核"):
            actions.answer_objection(objection, upheld=False, finding="不成立。", by=officer("officer4"), on=ON)
        with pytest.raises(DomainError, match="写明意见"):
            actions.confirm_upholding(objection, confirmed=False, by=officer("officer4"), on=ON)
        with pytest.raises(DomainError, match="请先作出选择"):
            actions.confirm_upholding(objection, confirmed=None, by=officer("officer4"), on=ON)
        actions.confirm_upholding(objection, confirmed=False, remark="证据不足", by=officer("officer4"), on=ON)
        assert states(objection.line.notice) == ["contested"]
        with pytest.raises(DomainError, match="没有待复核"):
            actions.confirm_upholding(objection, confirmed=True, by=officer("officer4"), on=ON)
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=officer("officer3"), on=ON)
        assert states(objection.line.notice) == ["public"]
        with pytest.raises(DomainError, match="已经答复"):
            actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer4"), on=ON)

    @pytest.mark.parametrize("name", ["officer3", "officer4"])
    def test_whoever_proposed_it_or_sent_it_back_has_no_hand_in_the_money(self, name: str):
        objection = objected(published())
        actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer3"), on=ON)
        actions.confirm_upholding(objection, confirmed=False, remark="证据不足", by=officer("officer4"), on=ON)
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=officer("officer5"), on=ON)
        assert actions.clear_notices(on=date(2021, 1, 12)) == 1
        both = with_role(name, "finance_officer", "finance")
        assert "答复过异议" in refusal(both, Claim.objects.get(), "commit").message

    def test_nor_confirmed_once_its_proposer_or_their_lender_keeps_away(self):
        objection, borrower = objected(published()), other("borrower")
        lent(officer("officer3"), borrower)
        actions.answer_objection(objection, upheld=True, finding="属实。", by=again(borrower), on=ON)
        actions.recuse(objection.line.claim, reason="亲属", by=officer("officer3"))
        with pytest.raises(NotAllowed, match="已经回避"):
            actions.confirm_upholding(objection, confirmed=True, by=officer("officer4"), on=ON)
        actions.confirm_upholding(objection, confirmed=False, remark="换人", by=officer("officer4"), on=ON)

    def test_two_officers_do_it_on_the_page(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("quintet.core.clock.today", lambda: ON)
        objection = objected(published())
        address = f"/objections/{objection.pk}/"
        client.force_login(officer("officer3"), backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post(address, {"do": "answer", "upheld": "yes", "finding": "属实。"}, follow=True).content.decode()
        assert "已送复核" in answer
        assert 'value="uphold_confirm"' not in answer
        client.force_login(officer("officer4"), backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(address, {"do": "uphold_confirm", "confirmed": "no", "remark": " "}).status_code == 422
        assert "已答复" in client.post(address, {"do": "uphold_confirm", "confirmed": "yes"}, follow=True).content.decode()
        assert states(objection.line.notice) == ["refused"]


class TestTold:
    def test_the_payee_of_the_question_and_of_its_answer_and_never_who_objected(self):
        objection = objected(published())
        payee = payee_of(objection)
        assert "在公示中收到异议" in told(payee)[-1]
        objected(objection.line.notice, text=f"{TEXT}另有一事。")
        assert sum("收到异议" in text for text in told(payee)) == 1
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=officer("officer3"), on=ON)
        assert "异议经核查不成立，继续办理" in told(payee)[-1]
        upheld(objected(objection.line.notice, text=f"{TEXT}第三件。"))
        assert "异议经核查成立，不予兑现" in told(payee)[-1]
        assert not any("赵某" in text or "citizen" in text for text in told(payee))

    def test_one_that_stopped_nothing_is_not_told_to_the_payee(self):
        objection = filed_by(None)
        before = told(payee_of(objection))
        actions.answer_objection(objection, upheld=False, finding="无此人。", by=officer("officer3"), on=ON)
        assert told(payee_of(objection)) == before

    def test_whoever_objected_signed_in_on_the_site(self):
        objection = objected(published())
        assert "已经受理" in told(officer("citizen"))[-1]
        upheld(objection)
        assert told(officer("citizen"))[-1].endswith("这一项不予兑现。核查结论：证书已于公示前撤销。")

    def test_whoever_confirmed_their_mail_by_mail(self, mailoutbox: Any, django_capture_on_commit_callbacks: Any):
        objection = filed_by(None, "zhao@example.org")
        other_one = actions.object_to(objection.line, objector="钱某", contact="qian@example.org", text=f"{TEXT}另", on=ON)
        with django_capture_on_commit_callbacks(execute=True):
            actions.confirm_contact(objection, code=actions.code_of(objection), on=ON)
            actions.answer_objection(objection, upheld=False, finding="证书有效。", by=officer("officer3"), on=ON)
            actions.answer_objection(other_one, upheld=False, finding="重复。", by=officer("officer3"), on=ON)
        mails = [(mail.to, mail.body) for mail in mailoutbox if "异议" in mail.body and "@example.org" in str(mail.to)]
        assert [to for to, _body in mails] == [["zhao@example.org"]] * 2
        assert "已经受理" in mails[0][1]
        assert mails[1][1].endswith("经核查不成立。核查结论：证书有效。")

    def test_whoever_left_a_telephone_is_called_and_the_page_says_so(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("quintet.core.clock.today", lambda: ON)
        objection = filed_by(None)
        client.force_login(officer("officer3"), backend="django.contrib.auth.backends.ModelBackend")
        assert "已受理" in client.post(f"/objections/{objection.pk}/", {"do": "take_up"}, follow=True).content.decode()
        given = {"do": "answer", "upheld": "no", "finding": "证书有效。"}
        assert "请用所留的联系方式告知" in client.post(f"/objections/{objection.pk}/", given, follow=True).content.decode()

    def test_the_payee_of_a_claim_that_goes_back_to_its_department(self):
        claim = cleared_claims(1)[0]
        claim.organisation.recognitions.all().delete()
        claim = actions.commit_claim(claim, fund=funds()[0], by=finance(), on=AFTER)
        assert claim.state == "handled"
        assert "退回部门重新核查" in told(member(claim.organisation, f"member-{claim.organisation_id}"))[-1]

    def test_the_payee_of_money_that_came_back_and_of_an_appraisal(self):
        claim = paid()
        actions.receive_return(demanded(100, claim), amount_fen=100, reference="退1", by=finance(), on=PAID_ON)
        actions.appraise(claim, promised="新增 3 人", reached="新增 1 人", result="partly", by=officer(), on=PAID_ON)
        speaker = User.objects.get(person__memberships__organisation=claim.organisation)
        assert ["退款 1.00 元 已收到" in told(speaker)[-2], "绩效评价结果：部分达到" in told(speaker)[-1]] == [True, True]


class TestRelease:
    def test_it_takes_two_of_finance(self):
        claim = committed_claims(1, funds()[0])[0]
        actions.propose_release(claim, reasons="企业已注销", by=finance(), on=AFTER)
        claim.refresh_from_db()
        assert claim.state == "committed"
        with pytest.raises(NotAllowed, match="不能自己复核"):
            actions.confirm_release(claim, confirmed=True, by=finance(), on=AFTER)
        claim = actions.confirm_release(claim, confirmed=True, by=second_finance(), on=AFTER)
        assert claim.state == "refused"
        sound()

    def test_nothing_is_ordered_while_it_waits_and_sent_back_the_money_stays(self):
        fund = funds()[0]
        claim = committed_claims(1, fund)[0]
        actions.propose_release(claim, reasons="企业已注销", by=finance(), on=AFTER)
        with pytest.raises(DomainError, match="正在等待复核"):
            actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=AFTER)
        with pytest.raises(DomainError, match="正在等待复核"):
            actions.propose_release(claim, reasons="企业已注销", by=second_finance(), on=AFTER)
        claim = actions.confirm_release(claim, confirmed=False, remark="没有注销", by=second_finance(), on=AFTER)
        assert (claim.state, AuditEntry.objects.filter(action="redemption.keep_decision").count()) == ("committed", 1)
        assert actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=AFTER).count == 1

    def test_it_has_reasons(self):
        claim = committed_claims(1, funds()[0])[0]
        with pytest.raises(DomainError, match="写明理由"):
            actions.propose_release(claim, reasons=" ", by=finance(), on=AFTER)


class TestDemandGivenUp:
    def test_it_takes_two_and_not_who_proposed_the_demand_to_confirm(self):
        found = demanded(claim=paid())
        actions.propose_drop(found, reasons="材料属实", by=officer("officer3"), on=PAID_ON)
        with pytest.raises(NotAllowed):
            actions.confirm_drop(found, confirmed=True, by=officer("officer3"), on=PAID_ON)
        with pytest.raises(DomainError, match="正在等待复核"):
            actions.receive_return(found, amount_fen=1, reference="退1", by=finance(), on=PAID_ON)
        assert actions.confirm_drop(found, confirmed=True, by=officer("officer4"), on=PAID_ON).state == "dropped"

    def test_two_who_demanded_it_can_give_it_up_together(self):
        """A department of two is enough: the demand's proposer asks, its confirmer confirms."""
        found = demanded(claim=paid())
        actions.propose_drop(found, reasons="材料属实", by=found.proposed_by, on=PAID_ON)
        assert actions.confirm_drop(found, confirmed=True, by=found.confirmed_by, on=PAID_ON).state == "dropped"

    def test_sent_back_it_is_still_demanded(self):
        found = demanded(claim=paid())
        actions.propose_drop(found, reasons="材料属实", by=officer("officer3"), on=PAID_ON)
        assert actions.confirm_drop(found, confirmed=False, remark="不实", by=officer("officer4"), on=PAID_ON).state == "demanded"
        actions.receive_return(found, amount_fen=1, reference="退1", by=finance(), on=PAID_ON)


class TestLenderWhoKeepsAway:
    """Whose right was used counts as well as who used it: neither's proposal passes once one of them keeps away."""

    def borrowed(self, lender: User) -> User:
        borrower = other("borrower")
        lent(lender, borrower)
        return again(borrower)

    def test_of_a_decision(self):
        claim = checked()
        actions.propose(claim, granted=True, by=self.borrowed(officer()), on=ON)
        actions.recuse(claim, reason="亲属", by=officer())
        with pytest.raises(NotAllowed, match="已经回避"):
            actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
        actions.confirm_decision(claim, confirmed=False, remark="换人", by=officer("officer2"), on=ON)

    def test_of_a_clawback(self):
        claim = paid()
        found = actions.propose_clawback(claim, amount_fen=1, reasons="不实", by=self.borrowed(officer("officer3")), on=PAID_ON)
        actions.recuse(claim, reason="亲属", by=officer("officer3"))
        with pytest.raises(NotAllowed, match="已经回避"):
            actions.confirm_clawback(found, confirmed=True, by=officer(), on=PAID_ON)
        assert actions.confirm_clawback(found, confirmed=False, by=officer(), on=PAID_ON).state == "dropped"

    @pytest.mark.parametrize("through", [True, False])
    def test_of_a_batch(self, through: bool):
        fund = funds()[0]
        claims = committed_claims(2, fund)
        third = with_role("finance3", "finance_officer", "finance")
        batch = actions.make_batch(claims, fund=fund, year=2020, by=self.borrowed(third) if through else third, on=AFTER)
        actions.recuse(claims[1], reason="亲属", by=third)
        with pytest.raises(NotAllowed, match="已经回避"):
            actions.sign_batch(batch, by=second_finance(), on=AFTER)
        actions.drop_batch(batch, reason="换人编制", by=second_finance(), on=AFTER)
        batch = actions.make_batch(claims, fund=fund, year=2020, by=finance(), on=AFTER)
        assert actions.sign_batch(batch, by=second_finance(), on=AFTER).state == "signed"

    def test_without_a_recusal_it_passes(self):
        claim = checked()
        actions.propose(claim, granted=True, by=self.borrowed(officer()), on=ON)
        assert actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON).state == "granted"


class TestJudgement:
    def test_whoever_found_the_fact_on_which_the_amount_rests_does_not_pay(self):
        """T9 pays for a project only where the department finds it significant: who says so gives the amount."""
        assert reviewed().facts.get(kind="judged").under == officer().grants.get()
        fund, claim, judge = funds()[0], cleared_claims(1)[0], officer("officer6")
        ClaimFact.objects.create(
            claim=claim, fact="national_award_5y", kind="judged", value=True, reason="属实", by=judge, under=judge.grants.get()
        )
        both = with_role("officer6", "finance_officer", "finance")
        with pytest.raises(NotAllowed, match="认定过本件事实"):
            actions.commit_claim(claim, fund=fund, by=both, on=AFTER)
        assert actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER).state == "committed"
