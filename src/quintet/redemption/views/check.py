from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from quintet.core import asked, clock, limits
from quintet.core.errors import DomainError
from quintet.core.form_fields import DayField
from quintet.core.permissions import public
from quintet.core.search import Query
from quintet.directory.models import Organisation
from quintet.directory.sheets.write import template as workbook_template
from quintet.policies import engine
from quintet.policies.queries import said
from quintet.policies.results import openings_now, sums, view_of
from quintet.redemption import excel, selfcheck
from quintet.redemption.actions import evaluation_day
from quintet.redemption.models import SelfCheck

WHO = {
    "enterprise": ("enterprise", "carrier", "loan", "project"),
    "talent": ("talent", "team"),
    "researcher": ("project", "team", "talent"),
}


class BeginForm(forms.Form):
    """Who, and as of when: a year of the policy, or an exact date."""

    subject = forms.ChoiceField(label=gettext_lazy("为谁自测"), widget=forms.RadioSelect)
    year = forms.ChoiceField(label=gettext_lazy("按哪一年评估"), required=False)
    on = DayField(label=gettext_lazy("或者指定日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, chosen: engine.Policy, who: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = chosen
        subjects = [name for name in WHO.get(who, selfcheck.CHECKED_SUBJECTS) if chosen.pack.rules_of(name)]
        self.fields["subject"].choices = [(name, said(chosen.pack.subjects[name].label)) for name in subjects]
        self.fields["subject"].initial = subjects[0] if subjects else None
        listed = engine.paying_years(chosen, clock.today())
        self.fields["year"].choices = [(str(year), _("%(year)s年") % {"year": year}) for year in listed]
        # The last whole year of the policy is what most people ask about.
        self.fields["year"].initial = str(engine.years(chosen, clock.today())[0])

    def clean_on(self) -> date | None:
        on = self.cleaned_data["on"]
        if on and not engine.EARLIEST <= on <= engine.LATEST:
            raise forms.ValidationError(_("日期应在1900年至2150年之间。"))
        return on

    def day(self) -> date:
        on = self.cleaned_data.get("on")
        return on or evaluation_day(self.chosen, int(self.cleaned_data["year"] or self.fields["year"].initial))


@public
def begin(request: HttpRequest) -> HttpResponse:
    chosen, who = engine.main_policy(), asked.text(request, "who")
    form = BeginForm(chosen=chosen, who=who if who in WHO else "")
    return render(
        request, "redemption/check_begin.html", {"form": form, "document": chosen.pack.document, "upload": UploadForm(chosen=chosen)}
    )


@public
def find(request: HttpRequest) -> HttpResponse:
    """Look up one's organisation: name, code and place are public, what it may get is for its members."""
    text = asked.text(request, "q")
    query = Query(text, limit=20)
    found = list(Organisation.objects.filter(query.matches("name", "code")).order_by("name")[: query.limit]) if len(text) > 1 else []
    return render(request, "redemption/check_find.html", {"text": text, "found": found})


@public
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    chosen = engine.main_policy()
    form = BeginForm(request.POST, chosen=chosen)
    if not form.is_valid():
        return render(
            request,
            "redemption/check_begin.html",
            {"form": form, "document": chosen.pack.document, "upload": UploadForm(chosen=chosen)},
            status=422,
        )
    limits.require("check", request)
    check = selfcheck.start(chosen, form.cleaned_data["subject"], form.day())
    return redirect("redemption:check-question", check.token)


@public
def question(request: HttpRequest, token: str) -> HttpResponse:
    """The next question, or with `item` and `fact` one that was answered, to change it."""
    check, error = _check(token), ""
    if request.method == "POST":
        none = bool(request.POST.get("none"))
        given = "" if none or request.POST.get("unknown") else request.POST.get("answer", "")
        if not given and not none and not request.POST.get("unknown"):
            error = _("请回答这个问题，或选择“不知道”。")
        else:
            try:
                selfcheck.answer(check, request.POST.get("item", ""), request.POST.get("fact", ""), given, none=none)
                return redirect("redemption:check-question", token)
            except DomainError as problem:
                error = " ".join(part for part in (str(problem), problem.remedy) if part)
    step = selfcheck.step(check)
    if asked.text(request, "fact"):
        step = selfcheck.revisit(check, step, asked.text(request, "item"), asked.text(request, "fact"))
    if step.spec is None or step.item is None:
        return redirect("redemption:check-result", token)
    given = request.POST.get("answer", "") if error else selfcheck.raw_text(step.spec, step.item["facts"].get(step.spec.name))
    context = {
        "step": step,
        "spec": step.spec,
        "asked_of": selfcheck.names(check)[step.item["id"]],
        "error": error,
        "given": given,
        **_overview(check, step),
    }
    return render(request, "redemption/check_question.html", context, status=422 if error else 200)


def _overview(check: SelfCheck, step: selfcheck.Step) -> dict:
    """The subjects of the check, each with its answers and what they bring so far; kinds that can be added."""
    subjects, called = engine.policy(check.pack).pack.subjects, selfcheck.names(check)
    items = []
    for item in check.items:
        facts, row = subjects[item["subject"]].facts, selfcheck.row_of(step.explanation, item)
        answered = [name for number, name in check.asked if number == item["id"] and name in facts]
        items.append({
            "id": item["id"], "name": called[item["id"]], "open": step.open[item["id"]],
            "sure": [outcome for outcome in row["outcomes"] if _is_sure(outcome)],
            "answers": [{"spec": facts[name], "text": selfcheck.answer_text(facts[name], item)} for name in answered],
        })  # fmt: skip
    return {
        "check": check, "items": items, "several": len(items) > 1, "sure": [outcome for item in items for outcome in item["sure"]],
        "addable": [(name, said(subjects[name].label)) for name in selfcheck.addable(check)],
    }  # fmt: skip


def _is_sure(outcome: dict) -> bool:
    """What no answer can take away any more."""
    return outcome["state"] in ("entitled", "decision") and outcome["kind"] not in engine.OWN_MONEY and not outcome.get("premises")


@public
@require_POST
def add(request: HttpRequest, token: str) -> HttpResponse:
    selfcheck.add(_check(token), request.POST.get("subject", ""))
    return redirect("redemption:check-question", token)


@public
@require_POST
def remove(request: HttpRequest, token: str) -> HttpResponse:
    selfcheck.remove(_check(token), request.POST.get("item", ""))
    return redirect("redemption:check-result", token)


@public
@require_POST
def back(request: HttpRequest, token: str) -> HttpResponse:
    selfcheck.back(_check(token))
    return redirect("redemption:check-question", token)


@public
@require_POST
def ladder(request: HttpRequest, token: str) -> HttpResponse:
    check = _check(token)
    check.ladder, check.evaluation = True, None
    check.save(update_fields=["ladder", "evaluation", "updated_at"])
    return redirect("redemption:check-question", token)


@public
def result(request: HttpRequest, token: str) -> HttpResponse:
    check = _check(token)
    evaluation = selfcheck.finish(check, by=request.user)
    step, called, openings = selfcheck.step(check), selfcheck.names(check), openings_now(evaluation.result)
    context = {
        "evaluation": evaluation,
        "title": selfcheck.title(check),
        "subjects": [{**row, "name": called[row["id"]]} for row in view_of(evaluation.result, openings)],
        "sums": sums(evaluation.result, openings),
        "more": not step.done,
        "premises": [
            {"item": item["id"], "of": called[item["id"]], "spec": spec} for item, spec in selfcheck.premises(check, step.explanation)
        ],
        "kept_days": selfcheck.kept_days(),
        "may_climb": not check.ladder and any(item["subject"] == "enterprise" for item in check.items),
        **_overview(check, step),
    }
    return render(request, "redemption/check_result.html", context)


@public
def template(request: HttpRequest, subject: str) -> HttpResponse:
    chosen = engine.main_policy()
    if subject not in selfcheck.CHECKED_SUBJECTS or subject not in chosen.pack.subjects:
        raise Http404
    response = HttpResponse(
        workbook_template(excel.sheet_of(chosen, subject)), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="check-{subject}.xlsx"'
    return response


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("表格类型"))
    at = forms.ChoiceField(label=gettext_lazy("按哪一年评估"))
    file = forms.FileField(
        label=gettext_lazy("填好的 Excel 文件"),
        help_text=gettext_lazy("只接受 .xlsx，不超过 20 MB，一次最多 500 行。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def __init__(self, *args: Any, chosen: engine.Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [
            (name, said(chosen.pack.subjects[name].label)) for name in selfcheck.CHECKED_SUBJECTS if chosen.pack.rules_of(name)
        ]
        self.fields["at"].choices = [(str(year), _("%(year)s年") % {"year": year}) for year in engine.paying_years(chosen, clock.today())]


@public
def upload(request: HttpRequest) -> HttpResponse:
    chosen = engine.main_policy()
    form = UploadForm(request.POST or None, request.FILES or None, chosen=chosen)
    problems = None
    if request.method == "POST" and form.is_valid():
        file, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
        try:
            limits.require("upload", request)
            on = evaluation_day(chosen, int(form.cleaned_data["at"]))
            problems, evaluation = excel.evaluate_workbook(chosen, kind, file, file.size, on=on, by=request.user)
            if evaluation:
                for remark in problems.remarks:
                    messages.warning(request, remark)
                return redirect(evaluation)
        except DomainError as error:
            form.add_error("file", " ".join(part for part in (str(error), error.remedy) if part))
    context = {
        "form": form,
        "document": chosen.pack.document,
        "problems": problems.problems[:200] if problems else None,
        "remarks": problems.remarks if problems else [],
    }
    return render(request, "redemption/check_upload.html", context, status=422 if form.errors or problems else 200)


def _check(token: str) -> SelfCheck:
    return get_object_or_404(SelfCheck, token=token)
