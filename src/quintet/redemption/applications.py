"""Applications as pages and actions read them: for whom one may apply, which facts are still asked, which papers are needed and there."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.directory.models import Organisation, Person
from quintet.directory.queries import organisations_acted_for
from quintet.policies.engine import FactSpec, Policy, explain, policy
from quintet.policies.queries import task_number
from quintet.redemption.actions.claims import outcome_of, rows_of, rule_of
from quintet.redemption.groups import earlier_awards
from quintet.redemption.models import Call, Claim, ClaimFact, ClaimFile
from quintet.redemption.payees import payees_of
from quintet.redemption.subjects import named, person_rows, subject_rows

MOST_CANDIDATES = 100


def files_before(claim: Claim, paper: str) -> QuerySet[ClaimFile]:
    """The same paper in other claims of the same payee for the same loan, project or person, the latest first: a contract of one project proves nothing
    of another. Each content once is for the page to say."""
    whose = Q(claim__organisation=claim.organisation_id) if claim.organisation_id else Q(claim__person=claim.person_id)
    whose &= Q(claim__subject=claim.subject, claim__subject_id=claim.subject_id)
    there = claim.files.filter(removed_by=None, paper=paper).values("attachment__file")
    return ClaimFile.objects.filter(whose, paper=paper, removed_by=None).exclude(claim=claim).exclude(attachment__file__in=there).select_related("attachment__file", "claim").order_by("-pk")  # fmt: skip


def candidates(chosen: Policy, rule: Any, day: date, by: User, on: date) -> list[dict[str, Any]]:
    """Subjects for which this user may apply: {"row", "payee", "state", "amount"}; of their organisations, and themselves. Queries do not grow with them."""
    organisations = {item.pk: item for item in organisations_acted_for(by, on)}
    rows: dict[str, list[dict[str, Any]]] = {rule.subject: []}
    if organisations:
        rows = named(subject_rows(chosen, day, list(organisations), only=[rule.subject]))
    me = Person.objects.filter(user=by).first()
    if rule.subject == "talent" and me is not None:
        mine = named(person_rows(chosen, day, me.pk))["talent"]
        there = {row["id"] for row in rows["talent"]}
        rows["talent"] = [*(row for row in mine if row["id"] not in there), *rows["talent"]]
    listed = rows[rule.subject][:MOST_CANDIDATES]
    payees = payees_of(rule, listed)
    program = chosen.program(day)
    place = next(n for n, item in enumerate(program.subjects[rule.subject]["rules"]) if item["rule"] == rule.id)
    found = []
    results = program.evaluate({rule.subject: listed}, day)[rule.subject] if listed else []
    for row, result in zip(listed, results, strict=True):
        payee = payees.get(row["id"], {})
        whose: Organisation | Person | None = organisations.get(payee.get("organisation_id", 0))
        if whose is None and me is not None and payee.get("person_id") == me.pk:
            whose = me
        if whose is not None:
            outcome = result["outcomes"][place]
            found.append(
                {
                    "row": row,
                    "payee": whose,
                    "state": outcome["state"],
                    "amount": outcome["amount"],
                    "instalment": outcome.get("instalment", 0),
                }
            )
    return found


def candidate(
    chosen: Policy, rule: Any, subject_id: int, day: date, by: User, on: date
) -> tuple[dict[str, Any], Organisation | Person, int]:
    """One of them, and the number of its instalment this year (0 where there are none). Raises DomainError for anybody else's."""
    for found in candidates(chosen, rule, day, by, on):
        if found["row"]["id"] == subject_id:
            return found["row"], found["payee"], found["instalment"]
    raise DomainError(_("您不能为这个对象申报。"), remedy=_("请确认它已在名录中登记在您的单位名下，且您有代理授权。"))


def looked_at(claim: Claim, chosen: Policy | None = None) -> dict[str, Any]:
    """What the engine says now, without keeping it: {"outcome", "row", "facts"}, the last as registers and the claim have them."""
    chosen = chosen or policy(claim.pack)
    rows, sources = rows_of(claim, chosen)
    facts = next((row for row in rows[claim.subject] if row["id"] == claim.subject_id), {})
    result = explain(chosen, rows, claim.on, sources=sources, earlier=earlier_awards(chosen, beside=claim))
    row = next((row for row in result["results"][claim.subject] if row["id"] == claim.subject_id), None)
    return {"outcome": outcome_of(result, claim), "row": row, "facts": facts}


def facts_asked(claim: Claim, chosen: Policy, looked: dict[str, Any] | None = None) -> list[FactSpec]:
    """Facts that can still change the answer or the sum, also such as may not have happened, and that the applicant knows: not in a register, not the
    department's to judge; and those stated already."""
    specs = chosen.pack.subjects[claim.subject].facts
    row = (looked or looked_at(claim, chosen))["row"]
    asked = (*row["questions"], *row["optional"]) if row else ()
    names = [question["fact"] for question in asked if claim.rule in question["decides"]]
    stated = claim.facts.filter(kind=ClaimFact.Kind.DECLARED).values_list("fact", flat=True) if claim.pk else []
    return [specs[name] for name in dict.fromkeys([*stated, *names]) if name in specs and not specs[name].judged]


def may_be_none(claim: Claim, looked: dict[str, Any]) -> set[str]:
    """Facts of which the applicant may say that there is none, or that it has not happened: those the rule reads as recorded or not."""
    row = looked["row"]
    told = {fact.fact for fact in claim.facts.all() if fact.value is None} if claim.pk else set()
    return told | {question["fact"] for question in row["optional"] if claim.rule in question["decides"]} if row else told


def judgements(claim: Claim, chosen: Policy, looked: dict[str, Any] | None = None) -> list[FactSpec]:
    """Facts that the department has to find before the engine can answer, and those it has found."""
    specs = chosen.pack.subjects[claim.subject].facts
    row = (looked or looked_at(claim, chosen))["row"]
    names = [question["fact"] for question in row["questions"] if claim.rule in question["decides"]] if row else []
    found = claim.facts.filter(kind=ClaimFact.Kind.JUDGED).values_list("fact", flat=True)
    return [specs[name] for name in dict.fromkeys([*found, *names]) if name in specs and specs[name].judged]


def calls_seen(day: date, *, show: str = "open", text: str = "", clause: str = "") -> QuerySet[Call]:
    """open, coming or closed calls; the ones that close first come first."""
    found = {"open": Q(opens_on__lte=day, closes_on__gte=day), "coming": Q(opens_on__gt=day), "closed": Q(closes_on__lt=day)}.get(show, Q())
    calls = Call.objects.filter(found)
    if clause:
        calls = calls.filter(clause=clause)
    if text:
        rules = [rule.id for rule in _rules() if text.lower() in f"{rule.title.zh} {rule.title.en} {rule.what.zh} {rule.clause}".lower()]
        calls = calls.filter(rule__in=rules)
    return calls.order_by("-closes_on", "pk") if show == "closed" else calls.order_by("closes_on", "pk")


def _rules() -> list[Any]:
    from quintet.policies.engine import policies

    return [rule for chosen in policies() for rule in chosen.pack.rules]


def pledge_text(claim: Claim) -> str:
    """The commitment letter (承诺书) as it is signed, always in Chinese."""
    with override("zh-hans"):
        clause = task_number(claim.clause, claim.pack)
    use = "没有就同一事项重复申领财政资金；资金按规定用途使用，接受检查、审计和绩效评价；如有不实，退回资金并承担相应责任。"
    if not claim.budget:
        use = "没有就同一事项重复申请；接受检查和评价；如有不实，承担相应责任。"
    return f"{claim.payee.name}就“{rule_of(claim).title.zh}”（{clause}，{claim.year}年度）承诺：所填事实和所交材料真实、完整；{use}"
