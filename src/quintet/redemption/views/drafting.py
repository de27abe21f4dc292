"""A draft as it is filled in: each field kept by itself, papers one by one, an account, then handed in as a whole."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, attachments, clock
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import signed_in
from quintet.core.roles import Role
from quintet.policies.engine import policy
from quintet.policies.queries import said
from quintet.redemption import actions, applications, cases
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.application_forms import DraftForm, PaperForm
from quintet.redemption.corrections import papers_asked_again
from quintet.redemption.forms import AccountForm
from quintet.redemption.models import Claim, ClaimFile, PayeeAccount, Seat
from quintet.redemption.papers import papers_of
from quintet.redemption.states import State

MOST_BEFORE = 3


def other_accounts(claim: Claim) -> QuerySet[PayeeAccount]:
    """The payee's accounts that the claim does not name already; and the one it names where the bank sent money back from it."""
    whose = {"organisation": claim.organisation} if claim.organisation_id else {"person": claim.person}
    found = PayeeAccount.objects.filter(**whose)
    return found if claim.state == State.COMMITTED and returned_accounts([claim]) else found.exclude(pk=claim.account_id)


def sections(request: HttpRequest, claim: Claim, **given: Any) -> dict[str, Any]:
    """What the page of a draft shows: facts asked, papers with what is there and what could be used again, account, letter, the engine's answer now."""
    chosen = policy(claim.pack)
    looked = applications.looked_at(claim, chosen)
    specs = applications.facts_asked(claim, chosen, looked)
    accounts = other_accounts(claim)
    return {
        "draft": DraftForm(claim=claim, chosen=chosen, specs=specs, none=applications.may_be_none(claim, looked)), **paper_sections(claim), "looked": looked["outcome"], "specs": specs, "judged_words": _("、").join(said(spec.label) for spec in applications.judgements(claim, chosen, looked)),
        "account_form": AccountForm(accounts=accounts, holder=claim.payee.name), "pledge": applications.pledge_text(claim), "filling": True, **given,
    }  # fmt: skip


def paper_sections(claim: Claim) -> dict[str, Any]:
    """The papers of a claim with what is there and what could be used again: of an award without application, too, once something is asked for."""
    there: dict[str, list[ClaimFile]] = {}
    for file in claim.files.filter(removed_by=None).select_related("attachment__file", "by", "reused_from__claim"):
        there.setdefault(file.paper, []).append(file)
    papers = [
        {"paper": paper, "files": there.get(paper.key, []), "before": [] if there.get(paper.key) else _each_once(applications.files_before(claim, paper.key))}
        for paper in papers_of(claim)
    ]  # fmt: skip
    missing = sum(not item["files"] for item in papers)
    return {
        "papers": papers,
        "missing_papers": missing,
        "asked_again": papers_asked_again(claim),
        "paper_form": PaperForm(),
        "accept": attachments.ACCEPT,
    }


def key_of(text: str) -> int:
    """A primary key that somebody sent; 0, which nothing has, for everything else."""
    return asked.whole(text) or 0


def _each_once(files: Any) -> list[ClaimFile]:
    """The latest few, each content once."""
    found: dict[int, ClaimFile] = {}
    for file in files[:20]:
        found.setdefault(file.attachment.file_id, file)
    return list(found.values())[:MOST_BEFORE]


def _own(request: HttpRequest, pk: int) -> Claim:
    from quintet.redemption.views.mine import _own as own

    return own(request, pk)


@signed_in
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was typed. Asked by the page as somebody types, or by the button where scripts do not run."""
    claim, user = _own(request, pk), cast(User, request.user)
    given = {
        name: value for name, value in request.POST.items() if name in actions.applications.TEXTS or name.startswith(("fact_", "none_"))
    }
    try:
        claim = actions.save_draft(claim, given, by=user, on=clock.today())
    except DomainError as error:
        if request.headers.get("HX-Request"):
            return render(request, "redemption/saved.html", {"error": error})
        messages.error(request, " ".join(filter(None, (error.where, error.message, error.remedy))))
        return redirect("redemption:my-claim", pk)
    if request.headers.get("HX-Request"):
        return render(request, "redemption/saved.html", {"claim": claim, "now": timezone.localtime()})
    messages.success(request, _("草稿已保存。"))
    return redirect("redemption:my-claim", pk)


@signed_in
@require_POST
def file_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more paper: uploaded, or used again from an earlier claim."""
    claim, user = _own(request, pk), cast(User, request.user)
    paper = request.POST.get("paper", "")
    try:
        if request.POST.get("reuse"):
            before = get_object_or_404(ClaimFile, pk=key_of(request.POST["reuse"]))
            actions.reuse_file(claim, before, paper=paper, by=user, on=clock.today())
        else:
            form = PaperForm(request.POST, request.FILES)
            if not form.is_valid():
                raise DomainError(_("请先选择文件。"), where=paper)
            actions.add_file(claim, form.cleaned_data["file"], paper=paper, by=user, on=clock.today())
    except DomainError as error:
        messages.error(request, " ".join(filter(None, (error.message, f"（{error.where}）" if error.where else "", error.remedy))))
    else:
        messages.success(request, _("已收到“%(paper)s”。") % {"paper": paper})
    return redirect(f"{reverse('redemption:my-claim', args=[pk])}#papers")


@signed_in
@require_POST
def file_remove(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    claim, user = _own(request, pk), cast(User, request.user)
    try:
        actions.remove_file(claim, get_object_or_404(ClaimFile, pk=file, claim=claim), by=user, on=clock.today())
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('redemption:my-claim', args=[pk])}#papers")


@signed_in
def file(request: HttpRequest, pk: int) -> FileResponse:
    """A paper, for whoever stands for its payee, the departments that handle the claim, finance, auditors and the experts who sit on it."""
    found = get_object_or_404(ClaimFile.objects.select_related("claim", "attachment__file"), pk=pk)
    if not may_open(cast(User, request.user), found):
        raise PermissionDenied
    return attachments.response(found.attachment, view=asked.text(request, "view") == "1")


def may_open(user: User, found: ClaimFile) -> bool:
    from quintet.redemption.payees import claims_of

    claim = found.claim
    if claims_of(user).filter(pk=claim.pk).exists() or may_see_papers(user, claim):
        return True
    sitting = Seat.objects.filter(
        panel__claim=claim, panel__closed_on=None, expert__person__user=user, state__in=[Seat.State.SITTING, Seat.State.SCORED]
    )
    return found.removed_by_id is None and sitting.exists()


def may_see_papers(user: User, claim: Claim) -> bool:
    """The departments that handle the claim, finance and auditors, once it is handed in."""
    if claim.state == State.DRAFT:
        return False
    mine = {grant.unit for grant in user.grants_today if grant.role == Role.OFFICER}
    return bool(mine & set(cases.units_handling(claim)) or user.role_codes & {Role.FINANCE_OFFICER.value, Role.AUDITOR.value})


def hand_in(request: HttpRequest, claim: Claim, user: User) -> str:
    actions.submit(claim, pledged=request.POST.get("pledged") == "1", by=user, on=clock.today())
    return _("已提交。办理进度会显示在这里。")


def attach_account(claim: Claim, given: dict[str, Any], user: User) -> str:
    actions.with_account(actions.use_account, claim, **given, by=user, on=clock.today())
    return _("已登记收款账户。")
