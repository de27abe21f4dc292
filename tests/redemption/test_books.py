"""What `quintet books` and `quintet audit verify` find after somebody with the database owner's rights altered rows by hand."""

from typing import Any

import pytest
from django.db import connection

from quintet.core import audit
from quintet.redemption import actions, books
from quintet.redemption.actions.evaluation import explain_entitlement
from quintet.redemption.models import Claim, Entitlement, PayeeAccount
from tests import guards
from tests.guards import without
from tests.ledger.books import finance
from tests.redemption.applications import submitted
from tests.redemption.batches import AFTER, committed_claims, signed
from tests.redemption.claims import newly_high_tech, officer, run_of
from tests.redemption.test_after import paid
from tests.redemption.test_commitments import funds

pytestmark = pytest.mark.django_db


def problems() -> list[str]:
    return [sentence for check in books.checks for sentence in check()]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE redemption_entitlement SET amount = amount * 2",
        "UPDATE redemption_entitlement SET name = name || '甲'",
        "DELETE FROM redemption_entitlement WHERE id = (SELECT min(id) FROM redemption_entitlement)",
        "UPDATE redemption_entitlementtotal SET amount = amount + 1",
    ],
)
def test_entitlements_changed_past_the_system_are_told(change: str):
    newly_high_tech()
    runs = [run_of(), run_of()]
    explain_entitlement(Entitlement.objects.filter(run=runs[0])[0], by=officer())
    assert problems() == []
    with connection.cursor() as cursor:
        cursor.execute(f"{change}{' AND' if 'WHERE' in change else ' WHERE'} run_id = {runs[0].pk}")
    assert problems() == [f"2020 年度的全市评估（{runs[0].pk}）与评估时不同：应享待遇或合计被直接改动过。"]


def test_what_went_its_whole_way_lacks_nothing():
    paid()
    assert problems() == []
    assert guards.problems() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE redemption_decision SET granted = NOT granted", "没有经复核的兑现决定"),
        ("UPDATE redemption_decision SET amount_fen = 1", "没有金额相同、经复核的决定"),
        ("UPDATE redemption_notice SET ends_on = '2099-12-31'", "公示在审计链中没有相应的记录"),
        ("UPDATE redemption_noticeline SET amount_fen = 1", "没有金额相同的公示"),
        ("UPDATE redemption_paymentbatch SET signed_under_id = made_under_id", "不是互不相干的两个人"),
        ("UPDATE redemption_paymentbatch SET seal = 'x'", "与校验码不符"),
        ("UPDATE redemption_paymentline SET payee = '他人'", "与校验码不符"),
        ("UPDATE redemption_claim SET state = 'ordered'", "却不在任何待回盘的批次里"),
        ("UPDATE ledger_entry SET amount_fen = amount_fen + 1 WHERE kind = 'payment'", "在审计链中没有相应的记录"),
        ("UPDATE ledger_appropriation SET state = 'refused'", "没有第二人复核"),
        ("DELETE FROM core_auditentry WHERE action = 'redemption.decide'", "的决定在审计链中没有相应的记录"),
        ("DELETE FROM core_auditentry WHERE action = 'redemption.commit'", "的资金承诺在审计链中没有相应的记录"),
        ("DELETE FROM core_auditentry WHERE action = 'redemption.sign_batch'", "的签发在审计链中没有相应的记录"),
        ("DELETE FROM core_auditentry WHERE action = 'redemption.paid'", "的到账在审计链中没有相应的记录"),
    ],
)
def test_what_a_payment_needed_and_is_not_there_is_named(change: str, told: str):
    paid()
    with without(), connection.cursor() as cursor:
        cursor.execute(change)
    assert [sentence for sentence in problems() if told in sentence]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE core_rolegrant SET unit = 'elsewhere' WHERE id = (SELECT min(id) FROM core_rolegrant)", "角色授予"),
        ("DELETE FROM directory_historicalorganisation WHERE id = (SELECT min(id) FROM directory_organisation)", "不是通过系统办理的"),
        ("UPDATE directory_organisation SET name = 'x' WHERE id = (SELECT min(id) FROM directory_organisation)", "单位"),
        ("UPDATE directory_recognition SET granted_on = '2018-01-01'", "与办理记录不符"),
        ("UPDATE directory_membership SET granted_on = '2018-01-01'", "代理授权"),
    ],
)
def test_an_altered_right_or_register_is_found(change: str, told: str):
    paid()
    guards.as_found()
    with without(), connection.cursor() as cursor:
        cursor.execute(change)
    found: list[Any] = [finding.problem for finding in audit.verify()]
    assert [problem for problem in found if told in problem]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "INSERT INTO redemption_claimfact (claim_id, fact, kind, value, reason, by_id, at) "
            "SELECT id, 'another', 'declared', '1', '', created_by_id, '2020-01-01' FROM redemption_claim",
            "申报的事实与提交时不同",
        ),
        ("UPDATE redemption_claimfile SET removed_by_id = by_id", "申报材料与提交时不同"),
        ("DELETE FROM redemption_claimfile", "申报材料与提交时不同"),
    ],
)
def test_what_was_handed_in_stays(change: str, told: str):
    claim = submitted()
    assert problems() == []
    with without(), connection.cursor() as cursor:
        cursor.execute(change)
    assert problems() == [f"{claim} {told}：被直接改动过。" if "事实" in told else f"{claim} 的{told}：被直接改动过。"]


def test_a_line_to_an_account_that_its_payee_never_had_is_named():
    """The attack: another number, with a seal of its own, lies under the account while the batch is made and signed, and is put back afterwards."""
    fund = funds()[0]
    (claim,) = committed_claims(1, fund)
    number = claim.account.number
    with without():
        guards.changed(PayeeAccount.objects.filter(pk=claim.account_id), number="6222029999999999")
    batch = signed(actions.make_batch([Claim.objects.get()], fund=fund, year=2020, by=finance(), on=AFTER))
    with without():
        PayeeAccount.objects.filter(pk=claim.account_id).update(number=number)
    assert problems() == [f"批次 {batch} 第 1 笔的账号不是收款人登记过的账户。"]


@pytest.mark.parametrize(
    ("field", "told"),
    [("redemption_paymentbatch.signed_under_id", "不是财政经办人"), ("redemption_decision.confirmed_under_id", "不是部门经办人")],
)
def test_a_right_that_was_no_such_right_is_named(field: str, told: str):
    """The attack: a grant is another role's while somebody acts under it, and is put back afterwards."""
    paid()
    table, column = field.split(".")
    with without(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE core_rolegrant SET role = 'applicant', unit = '' WHERE id = (SELECT max({column}) FROM {table})")
    assert [sentence for sentence in problems() if told in sentence]
