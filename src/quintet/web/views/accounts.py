"""Accounts and roles: operators keep them, auditors read them."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from quintet.core import account_proposals, actions, acts, asked, clock
from quintet.core.errors import DomainError
from quintet.core.models import AccountProposal, RoleGrant, User
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import Role
from quintet.core.second_factors import has_one
from quintet.directory.actions import confirm_person_link, propose_person_link
from quintet.directory.actions.numbers import count_numbers
from quintet.directory.forms.fields import numbers_in
from quintet.directory.models import Person
from quintet.look.words import cn_date
from quintet.policies.queries import unit_names
from quintet.web import queries
from quintet.web.filters import AccountFilter
from quintet.web.forms import AccountForm, ChangeAccountForm, DeactivationForm, GrantForm, PersonForm, ReasonForm
from quintet.web.tables import AccountTable, workbook

READERS = (Role.OPERATOR, Role.AUDITOR)
PER_PAGE = 20


def _seen(request: HttpRequest) -> tuple[AccountFilter, AccountTable]:
    found = AccountFilter(request.GET, queryset=queries.accounts())
    table = AccountTable(found.qs if found.form.is_valid() else found.queryset.none())
    asked.paged(table, request, PER_PAGE)
    return found, table


@roles(*READERS)
def accounts(request: HttpRequest) -> HttpResponse:
    found, table = _seen(request)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "filter": found,
        "table": table,
        "sort": asked.text(request, "sort"),
        "query": query.urlencode(),
        "may_edit": acts.CREATE_ACCOUNT.may(request.user),
    }
    return render(request, "web/accounts.html", context)


@roles(*READERS)
def export(request: HttpRequest) -> FileResponse:
    """What the list shows, with its filters and order; all pages of it."""
    _found, table = _seen(request)
    return FileResponse(workbook(table.data.data), as_attachment=True, filename=f"accounts-{timezone.localdate():%Y%m%d}.xlsx")


@roles(*READERS)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk)
    return render(request, "web/account.html", _context(request, shown))


def _confirmable(request: HttpRequest, rows: Iterable[AccountProposal]) -> set[int]:
    return {row.pk for row in rows if account_proposals.may_confirm(row, request.user)}


def _context(request: HttpRequest, shown: User) -> dict[str, Any]:
    waiting = list(account_proposals.waiting().filter(user=shown))
    return {
        "account": shown,
        "grants": queries.grants_of(shown),
        "changes": queries.account_changes(shown),
        "person": Person.objects.filter(Q(user=shown) | Q(further_accounts__user=shown)).first(),
        "may_edit": acts.CREATE_ACCOUNT.may(request.user),
        "own": shown == request.user,
        "proposals": waiting,
        "confirmable": _confirmable(request, waiting),
        "has_second_factor": has_one(shown),
    }


@roles(*acts.CREATE_ACCOUNT.roles)
@signed_in_again()
def add(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    made = _tried(form, lambda typed: actions.create_account(**typed, by=request.user)) if request.method == "POST" else None
    if made:
        return _ask_for_link(request, made)
    return _form_page(request, form, title=_("新建账号"), button=_("新建"))


@roles(*acts.CREATE_ACCOUNT.roles)
@signed_in_again()
@transaction.atomic
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The name at once; another mail address waits for a second operator."""
    users = User.objects.select_for_update() if request.method == "POST" else User.objects.all()  # others wait until this one is saved
    shown = get_object_or_404(users, pk=pk)
    before = shown.email
    form = ChangeAccountForm(request.POST or None, instance=shown)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if _tried(form, lambda typed: actions.rename_account(shown, display_name=typed["display_name"], by=request.user)):
            shown.email = before
            if email == before:
                return _done(request, shown, _("已保存。"))
            if _tried(form, lambda _typed: account_proposals.propose_email(shown, email, by=request.user, on=clock.today())):
                return _waits(request, shown)
    return _form_page(request, form, shown, title=_("修改账号"), button=_("保存"))


@roles(*acts.PROPOSALS[AccountProposal.Kind.LINK].roles)
@signed_in_again()
@require_POST
def password_link(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask_for_link(request, get_object_or_404(User, pk=pk))


def _ask_for_link(request: HttpRequest, shown: User) -> HttpResponse:
    by: Any = request.user
    try:
        account_proposals.propose_password_link(shown, by=by, on=clock.today())
    except DomainError as error:
        messages.error(request, " ".join(str(part) for part in (error.message, error.remedy) if part))
        return redirect("web:account", shown.pk)
    return _waits(request, shown)


# What waits for a second operator


@roles(*READERS)
def proposals(request: HttpRequest) -> HttpResponse:
    """What operators have proposed and nobody decided yet, and the codes that wait for who proposed a link."""
    page = Paginator(account_proposals.waiting(), PER_PAGE).get_page(asked.text(request, "page"))
    codes = AccountProposal.objects.exclude(sealed_code="").filter(proposed_by=request.user.pk).select_related("user")[:100]
    context = {
        "page": page,
        "codes": codes,
        "confirmable": _confirmable(request, page),
        "may_edit": acts.CREATE_ACCOUNT.may(request.user),
        "units": unit_names(),
    }
    return render(request, "web/account_proposals.html", context)


@never_cache
@roles(Role.OPERATOR)
@signed_in_again()
@require_POST
def proposal_answer(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(AccountProposal.objects.select_related("user"), pk=pk)
    by: Any = request.user
    if request.POST.get("confirmed") != "1":
        account_proposals.drop(proposal, by=by)
        messages.success(request, _("已撤回，没有办理。"))
        return redirect("web:account-proposals")
    if proposal.kind == AccountProposal.Kind.PERSON:
        confirm_person_link(proposal, by=by, on=clock.today())
    elif link := account_proposals.confirm(proposal, by=by, on=clock.today()):
        return _link_page(request, proposal, link)
    if proposal.kind == AccountProposal.Kind.ROLE and proposal.first_day and proposal.first_day > timezone.localdate():
        messages.success(request, _("已复核，%(day)s起生效，并告知本人。") % {"day": cn_date(proposal.first_day)})
    else:
        messages.success(request, _("已复核，即时生效，并告知本人。"))
    return redirect("web:account-proposals")


def _link_page(request: HttpRequest, proposal: AccountProposal, link: dict[str, str]) -> HttpResponse:
    """The link is shown in this answer only; nothing keeps it. Its code goes to who proposed it."""
    context = {
        "account": proposal.user,
        "link": request.build_absolute_uri(reverse("web:set-password", kwargs=link)),
        "proposed_by": proposal.proposed_by,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
    }
    return render(request, "web/account_link.html", context)


@never_cache
@roles(Role.OPERATOR)
@signed_in_again()
@require_POST
def proposal_code(request: HttpRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(AccountProposal.objects.select_related("user"), pk=pk)
    by: Any = request.user
    code = account_proposals.open_code(proposal, by=by)
    return render(request, "web/account_code.html", {"account": proposal.user, "code": code})


@roles(*acts.DEACTIVATE.roles)
@signed_in_again()
def active(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate an account that is in use, take one back into use that is not."""
    shown = get_object_or_404(User, pk=pk)
    form = (DeactivationForm if shown.is_active else ReasonForm)(request.POST or None)
    by: Any = request.user
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.cleaned_data.get("leaves"):
            actions.leave(shown, by=by, on=timezone.localdate(), reason=reason)
            return _done(request, shown, _("已办理离岗：角色已全部结束，账号已停用。"))
        if shown.is_active:
            actions.deactivate(shown, by=by, on=timezone.localdate(), reason=reason)
            return _done(request, shown, _("已停用，此人不能再登录。"))
        account_proposals.propose_return(shown, by=by, on=clock.today(), reason=reason)
        return _waits(request, shown)
    if shown.is_active:
        note = _("停用后不能登录，打开的会话和令牌立即失效；角色和历史保留，可以随时恢复。")
        return _form_page(request, form, shown, title=_("停用账号"), button=_("停用"), note=note, danger=True)
    note = _("另一位系统管理员复核后恢复；仍有效的角色和令牌随之生效，请先核对。")
    return _form_page(request, form, shown, title=_("恢复账号"), button=_("恢复"), note=note)


@roles(*acts.GRANT_APPLICANT.roles)
@signed_in_again()
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST or None)
    today = timezone.localdate()
    if request.method == "POST" and form.is_valid():
        alone = form.cleaned_data["role"] in account_proposals.ALONE
        act = actions.grant_role if alone else account_proposals.propose_role
        if _tried(form, lambda typed: act(shown, **typed, by=request.user, on=today)):
            return _done(request, shown, _("已授予角色。")) if alone else _waits(request, shown)
    note = _("申报人以外的角色须由另一位系统管理员复核，复核当天或以后起有效。")
    return _form_page(request, form, shown, title=_("授予角色"), button=_("授予"), note=note)


@roles(*acts.END_ROLE.roles)
@signed_in_again()
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(RoleGrant.objects.select_related("user"), pk=pk)
    form = ReasonForm(request.POST or None)
    by: Any = request.user
    if request.method == "POST" and form.is_valid():
        actions.revoke_role(found, by=by, on=timezone.localdate(), reason=form.cleaned_data["reason"])
        return _done(request, found.user, _("已撤销角色。"))
    note = _("撤销“%(role)s”：今天起不再有效，记录保留。") % {"role": queries.grant_text(found, unit_names())}
    return _form_page(request, form, found.user, title=_("撤销角色"), button=_("撤销"), note=note, danger=True)


@roles(*acts.PROPOSALS[AccountProposal.Kind.PERSON].roles)
@signed_in_again()
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the register of people signs in with this account: an applicant acts for the organisations of that person."""
    shown = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None)
    count_numbers(numbers_in(form), by=request.user)
    if request.method == "POST" and _tried(
        form, lambda typed: propose_person_link(shown, typed["person"], by=request.user, on=clock.today())
    ):
        return _waits(request, shown)
    note = _(
        "申报人按人员名录里的代理授权代表单位办事，账号须先与名录中的本人关联；由另一位系统管理员复核后生效。本人已有账号的（例如工作人员另有申报人账号），这个账号关联为其他账号：不增加授权，两个账号按同一个人回避和复核。"
    )
    return _form_page(request, form, shown, title=_("关联人员"), button=_("关联"), note=note)


def _tried(form: forms.BaseForm, act: Callable[[dict[str, Any]], Any]) -> Any:
    """What the action returns; None when the form is wrong or the action refuses, which then stands in the form."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
    except DomainError as error:
        form.add_error(None, " ".join(str(part) for part in (error.message, error.where, error.remedy) if part))
    return None


def _form_page(
    request: HttpRequest, form: forms.BaseForm, shown: User | None = None, *, title: str, button: str, note: str = "", danger: bool = False
) -> HttpResponse:
    context = {"form": form, "account": shown, "heading": title, "button": button, "note": note, "danger": danger}
    return render(request, "web/account_form.html", context, status=422 if form.errors else 200)


def _waits(request: HttpRequest, shown: User) -> HttpResponse:
    return _done(request, shown, _("已提出，等待另一位系统管理员复核。"))


def _done(request: HttpRequest, shown: User, text: str) -> HttpResponse:
    messages.success(request, text)
    # An operator who has given up the role may not see the account's page any more.
    return redirect("web:account", shown.pk) if shown.pk != request.user.pk else redirect("web:profile")
