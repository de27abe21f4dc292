"""Money called back is in its lists until it is back, its payee knows where to send it, and everybody is reminded; appraisals are seen, too."""

import html
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.models import Notification, User
from quintet.redemption import actions, cases, home, queues
from quintet.redemption.actions.after import RETURN_DAYS
from quintet.redemption.actions.daily import EVERY, SOON, go_on
from quintet.redemption.models import Claim, Clawback
from quintet.redemption.permissions import lead_of
from tests.ledger.books import finance
from tests.redemption.batches import second_finance
from tests.redemption.claims import member, officer
from tests.redemption.test_after import PAID_ON, demanded, paid

pytestmark = pytest.mark.django_db
DUE = date(2021, 2, 18)  # RETURN_DAYS working days later, beyond the spring festival, which begins on the 11th
PART = 3_000_055


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(user: User, url: str) -> str:
    return html.unescape(signed_in(user).get(url).content.decode())


def at(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)


def payee(claim: Claim) -> User:
    return member(claim.organisation, f"member-{claim.organisation_id}")


def told(user: User, kind: str) -> list[tuple[str, bool]]:
    return list(Notification.objects.filter(user=user, kind=kind).order_by("pk").values_list("text", "urgent"))


def listed(query: str, day: date) -> list[int]:
    filters = dict(part.split("=") for part in query.split("&"))
    return [claim.pk for claim in cases.filtered(Claim.objects.all(), filters, day)]


def test_finance_is_told_of_a_confirmed_demand_and_not_of_one_that_is_proposed():
    by = finance()
    claim = paid()
    found = actions.propose_clawback(claim, amount_fen=PART, reasons="证书被撤销", by=officer(), on=PAID_ON)
    assert told(by, "clawback") == []
    actions.confirm_clawback(found, confirmed=True, by=officer("officer2"), on=PAID_ON)
    ((text, _urgent),) = told(by, "clawback")
    assert "收到退款后请登记" in text
    assert "30,000.55 元" in text
    assert "2021年" in text


def test_a_demand_stands_in_filter_queue_and_work_of_the_day_until_it_is_back(monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, PAID_ON)
    by, claim = finance(), paid()
    assert (queues.counts(by)["owed"], listed("state=owed", PAID_ON)) == (0, [])
    found = demanded(PART, claim)
    assert (queues.counts(by)["owed"], listed("state=owed", PAID_ON)) == (1, [claim.pk])
    assert [line["tab"] for line in home.desk_waiting(by)["lines"]] == ["owed"]
    page = text_of(by, reverse("redemption:desk") + "?tab=owed")
    assert claim.name in page
    assert "30,000.55 元" in page
    assert "待退回资金" in text_of(by, reverse("redemption:claims"))
    actions.receive_return(found, amount_fen=PART - 1, reference="退1", by=by, on=PAID_ON)
    assert "0.01 元" in text_of(by, reverse("redemption:desk") + "?tab=owed")
    actions.receive_return(Clawback.objects.get(), amount_fen=1, reference="退2", by=by, on=PAID_ON)
    assert (queues.counts(by)["owed"], listed("state=owed", PAID_ON)) == (0, [])


def test_a_dropped_demand_is_owed_no_more():
    found = demanded(PART)
    actions.propose_drop(found, reasons="证书已恢复", by=officer(), on=PAID_ON)
    actions.confirm_drop(Clawback.objects.get(), confirmed=True, by=officer("officer3"), on=PAID_ON)
    assert listed("state=owed", PAID_ON) == []


def test_an_appraisal_that_is_late_makes_no_demand_late(monkeypatch: pytest.MonkeyPatch):
    claim = demanded(PART).claim
    late = DUE - timedelta(days=20)
    Claim.objects.update(due_on=late)
    at(monkeypatch, DUE)
    (row,) = cases.rows([Claim.objects.get()], DUE)
    assert (row["clock"]["on"], row["clock"]["text"]) == (DUE, "今天到期")
    for tab, word in (("owed", "今天到期"), ("appraisal", "超期")):
        user = second_finance() if tab == "owed" else officer()
        assert word in text_of(user, reverse("redemption:desk") + f"?tab={tab}")
    assert "今天到期" in text_of(officer(), reverse("redemption:claim", args=[claim.pk]))


@pytest.mark.parametrize(("days", "over"), [(-1, False), (0, False), (1, True)])
def test_a_demand_is_overdue_from_the_day_after_its_last(days: int, over: bool, monkeypatch: pytest.MonkeyPatch):
    claim = demanded(PART).claim
    Claim.objects.update(due_on=DUE + timedelta(days=30))  # its appraisal
    day = DUE + timedelta(days=days)
    at(monkeypatch, day)
    assert (listed("due=over", day) == [claim.pk]) == over
    assert ("已超期" in text_of(officer(), reverse("redemption:claim", args=[claim.pk]))) == over
    (row,) = cases.rows([Claim.objects.get()], day)
    assert row["clock"]["on"] == DUE
    assert (row["clock"]["tone"] == "bad") == over


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2021, 2, 7), ""), (date(2021, 2, 8), "return_soon"), (date(2021, 2, 9), ""), (DUE, ""),
        (DUE + timedelta(days=1), "return_overdue"), (DUE + timedelta(days=2), ""), (DUE + timedelta(days=EVERY), ""),
        (DUE + timedelta(days=EVERY + 1), "return_overdue"), (DUE + timedelta(days=EVERY + 2), ""),
    ],
)  # fmt: skip
def test_the_payee_is_reminded_before_the_last_day_and_after_it(day: date, kind: str):
    claim = demanded(PART).claim
    Notification.objects.all().delete()
    go_on(on=day)
    found = [name for name in ("return_soon", "return_overdue") if told(payee(claim), name)]
    assert found == ([kind] if kind else [])
    late = kind == "return_overdue"
    assert [len(told(user, "clawback")) for user in (finance(), officer(unit=lead_of(claim)))] == ([1, 1] if late else [0, 0])


def test_what_came_back_is_not_asked_for_again():
    found = demanded(PART)
    claim = found.claim
    actions.receive_return(found, amount_fen=PART - 100, reference="退1", by=finance(), on=PAID_ON)
    go_on(on=DUE + timedelta(days=1))
    ((text, urgent),) = told(payee(claim), "return_overdue")
    assert "1.00 元" in text
    assert urgent
    actions.receive_return(Clawback.objects.get(), amount_fen=100, reference="退2", by=finance(), on=DUE)
    go_on(on=DUE + timedelta(days=EVERY + 1))
    assert len(told(payee(claim), "return_overdue")) == 1


def test_the_payee_reads_what_was_sent_back():
    """Also once all of it has come: what was paid and what came back stand together."""
    found = demanded(PART)
    claim = found.claim
    url = reverse("redemption:my-claim", args=[claim.pk])
    assert "已退回" not in text_of(payee(claim), url)
    actions.receive_return(found, amount_fen=PART - 100, reference="退1", by=finance(), on=PAID_ON)
    page = text_of(payee(claim), url)
    assert "已退回</span> 29,999.55 元，应退 30,000.55 元" in page
    actions.receive_return(Clawback.objects.get(), amount_fen=100, reference="退2", by=finance(), on=PAID_ON)
    page = text_of(payee(claim), url)
    assert ("已退回</span> 30,000.55 元" in page, "应退 30,000.55 元" in page) == (True, False)


def test_the_payee_reads_where_to_send_it_and_with_what_remark(settings: Any, monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, PAID_ON)
    claim = demanded(PART).claim
    url = reverse("redemption:my-claim", args=[claim.pk])
    page = text_of(payee(claim), url)
    assert "退到哪个账户，请先与市科技局联系确认。" in page
    assert f"汇款附言请写“{claim.number} 退款”。" in page
    assert "退回 30,000.55 元" in page
    settings.REFUND_ACCOUNT = "户名：盘锦市财政局；账号：1234"
    assert "请退到：户名：盘锦市财政局；账号：1234。" in text_of(payee(claim), url)
    assert home.my_waiting(payee(claim)) == {"number": 1}


@pytest.mark.parametrize(("day", "refused"), [(DUE - timedelta(days=1), False), (DUE, True), (DUE + timedelta(days=1), True)])
def test_a_demand_is_not_confirmed_when_its_last_day_has_come(day: date, refused: bool):
    found = actions.propose_clawback(paid(), amount_fen=PART, reasons="证书被撤销", by=officer(), on=PAID_ON)
    if refused:
        with pytest.raises(DomainError, match="退回期限已到"):
            actions.confirm_clawback(found, confirmed=True, by=officer("officer2"), on=day)
        actions.confirm_clawback(found, confirmed=False, by=officer("officer2"), on=day)
    else:
        actions.confirm_clawback(found, confirmed=True, by=officer("officer2"), on=day)
    assert Clawback.objects.get().state == ("dropped" if refused else "demanded")


# appraisals --------------------------------------------------------------------------------------------------------------


def appraised(claim: Claim, **changes: Any) -> None:
    given = {
        "promised": "新增 3 人",
        "reached": "新增 1 人",
        "result": "partly",
        "opinion": "差两人",
        "by": officer(unit=claim.unit),
        "on": PAID_ON,
    }
    actions.appraise(claim, **given | changes)


@pytest.mark.parametrize(("days", "over"), [(-1, False), (0, False), (1, True)])
def test_an_appraisal_has_its_term_in_the_list_of_what_is_late(days: int, over: bool):
    claim = paid()
    day = claim.due_on + timedelta(days=days)
    (row,) = cases.rows([claim], day)
    assert row["clock"]["on"] == claim.due_on
    assert (row["clock"]["tone"] == "bad") == over
    assert listed("due=over", day) == ([claim.pk] if over else [])
    appraised(claim)
    assert cases.rows([Claim.objects.get()], day)[0]["clock"] is None
    assert listed("due=over", day) == []


def test_an_appraisal_stands_in_queue_and_work_of_the_day_of_its_department(monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, PAID_ON)
    claim = paid()
    by = officer(unit=claim.unit)
    assert queues.counts(by)["appraisal"] == 1
    assert [line["tab"] for line in home.desk_waiting(by)["lines"]] == ["appraisal"]
    assert claim.name in text_of(by, reverse("redemption:desk") + "?tab=appraisal")
    assert (queues.counts(officer("other", unit="hrss"))["appraisal"], queues.counts(second_finance())["appraisal"]) == (0, 0)


@pytest.mark.parametrize(("days", "there"), [(19, 1), (20, 1), (21, 0)])
def test_an_appraisal_far_ahead_is_no_work_of_today(days: int, there: int, monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, PAID_ON)
    claim = paid()
    appraised(claim, again_on=add_working_days(PAID_ON, days))
    assert queues.counts(officer(unit=claim.unit))["appraisal"] == there


@pytest.mark.parametrize(("day", "count"), [(7, 0), (8, 1), (9, 0)])
def test_the_department_is_reminded_of_an_appraisal_three_working_days_before(day: int, count: int):
    claim = paid()
    assert claim.due_on == DUE == add_working_days(date(2021, 2, 8), SOON) == add_working_days(PAID_ON, RETURN_DAYS)
    by = officer(unit=claim.unit)
    Notification.objects.all().delete()
    go_on(on=date(2021, 2, day))
    assert len(told(by, "appraisal")) == count


def test_the_payee_reads_result_and_opinion_of_the_appraisal(monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, PAID_ON)
    claim = paid()
    url = reverse("redemption:my-claim", args=[claim.pk])
    before = text_of(payee(claim), url)
    assert "已到账。市科技局应在" in before
    assert "超期" not in before
    appraised(claim)
    page = text_of(payee(claim), url)
    for words in ("绩效评价结果：部分达到。", "新增 1 人", "差两人"):
        assert words in page
    assert "前再次评价绩效" not in page


def test_an_appraisal_that_comes_again_is_told_with_its_day(monkeypatch: pytest.MonkeyPatch):
    at(monkeypatch, PAID_ON)
    claim = paid()
    appraised(claim, again_on=date(2021, 12, 20))
    assert "市科技局应在 2021年12月20日 前再次评价绩效。" in text_of(payee(claim), reverse("redemption:my-claim", args=[claim.pk]))
