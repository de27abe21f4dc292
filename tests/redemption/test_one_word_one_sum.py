"""决定, 承诺, 拨付, 收回 mean one sum each: on the pages of the funds, from clause to yuan, and in both exports."""

import html
import io
import re
from collections.abc import Iterable
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.models import User
from quintet.ledger import queries as books
from quintet.ledger.models import Fund
from quintet.redemption import actions, queries
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim
from tests.ledger.books import finance
from tests.redemption.applications import PACK, draft
from tests.redemption.batches import AFTER, granted_claims, second_finance
from tests.redemption.claims import ON, officer, upheld
from tests.redemption.test_after import PAID_ON
from tests.redemption.test_commitments import funds
from tests.redemption.test_notices import objected

pytestmark = pytest.mark.django_db
AWARD = 10_000_000
PART = 3_000_055


def called_back(claim: Claim, amount: int) -> None:
    claim.refresh_from_db()
    found = actions.propose_clawback(claim, amount_fen=amount, reasons="证书被撤销", by=officer(), on=PAID_ON)
    found = actions.confirm_clawback(found, confirmed=True, by=officer("officer3"), on=PAID_ON)
    actions.receive_return(found, amount_fen=amount, reference=f"退{claim.pk}", by=second_finance(), on=PAID_ON)


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> Fund:
    """Six awards of 100,000: one with its payee, one called back in part, one wholly, one sent back by the bank after it was paid, one released, one
    refused after its notice."""
    monkeypatch.setattr(clock, "today", lambda: PAID_ON)
    fund, claims = funds()[0], granted_claims(6)
    notice = actions.publish_notice(claims, title="公示", by=officer("officer2"), on=ON)
    upheld(objected(notice, 5))
    actions.clear_notices(on=AFTER)
    claims = [actions.commit_claim(Claim.objects.get(pk=claim.pk), fund=fund, by=finance(), on=AFTER) for claim in claims[:5]]
    actions.propose_release(claims[4], reasons="企业已注销", by=finance(), on=AFTER)
    actions.confirm_release(claims[4], confirmed=True, by=second_finance(), on=AFTER)
    batch = actions.make_batch(claims[:4], fund=fund, year=2020, by=finance(), on=AFTER)
    batch = actions.sign_batch(batch, by=second_finance(), on=AFTER)
    paid = [LineResult(number=number, kind="paid", on=PAID_ON, reference=f"凭证{number}") for number in range(1, 5)]
    actions.record_results(batch, paid, by=finance(), on=PAID_ON)
    actions.record_results(batch, [LineResult(number=4, kind="returned", on=PAID_ON, reason="账号已销户")], by=finance(), on=PAID_ON)
    called_back(claims[1], PART)
    called_back(claims[2], AWARD)
    return fund


WANTED = {"决定": 4 * AWARD, "承诺": 4 * AWARD, "拨付": 3 * AWARD, "收回": AWARD + PART}


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d} 元"


def cells(url: str, words: Iterable[str]) -> dict[str, set[str]]:
    """What stands in the cells of a page under each of the words."""
    page = html.unescape(client(finance()).get(url).content.decode())
    return {word: set(re.findall(rf'data-label="{word}">([^<]+)</td>', page)) for word in words}


def sheet(url: str) -> list[dict[str, Any]]:
    answer = client(finance()).get(url)
    head, *rows = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_pages_of_the_funds_and_the_way_from_a_clause_agree(city: Fund):
    of_fund = [word for word in WANTED if word != "决定"]
    assert cells(reverse("redemption:trace", args=[PACK, "T6"]), WANTED) == {word: {yuan(fen)} for word, fen in WANTED.items()}
    assert cells(reverse("redemption:fund", args=[city.pk]) + "?year=2020", of_fund) == {word: {yuan(WANTED[word])} for word in of_fund}
    lines = cells(reverse("redemption:funds") + "?year=2020", of_fund)
    assert {word: yuan(WANTED[word]) in lines[word] for word in of_fund} == dict.fromkeys(of_fund, True)


def test_the_export_of_claims_sums_up_to_the_same(city: Fund):
    rows = sheet(reverse("redemption:claims-export"))
    found = {word: round(100 * sum(row[f"{word}金额（元）"] or 0 for row in rows)) for word in WANTED}
    assert found == WANTED
    ended = [row["决定金额（元）"] for row in rows if row["状态"] == "不予兑现"]
    assert ended == [None, None]


def test_the_export_of_entries_sums_up_to_the_same(city: Fund):
    signs = {"承诺": ("承诺", 1), "释放": ("承诺", -1), "拨付": ("拨付", 1), "退票": ("拨付", -1), "收回": ("收回", 1)}
    rows = sheet(reverse("redemption:entries-export", args=[city.pk]) + "?year=2020")
    found = dict.fromkeys(("承诺", "拨付", "收回"), 0)
    for row in rows:
        if row["事项"] in signs:
            word, sign = signs[row["事项"]]
            found[word] += sign * round(100 * row["金额（元）"])
    assert found == {word: WANTED[word] for word in found}


def test_each_commitment_and_the_whole_fund_agree(city: Fund):
    steps = [claim.commitment.steps.order_by("-number")[0] for claim in Claim.objects.filter(commitment__isnull=False)]
    assert (sum(step.paid_out_fen for step in steps), sum(step.returned_fen for step in steps)) == (WANTED["拨付"], WANTED["收回"])
    (state,) = [line for line in books.budget_state(city.budget, 2020, on=PAID_ON).funds if line.fund == city]
    assert (state.committed, state.paid_out, state.returned) == (WANTED["承诺"], WANTED["拨付"], WANTED["收回"])


def test_what_is_called_net_is_what_was_paid_less_what_came_back(city: Fund):
    net = WANTED["拨付"] - WANTED["收回"]
    assert queries.paid_so_far(PACK, "T6") == net
    assert queries.paid_by_clause(2021) == [{"clause": "T6", "fen": net}]
    page = html.unescape(Client().get("/").content.decode())
    assert "今年净拨付" in page
    assert "今年已拨付" not in page


def test_a_draft_is_counted_on_neither_page():
    claim = draft()
    assert queries.claim_sums(PACK, claim.clause) == []
    page = client(finance()).get(reverse("redemption:claims") + f"?rule={claim.rule}&year={claim.year}").content.decode()
    assert "没有符合条件的申报" in page
