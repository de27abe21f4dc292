"""What happens after the money, in small steps: the last day and the day after it, each half of a condition, what the lines and messages say."""

from datetime import date, timedelta
from typing import Any

import pytest

from quintet.core import calendar
from quintet.core.errors import DomainError
from quintet.core.models import AuditEntry, Job, Notification
from quintet.redemption import actions
from quintet.redemption.actions.after import instalments_job, paid_of
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim, ClaimStep, PaymentResult
from quintet.talent.models import Talent
from tests.ledger.books import MILLION, finance
from tests.redemption.batches import AFTER, signed
from tests.redemption.claims import granted, officer
from tests.redemption.test_after import PAID_ON, TestInstalments, paid
from tests.redemption.test_commitments import funds
from tests.redemption.ways import one_of

pytestmark = pytest.mark.django_db
SECOND_YEAR = date(2021, 11, 2)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def founders() -> Claim:
    return TestInstalments().founder()


class TestAppraisal:
    given = {"promised": "新增 3 人", "reached": "新增 1 人", "result": "partly"}

    @pytest.mark.parametrize("wrong", [{"result": "well"}, {"promised": " "}, {"reached": " "}])
    def test_each_part_is_needed(self, wrong: dict[str, str]):
        with pytest.raises(DomainError, match="请写明承诺和实际的绩效，并选择结果"):
            actions.appraise(paid(), **self.given | wrong, by=officer(), on=PAID_ON)

    @pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, False), (1, True)])
    def test_the_next_one_comes_later(self, days: int, fits: bool):
        claim, again = paid(), PAID_ON + timedelta(days=days)
        if not fits:
            with pytest.raises(DomainError, match="下次评价的日期应在今天之后"):
                actions.appraise(claim, **self.given, again_on=again, by=officer(), on=PAID_ON)
            return
        last = claim.steps.order_by("number").last()
        actions.appraise(claim, **self.given, again_on=again, by=officer(), on=PAID_ON)
        assert list(claim.steps.order_by("number").values_list("number", flat=True))[-2:] == [last.number, last.number + 1]


class TestDemand:
    @pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, False), (1, True)])
    def test_it_is_due_later(self, days: int, fits: bool):
        given = {"amount_fen": 1, "reasons": "理由", "due_on": PAID_ON + timedelta(days=days), "by": officer(), "on": PAID_ON}
        if fits:
            assert actions.propose_clawback(paid(), **given).due_on == given["due_on"]
            return
        with pytest.raises(DomainError):
            actions.propose_clawback(paid(), **given)

    def test_at_the_end_of_a_year_it_has_a_day_though_the_next_years_holidays_are_not_announced(self):
        last = max(year for year in range(2019, 2100) if calendar.is_known(year))
        found = actions.propose_clawback(paid(), amount_fen=1, reasons="理由", by=officer(), on=date(last, 12, 20))
        assert found.due_on.year == last + 1

    def test_nothing_is_left_of_what_was_never_paid(self):
        assert paid_of(granted()) == 0
        claim = actions.commit_claim(cleared_one(), fund=funds()[0], by=finance(), on=AFTER + timedelta(days=20))
        assert paid_of(claim) == 0


def cleared_one() -> Claim:
    claim = Claim.objects.get()
    actions.publish_notice([claim], title="公示", by=officer("officer2"), on=PAID_ON)
    assert actions.clear_notices(on=AFTER + timedelta(days=20)) == 1
    claim.refresh_from_db()
    return claim


class TestInstalmentsOfAYear:
    def test_the_second_begins_at_its_first_step_and_its_line_counts_from_one(self):
        founders()
        actions.open_instalments(2021, by=one_of("party_organisation"), on=SECOND_YEAR)
        second = Claim.objects.get(instalment=1)
        assert list(ClaimStep.objects.filter(claim=second).order_by("number").values_list("number", "kind")) == [
            (1, "application"),
            (2, "form_check"),
        ]
        assert AuditEntry.objects.get(action="redemption.instalment").title.startswith("第 2 期进入核查：")

    def test_the_job_says_how_many_and_leads_to_the_year(self):
        founders()
        job = Job.objects.create(kind="分期", function="none", state="running")
        found = instalments_job(job, 2021, one_of("party_organisation").pk, SECOND_YEAR.isoformat())
        job.refresh_from_db()
        assert (found["opened"], found["not_due"], found["url"]) == (1, [], "/claims/?year=2021")
        assert (job.done, job.total, job.message) == (1, 1, "进入办理 1 件，不再符合条件 0 件")

    def test_the_job_names_who_is_not_entitled_any_more_and_why(self):
        founders()
        Talent.objects.update(first_business=False)
        job = Job.objects.create(kind="分期", function="none", state="running")
        found = instalments_job(job, 2021, one_of("party_organisation").pk, SECOND_YEAR.isoformat())
        job.refresh_from_db()
        ((name, why),) = found["not_due"]
        assert job.message == f"进入办理 0 件，不再符合条件 1 件；{name}：{why}"
        assert "不能享受" in why
        assert (job.done, job.total) == (1, 1)


def test_an_appropriation_is_told_when_it_is_proposed_and_when_it_is_booked(make_user: Any):
    fund, leader = funds()[0], make_user("leader")
    before = Notification.objects.filter(user=leader).count()
    actions.propose_appropriation(fund, 2020, MILLION, reference="财指9号", by=finance(), on=PAID_ON)
    assert Notification.objects.filter(user=leader).count() == before + 1


@pytest.mark.parametrize("name", ["reference", "reason"])
def test_a_result_that_is_too_long_is_refused_with_the_whole_file(name: str):
    longest = PaymentResult._meta.get_field(name).max_length
    assert longest is not None
    batch = signed(count=1)
    for letters, fits in ((longest + 1, False), (longest, True)):
        given = {"kind": "paid" if name == "reference" else "returned", "reference": "凭证1", "reason": ""} | {name: "字" * letters}
        if given["kind"] == "returned":
            given["reference"] = ""
        results = [LineResult(number=1, on=PAID_ON, **given)]
        if fits:
            actions.record_results(batch, results, by=finance(), on=PAID_ON)
            continue
        with pytest.raises(DomainError):
            actions.record_results(batch, results, by=finance(), on=PAID_ON)
        assert PaymentResult.objects.count() == 0
