"""What an action does beside its main effect: the step that ends, the check that comes too late elsewhere, the text on its limit."""

from datetime import date, timedelta
from typing import Any

import pytest

from quintet.core import calendar
from quintet.core.errors import DomainError
from quintet.core.models import AuditEntry
from quintet.redemption import actions
from quintet.redemption.models import Claim, Objection
from tests.ledger.books import finance
from tests.redemption import test_after
from tests.redemption.batches import granted_claims
from tests.redemption.claims import ON, officer
from tests.redemption.test_notices import published
from tests.redemption.test_provisions import IN_KIND
from tests.redemption.ways import applied, fund_of, one_of, until_cleared

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_no_money_is_set_aside_while_the_instalment_before_is_called_back():
    first, on = test_after.TestInstalments().founder(), date(2021, 11, 2)
    second, day = until_cleared(applied(first.rule, first.subject_id, first.created_by, first.person, on), on)
    found = actions.propose_clawback(first, amount_fen=first.decided_fen or 0, reasons="不符合条件", by=one_of("party_organisation"), on=on)
    actions.confirm_clawback(found, confirmed=True, by=one_of("party_organisation", 2), on=on)
    with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
        actions.commit_claim(second, fund=fund_of(second), by=finance(), on=day)
    second.refresh_from_db()
    assert (second.state, second.commitment) == ("cleared", None)
    actions.propose_drop(found, reasons="核实无误", by=one_of("party_organisation", 3), on=day)
    actions.confirm_drop(found, confirmed=True, by=one_of("party_organisation", 4), on=day)
    assert actions.commit_claim(second, fund=fund_of(second), by=finance(), on=day).state == "committed"


def test_what_is_handed_over_ends_its_step_and_goes_to_the_next():
    claim, day = until_cleared(IN_KIND["T11 free factory space"]())
    before = claim.steps.get(ended_on=None)
    claim = actions.deliver(claim, what="三号楼二层", by=one_of(claim.unit), on=day)
    before.refresh_from_db()
    assert (before.ended_on, before.outcome, before.opinion) == (day, "passed", "三号楼二层")
    assert claim.step != before.kind
    assert claim.steps.get(ended_on=None).kind == claim.step


@pytest.mark.parametrize(
    ("letters", "enough"), [(Objection.LEAST_TEXT - 1, False), (Objection.LEAST_TEXT, True), (Objection.LEAST_TEXT + 1, True)]
)
def test_an_objection_says_enough_to_be_looked_into(letters: int, enough: bool):
    line = published().lines.get()
    if not enough:
        with pytest.raises(DomainError, match="写清楚"):
            actions.object_to(line, objector="赵某", contact="13800000000", text=" " + "事" * letters, by=None, on=ON)
        assert not Objection.objects.exists()
        return
    assert actions.object_to(line, objector="赵某", contact="13800000000", text=" " + "事" * letters, by=None, on=ON).text == "事" * letters


def outside(line: Any, number: int) -> Objection:
    """An objection of somebody who is not signed in: received, and not taken up yet."""
    return actions.object_to(
        line, objector="钱某", contact=f"1380000000{number}", text=f"第{number}件：证书已经撤销，请核查。", by=None, on=ON
    )


def test_one_that_is_dismissed_before_it_was_taken_up_leaves_the_open_question_open():
    line = published().lines.get()
    late, question = outside(line, 1), outside(line, 2)
    actions.confirm_contact(question, code=actions.code_of(question), on=ON)
    actions.answer_objection(late, upheld=False, finding="与本件无关。", by=officer("officer3"), on=ON)
    line.claim.refresh_from_db()
    assert line.claim.state == "contested"
    actions.answer_objection(question, upheld=False, finding="证书有效。", by=officer("officer3"), on=ON)
    line.claim.refresh_from_db()
    assert line.claim.state == "public"


def test_a_contact_confirmed_after_the_answer_opens_nothing_again():
    line = published().lines.get()
    objection = outside(line, 1)
    actions.answer_objection(objection, upheld=False, finding="与本件无关。", by=officer("officer3"), on=ON)
    assert actions.confirm_contact(objection, code=actions.code_of(objection), on=ON).confirmed_at is None
    line.claim.refresh_from_db()
    assert line.claim.state == "public"


def test_the_audit_line_says_how_an_objection_ended():
    line = published().lines.get()
    actions.answer_objection(outside(line, 1), upheld=False, finding="与本件无关。", by=officer("officer3"), on=ON)
    assert AuditEntry.objects.get(action="redemption.answer").title.startswith("异议不成立：")


def test_a_notice_is_of_one_department_alone():
    two = granted_claims(2)
    Claim.objects.filter(pk=two[1].pk).update(unit="hrss")
    with pytest.raises(DomainError, match="只能由一个部门发布"):
        actions.publish_notice(two, title="公示", by=officer(), on=ON)


@pytest.mark.parametrize(("letters", "fits"), [(159, True), (160, True), (161, False)])
def test_the_title_of_a_notice_is_kept_whole(letters: int, fits: bool):
    claims = granted_claims(1)
    if fits:
        assert actions.publish_notice(claims, title="公" * letters, by=officer(), on=ON).title == "公" * letters
    else:
        with pytest.raises(DomainError, match="标题最多 160 个字，现在是 161 个字"):
            actions.publish_notice(claims, title="公" * letters, by=officer(), on=ON)


def test_an_objection_at_the_end_of_a_year_has_a_last_day_though_the_next_years_holidays_are_not_announced():
    last = max(year for year in range(2019, 2100) if calendar.is_known(year))
    notice = actions.publish_notice(granted_claims(1), title="公示", by=officer(), on=date(last, 12, 21))
    objection = actions.object_to(
        notice.lines.get(),
        objector="钱某",
        contact="13800000001",
        text="证书已经撤销，请核查。",
        by=officer("citizen", unit="elsewhere"),
        on=notice.ends_on,
    )
    assert objection.due_on.year == last + 1
    objection.refresh_from_db()
    assert Claim.objects.get().due_on == objection.due_on


def test_the_same_objection_sent_again_after_signing_in_is_taken_up():
    line = published().lines.get()
    objection = outside(line, 1)
    signed_in = officer("citizen", unit="elsewhere")
    again = actions.object_to(line, objector=objection.objector, contact=objection.contact, text=objection.text, by=signed_in, on=ON)
    assert (again.pk, again.is_taken_up, again.is_question) == (objection.pk, True, True)
    line.claim.refresh_from_db()
    assert line.claim.state == "contested"
    assert Objection.objects.count() == 1


def test_sent_again_from_outside_it_waits_as_before_and_taken_up_it_stays_so():
    line = published().lines.get()
    objection = outside(line, 1)
    same = {"objector": objection.objector, "contact": objection.contact, "text": objection.text, "on": ON}
    assert actions.object_to(line, **same).is_taken_up is False
    assert actions.object_to(line, **same, by=(citizen := officer("citizen", unit="elsewhere"))).is_taken_up is True
    assert actions.object_to(line, **same, by=citizen).pk == objection.pk
    assert AuditEntry.objects.filter(action="redemption.object").count() == 1


def test_an_objection_taken_up_by_an_officer_is_so_for_everybody():
    objection = outside(published().lines.get(), 1)
    actions.accept_objection(objection, by=officer("officer3"), on=ON)
    objection.refresh_from_db()
    assert objection.is_taken_up
    with pytest.raises(DomainError, match="已经受理"):
        actions.accept_objection(objection, by=officer("officer3"), on=ON)


@pytest.mark.parametrize(("answer", "words"), [(False, "公示期满，异议不成立："), ("none", "公示期满，无异议：")])
def test_the_end_of_a_notice_says_what_became_of_objections(answer: Any, words: str):
    line = published().lines.get()
    if answer != "none":
        actions.answer_objection(outside(line, 1), upheld=False, finding="与本件无关。", by=officer("officer3"), on=ON)
    assert actions.clear_notices(on=line.notice.ends_on + timedelta(days=1)) == 1
    assert AuditEntry.objects.get(action="redemption.clear").title.startswith(words)
