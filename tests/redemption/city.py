"""A small city with policy cases, and what pages of the redemption need."""

from datetime import date
from typing import Any

from quintet.core.models import User
from quintet.directory.models import Carrier, Membership, Organisation
from quintet.policies.actions import evaluate_and_store, record_version
from quintet.policies.engine import policy
from quintet.policies.models import Evaluation
from quintet.redemption import selfcheck
from quintet.redemption.actions import evaluate_city, evaluation_day
from quintet.redemption.models import EntitlementRun, SelfCheck
from tests.directory.city import loan, organisation, person, recognition
from tests.duties import by_two
from tests.scenes import arranged_once

PANJIN = "panjin-2019-29"
YEAR_END = date(2020, 12, 31)


@arranged_once
def newly_high_tech(number: int = 0, **more: Any) -> Organisation:
    """An enterprise recognised as high-tech for the first time in 2020: 100,000 under T6."""
    made = organisation(number, **more)
    recognition(made, "high_tech_enterprise", date(2020, 9, 15), date(2023, 9, 14))
    return made


def incubator(of: Organisation) -> Carrier:
    """A maker space newly listed as national in 2020: 200,000 under T19."""
    return Carrier.objects.create(
        organisation=of, name="示例众创空间", kind="maker_space", level="national", recognised_on=date(2020, 6, 1)
    )


def patent_loan(of: Organisation, yuan: int, number: str = "HT-1") -> Any:
    """A loan of 365 days pledged by patents and drawn in 2020, its interest paid in full in advance."""
    return loan(
        organisation=of, contract_number=number, principal_fen=yuan * 100, drawn_on=date(2020, 3, 2), due_on=date(2021, 3, 2), released=True, interest_paid_fen=yuan * 5,
        interest_settled_on=date(2020, 3, 31),
    )  # fmt: skip


@arranged_once
def run_of(year: int = 2020, by: User | None = None) -> EntitlementRun:
    chosen = policy(PANJIN)
    run = EntitlementRun.objects.create(
        version=record_version(chosen), pack=PANJIN, year=year, on=evaluation_day(chosen, year), created_by=by
    )
    return evaluate_city(run)


def evaluation(user: Any = None) -> Evaluation:
    facts = {
        "enterprise": [{"id": "E1", "high_tech_recognised": True, "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": False}]
    }
    return evaluate_and_store(policy(PANJIN), facts, on=YEAR_END, by=user, title="示例化工有限公司")


def self_check(subject: str = "enterprise") -> SelfCheck:
    return selfcheck.start(policy(PANJIN), subject, YEAR_END)


def answered(check: SelfCheck, fact: str, given: str, item: str = "") -> SelfCheck:
    """One answer, of the subject added last unless another is named."""
    return selfcheck.answer(check, item or check.items[-1]["id"], fact, given)


def self_check_of_two() -> SelfCheck:
    """An enterprise and one loan."""
    return selfcheck.add(self_check(), "loan")


def member_of(user: User, of: Organisation) -> Membership:
    someone = person(user=user)
    return Membership.objects.create(person=someone, organisation=of, granted_on=date(2020, 1, 1), **by_two())


def entitlement_pk() -> int:
    newly_high_tech()
    return run_of().entitlements.get(rule="high_tech_award").pk
