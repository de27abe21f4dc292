"""Public notice and objection: the working-day clock, one line stopped alone, nothing cleared early."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from quintet.core import limits
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, Notification
from quintet.redemption import actions
from quintet.redemption.models import Claim, Notice, Objection
from quintet.redemption.states import WrongState
from tests import guards
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import ON, checked, confirmed, granted, member, officer, proposed, upheld
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
TEXT = "该企业的证书在公示前已被撤销，请核查。"
LAST = date(2021, 1, 11)  # five working days after Monday 4 January 2021


@arranged_once
def granted_claims(number: int) -> list[Claim]:
    firms = [newly_high_tech() for _number in range(number)]
    actions.make_offers(run_of(), by=officer(), on=ON)
    found = []
    for firm in firms:
        by = member(firm, f"member of {firm.pk}")
        claim = Claim.objects.get(organisation=firm)
        account = actions.register_account(firm, holder=firm.name, bank="示例银行", number="6222021234567890", by=by, on=ON)
        claim = actions.confirm_offer(claim, account=account, by=by, on=ON)
        found.append(granted(proposed(checked(claim))))
    return found


@arranged_once
def published(number: int = 1) -> Notice:
    return actions.publish_notice(granted_claims(number), title="2020年度高新技术企业奖励公示", by=officer("officer2"), on=ON)


def objected(notice: Notice, place: int = 0, on: date = ON, text: str = TEXT) -> Objection:
    line = notice.lines.order_by("pk")[place]
    return actions.object_to(line, objector="赵某", contact="13800000000", text=text, by=officer("citizen", unit="elsewhere"), on=on)


def states(notice: Notice) -> list[str]:
    return list(notice.lines.order_by("pk").values_list("claim__state", flat=True))


class TestNotice:
    def test_it_lasts_working_days_and_holds_what_was_decided(self):
        notice = published(2)
        assert (notice.published_on, notice.ends_on, notice.unit) == (ON, LAST, "stb")
        assert [(line.amount_fen, line.clause, line.award) for line in notice.lines.all()] == [
            (100_000_00, "T6", "新认定高新技术企业奖励")
        ] * 2
        assert states(notice) == ["public", "public"]
        assert AuditEntry.objects.filter(action="redemption.publish").count() == 2
        assert guards.problems() == []

    def test_it_is_over_after_its_last_day_and_not_on_it(self):
        notice = published()
        for day in (ON, LAST):
            assert actions.clear_notices(on=day) == 0
        assert actions.clear_notices(on=LAST + timedelta(days=1)) == 1
        claim = Claim.objects.get()
        assert (claim.state, claim.step, claim.unit) == ("cleared", "payment", "finance")
        assert actions.clear_notices(on=LAST + timedelta(days=1)) == 0
        assert states(notice) == ["cleared"]

    @pytest.mark.parametrize("change", ["UPDATE redemption_notice SET ends_on = '2021-01-05'", "DELETE FROM redemption_noticeline"])
    def test_nobody_ends_it_early_or_changes_a_line_by_hand(self, change: str):
        published()
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_only_what_is_decided_is_published_and_once(self):
        with pytest.raises(WrongState, match="办理中"):
            actions.publish_notice([confirmed()], title="公示", by=officer(), on=ON)
        notice = published()
        with pytest.raises(WrongState, match="公示中"):
            actions.publish_notice([line.claim for line in notice.lines.all()], title="公示", by=officer(), on=ON)

    @pytest.mark.parametrize(("claims", "title"), [(0, "公示"), (1, " ")])
    def test_a_notice_has_lines_and_a_title(self, claims: int, title: str):
        with pytest.raises(DomainError):
            actions.publish_notice(granted_claims(claims), title=title, by=officer(), on=ON)

    def test_another_department_cannot_publish(self):
        claims = granted_claims(1)
        with pytest.raises(NotAllowed):
            actions.publish_notice(claims, title="公示", by=officer("elsewhere", unit="hrss"), on=ON)


class TestObjection:
    def test_it_stops_its_line_and_the_other_nine_go_on(self):
        notice = published(10)
        objected(notice, 3)
        assert actions.clear_notices(on=LAST + timedelta(days=1)) == 9
        assert states(notice) == ["cleared"] * 3 + ["contested"] + ["cleared"] * 6

    def test_on_the_last_day_it_is_taken_and_the_day_after_not(self):
        notice = published()
        assert objected(notice, on=LAST).due_on == date(2021, 2, 1)
        with pytest.raises(DomainError, match="公示期已于2021年1月11日结束"):
            objected(notice, on=LAST + timedelta(days=1))

    def test_dismissed_the_line_goes_on_after_the_notice(self):
        notice = published()
        objection = objected(notice)
        actions.answer_objection(objection, upheld=False, finding="证书有效，已核实。", by=officer("officer3"), on=date(2021, 1, 20))
        assert states(notice) == ["cleared"]
        assert actions.clear_notices(on=date(2021, 1, 20)) == 0

    def test_upheld_the_award_is_refused(self):
        notice = published()
        objection = objected(notice)
        upheld(objection, date(2021, 1, 20))
        claim = Claim.objects.get()
        assert (claim.state, claim.closed_on) == ("refused", date(2021, 1, 20))
        assert claim.steps.get(kind="public_notice").opinion == "证书已于公示前撤销。"

    def test_of_two_objections_both_are_answered_before_the_line_goes_on(self):
        notice = published()
        first, second = objected(notice), objected(notice, text=f"{TEXT}另有一事。")
        assert (second.joins, second.is_question) == (first, False)
        with pytest.raises(DomainError, match="已并入"):
            actions.answer_objection(second, upheld=False, finding="不成立。", by=officer("officer3"), on=ON)
        assert states(notice) == ["contested"]
        actions.answer_objection(first, upheld=False, finding="不成立。", by=officer("officer3"), on=ON)
        assert states(notice) == ["public"]
        second.refresh_from_db()
        assert (second.upheld, second.finding) == (False, "不成立。")

    def test_who_proposed_the_award_or_is_of_another_unit_does_not_answer(self):
        objection = objected(published())
        for by in (officer(), officer("elsewhere", unit="hrss")):
            with pytest.raises(NotAllowed):
                actions.answer_objection(objection, upheld=False, finding="不成立。", by=by, on=ON)

    def test_it_is_answered_once_and_with_a_finding(self):
        objection = objected(published())
        with pytest.raises(DomainError, match="核查结论"):
            actions.answer_objection(objection, upheld=False, finding=" ", by=officer("officer3"), on=ON)
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=officer("officer3"), on=ON)
        with pytest.raises(DomainError, match="已经答复"):
            actions.answer_objection(objection, upheld=True, finding="成立。", by=officer("officer3"), on=ON)

    def test_who_objects_is_sealed(self):
        objection = objected(published())
        with connection.cursor() as cursor:
            cursor.execute("SELECT objector, contact FROM redemption_objection")
            stored = cursor.fetchone()
        assert "赵某" not in str(stored)
        assert "13800000000" not in str(stored)
        assert "赵某" not in str(list(AuditEntry.objects.values()))
        assert Objection.objects.get(pk=objection.pk).objector == "赵某"

    @pytest.mark.parametrize("given", [{"objector": " "}, {"contact": ""}, {"text": "不对"}])
    def test_it_has_a_name_a_contact_and_reasons(self, given: dict[str, Any]):
        line = published().lines.get()
        with pytest.raises(DomainError):
            actions.object_to(line, **{"objector": "赵某", "contact": "13800000000", "text": TEXT, **given}, on=ON)
        assert not Objection.objects.exists()


class TestFromOutside:
    """A loop from outside stops nothing; an objection from a confirmed contact stops its line once."""

    def received(self, notice: Notice, text: str = TEXT, contact: str = "13800000000") -> Objection:
        return actions.object_to(notice.lines.get(), objector="赵某", contact=contact, text=text, on=ON)

    @pytest.mark.parametrize("typed", [TEXT, f" {TEXT} ", TEXT.replace("，", "， ")])
    def test_the_same_text_from_the_same_contact_is_one(self, typed: str):
        notice = published()
        assert self.received(notice) == self.received(notice, typed)
        assert self.received(notice, contact="13800000001") != self.received(notice)

    def test_unconfirmed_it_is_received_and_told_once_and_stops_nothing(self):
        notice = published()
        for number in range(20):
            self.received(notice, f"{TEXT}{number}")
        assert states(notice) == ["public"]
        told = Notification.objects.filter(kind="objection", user=officer("officer2"))
        assert [(one.urgent,) for one in told] == [(True,)]

    def test_an_officer_takes_it_up_and_it_stops_the_line(self):
        notice = published()
        first, second = self.received(notice), self.received(notice, f"{TEXT}另")
        with pytest.raises(DomainError, match="请先受理"):
            actions.answer_objection(first, upheld=True, finding="成立。", by=officer("officer3"), on=ON)
        with pytest.raises(NotAllowed):
            actions.accept_objection(first, by=officer(), on=ON)
        first = actions.accept_objection(first, by=officer("officer3"), on=ON)
        assert (first.is_question, states(notice)) == (True, ["contested"])
        assert actions.accept_objection(second, by=officer("officer3"), on=ON).joins == first
        with pytest.raises(DomainError, match="已经受理"):
            actions.accept_objection(second, by=officer("officer3"), on=ON)

    def test_one_that_is_not_taken_up_is_dismissed_with_a_reason_and_the_line_goes_on(self):
        notice = published()
        found = actions.answer_objection(self.received(notice), upheld=False, finding="无此人。", by=officer("officer3"), on=ON)
        assert (found.upheld, states(notice)) == (False, ["public"])

    def test_a_code_from_the_mail_confirms_the_contact(self, client: Any, mailoutbox: Any, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("quintet.core.clock.today", lambda: ON)
        notice = published()
        given = {"objector": "赵某", "contact": "zhao@example.org", "text": TEXT}
        page = client.post(f"/notices/lines/{notice.lines.get().pk}/object/", given)
        address = page.context["code"]
        code = actions.code_of(Objection.objects.get())
        assert [mail.to for mail in mailoutbox if code in mail.body] == [["zhao@example.org"]]
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert "验证码不正确" in client.post(address, {"code": wrong}).content.decode()
        assert states(notice) == ["public"]
        assert "异议已受理" in client.post(address, {"code": code}).content.decode()
        assert states(notice) == ["contested"]

    def test_a_code_is_tried_five_times_a_day(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("quintet.core.limits.time.time", lambda: 1_600_000_015.0)
        found = self.received(published())
        wrong = f"{(int(actions.code_of(found)) + 1) % 1_000_000:06d}"
        for _try in range(5):
            with pytest.raises(DomainError, match="验证码不正确"):
                actions.confirm_contact(found, code=wrong, on=ON)
        with pytest.raises(limits.TooOften):
            actions.confirm_contact(found, code=actions.code_of(found), on=ON)
        assert not Objection.objects.get().is_taken_up

    def test_ten_an_hour_are_taken_from_an_address(self, client: Any, monkeypatch: pytest.MonkeyPatch):
        line = published().lines.get()
        monkeypatch.setattr("quintet.core.limits.time.time", lambda: 1_600_000_015.0)
        monkeypatch.setattr("quintet.core.clock.today", lambda: ON)
        given = {"objector": "赵某", "contact": "1380000"}
        codes = [client.post(f"/notices/lines/{line.pk}/object/", {**given, "text": f"{TEXT}{n}"}).status_code for n in range(11)]
        assert codes == [200] * 10 + [422]
        assert Objection.objects.count() == 10

    def test_nobody_fills_a_line_for_others(self, client: Any, monkeypatch: pytest.MonkeyPatch):
        """The attack: a payee sends thirty from three addresses, and a citizen from a fourth is told to come back tomorrow."""
        line = published().lines.get()
        monkeypatch.setattr("quintet.core.limits.time.time", lambda: 1_600_000_015.0)
        monkeypatch.setattr("quintet.core.clock.today", lambda: ON)
        given = {"objector": "赵某", "contact": "1380000"}

        def status(number: int) -> int:
            place = f"192.0.2.{number // 10}"
            text = f"{TEXT}{number}"
            answer = client.post(f"/notices/lines/{line.pk}/object/", {**given, "text": text}, REMOTE_ADDR=place)
            return int(answer.status_code)

        assert [status(number) for number in range(31)] == [200] * 31
        assert Objection.objects.count() == 31


def test_a_character_that_paper_cannot_show_is_told_before_printing(client: Any):
    notice = published()
    page = client.get(f"/notices/{notice.pk}/").content.decode()
    assert "PDF 里会成为方框" not in page
    notice = actions.publish_notice(granted_claims(1), title="示例𪚥公示", by=officer("officer2"), on=ON)
    page = client.get(f"/notices/{notice.pk}/").content.decode()
    assert "随系统的字库没有“𪚥”" in page
