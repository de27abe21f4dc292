"""What the chain, the payee and the files say of accounts and payments: each word at each turn."""

from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification, User
from quintet.directory.models import Membership
from quintet.redemption import actions, cases
from quintet.redemption.actions.payments import LineResult, _marks, _purpose, make_batches
from quintet.redemption.demands import to_do
from quintet.redemption.home import my_waiting
from quintet.redemption.models import AccountChange, Claim
from quintet.redemption.payees import claims_acted_on
from quintet.redemption.permissions import lead_of
from tests.ledger.books import finance
from tests.redemption.batches import AFTER, cleared_claims, committed_claims, signed
from tests.redemption.city import incubator, newly_high_tech, run_of
from tests.redemption.claims import ON, account, checked, granted, member, officer, proposed
from tests.redemption.test_commitments import funds
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
PACKS = Path(__file__).resolve().parents[2] / "packs"
PAID_ON = date(2021, 1, 13)


def paid(number: int = 1) -> LineResult:
    return LineResult(number=number, kind="paid", on=PAID_ON, reference=f"凭证{number}")


def returned(number: int = 1) -> LineResult:
    return LineResult(number=number, kind="returned", on=PAID_ON, reason="账号与户名不符")


def applicant(claim: Claim) -> User:
    return member(claim.organisation, f"member-{claim.organisation_id}")


def looker(claim: Claim) -> User:
    return officer(f"{lead_of(claim)}-9", unit=lead_of(claim))


@arranged_once
def sent_back() -> Claim:
    """A claim whose payment the bank has returned."""
    batch = signed(count=1)
    actions.record_results(batch, [returned()], by=finance(), on=PAID_ON)
    return Claim.objects.get()


def asked(claim: Claim, *, same: bool, on: date = AFTER) -> Claim:
    by = applicant(claim)
    wanted = claim.account if same else account(claim.organisation, by, number="6222029999999999")
    actions.change_account(claim, account=wanted, by=by, on=on)
    return Claim.objects.get(pk=claim.pk)


def last_line(action: str) -> str:
    return AuditEntry.objects.filter(action=action).order_by("-number").values_list("title", flat=True)[0].split("：")[0]


def last_told(user: User) -> tuple[str, bool]:
    one = Notification.objects.filter(user=user).order_by("-pk")[0]
    return one.text, one.urgent


@pytest.mark.parametrize(
    ("same", "line", "told"), [(False, "要求更换收款账户", "要求更换收款账户为"), (True, "要求继续使用收款账户", "无误，等待主管部门核实")]
)
def test_an_account_that_is_asked_for_is_told_as_what_it_is(same: bool, line: str, told: str):
    claim = asked(sent_back(), same=same)
    assert last_line("redemption.change_account") == line
    text, urgent = last_told(applicant(claim))
    assert told in text
    assert urgent


@pytest.mark.parametrize(
    ("same", "agreed", "line", "told"),
    [
        (False, True, "核实收款账户更换", "的收款账户已更换为"),
        (False, False, "不予更换收款账户", "的收款账户没有更换为"),
        (True, True, "核实收款账户无误", "已核实，可以再次拨付"),
        (True, False, "未能核实收款账户", "没有核实无误，请更换账户"),
    ],
)
def test_an_account_that_was_looked_at_is_told_as_what_became_of_it(same: bool, agreed: bool, line: str, told: str):
    claim = asked(sent_back(), same=same)
    before, wanted = claim.account_id, AccountChange.objects.get().account_id
    actions.confirm_account(claim, confirmed=agreed, remark="" if agreed else "电话不符", by=looker(claim), on=AFTER)
    assert last_line("redemption.confirm_account") == line
    text, urgent = last_told(applicant(claim))
    assert told in text
    assert urgent
    assert Claim.objects.get().account_id == (wanted if agreed else before)


def inactive(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def without_authority(user: User) -> None:
    Membership.objects.filter(person__user=user).update(revoked_on=date(2020, 12, 1))


@pytest.mark.parametrize("left", [inactive, without_authority])
def test_what_somebody_asked_who_speaks_for_the_payee_no_more_is_refused_and_can_be_declined(left: Any):
    claim = asked(sent_back(), same=False)
    left(applicant(claim))
    with pytest.raises(NotAllowed, match="提出更换的人已不能代表收款人"):
        actions.confirm_account(claim, confirmed=True, by=looker(claim), on=AFTER)
    actions.confirm_account(claim, confirmed=False, remark="经办人已离职", by=looker(claim), on=AFTER)
    assert AccountChange.objects.get().confirmed is False


def test_a_payment_that_the_bank_returned_is_told_at_once():
    claim = sent_back()
    text, urgent = last_told(applicant(claim))
    assert "账号与户名不符" in text
    assert urgent


NEW = "6222029999999999"


@pytest.mark.parametrize("paid_before", [False, True])
def test_the_first_payment_to_a_changed_number_is_marked_in_any_case_and_the_next_is_not(paid_before: bool):
    """Of two awards of one firm: in the first the account was changed to the number that the second had from its beginning."""
    firm = newly_high_tech()
    incubator(firm)
    actions.make_offers(run_of(), by=officer(), on=ON)
    by = member(firm, f"member-{firm.pk}")
    claims = {}
    for rule, number in (("high_tech_award", "6222020000000001"), ("national_incubator_award", NEW)):
        offer = Claim.objects.get(rule=rule)
        confirmed = actions.confirm_offer(offer, account=account(firm, by, number=number), by=by, on=ON)
        claims[rule] = granted(proposed(checked(confirmed)))
    actions.publish_notice(list(claims.values()), title="公示", by=officer("officer2"), on=ON)
    actions.clear_notices(on=AFTER)
    first, second = (Claim.objects.get(pk=claim.pk) for claim in claims.values())
    actions.change_account(first, account=account(firm, by, number=NEW), by=by, on=AFTER)
    actions.confirm_account(Claim.objects.get(pk=first.pk), confirmed=True, by=looker(first), on=AFTER)
    fund = funds()[0]
    for claim in (first, second):
        actions.commit_claim(Claim.objects.get(pk=claim.pk), fund=fund, by=finance(), on=AFTER)

    def purpose_of(claim: Claim) -> str:
        return _purpose(claim, _marks([Claim.objects.get(pk=claim.pk)])[claim.pk])

    assert "首次拨付" in purpose_of(first)
    assert "首次拨付" in purpose_of(second)
    if paid_before:
        batch = actions.make_batch([Claim.objects.get(pk=first.pk)], fund=fund, year=2020, by=finance(), on=AFTER)
        actions.record_results(signed(batch), [paid()], by=finance(), on=PAID_ON)
        assert "首次拨付" not in purpose_of(second)


@pytest.mark.parametrize(("length", "mark"), [(119, ""), (120, ""), (121, ""), (150, "（退回后再次拨付）")])
def test_what_the_bank_reads_is_cut_at_120_letters_and_its_mark_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, mark: str
):
    (claim,) = cleared_claims(1)
    plain = _purpose(claim, "")
    title = plain.split(" ", 1)[1]
    for name in ("national", "panjin-2019-29"):
        copytree(PACKS / name, tmp_path / name)
    path = tmp_path / "panjin-2019-29/rules/enterprises.yaml"
    text = path.read_text("utf-8")
    longer = title + "奖" * (length - len(plain))
    assert text.count(f"zh: {title},") >= 1
    path.write_text(text.replace(f"zh: {title},", f"zh: {longer},"), "utf-8")
    monkeypatch.setenv("QUINTET_PACKS", str(tmp_path))
    whole = plain + "奖" * (length - len(plain))
    assert _purpose(claim, mark) == whole[: 120 - len(mark)] + mark


def test_a_batch_is_done_when_the_last_line_has_its_result_and_not_before():
    batch, seen = signed(count=3), []
    progress = lambda done, total: seen.append((done, total))
    actions.record_results(batch, [paid(1), returned(2)], by=finance(), on=PAID_ON, progress=progress, chunk=1)
    assert seen == [(1, 2), (2, 2)]
    batch.refresh_from_db()
    assert batch.state == "signed"
    actions.record_results(batch, [paid(3)], by=finance(), on=PAID_ON, progress=progress, chunk=50)
    batch.refresh_from_db()
    assert (batch.state, seen[-1]) == ("done", (1, 1))


@pytest.mark.parametrize(("wrong", "named"), [(5, 5), (6, 5)])
def test_the_first_five_results_that_do_not_fit_are_named(wrong: int, named: int):
    batch = signed(count=1)
    with pytest.raises(DomainError, match=f"有 {wrong} 处") as caught:
        actions.record_results(batch, [paid(number) for number in range(2, 2 + wrong)], by=finance(), on=PAID_ON)
    assert caught.value.where.count("不在这个批次里") == named


def test_batches_are_made_of_what_this_fund_has_committed_and_of_nothing_else():
    fund, other = funds()[:2]
    (claim,) = cleared_claims(1)
    with pytest.raises(DomainError, match="请选择要拨付的事项"):
        make_batches([claim], fund=fund, by=finance(), on=AFTER)
    actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    claim = Claim.objects.get()
    with pytest.raises(DomainError, match="请选择要拨付的事项"):
        make_batches([claim], fund=other, by=finance(), on=AFTER)
    (batch,) = make_batches([claim], fund=fund, by=finance(), on=AFTER)
    assert (batch.year, batch.count) == (2020, 1)


def test_the_chain_of_evidence_names_what_was_taken_back_and_each_account_and_each_link_its_own_lines(client: Any):
    claim = sent_back()
    asked(claim, same=False)
    actions.confirm_account(Claim.objects.get(), confirmed=True, by=looker(claim), on=AFTER)
    fund = claim.commitment.fund
    again = signed(actions.make_batch([Claim.objects.get()], fund=fund, year=2020, by=finance(), on=PAID_ON))
    actions.record_results(again, [paid()], by=finance(), on=PAID_ON)
    demanded = actions.propose_clawback(Claim.objects.get(), amount_fen=30_000_55, reasons="证书被撤销", by=officer(), on=PAID_ON)
    actions.confirm_clawback(demanded, confirmed=True, by=officer("officer2"), on=PAID_ON)
    links = cases.chain(Claim.objects.get())
    by_kind = {kind: [[line.action.split(".")[1] for line in link["audit"]] for link in links if link["kind"] == kind] for kind in KINDS}
    assert by_kind == {
        "clawback": [["propose_clawback", "confirm_clawback"]],
        "payment": [["order", "make_batch", "sign_batch", "paid"], ["order", "make_batch", "sign_batch", "bounced"]],
        "account": [["change_account", "confirm_account"]],
    }
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(f"/claims/{claim.pk}/chain/").content.decode()
    for word in ("30,000.55 元", "证书被撤销", "收款账户更换", "6222029999999999"[-4:]):
        assert word in text


KINDS = ("clawback", "payment", "account")


class TestThePayeesWork:
    """An account to which the bank did not pay waits for its payee until they answer, then for the officials."""

    @pytest.mark.parametrize("same", [True, False])
    def test_a_returned_payment_stands_in_it_until_its_payee_has_answered(self, same: bool):
        claim = sent_back()
        by = applicant(claim)
        assert list(Claim.objects.filter(to_do(claims_acted_on(by)))) == [claim]
        assert my_waiting(by) == {"number": 1}
        claim = asked(claim, same=same, on=PAID_ON)
        assert my_waiting(by) is None
        actions.confirm_account(claim, confirmed=False, remark="电话无人接听", by=looker(claim), on=PAID_ON)
        assert my_waiting(by) == {"number": 1}
        claim = asked(Claim.objects.get(pk=claim.pk), same=same, on=PAID_ON)
        actions.confirm_account(claim, confirmed=True, by=looker(claim), on=PAID_ON)
        assert my_waiting(by) is None

    def test_what_is_only_on_its_way_does_not(self):
        (claim,) = committed_claims(1, funds()[0])
        assert not Claim.objects.filter(to_do(claims_acted_on(applicant(claim)))).exists()

    def test_more_of_them_ask_no_more(self, django_assert_num_queries: Any):
        batch = signed(count=3)
        actions.record_results(batch, [returned(number) for number in (1, 2, 3)], by=finance(), on=PAID_ON)
        every = Claim.objects.all()
        one = every.filter(pk=every[0].pk)
        with django_assert_num_queries(7):
            assert len(one.filter(to_do(one))) == 1
        with django_assert_num_queries(7):
            assert len(every.filter(to_do(every))) == 3
