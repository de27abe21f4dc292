"""What the registers say now stands beside an open claim; an entry on which one rests is not deleted in silence; a bank's return changes no fact."""

import html
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.core.models import Notification, User
from quintet.directory.actions import delete_record
from quintet.directory.actions.imports import upload_workbook
from quintet.directory.actions.records import Rests
from quintet.directory.models import ImportBatch, Recognition
from quintet.directory.queries.history import version_of
from quintet.directory.sheets.sheet import sheets
from quintet.market.models import TransferProject
from quintet.policies.models import PackVersion
from quintet.redemption import actions, cases, moved
from quintet.redemption.actions.claims import carried, changed_since
from quintet.redemption.checks import cross_checks
from quintet.redemption.models import Claim
from tests import guards
from tests.directory.city import figure, organisation, recognition, workbook
from tests.duties import keeps_every_register
from tests.ledger.books import finance
from tests.redemption.applications import submitted
from tests.redemption.batches import AFTER, batch_of, committed_claims, second_finance, signed
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import ON, checked, confirmed, granted, offered, officer, proposed
from tests.redemption.test_after import paid
from tests.redemption.test_commitments import funds
from tests.redemption.test_said_of_payments import PAID_ON, sent_back

pytestmark = pytest.mark.django_db
CHANGED = "名录在上次核对以后有变化"
WHY = "证书已被认定机构撤销"
OVER = date(2020, 10, 1)  # a last day before that of the evaluation


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: AFTER)


def keeper() -> User:
    keeps_every_register("stb")
    return officer("keeper")


def page(user: User, url: str, **posted: Any) -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    answer = client.post(url, posted) if posted else client.get(url)
    return answer.status_code, html.unescape(answer.content.decode())


def of_claim(claim: Claim) -> str:
    return page(officer("looker"), reverse("redemption:claim", args=[claim.pk]))[1]


def of_the_register(claim: Claim, since: str = "") -> tuple[str, str]:
    check = cross_checks(claim, duplicates=[], files=None, today=AFTER, ended="", since=since)[0]
    return check["state"], check["note"]


def deletion(of: Recognition) -> str:
    return reverse("directory:recognition-delete", args=[of.pk])


@pytest.mark.parametrize("at", [offered, checked, granted])
def test_an_entry_that_is_gone_is_said_beside_an_open_claim_until_it_is_checked_again(at: Any):
    claim = at()
    assert changed_since(claim) == ""
    assert CHANGED not in of_claim(claim)
    Recognition.objects.all().delete()
    assert CHANGED in of_claim(claim)
    assert of_the_register(claim, changed_since(claim))[0] == "unmet"
    claim.refresh_from_db()
    assert claim.changed == ""  # a page stores nothing


def test_checked_again_the_evaluation_says_it_itself():
    claim = checked()
    Recognition.objects.all().delete()
    claim = actions.recheck(claim, by=officer(), on=ON)
    assert (changed_since(claim) == claim.changed, claim.changed != "") == (True, True)
    assert of_the_register(claim)[0] == "unmet"


def test_an_entry_that_is_there_again_is_nothing_new():
    claim = checked()
    held = Recognition.objects.get()
    Recognition.objects.all().delete()
    recognition(claim.organisation, held.kind, held.granted_on, held.expires_on)
    assert changed_since(claim) == ""
    assert of_the_register(claim)[0] == "met"


class TestOnceMoneyIsSetAside:
    """What was decided has to be carried by the registers until the money is signed for; after that it is called back."""

    def test_no_batch_is_made_for_what_lost_its_ground(self):
        claims = committed_claims(2, funds()[0])
        Recognition.objects.filter(organisation=claims[0].organisation).delete()
        for one in (actions.make_batch, lambda claims, year, **given: actions.make_batches(claims, **given)):
            with pytest.raises(DomainError, match="名录在落实资金以后有变化") as refused:
                one(claims, fund=claims[0].commitment.fund, year=2020, by=finance(), on=AFTER)
            assert refused.value.where == str(claims[0])
        assert actions.make_batch(claims[1:], fund=claims[1].commitment.fund, year=2020, by=finance(), on=AFTER).count == 1

    def test_several_at_once_leave_it_out_and_say_why(self):
        claims = committed_claims(2, funds()[0])
        Recognition.objects.filter(organisation=claims[0].organisation).delete()
        asked = {"tab": "committed", "claim": [claim.pk for claim in claims], "fund": claims[0].commitment.fund_id}
        look = page(finance(), reverse("redemption:desk-several"), **asked)[1]
        assert "将办理 1 件" in look
        assert f"{claims[0]}：" in look
        page(finance(), reverse("redemption:desk-several"), **asked, confirmed="1")
        assert [claim.state for claim in Claim.objects.order_by("pk")] == ["committed", "ordered"]

    def test_a_batch_made_before_is_marked_and_not_signed(self):
        batch = batch_of(2)
        line = batch.lines.order_by("number")[0]
        assert "不能签发" not in page(second_finance(), reverse("redemption:batch", args=[batch.pk]))[1]
        Recognition.objects.filter(organisation=line.claim.organisation).delete()
        shown = page(second_finance(), reverse("redemption:batch", args=[batch.pk]))[1]
        assert "名录在落实资金以后有变化，这个批次不能签发" in shown
        with pytest.raises(DomainError, match="名录在落实资金以后有变化") as refused:
            actions.sign_batch(batch, by=second_finance(), on=AFTER)
        assert (refused.value.where, "请作废这个批次" in refused.value.remedy) == (str(line.claim), True)
        actions.drop_batch(batch, reason="名录有变化", by=second_finance(), on=AFTER)
        assert set(Claim.objects.values_list("state", flat=True)) == {"committed"}

    def test_an_entry_put_right_again_lets_the_batch_be_signed(self):
        batch = batch_of(1)
        held = Recognition.objects.get()
        Recognition.objects.all().delete()
        recognition(held.organisation, held.kind, held.granted_on, held.expires_on)
        assert actions.sign_batch(batch, by=second_finance(), on=AFTER).state == "signed"

    @pytest.mark.parametrize(
        ("at", "what_to_do"),
        [
            (lambda: committed_claims(1, funds()[0])[0], "请财政提出不再拨付"),
            (lambda: signed(count=1) and Claim.objects.get(), "已经签发的，到账后"),
            (paid, "请牵头部门提出追回"),
        ],
    )
    def test_the_page_says_it_and_who_can_do_what(self, at: Any, what_to_do: str):
        claim = at()
        assert (CHANGED in of_claim(claim), what_to_do in of_claim(claim)) == (False, False)
        Recognition.objects.all().delete()
        assert (CHANGED in of_claim(claim), what_to_do in of_claim(claim)) == (True, True)

    def test_who_deletes_the_entry_gives_a_reason_and_department_and_finance_are_told(self):
        claim, by, money = committed_claims(1, funds()[0])[0], keeper(), finance()
        held = Recognition.objects.get()
        with pytest.raises(Rests):
            delete_record(held, by=by)
        delete_record(Recognition.objects.get(), by=by, reason=WHY)
        for user in (officer(), money):
            told = Notification.objects.filter(user=user, kind="facts").latest("pk").text
            assert (WHY in told, "请财政提出不再拨付" in told, claim.name in told) == (True, True, True)

    def test_less_than_the_most_is_carried_as_long_as_the_facts_give_as_much(self):
        claim = Claim(decided_fen=300, amount_fen=500)
        assert [carried(most, claim.decided_fen, capped=True) for most in (None, 299, 300, 301)] == [False, False, True, True]
        assert [carried(sum_, claim.decided_fen, capped=False) for sum_ in (None, 299, 300, 301)] == [False, False, True, False]


def test_the_entry_on_which_an_open_claim_rests_is_deleted_with_a_reason_alone():
    claim, by = granted(), keeper()
    held = Recognition.objects.get()
    with pytest.raises(Rests):
        delete_record(held, by=by)
    held = Recognition.objects.get()
    status, text = page(by, deletion(held), reason=" ")
    assert (status, claim.number in text, Recognition.objects.count()) == (409, True, 1)
    Notification.objects.all().delete()
    assert page(by, deletion(held), reason=WHY)[0] == 302
    assert Recognition.objects.count() == 0
    assert Recognition.history.filter(history_type="-").get().history_change_reason == WHY
    ((text, urgent),) = Notification.objects.filter(user=officer(), kind="facts").values_list("text", "urgent")
    assert (WHY in text, claim.number in text, urgent) == (True, True, True)


def test_an_entry_on_which_nothing_rests_is_deleted_without_one():
    by, claim = keeper(), granted()
    newly_high_tech(7)
    other = Recognition.objects.exclude(organisation=claim.organisation).get()
    assert page(by, deletion(other), more="1")[0] == 302
    beside = recognition(claim.organisation, "technology_center", ON, None)
    assert page(by, deletion(beside), more="1")[0] == 302
    assert Notification.objects.filter(kind="facts").count() == 0


def test_the_entry_of_a_paid_claim_needs_a_reason():
    paid()
    assert page(keeper(), deletion(Recognition.objects.get()), more="1")[0] == 409


def test_the_entry_of_a_refused_claim_needs_no_reason():
    actions.confirm_decision(proposed(granted=False, reasons="证书有误。"), confirmed=True, by=officer("officer2"), on=ON)
    assert page(keeper(), deletion(Recognition.objects.get()), more="1")[0] == 302


def test_a_banks_return_is_no_changed_fact(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "today", lambda: PAID_ON)
    claim = sent_back()
    assert claim.changed == ""
    assert of_the_register(claim) == ("met", "以2020年12月31日的事实评估")
    assert "拨付被银行退回：账号与户名不符" in cases.expected(claim)
    from tests.ledger.books import finance

    text = page(finance(), reverse("redemption:desk") + "?tab=committed")[1]
    assert ("银行退回" in text, "事实有变" in text) == (True, False)


class TestAnEntryThatIsChanged:
    def edit(self, held: Recognition, **more: str) -> tuple[int, str]:
        held.refresh_from_db()
        form = {"organisation": held.organisation.code, "kind": held.kind, "level": held.level, "number": held.number}
        form |= {"authority": held.authority, "version": str(version_of(held))}
        given = form | {"granted_on": "2015-03-01", "expires_on": "2018-02-28", **more}
        return page(keeper(), reverse("directory:recognition-edit", args=[held.pk]), **given)

    def test_under_a_case_it_is_changed_with_a_reason_alone_and_the_department_is_told(self):
        claim, held = granted(), Recognition.objects.get()
        status, asked = self.edit(held)
        assert (status, "修改后核对的结果会不同" in asked, claim.number in asked, "修改的理由" in asked) == (409, True, True, True)
        held.refresh_from_db()
        assert held.granted_on != date(2015, 3, 1)
        assert self.edit(held, reason="认定日期录错")[0] == 302
        assert Recognition.objects.get().granted_on == date(2015, 3, 1)
        told = Notification.objects.filter(user=officer(), kind="facts").get().text
        assert ("已修改（认定日期录错）" in told, claim.name in told) == (True, True)

    def test_what_changes_no_case_needs_no_reason(self):
        granted()
        held = Recognition.objects.get()
        days = {"granted_on": f"{held.granted_on}", "expires_on": f"{held.expires_on or ''}"}
        assert self.edit(held, **days, authority="省科技厅")[0] == 302
        assert not Notification.objects.filter(kind="facts").exists()

    def test_what_puts_a_case_right_needs_none_either(self):
        claim, held = granted(), Recognition.objects.get()
        days = {"granted_on": f"{held.granted_on}", "expires_on": f"{held.expires_on or ''}"}
        self.edit(held, reason="录错")
        assert changed_since(claim) != ""
        assert self.edit(held, **days)[0] == 302
        assert changed_since(claim) == ""


class TestAnEntryThatIsImported:
    def batch(self, held: Recognition, **more: Any) -> ImportBatch:
        sheet = sheets()["recognitions"]
        row = {column.id: column.write(held) for column in sheet.imported} | {"expires_on": OVER} | more
        return upload_workbook(sheet, workbook(sheet, [[row[column.id] for column in sheet.imported]]), by=keeper())

    def test_under_a_case_it_is_written_with_a_reason_alone_and_the_department_is_told(self):
        claim, held = granted(), Recognition.objects.get()
        batch = self.batch(held)
        assert batch.problems == []
        assert len(batch.cases) == 1
        held.refresh_from_db()
        assert held.expires_on != OVER  # what was tried is taken back
        asked = page(keeper(), batch.get_absolute_url())[1]
        assert (claim.number in asked, "导入后这些申报核对的结果会不同" in asked, 'name="reason"' in asked) == (True, True, True)
        confirm = reverse("directory:import-confirm", args=[batch.pk])
        assert page(keeper(), confirm, reason=" ")[0] == 409
        batch.refresh_from_db()
        assert batch.state == "ready"
        assert page(keeper(), confirm, reason="认定日期录错")[0] == 302
        batch.refresh_from_db()
        held.refresh_from_db()
        assert (batch.state, batch.reason, held.expires_on) == ("done", "认定日期录错", OVER)
        assert held.history.first().history_change_reason == "导入 名录.xlsx：认定日期录错"
        told = Notification.objects.filter(user=officer(), kind="facts").get().text
        assert ("（认定日期录错）" in told, claim.name in told) == (True, True)

    def test_what_changes_no_case_needs_no_reason(self):
        granted()
        held = Recognition.objects.get()
        batch = self.batch(held, expires_on=held.expires_on, authority="省科技厅")
        assert (batch.changed, batch.cases) == (1, [])
        assert page(keeper(), reverse("directory:import-confirm", args=[batch.pk]), more="1")[0] == 302
        assert not Notification.objects.filter(kind="facts").exists()

    def test_an_entry_that_passes_to_another_organisation_concerns_the_one_that_had_it(self, settings: Any, tmp_path: Any):
        settings.MEDIA_ROOT = tmp_path
        claim, other = submitted(), organisation(77)
        sheet, held = sheets()["projects"], TransferProject.objects.get(pk=claim.subject_id)
        row = {column.id: column.write(held) for column in sheet.imported} | {"organisation": other.code}
        batch = upload_workbook(sheet, workbook(sheet, [[row[column.id] for column in sheet.imported]]), by=keeper())
        assert batch.problems == []
        assert [claim.number in case for case in batch.cases] == [True]

    def test_a_case_that_came_after_the_check_is_not_changed_in_silence(self):
        newly_high_tech()
        held = Recognition.objects.get()
        batch = self.batch(held)
        assert batch.cases == []
        actions.make_offers(run_of(), by=officer(), on=ON)
        claim = granted(proposed(checked(confirmed(Claim.objects.get(rule="high_tech_award")))))
        assert page(keeper(), reverse("directory:import-confirm", args=[batch.pk]), more="1")[0] == 302
        batch.refresh_from_db()
        held.refresh_from_db()
        assert batch.state == "failed"
        assert claim.number in batch.job.error
        assert held.expires_on != OVER

    def test_more_records_without_a_case_ask_no_more(self):
        counts = []
        for many in (1, 2, 6):
            held = [recognition(newly_high_tech(), "technology_sme", date(2020, 3, 1), number=f"{many}-{n}") for n in range(many)]
            sheet = sheets()["recognitions"]
            rows = [[(column.write(one) if column.id != "authority" else "省科技厅") for column in sheet.imported] for one in held]
            with CaptureQueriesContext(connection) as asked:
                batch = upload_workbook(sheet, workbook(sheet, rows), by=keeper())
            assert (batch.problems, batch.changed) == ([], many)
            counts.append(len(asked))
        assert counts[1] == counts[2]  # the first time more is looked up


class TestWhomARegisterWasWrittenAbout:
    """They alone are evaluated anew before money goes out, however long the batch."""

    def test_nobody_where_nothing_was_written_since_the_evaluation(self, monkeypatch: pytest.MonkeyPatch):
        claims = committed_claims(2, funds()[0])
        assert moved.may_differ(claims) == claims  # entries of these five minutes may not have been read
        monkeypatch.setattr(moved, "MEANWHILE", timedelta())
        assert moved.may_differ(claims) == []

    def test_the_one_of_whom_an_entry_was_added_changed_or_deleted(self, monkeypatch: pytest.MonkeyPatch):
        first, second = committed_claims(2, funds()[0])
        monkeypatch.setattr(moved, "MEANWHILE", timedelta())
        with transaction.atomic():
            figure(first.organisation, 2018, "staff", 3)
            assert moved.may_differ([first, second]) == [first]
            transaction.set_rollback(True)
        second.organisation.name = "改名后的公司"
        second.organisation.save()
        assert moved.may_differ([first, second]) == [second]
        first.organisation.recognitions.first().delete()
        assert moved.may_differ([first, second]) == [first, second]

    def test_everybody_once_the_pack_is_another(self, monkeypatch: pytest.MonkeyPatch):
        claims = committed_claims(2, funds()[0])
        monkeypatch.setattr(moved, "MEANWHILE", timedelta())
        with guards.without():
            PackVersion.objects.update(hash="0" * 64)
        assert moved.may_differ(claims) == claims

    def test_more_claims_ask_no_more(self, django_assert_num_queries: Any):
        claims = committed_claims(3, funds()[0])
        with CaptureQueriesContext(connection) as asked:
            moved.may_differ(claims[:1])
        with django_assert_num_queries(len(asked)):
            moved.may_differ(claims)
