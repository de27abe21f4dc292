"""No act without a choice: what was left open is refused by the form and by the action; facts stand before the forms."""

from typing import Any

import pytest
from django.test import Client

from quintet.core import clock
from quintet.core.errors import DomainError
from quintet.reading.names import same
from quintet.redemption import actions
from quintet.redemption.checks import ACCOUNT, FACTS, checklist, cross_checks
from quintet.redemption.models import Claim
from tests.redemption.applications import panel_of
from tests.redemption.claims import ON, all_there, checked, confirmed, offered, officer, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def as_officer(name: str = "officer1", unit: str = "stb") -> Client:
    client = Client()
    client.force_login(officer(name, unit=unit), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_checklist_is_the_packs_papers_the_facts_and_the_account():
    assert [item.key for item in checklist(confirmed())] == ["paper:高新技术企业证书", FACTS, ACCOUNT]


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_below_the_whole_checklist_nothing_passes(answers: int):
    claim = confirmed()
    some = dict(list(all_there(claim).items())[:answers])
    with pytest.raises(DomainError, match=f"还有 {3 - answers} 项没有核对"):
        actions.check_form(claim, checked=some, by=officer(), on=ON)
    page = as_officer().post(f"/claims/{claim.pk}/check_form/", {f"item_{number}": "yes" for number in range(answers)})
    assert (page.status_code, Claim.objects.get().step) == (422, "form_check")


def test_at_the_whole_checklist_it_passes():
    claim = confirmed()
    answer = as_officer().post(f"/claims/{claim.pk}/check_form/", {f"item_{number}": "yes" for number in range(3)})
    assert (answer.status_code, Claim.objects.get().step) == (302, "decision")


def test_above_the_checklist_is_no_answer_either():
    claim = confirmed()
    with pytest.raises(DomainError, match="核对的项目与本件不符"):
        actions.check_form(claim, checked={**all_there(claim), "paper:别的": True}, by=officer(), on=ON)


def test_one_item_missing_sends_back_with_its_name():
    claim = confirmed()
    as_officer().post(f"/claims/{claim.pk}/check_form/", {"item_0": "no", "item_1": "yes", "item_2": "yes"})
    claim.refresh_from_db()
    assert claim.state == "correction"
    assert "高新技术企业证书" in claim.steps.get(outcome="returned").opinion


def test_a_decision_left_open_is_refused_by_the_form_and_by_the_action():
    claim = checked()
    assert as_officer().post(f"/claims/{claim.pk}/propose/", {"reasons": "齐全"}).status_code == 422
    with pytest.raises(DomainError, match="予以兑现或不予兑现"):
        actions.propose(claim, granted=None, by=officer(), on=ON)
    assert Claim.objects.get().state == "handled"


def test_a_confirmation_left_open_is_refused_by_the_form_and_by_the_action():
    claim = proposed()
    assert as_officer("officer2").post(f"/claims/{claim.pk}/confirm/", {}).status_code == 422
    with pytest.raises(DomainError, match="复核通过或退回承办人"):
        actions.confirm_decision(claim, confirmed=None, by=officer("officer2"), on=ON)
    assert Claim.objects.get().state == "proposed"


@pytest.mark.parametrize("make", [confirmed, checked, proposed])
def test_no_form_of_the_page_has_an_answer_chosen_beforehand(make: Any):
    claim = make()
    page = as_officer("officer2").get(f"/claims/{claim.pk}/").content.decode()
    acts = page[page.index('class="case-acts"') :]
    assert 'type="radio"' in acts
    assert "checked" not in acts[: acts.index("办理记录")]


def test_several_form_checks_at_once_need_every_item_and_a_look_at_each():
    claim = confirmed()
    officer_, sent = as_officer(), {"tab": "form_check", "claim": claim.pk, "confirmed": "1"}
    keys = list(all_there(claim))
    for answers in ({}, {"looked": "1"}, {"checked": keys[:2], "looked": "1"}, {"checked": keys}):
        assert officer_.post("/desk/several/", sent | answers).status_code == 409, answers
        assert Claim.objects.get().step == "form_check"
    officer_.post("/desk/several/", sent | {"checked": keys, "looked": "1"})
    assert Claim.objects.get().step == "decision"


def test_facts_and_cross_checks_stand_before_the_forms_and_the_history_after():
    page = as_officer().get(f"/claims/{confirmed().pk}/").content.decode()
    places = [page.index(text) for text in ("交叉核对", "逐条条件", 'id="do-check_form"', "办理经过")]
    assert places == sorted(places)


def test_cross_checks_tell_met_unmet_and_unknown():
    claim = confirmed()
    told = {check["text"]: check["state"] for check in cross_checks(claim, duplicates=[], files=[], today=ON, ended="")}
    assert told["未列入经营异常或严重违法失信名单"] == "unknown"
    assert told["收款账户以收款人本名开立"] == "met"
    claim.organisation.abnormal_or_dishonest = True
    told = {check["text"]: check["state"] for check in cross_checks(claim, duplicates=[offered(5)], files=[], today=ON, ended="")}
    assert told["未列入经营异常或严重违法失信名单"] == "unmet"
    assert told["同一事实、同一对象没有别的申报"] == "unmet"
    claim.organisation.abnormal_or_dishonest = False
    claim.account = None
    told = {check["text"]: check["state"] for check in cross_checks(claim, duplicates=[], files=[], today=ON, ended="")}
    assert told["未列入经营异常或严重违法失信名单"] == "met"
    assert told["收款账户以收款人本名开立"] == "unknown"


def test_the_holder_of_an_account_is_compared_by_every_check_as_when_it_was_registered():
    claim = confirmed()
    for written in (f"{claim.payee.name[:2]} {claim.payee.name[2:]}", claim.payee.name, f"{claim.payee.name}二分"):
        claim.account.holder = written
        told = {check["text"]: check["state"] for check in cross_checks(claim, duplicates=[], files=[], today=ON, ended="")}
        assert told["收款账户以收款人本名开立"] == ("met" if same(written, claim.payee.name) else "unmet")
    assert told["收款账户以收款人本名开立"] == "unmet"


def test_a_review_is_closed_at_the_last_sheet_and_not_below():
    panel = panel_of()
    seats = list(panel.seats.filter(state="invited"))
    address = f"/claims/{panel.claim_id}/"
    for number, seat in enumerate(seats):
        page = as_officer().get(address).content.decode()
        assert f"已评分 {number} / {len(seats)}" in page
        assert "全部专家评分以后才能汇总" in page
        assert "汇总并进入下一环节" not in page
        with pytest.raises(DomainError, match=f"还有 {len(seats) - number} 位专家没有评分"):
            actions.close_panel(panel, by=officer(), on=ON)
        by = seat.expert.person.user
        actions.declare(seat, free=True, by=by, on=ON)
        actions.score(seat, scores={"novelty": 25, "benefit": 25, "maturity": 15, "accounts": 15}, opinion="可行。", by=by, on=ON)
    assert "汇总并进入下一环节" in as_officer().get(address).content.decode()
    assert as_officer().post(f"{address}close/").status_code == 302


def test_a_declaration_and_an_answer_left_open_are_refused():
    seat = panel_of().seats.filter(state="invited")[0]
    with pytest.raises(DomainError, match="没有利害关系或应当回避"):
        actions.declare(seat, free=None, by=seat.expert.person.user, on=ON)
