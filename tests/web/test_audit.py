"""The pages of the audit chain: lines for auditors, digests and the check of a receipt for everybody."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quintet.core import audit
from quintet.core.audit import recorded
from quintet.core.models import AuditEntry, Job
from quintet.web import records
from tests import guards
from tests.core.test_audit import lines, tomorrow, without_guards
from tests.redemption.batches import batch_of, granted_claims

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client, make_user: Any) -> Client:
    client.force_login(make_user("auditor"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def receipt(auditor: Client, number: int = 1) -> dict[str, Any]:
    return dict(auditor.get(reverse("web:audit-line", args=[number]), {"receipt": 1}).json())


def checked(client: Client, given: Any) -> Any:
    return client.post(reverse("web:audit-receipt"), {"receipt": given if isinstance(given, str) else json.dumps(given)})


def test_lines_are_found_by_action_record_person_and_day(auditor: Client, make_user: Any):
    with recorded() as log:
        log.record("ledger.payment", "ledger.entry:1", "拨付一笔", by=make_user("finance_officer", unit="finance", name="wang"))
        log.record("ledger.release", "ledger.entry:2", "释放一笔", by=None)
    url, today = reverse("web:audit"), timezone.localdate()
    for query, titles in (
        ({}, {"拨付一笔", "释放一笔"}),
        ({"action": "ledger.payment"}, {"拨付一笔"}),
        ({"record": "ledger.entry:2"}, {"释放一笔"}),
        ({"by": "用户2"}, {"拨付一笔"}),
        ({"by": "nobody"}, set()),
        ({"unit": "finance"}, {"拨付一笔"}),
        ({"unit": "stb"}, set()),
        ({"record": "no record"}, set()),
        ({"start": today.isoformat(), "end": today.isoformat()}, {"拨付一笔", "释放一笔"}),
        ({"end": (today - timedelta(days=1)).isoformat()}, set()),
        ({"action": "no such action"}, set()),
        ({"start": "2020-99-99"}, set()),
    ):
        page = auditor.get(url, query).content.decode()
        assert {title for title in ("拨付一笔", "释放一笔") if title in page} == titles, query


def test_as_many_queries_for_many_lines_as_for_few(auditor: Client, django_assert_max_num_queries: Any):
    lines(200)
    with django_assert_max_num_queries(9):
        assert auditor.get(reverse("web:audit")).content.decode().count("决定第") == 50


def test_a_line_shows_its_content_and_the_others_about_the_same_record(auditor: Client):
    lines(1)
    lines(1)
    earlier, later = guards.lines_of_acts()
    page = auditor.get(reverse("web:audit-line", args=[later.number])).content.decode()
    assert "amount_fen" in page
    assert earlier.hash in page
    assert reverse("web:audit-line", args=[earlier.number]) in page


def test_the_chain_is_read_again_at_the_push_of_a_button(auditor: Client):
    lines(3)
    guards.as_found()
    before = AuditEntry.objects.count()
    auditor.post(reverse("web:audit-verify"))
    assert (Job.objects.get().state, Job.objects.get().message) == ("done", f"审计链完整：{before + 1} 条记录")
    without_guards(lambda cursor: cursor.execute("UPDATE core_auditentry SET title = '别的' WHERE number = 2"))
    auditor.post(reverse("web:audit-verify"))
    failed = Job.objects.get(state="failed")
    assert "审计链有 1 处问题：第 2 条：内容与校验值不符" in failed.error


def test_details_are_in_words_those_of_earlier_versions_too():
    details = {"kind": "role", "role": "auditor", "unit": "stb", "first_day": "2021-01-04", "target": None, "check": "ab" * 32}
    told = [("事项", "授予角色"), ("角色", "审计员"), ("部门", "市科技局"), ("开始日期", "2021年1月4日")]
    assert records.details_in_words(details) == told
    assert records.details_in_words(details | {"kind": "授予角色", "role": "审计员"}) == told
    assert records.details_in_words({"unit": "no-such-unit", "kind": "no_such_kind"}) == [
        ("部门", "no-such-unit"),
        ("事项", "no_such_kind"),
    ]


class TestReceipt:
    def test_of_today_fits_the_chain(self, auditor: Client):
        lines(3)
        answer = checked(Client(), receipt(auditor))
        assert answer.status_code == 200
        assert "与审计链中的第 1 条一致" in answer.content.decode()

    def test_of_a_day_with_a_digest_fits_that_too(self, auditor: Client, monkeypatch: pytest.MonkeyPatch):
        lines(3)
        early = receipt(auditor, 2)
        tomorrow(monkeypatch)
        audit.make_digests(timezone.localdate() - timedelta(days=1))
        for given in (early, audit.receipt_of(AuditEntry.objects.get(number=2))):
            assert "公布的摘要中" in checked(Client(), given).content.decode()

    def test_an_altered_one_does_not_fit(self, auditor: Client):
        lines(3)
        given = receipt(auditor)
        assert "内容被改动过" in checked(Client(), given | {"details": {"amount_fen": 99}}).content.decode()
        other = AuditEntry.objects.get(number=2)
        forged = given | {"number": 2, "content": other.content}
        assert "内容被改动过" in checked(Client(), forged).content.decode()

    def test_a_line_that_was_altered_in_the_system_does_not_fit_its_receipt(self, auditor: Client):
        lines(3)
        given = receipt(auditor, 2)

        def anew(cursor: Any) -> None:
            cursor.execute("UPDATE core_auditentry SET title = '别的' WHERE number = 2")
            entry = AuditEntry.objects.get(number=2)
            AuditEntry.objects.filter(pk=entry.pk).update(content=audit.content_of(entry))

        without_guards(anew)
        assert "已与回执不同" in checked(Client(), given).content.decode()

    @pytest.mark.parametrize("given", ["", "x", "[]", "null", "{", "[" * 10_000, '"' + "x" * 30_000 + '"'])
    def test_what_is_no_receipt_is_told(self, given: str):
        answer = checked(Client(), given)
        assert answer.status_code == 422
        assert "Traceback" not in answer.content.decode()

    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "x"},
            {"number": 10**30},
            {"number": -1},
            {"at": "yesterday"},
            {"details": [float("nan")]},
            {"path": 7},
            {"path": [["left", "zz"]]},
            {"record": None},
        ],
    )
    def test_a_strange_receipt_is_answered_all_the_same(self, auditor: Client, changes: dict[str, Any]):
        lines(1)
        answer = checked(Client(), receipt(auditor) | changes)
        assert answer.status_code == 200

    def test_nothing_is_told_to_somebody_without_the_line(self, auditor: Client):
        lines(1)
        given = receipt(auditor) | {"content": "0" * 64}
        answer = checked(Client(), given).content.decode()
        assert "claim.decide" not in answer.replace(json.dumps(given).replace('"', "&quot;"), "")


def test_digests_are_published_for_people_and_as_json(monkeypatch: pytest.MonkeyPatch):
    assert "暂无已公布的摘要" in Client().get(reverse("web:audit-digests")).content.decode()
    lines(2)
    tomorrow(monkeypatch)
    (made,) = audit.make_digests(timezone.localdate() - timedelta(days=1))
    assert made.hash in Client().get(reverse("web:audit-digests")).content.decode()
    (kept,) = Client().get(reverse("web:audit-digests"), {"format": "json"}).json()
    assert (kept["day"], kept["hash"], kept["first"], kept["last"]) == (made.day.isoformat(), made.hash, 1, 2)


def outside_folds(page: str) -> str:
    """What is seen of a page before anything is unfolded, without its links' addresses."""
    main = page[page.index("<main") : page.index("</main")]
    return re.sub(r"<[^>]*>", " ", re.sub(r"<details.*?</details>", "", main, flags=re.DOTALL))


def test_records_actions_and_details_are_told_in_words_and_lead_to_their_pages(auditor: Client):
    claim = granted_claims(1)[0]
    page = auditor.get(reverse("web:audit")).content.decode()
    assert f'<a href="/claims/{claim.pk}/">申报 {claim.number}</a>' in page
    assert not re.search(r"redemption\.|ledger\.|[0-9a-f]{32}", outside_folds(page))
    proposed = AuditEntry.objects.get(action="redemption.propose")
    line = auditor.get(reverse("web:audit-line", args=[proposed.number])).content.decode()
    assert "100,000.00 元" in outside_folds(line)
    assert not re.search(r"redemption\.|ledger\.|_fen|[0-9a-f]{32}", outside_folds(line))
    assert proposed.hash in line
    for typed in (claim.number, f" {claim.number.lower()} ", f"redemption.claim:{claim.pk}"):
        assert claim.name in auditor.get(reverse("web:audit"), {"record": typed}).content.decode(), typed


def test_the_evidence_chain_is_told_in_words(auditor: Client):
    claim = granted_claims(1)[0]
    page = auditor.get(f"/claims/{claim.pk}/chain/").content.decode()
    seen = outside_folds(page)
    assert "高新技术企业发证日期" in seen
    assert not re.search(r"high_tech_award|enterprise=|[0-9a-f]{12}", seen)
    assert "high_tech_award" in page


@pytest.mark.parametrize(
    ("typed", "record"),
    [
        ("BF2021-00012", "redemption.paymentbatch:12"), (" bf2021-00012 ", "redemption.paymentbatch:12"), ("BF2021-00012-00003", "redemption.paymentbatch:12"),
        ("2021-T6-000069", "redemption.claim:69"), ("ledger.entry:2", "ledger.entry:2"), ("BF2021", ""), ("2021", ""),
    ],
)  # fmt: skip
def test_a_record_is_found_by_the_number_that_people_know(typed: str, record: str):
    assert records.record_typed(typed) == record


def test_the_lines_of_a_batch_are_found_by_its_number(auditor: Client):
    batch = batch_of(count=1)
    page = auditor.get(reverse("web:audit"), {"record": batch.number}).content.decode()
    assert "编制拨付批次" in page
    other = auditor.get(reverse("web:audit"), {"record": f"BF2020-{batch.pk + 1:05d}"}).content.decode()
    assert f"编制拨付批次：{batch.number}" not in other
