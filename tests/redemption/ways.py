"""The whole way of a claim, from whatever step it is at to the account of its payee or to what is handed over in kind."""

from datetime import date
from typing import Any

from quintet.core.calendar import add_working_days
from quintet.core.models import RoleGrant, User
from quintet.directory.models import Person
from quintet.ledger.models import Fund
from quintet.policies.engine import policy
from quintet.redemption import actions, applications
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import Claim
from quintet.redemption.papers import papers_of
from tests.ledger.books import appropriate, finance
from tests.redemption.applications import PACK, call_for, experts, pdf, scored
from tests.redemption.batches import second_finance
from tests.redemption.claims import all_there, officer

ON = date(2020, 11, 2)


def lead_of(rule: str) -> str:
    pack = policy(PACK).pack
    clause = next(one.clause for one in pack.rules if one.id == rule)
    return pack.clauses[clause].lead[0]


def applied(rule: str, subject: int, by: User, payee: Any, on: date = ON) -> Claim:
    """Begun, filled in and handed in."""
    pack = policy(PACK).pack
    if next(one for one in pack.rules if one.id == rule).way == "ordinary":
        window = {"year": on.year, "opens_on": on, "closes_on": date(on.year, 11, 30), "on": on}
        call_for(rule, unit=lead_of(rule), by=one_of(lead_of(rule)), **({} if on.year == ON.year else window))
    claim = actions.start_application(pack=PACK, rule=rule, subject_id=subject, year=on.year, by=by, on=on)
    for paper in papers_of(claim):
        actions.add_file(claim, pdf(text=paper.key), paper=paper.key, by=by, on=on)
    if claim.budget:
        kept = actions.register_account(payee, holder=payee.name, bank="示例银行", number=f"6222021234{payee.pk:08d}", by=by, on=on)
        actions.use_account(claim, account=kept, by=by, on=on)
    actions.save_draft(claim, {"contact": "王经办", "phone": "13800000000", **answers(claim)}, by=by, on=on)
    return actions.submit(claim, pledged=True, by=by, on=on)


def answers(claim: Claim) -> dict[str, str]:
    """What may have happened and is in no register, answered: a date that there is none, a yes or no with yes."""
    chosen, looked = policy(claim.pack), applications.looked_at(claim)
    specs, none = applications.facts_asked(claim, chosen, looked), applications.may_be_none(claim, looked)
    asked = [spec for spec in specs if spec.name in none]
    return {f"fact_{spec.name}" if spec.type.kind == "bool" else f"none_{spec.name}": "yes" for spec in asked}


def one_of(unit: str, number: int = 1) -> User:
    return officer(f"{unit}-{number}", unit=unit)


def fund_of(claim: Claim) -> Fund:
    """A fund of the claim's budget with money for its year."""
    fund = Fund.objects.filter(budget__pack=claim.pack, budget__code=claim.budget).order_by("pk").first()
    key = f"文{claim.budget}{claim.year}"
    from quintet.ledger.models import Entry

    if fund is None or not Entry.objects.filter(reference=key).exists():
        actions.open_policy_year(policy(claim.pack), claim.year, by=finance(), on=date(claim.year, 7, 1))
        fund = Fund.objects.filter(budget__pack=claim.pack, budget__code=claim.budget).order_by("pk")[0]
        appropriate(fund, claim.year, 500_000_000, reference=key, memo="", by=finance(), on=date(claim.year, 7, 1))
    return fund


def through(claim: Claim, on: date = ON, *, amount: int | None = None) -> Claim:
    """From its form check to the end."""
    claim, day = until_cleared(claim, on, amount=amount)
    if not claim.budget:
        return actions.deliver(claim, what="已落实", by=one_of(claim.unit), on=day)
    fund = fund_of(claim)
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=day)
    batch = actions.make_batch([claim], fund=fund, year=claim.year, by=finance(), on=day)
    batch = actions.sign_batch(batch, by=second_finance(), on=day)
    actions.record_results(batch, [LineResult(number=1, kind="paid", on=day, reference=f"凭证{claim.pk}")], by=finance(), on=day)
    claim.refresh_from_db()
    return claim


def until_cleared(claim: Claim, on: date = ON, *, amount: int | None = None) -> tuple[Claim, date]:
    """From its form check to the day after its notice."""
    one, two = one_of(claim.unit), one_of(claim.unit, 2)
    kinds = [step.kind for step in policy(claim.pack).pack.procedure_of(rule_of(claim)).steps]
    actions.check_form(claim, checked=all_there(claim), by=one, on=on)
    if "department_review" in kinds:
        actions.review(claim, opinion="符合。", by=one, on=on)
    if "expert_review" in kinds:
        experts()
        panel = actions.draw_panel(claim, by=one, on=on)
        scored(panel, by=one)
    for unit in list(claim.votes.filter(vote="").values_list("unit", flat=True)):
        actions.vote(claim, unit=unit, agree="agree", by=one_of(unit), on=on)
    actions.propose(claim, granted=True, amount_fen=amount, reasons="按材料核定。", by=one, on=on)
    claim = actions.confirm_decision(claim, confirmed=True, by=two, on=on)
    notice = actions.publish_notice([claim], title="公示", by=two, on=on)
    day = add_working_days(notice.ends_on, 1)
    assert actions.clear_notices(on=day) == 1
    claim.refresh_from_db()
    return claim, day


def somebody(name: str = "赵博士") -> tuple[User, Person]:
    user = User.objects.create(username=name, display_name=name)
    RoleGrant.objects.create(user=user, role="applicant", granted_on=date(2019, 1, 1))
    return user, Person.objects.create(name=name, user=user)
