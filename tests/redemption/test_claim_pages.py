"""Pages of claims: who sees what, filters, export, several at once, a constant number of queries."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.core.models import AuditEntry, RoleGrant, User
from quintet.redemption import actions, cases, queues
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim, Notice, PayeeAccount
from tests.ledger.books import finance
from tests.redemption.batches import AFTER, batch_of, cleared_claims, granted_claims, second_finance, signed
from tests.redemption.claims import ON, checked, granted, member, offered, officer, proposed
from tests.redemption.test_after import PAID_ON, paid

ITEMS = ("item_0", "item_1", "item_2")  # of the form check of an award under T6: the certificate, the facts, the account
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("address", ["/desk/?tab=granted", "/claims/", "/claims/?state=granted&sort=amount&q=示例"])
def test_a_list_asks_as_many_queries_for_thirty_as_for_three(address: str, django_assert_num_queries: Any):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(officer())
    counts = []
    for count in (3, 27):
        granted_claims(count)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= (33 if address.startswith("/desk/") else 16)  # the desk asks the acts for what it counts


def test_another_departments_officer_has_nothing_on_the_desk_and_can_do_nothing():
    claim = checked()
    other = signed_in(officer("other", unit="hrss"))
    assert claim.name not in other.get("/desk/?tab=decision").content.decode()
    page = other.get(f"/claims/{claim.pk}/").content.decode()
    assert "提出决定" not in page
    answer = other.post(f"/claims/{claim.pk}/propose/", {"granted": "yes"})
    assert (answer.status_code, Claim.objects.get().state) == (409, "handled")
    other.post("/desk/several/", {"tab": "decision", "claim": claim.pk, "confirmed": "1"})
    assert Claim.objects.get().state == "handled"


def test_a_strangers_claim_is_no_page_at_all(make_user: Any):
    claim = offered()
    stranger = signed_in(make_user("applicant"))
    assert stranger.get(f"/my/claims/{claim.pk}/").status_code == 404
    assert stranger.post(f"/my/claims/{claim.pk}/withdraw/").status_code == 404
    assert claim.name not in stranger.get("/my/claims/").content.decode()


def test_several_at_once_leave_out_what_one_proposed_oneself():
    claim = proposed()
    mine, second = signed_in(officer()), signed_in(officer("officer2"))
    page = mine.post("/desk/several/", {"tab": "proposed", "claim": claim.pk, "confirmed": "1"}).content.decode()
    assert "您不能办理" in page
    assert Claim.objects.get().state == "proposed"
    look = second.post("/desk/several/", {"tab": "proposed", "claim": claim.pk}).content.decode()
    assert "100,000.00" in look
    assert Claim.objects.get().state == "proposed"
    second.post("/desk/several/", {"tab": "proposed", "claim": claim.pk, "confirmed": "1", "looked": "1"})
    assert Claim.objects.get().state == "granted"


class TestCounts:
    """What the desk counts is what the acts allow."""

    def tabs(self, user: Any) -> dict[str, int]:
        return {tab: count for tab, count in queues.counts(user).items() if count}

    def work(self, user: Any) -> str:
        return signed_in(user).get("/work/").content.decode()

    def test_who_proposed_has_nothing_to_confirm_and_sees_why(self):
        proposed(checked())
        assert self.tabs(officer()) == {}
        assert self.tabs(officer("officer2")) == {"proposed": 1}
        desk = signed_in(officer()).get("/desk/?tab=proposed").content.decode()
        assert "承办人不能复核自己的决定" in desk
        assert 'name="claim"' not in desk
        assert 'name="claim"' in signed_in(officer("officer2")).get("/desk/?tab=proposed").content.decode()

    def test_an_unsigned_batch_waits_for_a_signature_and_a_signed_one_for_its_results(self):
        made = batch_of(2)
        assert self.tabs(finance()) == {}
        assert self.tabs(second_finance()) == {"unsigned": 2}
        work = self.work(second_finance())
        assert ("待回盘" in work, "签发拨付批次" in work) == (False, True)
        made = signed(made)
        assert self.tabs(finance()) == {"ordered": 2} == self.tabs(second_finance())
        work = self.work(second_finance())
        assert ("待回盘" in work, "签发拨付批次" in work) == (True, False)
        actions.record_results(made, [LineResult(number=1, kind="paid", on=AFTER, reference="凭证1")], by=finance(), on=AFTER)
        assert self.tabs(finance()) == {"ordered": 1}

    def test_who_decided_commits_nothing_of_it(self):
        granted_claims(1)
        claim = Claim.objects.get()
        RoleGrant.objects.create(user=officer("officer2"), role="finance_officer", unit="finance", granted_on=date(2019, 1, 1))
        actions.publish_notice([claim], title="公示", by=officer("officer2"), on=ON)
        assert actions.clear_notices(on=AFTER) == 1
        both = User.objects.get(username="officer2")
        assert "cleared" not in self.tabs(both)
        assert self.tabs(finance()) == {"cleared": 1}


def test_a_wrong_account_number_keeps_what_was_typed():
    claim = offered()
    client = signed_in(member(claim.organisation))
    answer = client.post(f"/my/claims/{claim.pk}/confirm/", {"holder": claim.organisation.name, "bank": "示例银行", "number": "12-34"})
    assert answer.status_code == 422
    assert "“1234”（4 个字符）不是银行账号：应为 8 至 30 位数字。" in answer.content.decode()
    assert 'value="12-34"' in answer.content.decode()
    answer = client.post(f"/my/claims/{claim.pk}/confirm/", {"holder": "别家公司", "bank": "示例银行", "number": "6222021234567890"})
    assert answer.status_code == 409
    assert "户名与收款人不一致" in answer.content.decode()
    assert Claim.objects.get().state == "offered"


@pytest.mark.parametrize("action", ["confirm", "account"])
def test_an_account_for_what_is_then_refused_is_not_registered(action: str):
    claim = offered()
    owner = signed_in(member(claim.organisation))
    given = {"holder": claim.organisation.name, "bank": "示例银行"}
    assert owner.post(f"/my/claims/{claim.pk}/confirm/", {**given, "number": "6222021234567890"}).status_code == 302
    if action == "account":
        owner.post(f"/my/claims/{claim.pk}/account/", {**given, "number": "6222020000000001"})
    kept = list(PayeeAccount.objects.values_list("pk", flat=True))
    lines = AuditEntry.objects.count()
    assert owner.post(f"/my/claims/{claim.pk}/{action}/", {**given, "number": "6222020000000002"}).status_code == 409
    assert list(PayeeAccount.objects.values_list("pk", flat=True)) == kept
    assert AuditEntry.objects.count() == lines


def test_a_returned_form_names_everything_missing_and_comes_back():
    claim = offered()
    owner = signed_in(member(claim.organisation))
    owner.post(f"/my/claims/{claim.pk}/confirm/", {"holder": claim.organisation.name, "bank": "示例银行", "number": "6222021234567890"})
    signed_in(officer()).post(f"/claims/{claim.pk}/check_form/", {**dict.fromkeys(ITEMS, "yes"), "missing": "证书扫描件\n开户许可证"})
    page = owner.get(f"/my/claims/{claim.pk}/").content.decode()
    assert "证书扫描件" in page
    assert "开户许可证" in page
    assert owner.post(f"/my/claims/{claim.pk}/resubmit/").status_code == 409
    owner.post(f"/my/claims/{claim.pk}/resubmit/", {"note": "证书已在名录中补登"})
    assert Claim.objects.get().state == "handled"


def test_an_account_found_wrong_is_changed_on_the_page_that_asks_for_it():
    claim = offered()
    owner, address = signed_in(member(claim.organisation)), f"/my/claims/{claim.pk}/account/"
    owner.post(f"/my/claims/{claim.pk}/confirm/", {"holder": claim.organisation.name, "bank": "示例银行", "number": "6222021234567890"})
    signed_in(officer()).post(f"/claims/{claim.pk}/check_form/", {**dict.fromkeys(ITEMS, "yes"), "item_2": "no"})
    page = owner.get(f"/my/claims/{claim.pk}/").content.decode()
    assert "收款账户以收款人本名开立，户名、开户行、账号齐全" in page
    assert f'action="{address}"' in page
    answer = owner.post(address, {"holder": claim.organisation.name, "bank": "示例银行", "number": "6222020000000001"})
    assert answer.status_code == 302
    page = owner.get(f"/my/claims/{claim.pk}/").content.decode()
    assert "等待核实" in page
    assert "****0001" in page
    assert f'action="{address}"' not in page
    assert owner.post(f"/my/claims/{claim.pk}/resubmit/").status_code == 302
    signed_in(officer()).post(f"/claims/{claim.pk}/confirm_account/", {"confirmed": "yes"})
    claim.refresh_from_db()
    assert (claim.state, claim.account and claim.account.masked) == ("handled", "示例银行 ****0001")


@pytest.mark.parametrize(("scene", "offers"), [(checked, True), (proposed, True), (granted, True), (paid, False)])
def test_an_account_is_changed_from_the_page_as_long_as_the_action_takes_it(scene: Any, offers: bool):
    claim = scene()
    owner, address = signed_in(member(claim.organisation)), f"/my/claims/{claim.pk}/account/"
    assert (f'action="{address}"' in owner.get(f"/my/claims/{claim.pk}/").content.decode()) is offers
    answer = owner.post(address, {"holder": claim.organisation.name, "bank": "示例银行", "number": "6222020000000001"})
    assert answer.status_code == (302 if offers else 409)


def test_the_export_holds_the_claims_seen_and_no_formula():
    granted_claims(3)
    claim = Claim.objects.first()
    Claim.objects.filter(pk=claim.pk).update(name="=1+1")
    answer = signed_in(officer()).get(reverse("redemption:claims-export"), {"q": "=1+1"})
    page = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(page.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][0] == claim.number
    assert not str(rows[1][1]).startswith("=")
    assert rows[1][9] == 100_000


def test_who_objected_is_seen_by_the_department_and_auditors_alone(make_user: Any):
    notice = actions.publish_notice(granted_claims(1), title="公示", by=officer("officer2"), on=ON)
    line = notice.lines.get()
    stranger = Client()
    answer = stranger.post(
        f"/notices/lines/{line.pk}/object/", {"objector": "王建国", "contact": "13800000000", "text": "去年的证书已被撤销，请核查。"}
    )
    assert "已收到您的异议" in answer.content.decode()
    found = line.objections.get()
    for client, seen in (
        (signed_in(officer("officer3")), True),
        (signed_in(officer()), False),
        (signed_in(make_user("auditor")), True),
        (signed_in(officer("other", unit="hrss")), False),
    ):
        answer = client.get(f"/objections/{found.pk}/", follow=True)
        assert ("王建国" in answer.content.decode()) is seen
    for address in (f"/notices/{notice.pk}/", f"/claims/{line.claim_id}/"):
        assert "王建国" not in signed_in(make_user("leader")).get(address).content.decode()


def test_a_notice_that_is_over_takes_no_objection():
    claim = cleared_claims(1)[0]
    clock.move_to(date(2021, 1, 12))
    line = claim.notice_lines.get()
    answer = Client().post(f"/notices/lines/{line.pk}/object/", {"objector": "王", "contact": "1", "text": "去年的证书已被撤销，请核查。"})
    assert answer.status_code == 422
    assert "公示期已结束" in answer.content.decode()
    assert Notice.objects.get().lines.get().objections.count() == 0


def test_an_unsigned_batch_is_not_exported():
    batch = batch_of(1)
    from tests.ledger.books import finance

    answer = signed_in(finance()).get(f"/batches/{batch.pk}/file/treasury/")
    assert answer.status_code == 409
    assert "没有签发的批次不能导出" in answer.content.decode()
    answer = signed_in(finance()).post(f"/batches/{batch.pk}/sign/")
    assert answer.status_code == 409
    assert "编制人不能签发自己的批次" in answer.content.decode()


def test_the_day_of_a_demo_only_goes_on(settings: Any):
    with pytest.raises(DomainError, match="只能向后"):
        clock.move_to(date(2020, 1, 1))
    settings.DEMO = False
    with pytest.raises(DomainError, match="只有演示城市"):
        clock.move_to(date(2021, 2, 1))


def test_the_line_of_steps_says_what_is_done_going_on_and_stopped():
    claim = checked()
    assert [item["state"] for item in cases.parcel(claim)] == ["done", "done", "current", "", "", ""]
    actions.withdraw(claim, by=member(claim.organisation), on=ON)
    claim.refresh_from_db()
    assert [item["state"] for item in cases.parcel(claim)] == ["done", "done", "stopped", "", "", ""]


@pytest.mark.parametrize("sort", ["new", "due", "amount"])
def test_pages_from_either_end_hold_every_claim_once_and_in_order(sort: str):
    granted_claims(7)
    ordered = Claim.objects.order_by(*cases.SORTS[sort])
    whole = list(ordered.values_list("pk", flat=True))
    pages = [cases.page_of(ordered, str(number), 2) for number in (1, 2, 3, 4)]
    assert [claim.pk for page in pages for claim in page] == whole
    assert cases.page_of(ordered, "99", 2).number == 4
    assert list(cases.page_of(Claim.objects.none().order_by("-pk"), "1", 2)) == []


@pytest.mark.parametrize("typed", ["1.234", "-5", "十万", "1e9", "99999999999999999999999", "500000.01"])
def test_an_amount_that_cannot_be_is_told_and_what_was_typed_stays(typed: str, settings: Any, tmp_path: Any):
    from tests.redemption.applications import scored
    from tests.redemption.ways import one_of

    settings.MEDIA_ROOT = tmp_path
    claim = scored(None) and Claim.objects.get()
    for unit in list(claim.votes.values_list("unit", flat=True)):
        actions.vote(claim, unit=unit, agree="agree", by=one_of(unit), on=ON)
    answer = signed_in(officer()).post(f"/claims/{claim.pk}/propose/", {"granted": "yes", "amount": typed, "reasons": "按材料核定。"})
    assert answer.status_code in (409, 422)
    assert f'value="{typed}"' in answer.content.decode()
    assert Claim.objects.get().state == "handled"


def test_a_holiday_calendar_that_is_missing_is_said_and_nothing_is_published():
    from quintet.core.calendar import CalendarUnknown

    claims = granted_claims(1)
    with pytest.raises(CalendarUnknown, match="放假安排尚未收录"):
        actions.publish_notice(claims, title="公示", by=officer("officer2"), on=date(2097, 12, 31))
    assert Notice.objects.count() == 0
    assert Claim.objects.get().state == "granted"


def test_the_line_of_steps_of_a_case_that_is_done_says_so():
    claim = paid()
    assert [item["state"] for item in cases.parcel(claim)][-2:] == ["done", "current"]
    actions.appraise(claim, promised="十项", reached="十项", result="met", by=officer(), on=PAID_ON)
    assert {item["state"] for item in cases.parcel(Claim.objects.get())} == {"done"}


def test_a_batch_prints_without_its_forms():
    batch = batch_of(count=1)
    page = signed_in(second_finance()).get(f"/batches/{batch.pk}/").content.decode()
    assert '<form class="unprinted" method="post"' in page
    assert '<details class="unprinted">' in page


class TestRecusal:
    def test_a_page_says_first_that_it_is_for_good_and_for_every_case_of_the_payee(self, client: Client):
        claim = checked()
        client.force_login(officer())
        address = f"/claims/{claim.pk}/recuse/"
        page = client.post(address, {"reason": "与法定代表人是同学"})
        text = page.content.decode()
        assert page.status_code == 200
        for words in ("声明后不能撤回", f"您将不能办理{claim.payee}的任何事项", "与法定代表人是同学"):
            assert words in text
        assert not claim.recusals.exists()
        assert client.post(address, {"reason": "与法定代表人是同学", "sure": "1"}).status_code == 302
        assert claim.recusals.get().reason == "与法定代表人是同学"

    def test_without_a_reason_nothing_is_asked(self, client: Client):
        claim = checked()
        client.force_login(officer())
        assert client.post(f"/claims/{claim.pk}/recuse/", {"reason": ""}).status_code == 422
        assert not claim.recusals.exists()


class TestRemedies:
    @staticmethod
    def page(client: Client, claim: Claim) -> str:
        client.force_login(User.objects.get(pk=claim.submitted_by_id))
        return client.get(f"/my/claims/{claim.pk}/").content.decode()

    @pytest.mark.parametrize("granted", [True, False])
    def test_stand_below_a_decision_and_name_who_reviews_where_that_is_entered(self, client: Client, settings: Any, granted: bool):
        claim = proposed(granted=granted, reasons="按名录核对")
        assert "行政复议" not in self.page(client, claim)
        actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=ON)
        text = self.page(client, claim)
        assert "60 日内依法申请行政复议" in text
        assert "6 个月内依法向人民法院提起行政诉讼" in text
        settings.REVIEW_BODY = "示例市人民政府"
        assert "60 日内向示例市人民政府申请行政复议" in self.page(client, claim)

    def test_stand_below_a_demand(self, client: Client):
        claim = paid()
        demand = actions.propose_clawback(claim, amount_fen=100, reasons="证书被撤销", by=officer(), on=PAID_ON)
        actions.confirm_clawback(demand, confirmed=True, by=officer("officer2"), on=PAID_ON)
        assert "行政复议" in self.page(client, claim)
