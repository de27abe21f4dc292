"""Whose an award is: who applies, whose totals count it, who is told; and where each award of one's own stands."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.core.errors import NotAllowed
from quintet.core.models import User
from quintet.directory.models import Organisation, Person
from quintet.policies.engine import policy
from quintet.policies.models import Evaluation
from quintet.policies.results import sums
from quintet.redemption import actions, cases, selfcheck
from quintet.redemption.models import Claim
from quintet.redemption.payees import is_personal
from quintet.redemption.states import State
from quintet.redemption.views.claims import _stated
from quintet.talent.models import Talent
from tests.redemption.applications import draft, project
from tests.redemption.city import PANJIN, YEAR_END, answered, newly_high_tech, patent_loan, self_check
from tests.redemption.claims import ON, confirmed, member, offered

pytestmark = pytest.mark.django_db
PHD = {"category": "national_leading", "phd": True, "full_time_degree": True, "newly_brought_in": True, "brought_in_on": date(2020, 3, 1)}
HOME = {
    "settled": True, "settled_on": date(2020, 4, 1), "works_in_city": True, "home_bought": True, "first_home": True, "home_bought_on": date(2020, 6, 1),
}  # fmt: skip
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _in_the_year_after(settings) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def expert_of(firm: Organisation) -> tuple[User, Talent]:
    """A leading talent of a firm, newly brought in with a home: a million under T15 and at most 120,000 under T17."""
    user = User.objects.create(username="expert", display_name="欧阳教授")
    someone = Person.objects.create(name="欧阳教授", user=user)
    return user, Talent.objects.create(person=someone, organisation=firm, **PHD, **HOME)


def page(client: Client, user: User, **asked: str) -> str:
    client.force_login(user, backend=BACKEND)
    return client.get(reverse("redemption:my-entitlements"), {"year": "2020", **asked}).content.decode()


def test_each_award_of_the_packs_names_whose_it_is():
    for folder in Path("packs").glob("*/pack.yaml"):
        for rule in policy(folder.parent.name).pack.rules:
            if rule.subject == "talent":
                assert is_personal(rule), rule.id
                assert "单位提交" not in rule.next_step.zh, rule.id
            elif rule.subject != "enterprise":
                assert rule.beneficiary == "enterprise", rule.id


def test_an_employer_sees_its_talents_by_masked_name_alone_and_counts_nothing_of_theirs(client: Client):
    firm = newly_high_tech()
    _user, talent = expert_of(firm)
    shown = page(client, member(firm))
    assert "欧***" in shown
    for hidden in (talent.person.name, "购房", "首套住房", "落户", "新引进高端人才资助"):
        assert hidden not in shown
    assert "归本人" in shown
    kept = Evaluation.objects.latest("pk")
    assert set(kept.result["results"]) == {"enterprise"}
    assert sums(kept.result)["entitled"] == 100_000_00


def test_a_talent_sees_what_is_their_own_and_that_they_apply_themselves(client: Client):
    firm = newly_high_tech()
    user, _talent = expert_of(firm)
    shown = page(client, user)
    assert "本人应享待遇" in shown
    assert "新引进高端人才资助" in shown
    assert "这一项归人才本人，由本人申领" in shown
    assert "由用人单位提交" not in shown
    assert sums(Evaluation.objects.latest("pk").result)["entitled"] >= 1_000_000_00


def test_who_is_both_chooses_between_the_organisation_and_themselves(client: Client):
    firm = newly_high_tech()
    user = member(firm)
    Talent.objects.create(person=Person.objects.get(user=user), organisation=firm, **PHD)
    assert "本单位应享待遇" in page(client, user)
    assert "本人应享待遇" in page(client, user, organisation="own")


def test_nobody_else_evaluates_a_talent():
    firm = newly_high_tech()
    _user, talent = expert_of(firm)
    with pytest.raises(NotAllowed):
        actions.evaluate_person(talent.person, policy(PANJIN), on=YEAR_END, by=member(firm))


def test_an_employer_who_wants_to_apply_is_told_that_the_talent_does(client: Client):
    firm = newly_high_tech()
    expert_of(firm)
    client.force_login(member(firm), backend=BACKEND)
    shown = client.get(reverse("redemption:apply", args=[PANJIN, "arrival_grant"]), {"year": "2020"}).content.decode()
    assert "这一项由人才本人申领" in shown
    assert "登记在您的单位名下" not in shown
    assert "由人才本人申领" in client.get(reverse("redemption:guide", args=[PANJIN, "arrival_grant"])).content.decode()


def test_an_award_without_application_says_so(client: Client):
    client.force_login(member(newly_high_tech()), backend=BACKEND)
    shown = client.get(reverse("redemption:apply", args=[PANJIN, "high_tech_award"])).content.decode()
    assert "这一项不用申报" in shown
    assert "登记在您的单位名下" not in shown
    assert "现在没有开放申报" not in shown


def test_a_self_check_of_a_firm_counts_what_is_its_peoples_apart():
    check = self_check()
    for fact, given in (("high_tech_recognised", "yes"), ("high_tech_recognised_on", "2020-09-15"), ("high_tech_earlier", "no")):
        check = answered(check, fact, given)
    check = selfcheck.add(check, "talent")
    for fact, given in (("category", "national_leading"), ("newly_brought_in", "yes"), ("brought_in_on", "2020-03-01")):
        check = answered(check, fact, given)
    found = sums(selfcheck.finish(check, by=None).result)
    assert (found["entitled"], found["count_entitled"]) == (100_000_00, 1)
    assert (found["personal"], found["count_personal"]) == (1_000_000_00, 1)


@pytest.mark.parametrize(
    ("state", "confirm", "taken"),
    [
        (State.OFFERED, 100_000_00, 0),
        (State.LAPSED, 100_000_00, 0),
        (State.HANDLED, 0, 100_000_00),
        (State.PAID, 0, 100_000_00),
        (State.REFUSED, 0, 0),
    ],
)
def test_each_line_says_where_its_claim_stands_and_sums_count_what_is_still_to_do(client: Client, state: str, confirm: int, taken: int):
    claim = offered() if state in (State.OFFERED, State.LAPSED, State.REFUSED) else confirmed()
    claim.state = state
    of = {("enterprise", claim.subject_id, "high_tech_award"): claim}
    kept = actions.evaluate_organisation(claim.organisation, policy(PANJIN), on=YEAR_END, by=member(claim.organisation))
    found = sums(kept.result, None, cases.taken(of))
    assert (found["confirm"], found["taken"], found["count_taken"]) == (confirm, taken, int(confirm == 0))
    assert cases.shown_with(claim)["label"] == State(state).label


def test_my_entitlements_link_the_claim_and_ask_for_nothing_that_is_done(client: Client):
    claim = confirmed()
    shown = page(client, member(claim.organisation))
    assert reverse("redemption:my-claim", args=[claim.pk]) in shown
    assert claim.number in shown
    assert "另有 1 项已在办理、已兑现或已作决定，计 10 万元" in shown
    assert "核对证书和收款账户" not in shown


def test_a_claim_that_is_open_tells_more_than_one_that_has_ended():
    claim = offered()
    ended = Claim.objects.get(pk=claim.pk)
    actions.withdraw(ended, by=member(claim.organisation), on=ON)
    assert next(iter(cases.under_way(claim.organisation, PANJIN, 2020).values())).state == State.WITHDRAWN
    assert cases.under_way(claim.organisation, PANJIN, 2021) == {}


def test_an_award_of_another_year_is_shown_with_its_year_and_not_as_refused(client: Client):
    firm = newly_high_tech()
    patent_loan(firm, 10_000_000)
    client.force_login(member(firm), backend=BACKEND)
    shown = client.get(reverse("redemption:apply", args=[PANJIN, "loan_interest_subsidy"]), {"year": "2021"}).content.decode()
    assert "不属于2021年度。这一项属于：" in shown
    assert '<a href="?year=2020">2020年度</a>' in shown
    assert "登记的事实有误的，请先申请更正" not in shown
    there = client.get(reverse("redemption:apply", args=[PANJIN, "loan_interest_subsidy"]), {"year": "2020"}).content.decode()
    assert "申报这一项" in there


def test_what_no_year_gives_is_refused(client: Client):
    firm = newly_high_tech()
    project(firm, cooperation=False)
    client.force_login(member(firm), backend=BACKEND)
    shown = client.get(reverse("redemption:apply", args=[PANJIN, "transfer_grant"]), {"year": "2020"}).content.decode()
    assert "登记的事实有误的，请先申请更正" in shown


@pytest.mark.parametrize(("given", "said"), [("no", "否"), ("yes", "是")])
def test_what_a_claim_states_itself_is_shown_as_it_was_stated(given: str, said: str):
    claim = draft(cooperation=None)
    actions.save_draft(claim, {"fact_cooperation": given}, by=member(claim.organisation), on=date(2020, 11, 2))
    assert [(line["fact"].fact, line["text"]) for line in _stated(claim)] == [("cooperation", said)]
