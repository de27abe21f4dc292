import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import clock, jobs
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Job, User
from quintet.core.permissions import holds, require
from quintet.core.roles import OFFICIALS
from quintet.directory.models import Organisation, Person
from quintet.directory.queries import may_see
from quintet.policies.actions import evaluate_and_store, fingerprint_of, record_version
from quintet.policies.engine import Earlier, FactsError, Policy, close, explain, policy, status_on
from quintet.policies.models import Evaluation
from quintet.policies.queries import problem_said, subject_said
from quintet.redemption import acts
from quintet.redemption.groups import earlier_awards
from quintet.redemption.models import Entitlement, EntitlementRun, EntitlementTotal
from quintet.redemption.payees import require_speaker, subjects_of_organisations
from quintet.redemption.subjects import Row, named, person_rows, sources_of, subject_rows

STATES = {"not_entitled": 0, "entitled": 1, "decision": 2, "unknown": 3, "superseded": 4, "waiting": 5}
BATCH = 2_000


def evaluation_day(chosen: Policy, year: int) -> date:
    """31 December, or the last day of a policy that ended in that year."""
    ends = chosen.pack.document.ends
    day = date(year, 12, 31)
    return ends if ends and ends.year == year and ends < day else day


def evaluate_organisation(organisation: Organisation, chosen: Policy, *, on: date, by: User) -> Evaluation:
    """Evaluate what is one organisation's own on a day and keep it, not what belongs to its people. For its members and for officials. Raises DomainError."""
    if not (holds(by, *OFFICIALS) or may_see(by, organisation, clock.today())):
        raise NotAllowed(_("您不能代表这家单位。"), where=organisation.name, remedy=_("请联系单位的授权经办人、法定代表人或主管部门。"))
    rows = named(subject_rows(chosen, on, [organisation.pk], only=subjects_of_organisations(chosen)))
    return store(chosen, rows, on=on, by=by, title=organisation.name)


def evaluate_person(person: Person, chosen: Policy, *, on: date, by: User) -> Evaluation:
    """The same of what belongs to a person as a talent, for that person alone. Raises NotAllowed."""
    require_speaker(by, person, clock.today())
    return store(chosen, named(person_rows(chosen, on, person.pk)), on=on, by=by, title=person.name)


@dataclass(frozen=True)
class Explained:
    """What the engine said of facts, with the mark that tells whether it is still about the same ones."""

    fingerprint: str
    result: dict[str, Any]


def explained(
    chosen: Policy,
    rows: Mapping[str, list[Row]],
    *,
    on: date,
    title: str,
    more_sources: Mapping[str, Any] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Explained:
    """Ask the engine and keep nothing; for `store`, which asks again when the facts are others. Raises DomainError."""
    filled, sources = _with_sources(rows, on, more_sources)
    with _told_in_words(chosen, rows):
        result = explain(chosen, filled, on, sources=sources, earlier=earlier)
    return Explained(fingerprint_of(chosen, filled, on=on, title=title, sources=sources, earlier=earlier), result)


def store(
    chosen: Policy,
    rows: Mapping[str, list[Row]],
    *,
    on: date,
    by: User | None,
    title: str,
    more_sources: Mapping[str, Any] | None = None,
    ahead: Explained | None = None,
    earlier: Sequence[Earlier] = (),
) -> Evaluation:
    """Evaluate and keep; what the same person evaluated of the same facts before is given back. Raises DomainError."""
    filled, sources = _with_sources(rows, on, more_sources)
    known = {ahead.fingerprint: ahead.result} if ahead else {}
    with _told_in_words(chosen, rows):
        return evaluate_and_store(chosen, filled, on=on, by=by, title=title, sources=sources, again=False, known=known, earlier=earlier)


def _with_sources(
    rows: Mapping[str, list[Row]], on: date, more_sources: Mapping[str, Any] | None
) -> tuple[dict[str, list[Row]], dict[str, Any]]:
    filled = {subject: items for subject, items in rows.items() if items}
    with override("zh-hans"):  # kept in Chinese, whoever asks; pages translate
        sources = {f"{subject}/{row['id']}": sources_of(subject, row["id"], on) for subject, items in filled.items() for row in items}
    for key, more in (more_sources or {}).items():
        sources[key] = {**sources.get(key, {}), **more}
    return filled, sources


@contextmanager
def _told_in_words(chosen: Policy, rows: Mapping[str, list[Row]]) -> Iterator[None]:
    try:
        yield
    except FactsError as error:
        name = next((row.get("name") for row in rows.get(error.subject, ()) if row["id"] == error.row), None) or error.row
        raise DomainError(
            _("登记的数据不能用于评估。"),
            where=_("%(subject)s %(name)s：%(problem)s")
            % {"subject": subject_said(error.subject, chosen.pack.document.pack), "name": name, "problem": problem_said(error)},
            remedy=_("请在名录中更正后再试。"),
        ) from None


def explain_entitlement(entitlement: Entitlement, *, by: User) -> Evaluation:
    """The explanation behind one line of the city, made once from the facts as they are and then kept. For officials."""
    require(by, *OFFICIALS)
    if entitlement.evaluation:
        return entitlement.evaluation
    run = entitlement.run
    chosen = policy(run.pack)
    if entitlement.organisation_id and entitlement.subject in subjects_of_organisations(chosen):
        rows = named(subject_rows(chosen, run.on, [entitlement.organisation_id]))
        rows = {entitlement.subject: rows[entitlement.subject]}
    else:
        rows = {
            entitlement.subject: [
                row
                for row in subject_rows(chosen, run.on, only=[entitlement.subject])[entitlement.subject]
                if row["id"] == entitlement.subject_id
            ]
        }
    with transaction.atomic():
        entitlement.evaluation = store(chosen, rows, on=run.on, by=by, title=entitlement.name)
        entitlement.save(update_fields=["evaluation"])
    return entitlement.evaluation


def start_run(chosen: Policy, year: int, *, by: User) -> EntitlementRun:
    """Queue the evaluation of the whole city for a year. For officers and operators."""
    with recorded(under=acts.START_RUN.right(by)):
        pass  # the job reads its own line, which has to be written before it begins
    return _start(chosen, year, by)


@transaction.atomic
def _start(chosen: Policy, year: int, by: User | None) -> EntitlementRun:
    run = EntitlementRun.objects.create(
        version=record_version(chosen), pack=chosen.pack.document.pack, year=year, on=evaluation_day(chosen, year), created_by=by
    )
    run.job = jobs.start(_("全市评估 %(year)s 年") % {"year": year}, run_job, by=by, run=run.pk)
    run.save(update_fields=["job"])
    return run


def run_job(job: Job, run: int) -> dict[str, Any]:
    found = EntitlementRun.objects.get(pk=run)
    evaluate_city(found, progress=job.advance)
    return {"url": f"/city/?year={found.year}"}


def evaluate_city(run: EntitlementRun, *, progress: Any = None) -> EntitlementRun:
    """Evaluate every subject of the registers as of the run's day; all or nothing, and the run is ready only when it is whole."""
    chosen = policy(run.pack)
    if chosen.hash != run.version.hash:
        raise DomainError(_("政策包在排队期间发生了变化。"), remedy=_("请重新发起评估。"))
    rows = named(subject_rows(chosen, run.on))
    places = {pk: (division, industry[:2]) for pk, division, industry in Organisation.objects.values_list("pk", "division", "industry")}
    total, done = sum(map(len, rows.values())), 0
    problems: list[dict[str, Any]] = []
    totals: Counter[tuple[str, ...]] = Counter()
    sums: defaultdict[tuple[str, ...], int] = defaultdict(int)
    with transaction.atomic():
        good = {subject: _checked(chosen, run.on, subject, items, problems) for subject, items in rows.items()}
        results = _results(chosen, run.on, good, earlier_awards(chosen))
        for subject, items in rows.items():
            pending = []
            for row, outcome, rule in _outcomes(chosen, run.on, subject, good[subject], results[subject]):
                organisation = row["id"] if subject == "enterprise" else row.get("enterprise")
                division, industry = places.get(organisation, ("", ""))
                cell = (rule["rule"], rule["clause"], subject, division, industry, rule["budget"], outcome["state"])
                totals[cell] += 1
                sums[cell] += outcome["amount"] or 0
                if outcome["state"] != "not_entitled":
                    pending.append(_entitlement(run, subject, row, outcome, rule, organisation, division, industry))
            Entitlement.objects.bulk_create(pending, batch_size=BATCH)
            done += len(items)
            if progress:
                progress(done, total, _("已评估 %(subject)s") % {"subject": chosen.pack.subjects[subject].label.zh})
        EntitlementTotal.objects.bulk_create(
            [
                EntitlementTotal(
                    run=run,
                    rule=c[0],
                    clause=c[1],
                    subject=c[2],
                    division=c[3],
                    industry=c[4],
                    budget=c[5],
                    state=c[6],
                    count=n,
                    amount=sums[c],
                )
                for c, n in totals.items()
            ],
            batch_size=BATCH,
        )
        run.subjects, run.problems, run.ready = {subject: len(items) for subject, items in rows.items()}, problems[:500], True
        run.save(update_fields=["subjects", "problems", "ready"])
        with recorded() as log:
            title = f"全市评估 {run.year} 年：{chosen.pack.document.title.zh}"
            log.record("redemption.evaluate_city", run, title, by=run.created_by, year=run.year, seal=seal_of_run(run))
    return run


def seal_of_run(run: EntitlementRun) -> str:
    """SHA-256 over all lines and totals of a run in their order, as its line of the audit chain tells it."""
    seal = sha256()
    for rows in (Entitlement.objects.filter(run=run), EntitlementTotal.objects.filter(run=run)):
        names = [field.attname for field in rows.model._meta.concrete_fields if field.attname not in ("id", "run_id", "evaluation_id")]
        for row in rows.order_by("pk").values_list(*names).iterator(chunk_size=BATCH):
            seal.update(f"{json.dumps(row, ensure_ascii=False)}\n".encode())
    return seal.hexdigest()


def entitled_on(chosen: Policy, on: date, rows: Mapping[str, list[Row]], rules: Container[str]) -> dict[tuple[str, int], int | None]:
    """(rule, row id) → amount in fen of what these rules give as of a day, beside what was decided before; rows that cannot be read are left out."""
    good = {subject: _checked(chosen, on, subject, items, []) for subject, items in rows.items()}
    results = _results(chosen, on, good, earlier_awards(chosen))
    return {
        (rule["rule"], row["id"]): outcome["amount"]
        for subject, items in good.items()
        for row, outcome, rule in _outcomes(chosen, on, subject, items, results[subject])
        if outcome["state"] == "entitled" and rule["rule"] in rules
    }


def _checked(chosen: Policy, on: date, subject: str, rows: list[Row], problems: list[dict[str, Any]]) -> list[Row]:
    """Rows whose facts can be read; the others are told, not guessed."""
    program, good = chosen.program(on), []
    for row in rows:
        try:
            program.check(subject, row)
        except FactsError as error:
            problems.append({"subject": subject, "id": row["id"], "name": row.get("name", ""), "problem": error.zh, "problem_en": error.en})
        else:
            good.append(row)
    return good


def _results(chosen: Policy, on: date, rows: Mapping[str, list[Row]], earlier: Sequence[Earlier]) -> dict[str, list[Row]]:
    """What the engine says of all subjects together, the policy's own dates applied."""
    program = chosen.program(on)
    results = program.evaluate(dict(rows), on, earlier=earlier)
    status = status_on(program.meta, on)
    if status != "in_force":
        for subject, items in results.items():
            close(items, program.subjects[subject]["rules"], status)
    return results


def _outcomes(chosen: Policy, on: date, subject: str, rows: list[Row], results: list[Row]) -> Any:
    rules = chosen.program(on).subjects[subject]["rules"]
    for row, result in zip(rows, results, strict=True):
        for outcome, rule in zip(result["outcomes"], rules, strict=True):
            yield row, outcome, rule


def _entitlement(
    run: EntitlementRun, subject: str, row: Row, outcome: Row, rule: Row, organisation: int | None, division: str, industry: str
) -> Entitlement:
    return Entitlement(
        run=run, rule=rule["rule"], clause=rule["clause"], subject=subject, subject_id=row["id"], name=str(row.get("name") or f"{subject} {row['id']}")[:160],
        organisation_id=organisation, division=division, industry=industry, budget=rule["budget"], state=outcome["state"], amount=outcome["amount"],
        before_limit=outcome.get("before_limit"),
    )  # fmt: skip
