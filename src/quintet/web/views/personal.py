"""我的个人信息: see, copy, correct, end; and the operators' page of what people ask."""

import io
from typing import cast

import xlsxwriter
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quintet.core import acts, asked, clock
from quintet.core import personal_information as personal
from quintet.core.errors import DomainError
from quintet.core.models import PersonalRequest, User
from quintet.core.permissions import roles, signed_in
from quintet.core.reauthentication import signed_in_again
from quintet.web.forms import PersonalAnswerForm, PersonalRequestForm

SHOWN = 20  # rows of a table on the page; the copy has all
PER_PAGE = 50


@signed_in
def information(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = PersonalRequestForm(request.POST or None)
    if form.is_valid():
        try:
            personal.ask(user, **form.cleaned_data, on=clock.today())
        except DomainError as error:
            form.add_error(None, f"{error.message}{error.remedy}")
        else:
            messages.success(request, _("已提交，15 日内答复，届时会通知您。"))
            return redirect("web:information")
    context = {
        "parts": [(part, part.rows[:SHOWN], len(part.rows) - SHOWN) for part in personal.parts_of(user)],
        "kinds": personal.kinds(),
        "requests": [(asked, personal.left(asked, clock.today())) for asked in user.personal_requests.all()[:20]],
        "form": form,
    }
    return render(request, "web/information.html", context, status=422 if form.errors else 200)


@signed_in
@signed_in_again()
@require_POST
def copy(request: HttpRequest) -> HttpResponse | FileResponse:
    """Everything in clear, as JSON for programs or as a workbook for people."""
    tables = personal.copy_of(cast(User, request.user))
    if request.POST.get("form") == "xlsx":
        return FileResponse(_workbook(tables), as_attachment=True, filename="my-information.xlsx")
    answer = JsonResponse(tables, safe=False, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="my-information.json"'
    return answer


def _workbook(tables: list[dict]) -> io.BytesIO:
    """One sheet a table; every cell is text, so that nothing in it is a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        for number, table in enumerate(tables, 1):
            sheet = book.add_worksheet(f"{number}")
            sheet.write_string(0, 0, str(table["title"]))
            for column, name in enumerate(table["rows"][0]):
                sheet.write_string(1, column, str(name))
            for line, row in enumerate(table["rows"], 2):
                for column, value in enumerate(row.values()):
                    sheet.write_string(line, column, str(value)[:32_000])
    file.seek(0)
    return file


@roles(*acts.ANSWER_PERSONAL.roles)
def requests(request: HttpRequest) -> HttpResponse:
    form = PersonalAnswerForm(request.POST or None)
    if form.is_valid():
        wish = get_object_or_404(PersonalRequest, pk=form.cleaned_data["request"])
        try:
            personal.answer(
                wish, done=form.cleaned_data["done"] == "1", text=form.cleaned_data["text"], by=cast(User, request.user), on=clock.today()
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已答复，并告知本人。"))
            return redirect("web:personal-requests")
    listed = Paginator(PersonalRequest.objects.select_related("user", "answered_by").order_by("answered_on", "-pk"), PER_PAGE)
    waiting = PersonalRequest.objects.filter(state="open").select_related("user").order_by("due_on")[:100]
    context = {"form": form, "waiting": [(wish, personal.left(wish, clock.today())) for wish in waiting]}
    page = listed.get_page(asked.text(request, "page"))
    return render(request, "web/personal_requests.html", context | {"page": page}, status=422 if form.errors else 200)
