"""An objection that was received in time is seen by its department and dealt with before the money (decision 0014)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.core.models import AuditEntry, Notification
from quintet.redemption import actions, cases, queues
from quintet.redemption.actions.daily import go_on
from quintet.redemption.models import Claim, Notice, Objection
from quintet.redemption.states import WrongState
from tests import guards
from tests.ledger.books import finance
from tests.redemption.claims import ON, member, officer, upheld
from tests.redemption.test_commitments import funds
from tests.redemption.test_notices import LAST, TEXT, published, states

pytestmark = pytest.mark.django_db
OVER = LAST + timedelta(days=1)


def received(notice: Notice, number: int = 0, *, place: int = 0, on: date = ON, contact: str = "13800000000") -> Objection:
    line = notice.lines.order_by("pk")[place]
    return actions.object_to(line, objector="赵某", contact=contact, text=f"{TEXT}{number}", on=on)


def dismissed(objection: Objection, on: date) -> None:
    actions.answer_objection(objection, upheld=False, finding="与本件无关。", by=officer("officer3"), on=on)


def told(kind: str = "收到公示异议") -> int:
    return Notification.objects.filter(user=officer("officer3"), kind="objection", text__contains=kind).count()


def test_one_message_a_day_and_line_however_many_come():
    officer("officer3")
    notice = published(3)
    for number in range(4):
        received(notice, number)
    assert told() == 1
    received(notice, 5, place=1)
    received(notice, 6, place=2)
    assert told() == 3
    received(notice, 7, on=date(2021, 1, 5))
    assert told() == 4


def test_who_confirms_a_contact_is_told_to_the_department_once():
    officer("officer3")
    notice = published()
    first, second = received(notice, contact="zhao@example.org"), received(notice, 1, contact="qian@example.org")
    for one in (first, second):
        actions.confirm_contact(one, code=actions.code_of(one), on=ON)
    assert told("异议人已核实联系方式") == 1


@pytest.mark.parametrize("dealt_with", ["not", "taken up", "dismissed"])
def test_it_stands_in_the_queue_until_it_is_taken_up_or_dismissed(dealt_with: str):
    notice = published(2)
    objection, by = received(notice, place=1), officer("officer3")
    if dealt_with == "taken up":
        actions.accept_objection(objection, by=by, on=ON)
    if dealt_with == "dismissed":
        dismissed(objection, ON)
    waits = {"not": (1, 0), "taken up": (0, 1), "dismissed": (0, 0)}[dealt_with]
    found = queues.counts(by)
    assert (found["untaken"], found["contested"]) == waits
    there = cases.tab_counts(Claim.objects.all())
    assert (there["untaken"], there["contested"], there["public"]) == (*waits, 2 - waits[1])


def test_who_decided_the_award_does_not_find_it_among_their_work():
    received(published())
    assert [queues.counts(officer(name))["untaken"] for name in ("officer1", "officer2", "officer3")] == [0, 0, 1]


@pytest.mark.parametrize(("on", "state"), [(LAST - timedelta(days=1), "public"), (LAST, "public"), (OVER, "contested")])
def test_after_the_notice_the_line_waits_for_the_department_and_the_others_go_on(on: date, state: str):
    officer("officer3")
    notice = published(2)
    objection = received(notice)
    go_on(on=on)
    assert states(notice) == [state, "cleared" if state == "contested" else "public"]
    assert told("不能继续办理") == (state == "contested")
    if state == "contested":
        claim = Claim.objects.get(pk=objection.line.claim_id)
        assert claim.due_on == objection.due_on
        assert AuditEntry.objects.filter(action="redemption.stop").count() == 1
        with pytest.raises(WrongState):
            actions.commit_claim(claim, fund=funds()[0], by=finance(), on=OVER)
        assert go_on(on=OVER + timedelta(days=1))["cleared"] == 0
        assert told("不能继续办理") == 1
    assert guards.problems() == []


def test_it_can_then_be_taken_up_and_upheld_which_answers_the_others_to_the_line():
    notice = published()
    first, second = received(notice), received(notice, 1)
    go_on(on=OVER)
    actions.accept_objection(first, by=officer("officer3"), on=OVER)
    upheld(first, OVER)
    assert states(notice) == ["refused"]
    second.refresh_from_db()
    assert (second.upheld, second.answered_on) == (True, OVER)


def test_or_dismissed_one_after_the_other_and_with_the_last_the_line_goes_on_at_once():
    notice = published()
    first, second, third = (received(notice, number) for number in range(3))
    go_on(on=OVER)
    actions.accept_objection(first, by=officer("officer3"), on=OVER)
    dismissed(second, OVER)
    assert states(notice) == ["contested"]
    dismissed(first, OVER)
    assert states(notice) == ["contested"]
    dismissed(third, OVER)
    assert states(notice) == ["cleared"]
    assert Claim.objects.get().step == "payment"


@pytest.mark.parametrize(("on", "state"), [(LAST - timedelta(days=1), "public"), (LAST, "public"), (OVER, "cleared")])
def test_dismissed_within_the_notice_the_line_is_public_again_and_after_it_goes_on_at_once(on: date, state: str):
    notice = published()
    objection = received(notice)
    actions.accept_objection(objection, by=officer("officer3"), on=ON)
    dismissed(objection, on)
    claim = Claim.objects.get()
    assert claim.state == state
    assert ("任何人可以提出异议" in cases.expected(claim)) == (state == "public")


class TestPage:
    @pytest.fixture(autouse=True)
    def _day(self, settings: Any) -> None:
        settings.DEMO = True
        clock.move_to(ON)

    def page(self, objection: Objection) -> str:
        client = Client()
        client.force_login(officer("officer3"))
        return client.get(f"/objections/{objection.pk}/").content.decode()

    def test_before_it_is_taken_up_only_taking_up_and_dismissing_are_offered(self):
        objection = received(published())
        assert ('value="take_up"' in self.page(objection), 'value="yes"' in self.page(objection)) == (True, False)
        actions.accept_objection(objection, by=officer("officer3"), on=ON)
        assert ('value="take_up"' in self.page(objection), 'value="yes"' in self.page(objection)) == (False, True)

    def test_after_the_notice_what_is_offered_is_what_can_be_done(self):
        objection = received(published())
        go_on(on=OVER)
        clock.move_to(OVER)
        assert ('value="take_up"' in self.page(objection), 'value="yes"' in self.page(objection)) == (True, False)
        actions.accept_objection(objection, by=officer("officer3"), on=OVER)

    def test_the_list_says_that_it_waits_to_be_taken_up_and_until_when(self):
        received(published())
        client = Client()
        client.force_login(officer("officer3"))
        text = client.get("/objections/").content.decode()
        assert "待受理" in text
        assert "公示至 2021年1月11日，期满时未处理的暂停办理" in text

    def test_the_desk_shows_it(self):
        received(published())
        client = Client()
        client.force_login(officer("officer3"))
        text = client.get("/desk/?tab=untaken").content.decode()
        assert "异议待受理" in text
        assert f"/claims/{Claim.objects.get().pk}/" in text


def test_taking_up_is_refused_where_the_award_is_no_longer_to_be_stopped():
    notice = published()
    objection = received(notice)
    actions.accept_objection(objection, by=officer("officer3"), on=ON)
    upheld(objection)
    with pytest.raises(DomainError):
        actions.object_to(notice.lines.get(), objector="钱某", contact="1", text=TEXT, by=member(Claim.objects.get().organisation), on=ON)
