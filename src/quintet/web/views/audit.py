"""The audit chain: its lines for auditors, its digests for everybody, and the check of a receipt."""

import json
from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from quintet.core import asked, audit, jobs, limits
from quintet.core.errors import DomainError
from quintet.core.form_fields import DayField
from quintet.core.models import AuditDigest, AuditEntry, Job, User
from quintet.core.permissions import public, roles
from quintet.core.roles import Role
from quintet.look.registry import collect
from quintet.policies.queries import unit_names
from quintet.web import queries, records

READERS = (Role.AUDITOR, Role.OPERATOR)
PER_PAGE = 50
SHOWN_FINDINGS = 20
MOST_CHARACTERS = 20_000


class AuditFilter(forms.Form):
    """Each of them has its index."""

    limits_told = False
    action = forms.ChoiceField(label=gettext_lazy("动作"), required=False)
    record = forms.CharField(
        label=gettext_lazy("申报编号或批次号"), required=False, max_length=80, help_text=gettext_lazy("例如 2021-T6-000069、BF2021-00001")
    )
    by = forms.CharField(label=gettext_lazy("办理人姓名"), required=False, max_length=60)
    unit = forms.ChoiceField(label=gettext_lazy("部门"), required=False)
    start = DayField(label=gettext_lazy("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = DayField(label=gettext_lazy("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("全部")), *action_names().items()]
        self.fields["unit"].choices = [("", _("全部")), *sorted(unit_names().items(), key=lambda item: item[1])]

    def clean_record(self) -> str:
        typed = str(self.cleaned_data["record"])
        if typed and not records.record_typed(typed):
            raise forms.ValidationError(_("请填写申报编号或批次号，例如 2021-T6-000069、BF2021-00001。"))
        return records.record_typed(typed)


def action_names() -> dict[str, str]:
    """What each context records, in words; declared in its `trail.py`."""
    return {code: str(label) for code, label in collect("trail", "actions")}


@roles(*READERS)
def lines(request: HttpRequest) -> HttpResponse:
    form = AuditFilter(request.GET or None)
    found = queries.audit_lines(form.cleaned_data if form.is_valid() else {})
    names = action_names()
    page = Paginator(found if not form.errors else found.none(), PER_PAGE).get_page(asked.text(request, "page"))
    return render(
        request, "web/audit.html",
        {"form": form, "page": page, "rows": _rows(list(page), names, cast(User, request.user)), "last": AuditDigest.objects.first()},
    )  # fmt: skip


def _rows(entries: list[AuditEntry], names: dict[str, str], user: User) -> list[dict[str, Any]]:
    """Lines with action and record in words."""
    told = records.shown((entry.record for entry in entries), user)
    return [{"entry": entry, "action": names.get(entry.action, _("其他")), "record": told[entry.record]} for entry in entries]


@roles(*READERS)
def line(request: HttpRequest, number: int) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, number=number)
    same = AuditEntry.objects.filter(record=entry.record).order_by("number")[:PER_PAGE]
    receipt = audit.receipt_of(entry)
    if asked.text(request, "receipt"):
        answer = JsonResponse(receipt, json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = f'attachment; filename="receipt-{number}.json"'
        return answer
    names = action_names()
    context = {
        "entry": entry, "action": names.get(entry.action, _("其他")), "digest": receipt["digest"], "same": [(one, names.get(one.action, _("其他"))) for one in same],
        "record": records.shown([entry.record], cast(User, request.user))[entry.record], "words": records.details_in_words(entry.details, entry.action, entry.record), "details": json.dumps(entry.details, ensure_ascii=False, indent=1, sort_keys=True),
    }  # fmt: skip
    return render(request, "web/audit_line.html", context)


@roles(*READERS)
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Read the whole chain again, with progress."""
    job = jobs.start(_("核对审计链"), verify_job, by=cast(User, request.user))
    return redirect("web:job", job.pk)


def verify_job(job: Job) -> dict[str, Any]:
    """Fails with what was found; nothing of the chain is changed."""
    findings = audit.verify(progress=job.advance)
    if findings:
        told = "；".join((f"第 {finding.number} 条：" if finding.number else "") + finding.problem for finding in findings[:SHOWN_FINDINGS])
        raise DomainError(f"审计链有 {len(findings)} 处问题：{told}", remedy="请保留现场，立即报告审计部门。")
    count = AuditEntry.objects.count()
    job.advance(count, count, f"审计链完整：{count} 条记录")
    return {"url": "/audit/"}


@public
def digests(request: HttpRequest) -> HttpResponse:
    """The published value of every day, for people and as JSON for those who keep copies."""
    if asked.text(request, "format") == "json":
        found = AuditDigest.objects.order_by("day").values("day", "first", "last", "root", "hash")
        answer = JsonResponse(list(found), safe=False)
        answer["Content-Disposition"] = 'attachment; filename="digests.json"'
        return answer
    page = Paginator(AuditDigest.objects.all(), PER_PAGE).get_page(asked.text(request, "page"))
    return render(request, "web/audit_digests.html", {"page": page, "form": ReceiptForm()})


class ReceiptForm(forms.Form):
    receipt = forms.CharField(
        label=gettext_lazy("回执内容"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("打开回执文件，把全部内容粘贴到这里"),
    )  # fmt: skip

    def clean_receipt(self) -> dict[str, Any]:
        try:
            given = json.loads(self.cleaned_data["receipt"])
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise forms.ValidationError(_("这不是一份回执：请粘贴从“{”到“}”的全部内容。"))
        return given


@public
@require_POST
def receipt(request: HttpRequest) -> HttpResponse:
    """Whether a receipt fits the chain and the published digest; nothing of the line is told that is not in the receipt."""
    limits.require("receipt", request)
    form = ReceiptForm(request.POST)
    page = Paginator(AuditDigest.objects.all(), PER_PAGE).get_page(1)
    checked = audit.check_receipt(form.cleaned_data["receipt"]) if form.is_valid() else None
    return render(request, "web/audit_digests.html", {"page": page, "form": form, "checked": checked}, status=422 if form.errors else 200)
