"""Accounts and roles: operators keep them, auditors read them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from quintet.core import actions, asked
from quintet.core.errors import DomainError
from quintet.core.models import RoleGrant, User
from quintet.core.passwords import link_code
from quintet.core.permissions import holds, roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import Role
from quintet.core.second_factors import has_one
from quintet.directory.actions import save_record
from quintet.directory.models import Person
from quintet.web import queries
from quintet.web.filters import AccountFilter
from quintet.web.forms import AccountForm, ChangeAccountForm, GrantForm, PersonForm, ReasonForm
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
        "may_edit": holds(request.user, Role.OPERATOR),
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


def _context(request: HttpRequest, shown: User) -> dict[str, Any]:
    return {
        "account": shown,
        "grants": queries.grants_of(shown),
        "changes": queries.account_changes(shown),
        "person": Person.objects.filter(user=shown).first(),
        "may_edit": holds(request.user, Role.OPERATOR),
        "own": shown == request.user,
        "has_second_factor": has_one(shown),
    }


@never_cache
@roles(Role.OPERATOR)
@signed_in_again()
def add(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    made = _tried(form, lambda given: actions.create_account(**given, by=request.user)) if request.method == "POST" else None
    if made:
        return _link_page(request, made)
    return _form_page(request, form, title=_("新建账号"), button=_("新建"))


@roles(Role.OPERATOR)
@signed_in_again()
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk)
    form = ChangeAccountForm(request.POST or None, instance=shown)
    if request.method == "POST" and _tried(form, lambda given: actions.change_account(shown, **given, by=request.user)):
        return _done(request, shown, _("已保存。"))
    return _form_page(request, form, shown, title=_("修改账号"), button=_("保存"))


@never_cache
@roles(Role.OPERATOR)
@signed_in_again()
@require_POST
def password_link(request: HttpRequest, pk: int) -> HttpResponse:
    return _link_page(request, get_object_or_404(User, pk=pk))


def _link_page(request: HttpRequest, shown: User) -> HttpResponse:
    """The link is shown in this answer only; nothing keeps it."""
    link = actions.issue_password_link(shown, by=request.user)
    context = {
        "account": shown,
        "link": request.build_absolute_uri(reverse("web:set-password", kwargs=link)),
        "code": link_code(**link),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
    }
    return render(request, "web/account_link.html", context)


@roles(Role.OPERATOR)
@signed_in_again()
def active(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate an account that is in use, take one back into use that is not."""
    shown = get_object_or_404(User, pk=pk)
    form = ReasonForm(request.POST or None)
    by: Any = request.user
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if shown.is_active:
            actions.deactivate(shown, by=by, on=timezone.localdate(), reason=reason)
            return _done(request, shown, _("已停用，此人不能再登录。"))
        actions.reactivate(shown, by=by, reason=reason)
        return _done(request, shown, _("已恢复。请核对此人的角色。"))
    if shown.is_active:
        note = _("停用后不能登录，打开的会话和令牌立即失效；角色和历史保留，可以随时恢复。")
        return _form_page(request, form, shown, title=_("停用账号"), button=_("停用"), note=note, danger=True)
    note = _("恢复后，仍有效的角色和令牌随之生效，请先核对。")
    return _form_page(request, form, shown, title=_("恢复账号"), button=_("恢复"), note=note)


@roles(Role.OPERATOR)
@signed_in_again()
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST or None)
    today = timezone.localdate()
    if request.method == "POST" and _tried(form, lambda given: actions.grant_role(shown, **given, by=request.user, on=today)):
        return _done(request, shown, _("已授予角色。"))
    return _form_page(request, form, shown, title=_("授予角色"), button=_("授予"))


@roles(Role.OPERATOR)
@signed_in_again()
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(RoleGrant.objects.select_related("user"), pk=pk)
    form = ReasonForm(request.POST or None)
    by: Any = request.user
    if request.method == "POST" and form.is_valid():
        actions.revoke_role(found, by=by, on=timezone.localdate(), reason=form.cleaned_data["reason"])
        return _done(request, found.user, _("已撤销角色。"))
    note = _("撤销“%(role)s”：今天起不再有效，记录保留。") % {"role": queries.grant_text(found, queries.unit_names())}
    return _form_page(request, form, found.user, title=_("撤销角色"), button=_("撤销"), note=note, danger=True)


@roles(Role.OPERATOR)
@signed_in_again()
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the register of people signs in with this account: an applicant acts for the organisations of that person."""
    shown = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and _tried(form, lambda given: _link_person(shown, given["person"], by=request.user)):
        return _done(request, shown, _("已关联。"))
    note = _("申报人按人员名录里的代理授权代表单位办事，账号须先与名录中的本人关联。")
    return _form_page(request, form, shown, title=_("关联人员"), button=_("关联"), note=note)


def _link_person(shown: User, found: Person, *, by: Any) -> Person:
    if found.user_id not in (None, shown.pk):
        raise DomainError(_("此人已关联另一个账号。"), where=str(found.user))
    if Person.objects.filter(user=shown).exclude(pk=found.pk).exists():
        raise DomainError(_("这个账号已关联另一个人，一个账号只能由一个人使用。"))
    found.user = shown
    return save_record(found, by=by, reason=_("关联登录账号"))


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


def _done(request: HttpRequest, shown: User, text: str) -> HttpResponse:
    messages.success(request, text)
    # An operator who has given up the role may not see the account's page any more.
    return redirect("web:account", shown.pk) if shown.pk != request.user.pk else redirect("web:profile")
