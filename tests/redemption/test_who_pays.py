"""Who decided, voted, judged or answered has no hand in the money of the same claim: not by the actions, and not by SQL."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from quintet.core.actions import delegate
from quintet.core.errors import NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.directory.actions import save_record
from quintet.market.models import TransferProject
from quintet.redemption import actions
from quintet.redemption.models import Claim, ClaimFact, Judgement, PaymentBatch, PaymentLine
from quintet.redemption.permissions import batch_refusal, refusal
from tests.duties import keeps_every_register
from tests.ledger.books import finance
from tests.redemption.applications import ON, experts, scored, submitted
from tests.redemption.batches import second_finance
from tests.redemption.claims import account, all_there, member, officer
from tests.redemption.test_after import PAID_ON, paid
from tests.redemption.ways import fund_of, one_of, until_cleared
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
FACT = "significant_for_local_industry"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def in_finance(user: User) -> User:
    RoleGrant.objects.get_or_create(user=user, role="finance_officer", unit="finance", defaults={"granted_on": date(2019, 1, 1)})
    return User.objects.get(pk=user.pk)


def found(claim: Claim, value: bool, by: User) -> Claim:
    return actions.judge(claim, fact=FACT, value=value, reason="带动三家配套企业。", by=by, on=ON)


@arranged_once
def cleared() -> tuple[Claim, date]:
    """A transfer project through its notice: judged by two officers one after the other, reviewed, voted on, objected to and answered."""
    claim = submitted()
    actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)
    found(claim, False, officer("judge-1"))
    found(claim, True, officer("judge-2"))
    actions.review(claim, opinion="符合。", by=officer(), on=ON)
    experts()
    scored(actions.draw_panel(claim, by=officer(), on=ON))
    for unit in list(claim.votes.values_list("unit", flat=True)):
        actions.vote(claim, unit=unit, agree="agree", by=one_of(unit), on=ON)
    actions.propose(claim, granted=True, amount_fen=100, reasons="核定", by=officer("proposer"), on=ON)
    claim = actions.confirm_decision(claim, confirmed=True, by=officer("confirmer"), on=ON)
    notice = actions.publish_notice([claim], title="公示", by=officer(), on=ON)
    objection = actions.object_to(notice.lines.get(), objector="张三", contact="1", text="研发人员数与事实不符，请核查。", on=ON)
    actions.answer_objection(objection, upheld=False, finding="不成立", by=officer("answerer"), on=ON)
    day = notice.ends_on + timedelta(days=1)
    assert actions.clear_notices(on=day) == 1
    return Claim.objects.get(pk=claim.pk), day


def with_another_account(claim: Claim, on: date) -> Claim:
    by = member(claim.organisation)
    actions.change_account(claim, account=account(claim.organisation, by, number="6222029999999999"), by=by, on=on)
    return actions.confirm_account(claim, confirmed=True, by=officer("account-checker"), on=on)


PARTS = ["judge-1", "judge-2", "finance-1", "counties-1", "proposer", "confirmer", "answerer"]


def test_whoever_had_a_part_in_the_decision_pays_nothing_of_it():
    claim, day = cleared()
    fund = fund_of(claim)
    people = {name: in_finance(User.objects.get(username=name)) for name in PARTS}
    assert {name: refusal(user, claim, "commit") is None for name, user in people.items()} == dict.fromkeys(PARTS, False)
    claim = with_another_account(actions.commit_claim(claim, fund=fund, by=finance(), on=day), day)
    people["account-checker"] = in_finance(officer("account-checker"))
    assert not [name for name, user in people.items() if refusal(user, claim, "order") is None]
    batch = actions.make_batch([claim], fund=fund, year=claim.commitment.year, by=finance(), on=day)
    for act in ("sign", "drop"):
        assert [name for name, user in people.items() if batch_refusal(user, batch, act) is None] == (
            ["account-checker"] if act == "drop" else []
        )
    batch = actions.sign_batch(batch, by=second_finance(), on=day)
    for act in ("send", "read"):
        assert not [name for name, user in people.items() if batch_refusal(user, batch, act) is None]


def test_the_voter_of_the_finance_bureau_is_told_why():
    claim, day = cleared()
    fund = fund_of(claim)
    with pytest.raises(NotAllowed, match="参加过本件联审表决的人不能办理这笔资金，无论代表哪个部门"):
        actions.commit_claim(claim, fund=fund, by=in_finance(one_of("finance")), on=day)


def test_nor_by_sql():
    """The attack: whoever had a part writes the batch themself, past the actions, under a role of finance of their own."""
    claim, day = cleared()
    fund = fund_of(claim)
    claim = with_another_account(actions.commit_claim(claim, fund=fund, by=finance(), on=day), day)
    names = [*PARTS, "account-checker"]
    refused, made = [], {"fund": fund, "year": claim.commitment.year, "count": 1, "sum_fen": claim.decided_fen, "seal": "x", "made_on": day}
    line = {"number": 1, "claim": claim, "payee": "x", "bank": "x", "account": "1", "amount_fen": claim.decided_fen, "purpose": "x"}
    for name in names:
        user = in_finance(User.objects.get(username=name))
        grant = user.grants.get(role="finance_officer")
        with transaction.atomic():
            batch = PaymentBatch.objects.create(made_by=user, made_under=grant, **made)
            with pytest.raises(IntegrityError, match="redemption_paid_by_who_decided"), transaction.atomic():
                PaymentLine.objects.create(batch=batch, **line)
            transaction.set_rollback(True)
        refused.append(name)
    batch = actions.make_batch([claim], fund=fund, year=claim.commitment.year, by=finance(), on=day)
    for name in names:
        user = User.objects.get(username=name)
        signed = {"state": "signed", "signed_by": user, "signed_under": user.grants.get(role="finance_officer"), "signed_on": day}
        with pytest.raises(IntegrityError, match="redemption_paid_by_who_decided"), transaction.atomic():
            PaymentBatch.objects.filter(pk=batch.pk).update(**signed)
    assert refused == names
    with pytest.raises(IntegrityError, match="redemption_batch_under_another_right"), transaction.atomic():
        PaymentBatch.objects.filter(pk=batch.pk).update(
            state="signed", signed_by=officer("nobody"), signed_under=second_finance().grants.get(), signed_on=day
        )
    second = second_finance()
    PaymentBatch.objects.filter(pk=batch.pk).update(state="signed", signed_by=second, signed_under=second.grants.get(), signed_on=day)


def test_nor_by_sql_under_a_role_that_a_decider_lent():
    claim, day = cleared()
    fund = fund_of(claim)
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=day)
    batch = actions.make_batch([claim], fund=fund, year=claim.commitment.year, by=finance(), on=day)
    lender, borrower, today = in_finance(officer("confirmer")), officer("borrower", unit="hrss"), timezone.localdate()
    grant = lender.grants.get(role="finance_officer")
    loan = delegate(grant, borrower, first_day=today, last_day=today, by=lender, on=today)
    with pytest.raises(IntegrityError, match="redemption_paid_by_who_decided"), transaction.atomic():
        PaymentBatch.objects.filter(pk=batch.pk).update(state="signed", signed_by=borrower, signed_under=loan, signed_on=day)


class TestEveryJudgementIsKept:
    def test_whoever_judged_first_does_not_pay_when_another_judges_again(self):
        claim, _day = cleared()
        assert [(one.by.username, one.value) for one in Judgement.objects.order_by("pk")] == [("judge-1", False), ("judge-2", True)]
        assert ClaimFact.objects.get(fact=FACT).by.username == "judge-2"
        first = in_finance(officer("judge-1"))
        assert "认定过本件事实" in str(refusal(first, claim, "commit"))

    def test_a_judgement_is_never_changed(self):
        cleared()
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            Judgement.objects.update(by=finance())

    def test_who_judged_in_the_register_does_not_pay(self):
        """The attack: the fact is entered in the register of projects, and the claim goes on without a judgement of its own."""
        keeps_every_register("stb")
        keeper, corrector = officer("keeper"), officer("corrector")
        claim = submitted()
        project = TransferProject.objects.get(pk=claim.subject_id)
        project.significant_for_local_industry, project.significance_reason = False, "带动有限。"
        save_record(project, by=keeper, reason="现场核查后更正")
        project.significant_for_local_industry, project.significance_reason = True, "带动配套。"
        save_record(project, by=corrector)
        project.name = "改名"
        save_record(project, by=officer("renamer"))
        claim, day = until_cleared(actions.recheck(claim, by=officer(), on=ON), amount=100)
        fund = fund_of(claim)
        assert {name: refusal(in_finance(officer(name)), claim, "commit") is None for name in ("keeper", "corrector", "renamer")} == {
            "keeper": False, "corrector": False, "renamer": True,
        }  # fmt: skip
        actions.commit_claim(claim, fund=fund, by=finance(), on=day)

    def test_nor_who_had_lent_them_a_role_that_day(self):
        keeps_every_register("stb")
        lender, keeper, today = in_finance(officer("lender")), officer("keeper", unit="hrss"), timezone.localdate()
        delegate(lender.grants.get(role="officer"), keeper, first_day=today, last_day=today, by=lender, on=today)
        claim = submitted()
        project = TransferProject.objects.get(pk=claim.subject_id)
        project.significant_for_local_industry, project.significance_reason = True, "带动配套。"
        save_record(project, by=User.objects.get(pk=keeper.pk))
        claim, _day = until_cleared(actions.recheck(claim, by=officer(), on=ON), amount=100)
        assert refusal(lender, claim, "commit") is not None


def test_whoever_confirmed_a_demand_does_not_book_what_comes_back():
    claim = paid()
    demand = actions.propose_clawback(claim, amount_fen=5, reasons="不实", by=officer("officer3"), on=PAID_ON)
    demand = actions.confirm_clawback(demand, confirmed=True, by=officer("officer4"), on=PAID_ON)
    with pytest.raises(NotAllowed, match="追回的复核人不能登记退款"):
        actions.receive_return(demand, amount_fen=5, reference="退1", by=in_finance(officer("officer4")), on=PAID_ON)
    actions.receive_return(demand, amount_fen=5, reference="退1", by=finance(), on=PAID_ON)
