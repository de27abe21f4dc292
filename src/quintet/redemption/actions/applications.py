"""From "I apply" to handed in: one draft for one fact however often somebody begins, saved as it is typed, papers used again."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import attachments
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.texts import fitting
from quintet.look.words import cn_date, listed
from quintet.policies.actions import record_version
from quintet.policies.engine import Policy, policy
from quintet.policies.queries import said
from quintet.redemption.actions.claims import (
    advance,
    before_the_end,
    decidable_on,
    evaluate_anew,
    explained_ahead,
    handed_in,
    handled,
    in_policy_time,
    not_unanswered,
    spoken_for,
)
from quintet.redemption.actions.evaluation import evaluation_day
from quintet.redemption.applications import candidate, facts_asked, files_before, looked_at, may_be_none, pledge_text
from quintet.redemption.facts import awarded_fact
from quintet.redemption.models import NOTHING, Call, Claim, ClaimFact, ClaimFile, ClaimStep, Judgement, PayeeAccount, SelfCheck
from quintet.redemption.papers import papers_of
from quintet.redemption.permissions import require_act
from quintet.redemption.selfcheck import value_of
from quintet.redemption.states import CLOSED, State, after

MOST_FILES = 50
OPEN_TO_APPLICANT = (State.DRAFT, State.CORRECTION)
TEXTS = {"contact": 60, "phone": 30, "text": 4000}


def claim_day(chosen: Policy, year: int, today: date) -> date:
    """As of when an application for a year is evaluated: today, or the year's last day once it is over."""
    return min(today, evaluation_day(chosen, year))


def start_application(
    *, pack: str, rule: str, subject_id: int, year: int, by: User, on: date, check: SelfCheck | None = None, like: Claim | None = None
) -> Claim:
    """The draft for an award and subject; the one that is there when somebody of the same organisation began it before.

    Of a self-check the answers are carried in that no register knows; of a claim `like` this one its facts and papers.
    """
    chosen = policy(pack)
    found = next((one for one in chosen.pack.rules if one.id == rule), None)
    procedure = chosen.pack.procedure_of(found) if found else None
    if found is None or procedure is None or found.way == "automatic" or not found.is_award:
        raise DomainError(_("这一项不用申报。"), remedy=_("免申即享的，部门会直接发来确认邀请。"))
    if year > on.year:
        raise DomainError(_("%(year)d 年的申报现在没有开放。") % {"year": year}, where=said(found.title))
    in_policy_time(chosen, on, where=said(found.title), rule=found)
    call = Call.objects.filter(pack=pack, rule=rule, year=year).first()
    if found.way == "ordinary" and (call is None or not call.open_on(on)):
        raise DomainError(
            _("%(year)d 年的申报现在没有开放。") % {"year": year}, where=said(found.title), remedy=_("可以订阅申报提醒，开放时会通知您。")
        )
    day = claim_day(chosen, year, on)
    row, payee, number = candidate(chosen, found, subject_id, day, by, on)
    instalment = max(number - 1, 0)  # counted from 0
    awarded = awarded_fact(found, row, label={name: spec.label for name, spec in chosen.pack.subjects[found.subject].facts.items()})
    with transaction.atomic():
        same = (
            Claim.objects.filter(pack=pack, rule=rule, awarded=awarded, **({"year": year} if found.kind == "instalments" else {}))
            .exclude(state__in=CLOSED)
            .first()
        )
        if same is not None:
            return same
    claim = Claim(
        version=record_version(chosen), pack=pack, rule=rule, clause=found.clause, way=found.way, year=year, on=day, subject=found.subject, subject_id=subject_id,
        name=str(row.get("name") or payee.name)[:160], division=getattr(payee, "division", ""), budget=found.budget, awarded=awarded, instalment=instalment, state=State.DRAFT, step="application",
        due_on=call.closes_on if call else before_the_end(chosen, found, add_working_days(on, procedure.steps[0].days, provisional=True), on), call=call, created_by=by, created_on=on, contact=by.display_name,
        saved_by=by, saved_at=timezone.now(), **({"organisation": payee} if payee._meta.model_name == "organisation" else {"person": payee}),
    )  # fmt: skip
    try:
        with transaction.atomic():
            claim.save()
            ClaimStep.objects.create(claim=claim, number=1, kind="application", started_on=on, due_on=claim.due_on or on)
            _carry_in(claim, chosen, by, check, like)
    except IntegrityError:  # somebody of the same organisation began at the same moment
        return Claim.objects.exclude(state__in=CLOSED).get(pack=pack, rule=rule, awarded=awarded, instalment=instalment)
    return claim


def _carry_in(claim: Claim, chosen: Policy, by: User, check: SelfCheck | None, like: Claim | None) -> None:
    asked = {spec.name for spec in facts_asked(claim, chosen)}
    answers: dict[str, Any] = {}
    if check is not None and check.pack == claim.pack:
        item: dict[str, Any] = next((item for item in check.items if item["subject"] == claim.subject), {"facts": {}})
        answers = {**dict.fromkeys(item.get("none", ())), **item["facts"]}
    if like is not None:
        answers |= {fact.fact: fact.value for fact in like.facts.filter(kind=ClaimFact.Kind.DECLARED)}
        claim.contact, claim.phone, claim.text, claim.account = like.contact, like.phone, like.text, like.account
        claim.save()
    ClaimFact.objects.bulk_create(
        ClaimFact(claim=claim, fact=name, kind=ClaimFact.Kind.DECLARED, value=NOTHING if value is None else value, by=by)
        for name, value in answers.items()
        if name in asked
    )
    if not claim.budget:
        claim.account = None
        claim.save(update_fields=["account"])
    elif claim.account is None:
        whose = {"organisation": claim.organisation} if claim.organisation_id else {"person": claim.person}
        last = PayeeAccount.objects.filter(**whose).first()
        if last is not None:
            claim.account = last
            claim.save(update_fields=["account"])
    if claim.way == "fast" or like is not None:
        for paper in papers_of(claim):
            if before := files_before(claim, paper.key)[:1]:
                _use_again(claim, before[0], paper.key, by)


def _use_again(claim: Claim, file: ClaimFile, paper: str, by: User) -> ClaimFile:
    return ClaimFile.objects.create(claim=claim, paper=paper, attachment=file.attachment, reused_from=file, by=by)


def save_draft(claim: Claim, given: Mapping[str, str], *, by: User, on: date) -> Claim:
    """Keep what was typed: only the fields that are given, so that two people can fill in one draft. Raises DomainError for a value that cannot be."""
    with transaction.atomic():
        claim = _held(claim, by, on)
        chosen = policy(claim.pack)
        looked = looked_at(claim, chosen)
        specs = {spec.name: spec for spec in facts_asked(claim, chosen, looked)}
        row = {fact: value for fact, value in looked["facts"].items() if not (fact in specs and f"fact_{fact}" in given)}
        _declare_none(claim, may_be_none(claim, looked) & set(specs), given, by)
        for name, raw in given.items():
            text = raw.replace("\0", "")
            if name in TEXTS:
                setattr(claim, name, fitting(Claim, name, text, most=TEXTS[name]))
            elif name.startswith("fact_") and name.removeprefix("fact_") in specs:
                _declare(claim, chosen, specs[name.removeprefix("fact_")], text.strip(), row, by)
        claim.saved_by, claim.saved_at = by, timezone.now()
        claim.save()
    return claim


def _declare_none(claim: Claim, names: Collection[str], given: Mapping[str, str], by: User) -> None:
    """“没有，或尚未发生” of a fact, or that taken back; a value that is given with it goes first."""
    for name in names:
        if f"none_{name}" not in given or given.get(f"fact_{name}", "").strip():
            continue
        if given[f"none_{name}"] == "yes":
            ClaimFact.objects.update_or_create(
                claim=claim, fact=name, defaults={"kind": ClaimFact.Kind.DECLARED, "value": NOTHING, "by": by}
            )
        else:
            ClaimFact.objects.filter(claim=claim, fact=name, kind=ClaimFact.Kind.DECLARED, value=None).delete()


def _declare(claim: Claim, chosen: Policy, spec: Any, text: str, row: dict[str, Any], by: User) -> None:
    """One answer, kept and put into `row`, beside whose days the next ones have to be."""
    if not text:  # what was said not to have happened is taken back by its own question
        ClaimFact.objects.filter(claim=claim, fact=spec.name, kind=ClaimFact.Kind.DECLARED).exclude(value=None).delete()
        return
    try:
        value = value_of(chosen, claim.on, claim.subject, spec, text, beside=row)
    except DomainError as error:
        raise DomainError(error.message, where=said(spec.label), remedy=error.remedy or _("请改正后再保存，其他内容已经保留。")) from None
    row[spec.name] = value
    ClaimFact.objects.update_or_create(claim=claim, fact=spec.name, defaults={"kind": ClaimFact.Kind.DECLARED, "value": value, "by": by})


def add_file(claim: Claim, upload: UploadedFile, *, paper: str, by: User, on: date) -> ClaimFile:
    """Hand in a paper. Raises BadFile and DomainError; the draft keeps everything else."""
    _of_the_claim(_open(claim, by, on), paper)
    kept = attachments.keep(upload, by=by)
    with handled(claim) as (claim, log):
        _still_open(claim)
        same = ClaimFile.objects.filter(
            claim=claim, paper=paper, attachment__file=kept.file, attachment__name=kept.name, removed_by=None
        ).first()
        if same is not None:  # the button pressed twice
            return same
        if claim.files.filter(removed_by=None).count() >= MOST_FILES:
            raise DomainError(_("一件申报最多 %(most)d 个文件。") % {"most": MOST_FILES}, remedy=_("请合并成一个 PDF 再上传。"))
        file = ClaimFile.objects.create(claim=claim, paper=paper, attachment=kept, by=by)
        log.record("redemption.add_file", claim, f"提交材料：{paper}", by=by, sha256=kept.file.sha256, name=kept.name)
    return file


def reuse_file(claim: Claim, file: ClaimFile, *, paper: str, by: User, on: date) -> ClaimFile:
    """Use a paper of an earlier claim of the same payee again."""
    with handled(claim) as (claim, log):
        _of_the_claim(_open(claim, by, on), paper)
        if file.pk not in {before.pk for before in files_before(claim, paper)}:
            raise DomainError(_("这份材料不能沿用。"), where=str(file), remedy=_("只能沿用为同一对象以前交过的同一种材料。"))
        used = _use_again(claim, file, paper, by)
        log.record(
            "redemption.add_file",
            claim,
            f"沿用材料：{paper}",
            by=by,
            sha256=file.attachment.file.sha256,
            name=file.attachment.name,
            from_claim=file.claim_id,
        )
    return used


def remove_file(claim: Claim, file: ClaimFile, *, by: User, on: date) -> None:
    """Taken out of the claim while it is open to the applicant; the record that it was there stays."""
    with handled(claim) as (claim, log):
        _open(claim, by, on)
        found = ClaimFile.objects.filter(pk=file.pk, claim=claim, removed_by=None).first()
        if found is None:
            raise DomainError(_("这份材料已经移除。"))
        found.removed_by = by
        found.save(update_fields=["removed_by"])
        log.record("redemption.remove_file", claim, f"移除材料：{file.paper}", by=by, sha256=found.attachment.file.sha256)


def submit(claim: Claim, *, pledged: bool, by: User, on: date) -> Claim:
    """Hand the application in: whole, before the last day, with the commitment letter. What is missing is told at once, all of it."""
    ahead = explained_ahead(claim)
    with handled(claim) as (claim, log):
        spoken_for(claim, by, on)
        claim.state = after(claim.state, "submit", what=str(claim))
        if claim.due_on and on > claim.due_on:
            raise DomainError(_("申报已于%(day)s截止。") % {"day": cn_date(claim.due_on)}, where=str(claim))
        chosen = policy(claim.pack)
        decidable_on(claim, on)
        if missing := _missing(claim, pledged):
            raise DomainError(_("还不能提交：%(what)s。") % {"what": "；".join(missing)}, where=str(claim))
        outcome = evaluate_anew(claim, by=by, first=True, ahead=ahead)
        if outcome is None or outcome["state"] == "not_entitled":
            raise DomainError(_("按现有事实不符合条件：%(why)s") % {"why": said(outcome["sentence"]) if outcome else claim.changed}, where=str(claim), remedy=_("如果登记的事实有误，请先申请更正，再提交。"))  # fmt: skip
        open_facts = [said(spec.label) for spec in facts_asked(claim, chosen) if not claim.facts.filter(fact=spec.name).exists()]
        if outcome["state"] == "unknown" and open_facts:
            raise DomainError(_("还缺这些事实：%(what)s。") % {"what": listed(open_facts)}, where=str(claim))
        not_unanswered(claim)
        claim.pledge = pledge_text(claim)
        claim.submitted_by, claim.submitted_on = by, on
        advance(claim, by=by, on=on)
        log.record(
            "redemption.submit", claim, f"提交申报：{claim}", by=by, evaluation=claim.evaluation_id, **handed_in(claim),
        )  # fmt: skip
    return claim


def _missing(claim: Claim, pledged: bool) -> list[str]:
    there = set(claim.files.filter(removed_by=None).values_list("paper", flat=True))
    missing = [_("缺材料“%(paper)s”") % {"paper": paper.label} for paper in papers_of(claim) if paper.key not in there]
    if not claim.contact or not claim.phone:
        missing.append(_("请填写联系人和联系电话"))
    if claim.budget and claim.account is None:
        missing.append(_("请登记收款账户"))
    if not pledged:
        missing.append(_("请阅读并同意承诺书"))
    return missing


def judge(claim: Claim, *, fact: str, value: bool, reason: str, by: User, on: date) -> Claim:
    """What the department finds itself (主管部门认定), with reasons; only facts that the pack marks so and no register knows."""
    if not reason.strip():
        raise DomainError(_("请写明认定的理由。"), where=str(claim))
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "judge")
        spec = policy(claim.pack).pack.subjects[claim.subject].facts.get(fact)
        if spec is None or not spec.judged:
            raise DomainError(_("这一事实不由主管部门认定。"), where=fact)
        ClaimFact.objects.update_or_create(
            claim=claim,
            fact=fact,
            defaults={"kind": ClaimFact.Kind.JUDGED, "value": value, "reason": reason.strip(), "by": by, "under_id": right.grant},
        )
        Judgement.objects.create(claim=claim, fact=fact, value=value, reason=reason.strip(), by=by, under_id=right.grant, at=timezone.now())
        evaluate_anew(claim, by=by, first=claim.amount_fen is None)
        claim.save()
        log.record(
            "redemption.judge",
            claim,
            f"认定“{spec.label.zh}”为{'是' if value else '否'}：{claim}",
            by=by,
            fact=fact,
            value=value,
            reason=reason.strip(),
            evaluation=claim.evaluation_id,
            **right.details,
        )
    return claim


def recheck(claim: Claim, *, by: User, on: date) -> Claim:
    """The registers were completed or corrected: evaluate again; what is different is told."""
    ahead = explained_ahead(claim)
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "recheck")
        evaluate_anew(claim, by=by, first=claim.amount_fen is None, ahead=ahead)
        claim.save()
        log.record(
            "redemption.recheck",
            claim,
            f"按名录重新核对：{claim}",
            by=by,
            evaluation=claim.evaluation_id,
            changed=claim.changed,
            **right.details,
        )
    return claim


def use_account(claim: Claim, *, account: PayeeAccount, by: User, on: date) -> Claim:
    """Where the money of a draft shall go."""
    with transaction.atomic():
        claim = _held(claim, by, on)
        if claim.state != State.DRAFT:
            raise DomainError(_("本件已经提交，不能直接换账户。"), where=str(claim), remedy=_("请用“更换收款账户”，由主管部门核实后生效。"))
        if (account.organisation_id, account.person_id) != (claim.organisation_id, claim.person_id):
            raise DomainError(_("这不是收款人自己的账户。"), where=str(claim), remedy=_("请选择或登记以收款人本名开立的账户。"))
        claim.account, claim.saved_by, claim.saved_at = account, by, timezone.now()
        claim.save()
    return claim


def _open(claim: Claim, by: User, on: date) -> Claim:
    """The claim as it is now, if this user may still change it."""
    found = Claim.objects.select_related("organisation", "person", "call").get(pk=claim.pk)
    spoken_for(found, by, on)
    _still_open(found)
    return found


def _held(claim: Claim, by: User, on: date) -> Claim:
    """The same, held until the transaction ends."""
    Claim.objects.select_for_update().get(pk=claim.pk)
    return _open(claim, by, on)


def _still_open(claim: Claim) -> None:
    if claim.state not in OPEN_TO_APPLICANT:
        raise DomainError(_("本件已经提交，不能再修改。"), where=str(claim), remedy=_("需要补充时，部门会一次性告知。"))


def _of_the_claim(claim: Claim, paper: str) -> None:
    if paper not in {one.key for one in papers_of(claim)}:
        raise DomainError(_("这一项申报没有这种材料。"), where=paper[:60])
