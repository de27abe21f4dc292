"""Payment batches: made from the desk, signed by a second person, sent out, read back."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import asked, clock, jobs
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.permissions import holds, roles
from quintet.core.reauthentication import signed_in_again
from quintet.core.reliance import operators_told
from quintet.core.roles import Role
from quintet.redemption import actions
from quintet.redemption.actions.claims import grounds_lost
from quintet.redemption.actions.payments import keep_results, not_booked, results_job
from quintet.redemption.batch_files import bank_file, read_results, treasury_workbook
from quintet.redemption.models import PaymentBatch, PaymentResult, ResultFile
from quintet.redemption.permissions import batch_refusal, require_batch

PER_PAGE = 50
SEEN_BY = (Role.FINANCE_OFFICER, Role.AUDITOR, Role.LEADER)
State = PaymentBatch.State


@roles(*SEEN_BY)
def batches(request: HttpRequest) -> HttpResponse:
    found = PaymentBatch.objects.select_related("fund", "made_by", "signed_by")
    state = asked.text(request, "state")
    if state in State.values:
        found = found.filter(state=state)
    page = Paginator(found.order_by("-pk"), PER_PAGE).get_page(asked.text(request, "page"))
    tabs = [{"label": label, "url": f"?state={value}" if value else "?", "active": value == state} for value, label in [("", _("全部")), *State.choices]]  # fmt: skip
    return render(request, "redemption/batches.html", {"page": page, "tabs": tabs})


def one(pk: int) -> PaymentBatch:
    return get_object_or_404(PaymentBatch.objects.select_related("fund__budget", "made_by", "signed_by"), pk=pk)


@roles(*SEEN_BY)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, one(pk))


def _page(request: HttpRequest, shown: PaymentBatch, error: DomainError | None = None) -> HttpResponse:
    user = cast(User, request.user)
    lines = (
        shown.lines.select_related("claim__organisation", "claim__person", "claim__evaluation", "batch")
        .prefetch_related("results")
        .order_by("number")
    )
    if asked.text(request, "show") == "returned":
        lines = lines.filter(results__kind=PaymentResult.Kind.RETURNED)
    page = Paginator(lines, PER_PAGE).get_page(asked.text(request, "page"))
    returned = shown.lines.filter(results__kind=PaymentResult.Kind.RETURNED)
    paid = shown.lines.filter(results__kind=PaymentResult.Kind.PAID).exclude(
        pk__in=returned.values("pk")
    )  # what came back is not with its payee
    lost = grounds_lost([line.claim for line in page]) if shown.state == State.MADE else {}
    finance = holds(user, Role.FINANCE_OFFICER)
    waiting = batch_refusal(user, shown, "sign")
    context: dict[str, Any] = {
        "batch": shown, "page": page, "lost": [(line, lost[line.claim_id]) for line in page if line.claim_id in lost], "paid": paid.count(), "returned": returned.count(),
        "may_compare": batch_refusal(user, shown, "compare") is None, "may_sign": waiting is None and finance, "may_drop": batch_refusal(user, shown, "drop") is None, "error": error,
        "may_send": batch_refusal(user, shown, "send") is None, "may_read": batch_refusal(user, shown, "read") is None, "files": shown.result_files.select_related("by", "attachment"), "accept": ".xlsx",
        "waits_for_another": waiting if finance and shown.state == State.MADE else None,
    }  # fmt: skip
    return render(request, "redemption/batch.html", context, status=409 if error else 200)


@roles(Role.FINANCE_OFFICER)
@signed_in_again(actions=["sign"])
@require_POST
def batch_do(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    shown, user, on = one(pk), cast(User, request.user), clock.today()
    try:
        if action == "sign":
            actions.sign_batch(shown, by=user, on=on)
            messages.success(request, _("已签发，可以导出送国库和银行。"))
        elif action == "drop":
            actions.drop_batch(shown, reason=request.POST.get("reason", ""), by=user, on=on)
            messages.success(request, _("已作废，其中的事项回到待编批次。"))
    except DomainError as error:
        return _page(request, one(pk), error)
    return redirect("redemption:batch", pk)


@roles(Role.FINANCE_OFFICER)
def batch_file(request: HttpRequest, pk: int, form: str) -> HttpResponse | FileResponse:
    """The treasury's workbook or the bank's text file, of a signed batch alone."""
    shown = one(pk)
    if shown.state not in (State.SIGNED, State.DONE):
        return _page(request, shown, DomainError(_("没有签发的批次不能导出。"), where=str(shown), remedy=_("请先由另一位财政人员签发。")))
    try:
        with operators_told():
            require_batch(cast(User, request.user), shown, "send")
    except DomainError as refused:
        return _page(request, shown, refused)
    if form == "bank":
        answer = HttpResponse(bank_file(shown), content_type="text/csv; charset=GB18030")
        answer["Content-Disposition"] = f'attachment; filename="{shown.number}.csv"'
        return answer
    return FileResponse(treasury_workbook(shown), as_attachment=True, filename=f"{shown.number}.xlsx")


@roles(Role.FINANCE_OFFICER)
@require_POST
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """A workbook with results: read and checked as a whole; nothing is booked before it is confirmed."""
    shown, user = one(pk), cast(User, request.user)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("请选择回盘的 Excel 文件。"))
        return redirect("redemption:batch", pk)
    told: list[str] = []
    try:
        require_batch(user, shown, "read")
        found = read_results(shown, upload, told)
        made = keep_results(shown, found, upload, by=user, on=clock.today())
    except DomainError as error:
        return _page(request, shown, error)
    new = not_booked(shown, found)
    if known := len(found) - len(new):
        told.append(_("%(n)d 笔之前已记，不再入账。") % {"n": known})
    returned = [result for result in new if result.kind == PaymentResult.Kind.RETURNED][:100]
    amounts = dict(shown.lines.values_list("number", "amount_fen"))
    sums = {
        kind: sum(amounts[one.number] for one in new if one.kind == kind) for kind in (PaymentResult.Kind.PAID, PaymentResult.Kind.RETURNED)
    }
    names = dict(shown.lines.filter(number__in=[result.number for result in returned]).values_list("number", "payee"))
    told_of_returned = [(result, names[result.number], amounts[result.number]) for result in returned]
    context = {"batch": shown, "file": made, "told": told, "returned": told_of_returned}
    context |= {"paid_fen": sums[PaymentResult.Kind.PAID], "returned_fen": sums[PaymentResult.Kind.RETURNED]}
    return render(request, "redemption/batch_results.html", context)


@roles(Role.FINANCE_OFFICER)
@signed_in_again()
@require_POST
def results_confirm(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Book what the file says, in the background; again changes nothing."""
    shown = one(pk)
    found = get_object_or_404(ResultFile, pk=file, batch=shown)
    user = cast(User, request.user)
    job = jobs.start(
        _("读回拨付结果 %(batch)s") % {"batch": shown}, results_job, by=user, file=found.pk, user=user.pk, on=clock.today().isoformat()
    )
    return redirect("web:job", job.pk)
