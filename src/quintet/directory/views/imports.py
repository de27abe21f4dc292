from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from quintet.core import asked
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.directory.actions.imports import confirm_import, drop_import, upload_workbook
from quintet.directory.forms.records import UploadForm
from quintet.directory.models import ImportBatch
from quintet.directory.permissions import KEEPERS, kept_registers, require_keeper
from quintet.directory.sheets.sheet import Sheet, sheets
from quintet.directory.sheets.workbook import UnreadableWorkbook
from quintet.directory.sheets.write import problems_workbook, template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_PROBLEMS = 100
SHOWN_DIFFERENCES = 25
SHOWN_CASES = 20


def import_urls(sheet: Sheet, prefix: str, plural: str, *, reverse_list: str) -> list[URLPattern]:
    return [
        path(f"{prefix}import/", _upload_view(sheet, reverse_list), name=f"{plural}-import"),
        path(f"{prefix}import/template/", _template_view(sheet), name=f"{plural}-template"),
    ]


def _upload_view(sheet: Sheet, list_url: str) -> Callable[..., HttpResponse]:
    @roles(*KEEPERS)
    def upload(request: HttpRequest) -> HttpResponse:
        require_keeper(request.user, sheet.id)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                batch = upload_workbook(sheet, form.cleaned_data["file"], by=request.user)
            except UnreadableWorkbook as error:
                form.add_error("file", " ".join(part for part in (error.message, error.remedy) if part))
            else:
                if batch.job and batch.state == ImportBatch.State.UPLOADED:
                    return redirect("web:job", batch.job.pk)
                return redirect(batch)
        context = {"sheet": sheet, "form": form, "list_url": list_url, "template_url": f"{list_url}-template"}
        return render(request, "directory/import_upload.html", context, status=422 if form.errors else 200)

    return upload


def _template_view(sheet: Sheet) -> Callable[..., HttpResponse]:
    @roles(*KEEPERS)
    def download(request: HttpRequest) -> HttpResponse:
        require_keeper(request.user, sheet.id)
        answer = HttpResponse(template(sheet), content_type=XLSX)
        answer["Content-Disposition"] = f'attachment; filename="{sheet.id}-template.xlsx"'
        return answer

    return download


@roles(*KEEPERS)
def batches(request: HttpRequest) -> HttpResponse:
    rows = (
        ImportBatch.objects.filter(sheet__in=kept_registers(request.user))
        .select_related("uploaded_by")
        .defer("problems", "preview", "versions", "differences")
    )
    page = Paginator(rows, 25).get_page(asked.text(request, "page"))
    titles = {id: sheet.title for id, sheet in sheets().items()}
    return render(request, "directory/import_list.html", {"page": page, "titles": titles})


@roles(*KEEPERS)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ImportBatch.objects.select_related("uploaded_by", "job"), pk=pk)
    require_keeper(request.user, found.sheet)
    sheet = sheets()[found.sheet]
    told = found.differences if found.state == ImportBatch.State.READY else []
    context = {
        "batch": found,
        "page": Paginator(told, SHOWN_DIFFERENCES).get_page(asked.text(request, "page")),
        "not_told": found.created + found.changed - len(told) if told else 0,
        "cases": found.cases[:SHOWN_CASES],
        "more_cases": max(len(found.cases) - SHOWN_CASES, 0),
        "sheet": sheet,
        "headers": found.headings,
        "preview": [list(zip(found.headings, row, strict=False)) for row in found.preview],
        "problems": found.problems[:SHOWN_PROBLEMS],
        "more_problems": max(found.problem_count - SHOWN_PROBLEMS, 0),
    }
    return render(request, "directory/import_batch.html", context)


@roles(*KEEPERS)
@signed_in_again()
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    job = confirm_import(get_object_or_404(ImportBatch, pk=pk), by=request.user, reason=request.POST.get("reason", ""))
    return redirect("web:job", job.pk)


@roles(*KEEPERS)
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ImportBatch, pk=pk)
    drop_import(found, by=request.user)
    return redirect(sheets()[found.sheet].list_url)


@roles(*KEEPERS)
def problems(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ImportBatch, pk=pk)
    require_keeper(request.user, found.sheet)
    answer = HttpResponse(problems_workbook(found.problems), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="import-{pk}-problems.xlsx"'
    return answer


__all__ = ["batch", "batches", "confirm", "drop", "import_urls", "problems"]
