"""What papers, messages and lists call a clause: as the document numbers it, never by the code that the packs use."""

import hashlib
import html
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from quintet.core.errors import DomainError
from quintet.core.models import AuditEntry, Notification
from quintet.ledger.errors import CeilingExceeded
from quintet.ledger.models import Entry, Fund
from quintet.policies.engine import policy
from quintet.policies.queries import task_name, task_number
from quintet.redemption import actions
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.applications import pledge_text
from quintet.redemption.cases import shown_sum
from quintet.redemption.export import claims_workbook, entries_workbook
from quintet.redemption.models import CallAlert, Claim, SelfCheck
from quintet.redemption.paper import content
from tests.ledger.books import MILLION, appropriate, committed, finance
from tests.redemption.applications import call_for, panel_of, reviewed, scored
from tests.redemption.batches import AFTER, batch_of
from tests.redemption.city import answered, newly_high_tech, run_of, self_check
from tests.redemption.claims import ON, offered, officer
from tests.redemption.test_commitments import cleared, funds
from tests.redemption.test_notices import published

pytestmark = pytest.mark.django_db
PANJIN = "panjin-2019-29"


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    """The language of the last request does not stay."""
    with override("zh-hans"):
        yield


@pytest.mark.parametrize(
    ("clause", "pack", "number", "name", "english"),
    [
        ("T6", PANJIN, "第6项任务", "第6项任务 科技型企业梯度培育", "Task 6"),
        ("S1", PANJIN, "三（一）", "三（一） 组织领导", "三（一）"),
        ("P2.1", PANJIN, "二（一）", "二（一） 高端创新平台建设", "二（一）"),
        ("G", PANJIN, "一（二）", "一（二） 2021年总体目标", "一（二）"),
        ("N2.1", "national", "32号·认定条件", "32号·认定条件 认定条件", "32号·认定条件"),
        ("N2.1", PANJIN, "32号·认定条件", "32号·认定条件 认定条件", "32号·认定条件"),
        ("S1", "", "三（一）", "三（一） 组织领导", "三（一）"),
        ("T6", "gone", "第6项任务", "第6项任务", "Task 6"),
        ("X1", PANJIN, "X1", "X1", "X1"),
        ("", PANJIN, "", "", ""),
    ],
)
def test_a_clause_has_the_documents_own_number(clause: str, pack: str, number: str, name: str, english: str):
    assert (task_number(clause, pack), task_name(clause, pack)) == (number, name)
    with override("en"):
        assert task_number(clause, pack) == english


def test_a_notice_on_paper_names_the_task():
    assert [row[2] for row in content(published(), "市科技局")["rows"]] == ["第6项任务"]


def test_the_bank_and_the_treasury_read_the_task_in_the_purpose_whatever_the_language_of_who_makes_the_batch():
    with override("en"):
        batch = batch_of(1)
    assert [line.purpose for line in batch.lines.all()] == ["第6项任务 新认定高新技术企业奖励"]


def test_the_letter_of_commitment_names_the_task():
    claim = offered()
    with override("en"):
        assert "（第6项任务，2020年度）" in pledge_text(claim)


def test_the_ceiling_names_the_place_in_the_document():
    fund, agriculture, _talents = funds(20 * MILLION)
    committed(agriculture, 20 * MILLION - 5_000_000, "other", on=ON)
    with pytest.raises(CeilingExceeded) as caught:
        actions.commit_claim(cleared(), fund=fund, by=finance(), on=AFTER)
    assert caught.value.where == "依据：三（二） 资金保障"


def test_workbooks_of_claims_and_of_entries_name_the_task():
    batch_of(1)
    claims = openpyxl.load_workbook(claims_workbook(Claim.objects.all(), titles={}, units={})).active
    assert claims["C2"].value == "第6项任务"
    entries = openpyxl.load_workbook(entries_workbook(Entry.objects.filter(kind="commitment"), title="2020")).active
    assert entries["D2"].value == "第6项任务"


class TestAlert:
    def sent(self, client: Client, **fields: str) -> list[str]:
        assert client.post(reverse("redemption:call-alert"), fields).status_code == 302
        return list(CallAlert.objects.values_list("clause", flat=True))

    def hidden(self, client: Client) -> list[str]:
        """What each button 取消订阅 of the page sends."""
        page = client.get(reverse("redemption:calls")).content.decode()
        return [part.split('"')[0] for part in page.split('name="clause" value="')[1:]]

    def test_it_is_cancelled_with_what_the_page_sends(self, client: Client, make_user: Any):
        client.force_login(make_user("applicant"), backend="django.contrib.auth.backends.ModelBackend")
        assert self.sent(client, clause="T9") == ["T9"]
        page = client.get(reverse("redemption:calls")).content.decode()
        assert "<p>第9项任务 成果转化激励 <button" in page
        assert '<option value="T9">第9项任务 成果转化激励</option>' in page
        (value,) = self.hidden(client)
        assert self.sent(client, clause=value, stop="1") == []

    def test_one_of_all_clauses_and_one_of_another_are_left_alone(self, client: Client, make_user: Any):
        client.force_login(make_user("applicant"), backend="django.contrib.auth.backends.ModelBackend")
        for clause in ("", "T9", "T16"):
            self.sent(client, clause=clause)
        assert self.hidden(client) == ["", "T16", "T9"]
        assert sorted(self.sent(client, clause="T16", stop="1")) == ["", "T9"]
        assert self.sent(client, clause="", stop="1") == ["T9"]

    def test_the_message_names_the_task(self, make_user: Any):
        user = make_user("applicant")
        CallAlert.objects.create(user=user, clause="T9")
        with override("en"):
            call_for()
        text = Notification.objects.get(user=user, kind="call").text
        assert text.startswith("第9项任务“")
        assert text.endswith("2020年度开始申报：2020年10月12日至2020年11月30日")


def answered_wrong(fact: str, given: str) -> str:
    with pytest.raises(DomainError) as caught:
        answered(self_check("loan"), fact, given)
    return caught.value.message


class TestFactsThatCannotBe:
    """Said in yuan and in words: no fen, no Python."""

    def test_a_self_check_names_the_range_in_yuan(self):
        assert answered_wrong("principal", "-1") == "贷款本金（-1.00 元）超出范围 0.00 至 10,000,000,000.00 元。"
        with override("en"):
            assert answered_wrong("principal", "-1") == "-1.00 yuan lies outside 0.00 to 10,000,000,000.00 yuan."

    def test_on_the_limits_of_the_range_an_answer_is_kept(self):
        for given in ("0", "10000000000"):
            assert answered(self_check("loan"), "principal", given).items[0]["facts"]["principal"] == int(given) * 100

    def test_a_choice_that_is_not_offered_is_not_answered_with_codes(self):
        assert answered_wrong("pledge", "house") == "请从列出的选项中选择。"

    def test_the_page_of_the_city_names_subject_record_and_range(self, client: Client, make_user: Any):
        firm = newly_high_tech()
        firm.yearly_facts.create(year=2019, name="staff", value=9_000_000, standing=3, source="错误")
        run_of()
        client.force_login(make_user("officer", unit="stb"), backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse("redemption:city"), {"year": 2020}).content.decode()
        assert f"<li>企业 {firm.name}：职工总数（9,000,000 人）超出范围 0 至 " in page
        english = client.get(reverse("redemption:city"), {"year": 2020}, headers={"accept-language": "en"}).content.decode()
        assert f"<li>Enterprise {firm.name}: 9,000,000 lies outside 0 to " in english

    def test_the_evaluation_of_one_organisation_says_the_same(self):
        firm = newly_high_tech()
        firm.yearly_facts.create(year=2019, name="staff", value=9_000_000, standing=3, source="错误")
        with pytest.raises(DomainError) as caught:
            actions.evaluate_organisation(firm, policy(PANJIN), on=date(2020, 12, 31), by=officer())
        assert caught.value.where.startswith(f"企业 {firm.name}：职工总数（9,000,000 人）超出范围 0 至 ")


class TestExperts:
    def test_a_reader_draws_the_same_experts_with_what_the_page_says(self, client: Client, make_user: Any):
        panel = panel_of()
        client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
        page = html.unescape(client.get(reverse("redemption:claim", args=[panel.claim_id])).content.decode())
        assert "把每个候选专家编号用竖线“|”接在种子后面（种子|编号），算 SHA-256，从小到大排，前几位即抽中" in page
        seed = re.search(r"随机种子 ([0-9a-f]{64})", page)
        pool = re.search(r"候选专家编号 ([\d ]+)<", page)
        assert seed
        assert pool
        order = sorted(pool[1].split(), key=lambda number: hashlib.sha256(f"{seed[1]}|{number}".encode()).hexdigest())
        assert [str(seat.expert_id) for seat in panel.seats.order_by("number")] == order[: panel.wanted]

    def test_the_audit_shows_the_points_of_a_sheet_and_of_the_mean(self, client: Client, make_user: Any):
        scored()
        client.force_login(make_user("auditor"), backend="django.contrib.auth.backends.ModelBackend")

        def points(action: str) -> str:
            line = AuditEntry.objects.filter(action=action).order_by("number")[0]
            page = client.get(reverse("web:audit-line", args=[line.number])).content.decode()
            found = re.search(r"<dt>得分</dt><dd>([^<]*)</dd>", page)
            return found[1] if found else ""

        assert (points("redemption.score"), points("redemption.close_panel")) == ("80", "80.00")


class TestResultOfASelfCheck:
    def test_it_says_that_it_changes_and_when_it_is_deleted_and_the_shared_one_that_it_stays(self, client: Client, settings: Any):
        check = answered(self_check(), "high_tech_recognised", "no")
        own = client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
        assert "内容不会改变" not in own
        assert "改动答案后重新评估，本页随之改变" in own
        assert "自测 90 天没有改动即删除，链接里的结果仍然保留。" in own
        check.refresh_from_db()
        shared = check.evaluation.get_absolute_url()
        before = client.get(shared).content.decode()
        assert "凭本页网址可以再次查看，内容不会改变。" in before
        answered(check, "high_tech_recognised", "yes")
        settings.RETENTION = {"self_checks": 30}
        assert "自测 30 天没有改动即删除" in client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
        SelfCheck.objects.all().delete()
        assert client.get(reverse("redemption:check-result", args=[check.token])).status_code == 404
        assert main_of(client.get(shared).content.decode()) == main_of(before)


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


class TestYearOfTheFunds:
    """Which year is shown, and why, when none was asked for."""

    @pytest.fixture
    def money(self, client: Client, make_user: Any) -> Client:
        client.force_login(make_user("finance_officer", unit="finance"), backend="django.contrib.auth.backends.ModelBackend")
        for year in (2020, 2021):
            actions.open_policy_year(policy(PANJIN), year, by=finance(), on=date(2020, 1, 2))
        return client

    def lead(self, client: Client, **asked: Any) -> str:
        return client.get(reverse("redemption:funds"), asked).content.decode()

    def test_the_latest_opened_where_nothing_has_moved(self, money: Client):
        page = self.lead(money)
        assert "没有选择年度，也没有承诺或拨付，这里是最近开立的2021年度。" in page
        assert "年度尚未开立。" in page

    def test_the_latest_with_commitments(self, money: Client):
        fund = Fund.objects.get(code="high_tech")
        appropriate(fund, 2020, MILLION, reference="财指1号")
        committed(fund, 100)
        assert "没有选择年度，这里是最近有承诺或拨付的2020年度。" in self.lead(money)

    @pytest.mark.parametrize("year", [2020, 2021])
    def test_nothing_is_said_of_a_year_that_was_asked_for(self, money: Client, year: int):
        page = self.lead(money, year=year)
        assert f"{year}年度资金" in page
        assert "没有选择年度" not in page

    @pytest.mark.parametrize(("year", "openable"), [(2019, True), (2022, False)])
    def test_a_year_that_was_asked_for_and_is_not_opened_is_named_with_why(self, money: Client, year: int, openable: bool):
        page = self.lead(money, year=year)
        assert f"{year}年度尚未开立，这里是2021年度。" in page
        assert "没有选择年度" not in page
        assert ("此后没有新的年度可以开立" in page) is not openable


class TestSumOfAnApplicant:
    def test_before_a_decision_that_sets_it_the_sum_is_told_as_the_most(self):
        claim = reviewed()
        assert rule_of(claim).kind == "cap"
        assert shown_sum(claim) == "最高 500,000.00 元，以决定为准"
        claim.decided_fen = 400_000_00
        assert shown_sum(claim) == "400,000.00 元"

    def test_a_sum_that_the_facts_give_is_told_as_it_is(self):
        claim = offered()
        assert shown_sum(claim) == "100,000.00 元"

    @pytest.mark.parametrize("state", ["refused", "withdrawn", "lapsed", "returned"])
    def test_what_ended_without_money_promises_none(self, state: str):
        claim = offered()
        claim.state, claim.decided_fen = state, 100_000_00
        assert shown_sum(claim) == ""
