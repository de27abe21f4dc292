"""Public notices: read by everybody, as a page and on paper; objections by name, sealed, answered by the department."""

from datetime import date
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.core import signing
from django.core.mail import send_mail
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import asked, clock, limits, notify
from quintet.core.calendar import CalendarUnknown, working_days_between
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import holds, public, roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.roles import OFFICIALS, Role
from quintet.core.second_person import holders
from quintet.policies import engine
from quintet.policies.queries import unit_names
from quintet.redemption import actions, cases
from quintet.redemption.forms import AnswerForm, CodeForm, ConfirmForm, ObjectionForm
from quintet.redemption.models import Notice, NoticeLine, Objection
from quintet.redemption.notice_lines import UPHELD, outcome_word, outcomes, upheld_before
from quintet.redemption.paper import notice_pdf, notice_word, rare_characters
from quintet.redemption.permissions import OBJECTION_ACTS, Standing, able, objection_refusal

PER_PAGE = 20
SALT, CODE_SECONDS = "objection", 3 * 86_400
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@public
def notices(request: HttpRequest) -> HttpResponse:
    """All public notices, those still open first to see."""
    today, text = clock.today(), asked.text(request, "q")
    unit, state = asked.text(request, "unit"), asked.text(request, "state")
    found = Notice.objects.order_by("-published_on", "-pk")
    if text:
        found = found.filter(title__icontains=text) | found.filter(lines__name__icontains=text)
        found = found.distinct()
    if unit:
        found = found.filter(unit=unit)
    if state in ("open", "over"):
        found = found.filter(ends_on__gte=today) if state == "open" else found.filter(ends_on__lt=today)
    page = Paginator(found, PER_PAGE).get_page(asked.text(request, "page"))
    names = unit_names()
    units = sorted({(code, names.get(code, code)) for code in Notice.objects.order_by().values_list("unit", flat=True).distinct()})
    rows = [(notice, names.get(notice.unit, notice.unit), notice.ends_on >= today) for notice in page]
    return render(
        request,
        "redemption/notices.html",
        {"page": page, "rows": rows, "units": units, "filters": {"q": text, "unit": unit, "state": state}},
    )


def _lines(notice: Notice) -> list[dict[str, Any]]:
    """Lines with how they stand. Nobody is marked in public before an objection is answered; that it was upheld is for everybody."""
    lines = list(notice.lines.select_related("claim").order_by("pk"))
    found = outcomes(lines)
    return [{"line": line, "word": outcome_word(found.get(line.pk, "")), "upheld": found.get(line.pk) == UPHELD} for line in lines]


def _left(today: date, shown: Notice) -> int | None:
    """Working days until the notice ends; None where the calendar is not known or it is over."""
    try:
        left = working_days_between(today, shown.ends_on)
    except CalendarUnknown:
        return None
    return left if left >= 0 else None


@public
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    shown, today = get_object_or_404(Notice, pk=pk), clock.today()
    lines = _lines(shown)
    upheld = [row for row in lines if row["upheld"]]
    page = Paginator(lines, 100).get_page(asked.text(request, "page"))
    context = {
        "notice": shown, "unit": unit_names().get(shown.unit, shown.unit), "page": page, "is_open": shown.published_on <= today <= shown.ends_on, "count": len(lines) - len(upheld),
        "sum": sum(row["line"].amount_fen or 0 for row in lines if not row["upheld"]), "upheld": len(upheld), "upheld_sum": sum(row["line"].amount_fen or 0 for row in upheld), "official": holds(request.user, *OFFICIALS), "document": engine.main_policy().pack.document,
        "clauses": sorted({row["line"].clause for row in lines}), "left": _left(today, shown), "pack": engine.main_policy().pack.document.pack,
        "rare": rare_characters(shown),
    }  # fmt: skip
    return render(request, "redemption/notice.html", context)


@public
def notice_paper(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The notice as a Word file or as a PDF in the layout of official documents."""
    shown = get_object_or_404(Notice, pk=pk)
    unit = unit_names().get(shown.unit, shown.unit)
    word = form == "docx"
    content = notice_word(shown, unit) if word else notice_pdf(shown, unit)
    answer = HttpResponse(content, content_type=WORD if word else "application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="notice-{pk}.{"docx" if word else "pdf"}"'
    return answer


@public
def object_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Anybody may object to a line, by name; who it was stays sealed."""
    line = get_object_or_404(NoticeLine.objects.select_related("notice"), pk=pk)
    form = ObjectionForm(request.POST or None)
    context: dict[str, Any] = {
        "line": line,
        "form": form,
        "filed": None,
        "unit": unit_names().get(line.notice.unit, line.notice.unit),
    }
    if form.is_valid():
        given = form.cleaned_data
        by = request.user if request.user.is_authenticated else None
        try:
            limits.require("objection", request)
            filed = actions.object_to(
                line, objector=given["objector"], contact=given["contact"], text=given["text"], by=by, on=clock.today()
            )
            context |= {"filed": filed, "code": _code_form(filed)}
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
    context |= {"is_open": line.notice.ends_on >= clock.today(), "upheld": upheld_before(line)}
    return render(request, "redemption/object.html", context, status=422 if form.errors else 200)


def _code_form(filed: Objection) -> str:
    """The address at which the code is entered that was sent to an objector's mail address; empty where none was sent."""
    if not filed.mail or filed.is_taken_up or not notify.mail_is_set():
        return ""
    with override("zh-hans"):
        text = _("您对“%(line)s”提出了异议。验证码：%(code)s。在提交页面填写后，异议即被受理。") % {
            "line": filed.line,
            "code": actions.code_of(filed),
        }
        send_mail(_("公示异议的验证码"), text, None, [filed.mail])
    return reverse("redemption:object-confirm", args=[signing.dumps(filed.pk, salt=SALT)])


@public
def object_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Who objected types the code from their mail; the address alone opens nothing."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=CODE_SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    filed = get_object_or_404(Objection.objects.select_related("line__notice"), pk=pk)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            filed = actions.confirm_contact(filed, code=form.cleaned_data["code"], on=clock.today())
        except DomainError as error:
            form.add_error("code", " ".join(filter(None, (error.message, error.remedy))))
    context = {"line": filed.line, "form": form, "taken_up": filed.is_taken_up}
    return render(request, "redemption/object_confirm.html", context, status=422 if form.errors else 200)


@roles(Role.OFFICER, Role.AUDITOR)
def objections(request: HttpRequest) -> HttpResponse:
    """Objections to notices of my departments; an auditor sees all."""
    user = cast(User, request.user)
    found = Objection.objects.select_related("line__notice", "answered_by")
    if not holds(user, Role.AUDITOR):
        found = found.filter(line__notice__unit__in=cases.units_of(user))
    show = asked.text(request, "show")
    listed = {"open": found.filter(upheld=None), "upheld": found.filter(upheld=True), "dismissed": found.filter(upheld=False)}.get(
        show, found
    )
    page = Paginator(listed.order_by("due_on", "pk"), PER_PAGE).get_page(asked.text(request, "page"))
    tabs = [{"label": label, "url": f"?show={name}" if name else "?", "active": name == show} for name, label in (("", _("全部")), ("open", _("待答复")), ("upheld", _("成立")), ("dismissed", _("不成立")))]  # fmt: skip
    return render(request, "redemption/objections.html", {"page": page, "tabs": tabs, "today": clock.today()})


@roles(Role.OFFICER, Role.AUDITOR)
@signed_in_again(do=["uphold_confirm"])
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection. Whose it is, is shown to who may answer it and to auditors; not to who decided or keeps away."""
    shown = get_object_or_404(Objection.objects.select_related("line__notice", "line__claim", "answered_by"), pk=pk)
    user = cast(User, request.user)
    may = {act for act in OBJECTION_ACTS if objection_refusal(user, shown, act) is None}
    sealed = objection_refusal(user, shown, "read_objector")
    if not (holds(user, Role.OFFICER, unit=shown.line.notice.unit) or holds(user, Role.AUDITOR)):
        messages.info(request, _("这件异议由其他部门答复。"))
        return redirect("redemption:objections")
    forms = _objection_forms(request, shown, may)
    do = request.POST.get("do", "")
    form = forms.get(do)
    if form is not None and form.is_valid():
        try:
            told = _objection_done(do, shown, form.cleaned_data, user)
        except DomainError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        else:
            messages.success(request, told)
            return redirect("redemption:objection", pk)
    upholdings = shown.reversals.select_related("proposed_by", "confirmed_by").order_by("-pk")
    may_recuse = Standing(user, [shown.line.claim], {shown.line.claim_id: shown.line.notice.unit}).may_recuse(shown.line.claim)
    context: dict[str, Any] = {"objection": shown, "sealed": sealed, "forms": forms, "upholdings": upholdings, "may_recuse": may_recuse}
    if shown.upheld is None and shown.joins_id is None and not forms:
        context |= {"others": _who_may(shown), "unit": unit_names().get(shown.line.notice.unit, "")}
    return render(request, "redemption/objection.html", context, status=422 if form is not None and form.errors else 200)


def _who_may(shown: Objection) -> list[User]:
    """Officers of the department who can take the next step with an objection: those without part in the decision, who need not keep away."""
    act = "uphold_confirm" if shown.reversals.filter(confirmed=None).exists() else "dismiss" if shown.is_taken_up else "take_up"
    unit = shown.line.notice.unit
    return able(holders(Role.OFFICER, unit=unit), shown.line.claim, act, notice_unit=unit)


def _objection_forms(request: HttpRequest, shown: Objection, may: set[str]) -> dict[str, Any]:
    """What can be done with an objection now → its form, bound where it was sent."""
    offered: dict[str, Any] = {}
    if shown.upheld is None and shown.joins_id is None:
        if "take_up" in may and not shown.is_taken_up:
            offered["take_up"] = Form
        if may & {"dismiss", "uphold"}:
            offered["answer"] = partial(AnswerForm, taken_up=shown.is_taken_up)
        if "uphold_confirm" in may and shown.reversals.filter(confirmed=None).exists():
            offered["uphold_confirm"] = ConfirmForm
    return {name: form(request.POST if request.POST.get("do") == name else None) for name, form in offered.items()}


def _objection_done(do: str, shown: Objection, given: dict[str, Any], by: User) -> str:
    """The step is taken; what to say of it, a telephone call that is still to be made included."""
    on = clock.today()
    if do == "take_up":
        actions.accept_objection(shown, by=by, on=on)
        return _("已受理，这一项在答复之前不会拨付。")
    if do == "answer":
        after = actions.answer_objection(shown, upheld=given["upheld"], finding=given["finding"], by=by, on=on)
    else:
        after = actions.confirm_upholding(shown, confirmed=given["confirmed"], remark=given["remark"], by=by, on=on)
    if after.upheld is None:
        return _("已送复核，由另一位工作人员确认后生效。") if do == "answer" else _("已退回，异议仍待答复。")
    call = after.filed_by_id is None and not after.mail
    return _("已答复。异议人留的不是邮箱，请用所留的联系方式告知结果。") if call else _("已答复。")
