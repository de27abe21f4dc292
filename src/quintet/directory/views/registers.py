"""The pages that every register has: list, export, record, add, edit, delete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from quintet.core import asked, clock, triggers
from quintet.core.errors import DomainError
from quintet.core.permissions import roles
from quintet.core.reauthentication import signed_in_again
from quintet.directory.actions.numbers import count_numbers
from quintet.directory.actions.records import Overtaken, Rests, delete_record, dependants, save_record
from quintet.directory.forms.fields import numbers_in
from quintet.directory.forms.records import RecordForm
from quintet.directory.permissions import KEEPERS, READERS, departments, keeps, require_keeper
from quintet.directory.queries.history import changed_since, changes_of
from quintet.directory.sheets.columns import Column
from quintet.directory.sheets.sheet import Sheet
from quintet.directory.sheets.write import csv_lines, workbook
from quintet.directory.tables import shown, table_for
from quintet.directory.views.imports import import_urls
from quintet.policies.queries import unit_names

PER_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Register:
    """`noun` and `plural` make the URL names: organisation, organisation-add, …; organisations, organisations-export, …"""

    sheet: Sheet
    namespace: str
    noun: str
    plural: str
    form: type[RecordForm]
    filterset: Any
    visible: Sequence[str]  # ids of the columns shown until others are chosen
    title: str  # id of the column that leads to the record
    sortable: Sequence[str] = ()
    panels: Callable[[HttpRequest, Any], dict[str, Any]] | None = None
    panels_template: str = ""
    lead: Any = ""
    save: Callable[..., Any] = save_record
    gives_rights: bool = False  # its rows say who may act for whom: changing them asks to sign in again

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"{self.namespace}:{name}", args=args)

    @property
    def deletable(self) -> bool:
        """Rights and ties are ended, never deleted: what the database refuses has neither page nor button."""
        meta = self.sheet.model._meta
        return meta.db_table not in triggers.never_deleted(apps.get_app_config(meta.app_label))

    def rows(self) -> QuerySet:
        return self.sheet.model._default_manager.select_related(*self.sheet.related)


def register_urls(register: Register, prefix: str) -> list[URLPattern]:
    """`prefix` ends with a slash."""
    noun, plural = register.noun, register.plural
    edit = f"{prefix}<int:pk>/"
    return [
        path(prefix, _list_view(register), name=plural),
        path(f"{prefix}export/", _export_view(register), name=f"{plural}-export"),
        path(f"{prefix}add/", _edit_view(register), name=f"{noun}-add"),
        *import_urls(register.sheet, prefix, plural, reverse_list=f"{register.namespace}:{plural}"),
        path(edit, _record_view(register), name=noun),
        path(f"{edit}edit/", _edit_view(register), name=f"{noun}-edit"),
        *([path(f"{edit}delete/", _delete_view(register), name=f"{noun}-delete")] if register.deletable else ()),
    ]


def _chosen(register: Register, request: HttpRequest) -> list[Column]:
    """The columns asked for in the address, in the order of the sheet; always with the one that leads to the record."""
    wanted = set(asked.texts(request, "columns")) & {column.id for column in register.sheet.columns}
    wanted = wanted | {register.title} if wanted else set(register.visible)
    return [column for column in register.sheet.columns if column.id in wanted]


def _seen(register: Register, request: HttpRequest) -> tuple[Any, Any, list[Column]]:
    columns = _chosen(register, request)
    filterset = register.filterset(request.GET, queryset=register.rows(), request=request)
    rows = filterset.qs if filterset.form.is_valid() else register.rows().none()
    first = sorted(columns, key=lambda column: column.id != register.title)
    table = table_for(register.sheet, first, rows, title=register.title, sortable=register.sortable)
    asked.paged(table, request, PER_PAGE)
    return filterset, table, columns


def _list_view(register: Register) -> Callable[..., HttpResponse]:
    @roles(*READERS)
    def listed(request: HttpRequest) -> HttpResponse:
        filterset, table, columns = _seen(register, request)
        chosen = {column.id for column in columns}
        query, names = request.GET.copy(), unit_names()
        query.pop("page", None)
        context = {
            "register": register,
            "filter": filterset,
            "table": table,
            "choice": [(column.id, column.header, column.id in chosen) for column in register.sheet.columns],
            "sort": asked.text(request, "sort"),
            "query": query.urlencode(),
            "may_edit": keeps(request.user, register.sheet.id),
            "kept_by": [names.get(unit, unit) for unit in departments(register.sheet.id)],
            "urls": {
                name: register.url(f"{stem}-{name}")
                for name, stem in (("add", register.noun), ("import", register.plural), ("export", register.plural))
            },
        }
        return render(request, "directory/register_list.html", context)

    return listed


def _export_view(register: Register) -> Callable[..., Any]:
    @roles(*READERS)
    def exported(request: HttpRequest) -> StreamingHttpResponse | FileResponse:
        _filterset, table, columns = _seen(register, request)
        # The same filters, order and columns as on the page; all pages of it.
        records = table.data.data.iterator(chunk_size=2000)
        name = f"{register.sheet.id}-{clock.today():%Y%m%d}"
        if asked.text(request, "format") == "csv":
            answer = StreamingHttpResponse(csv_lines(columns, records), content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
            return answer
        return FileResponse(workbook(register.sheet, columns, records), as_attachment=True, filename=f"{name}.xlsx")

    return exported


def _record_view(register: Register) -> Callable[..., HttpResponse]:
    @roles(*READERS)
    def record(request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(register.rows(), pk=pk)
        context = {
            "register": register,
            "record": found,
            "rows": [(column.header, shown(column, found)) for column in register.sheet.columns],
            "changes": changes_of(found),
            "organisation": getattr(found, "organisation", None),
            "may_edit": not register.gives_rights and keeps(request.user, register.sheet.id),
            "list_url": register.url(register.plural),
            "edit_url": register.url(f"{register.noun}-edit", pk),
            "delete_url": register.url(f"{register.noun}-delete", pk) if register.deletable else "",
        }
        if register.panels:
            context |= register.panels(request, found)
        return render(request, "directory/register_record.html", context)

    return record


def _again(register: Register) -> Callable[[Any], Any]:
    return signed_in_again() if register.gives_rights else lambda view: view


def _edit_view(register: Register) -> Callable[..., HttpResponse]:
    @roles(*KEEPERS)
    @_again(register)
    def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
        require_keeper(request.user, register.sheet.id)
        record = get_object_or_404(register.rows(), pk=pk) if pk else None
        initial = {name: asked.text(request, name) for name in ("organisation", "person") if not pk and name in request.GET}
        form = register.form(request.POST or None, request.FILES or None, instance=record, initial=initial)
        if request.method == "POST":
            count_numbers(numbers_in(form), by=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                saved = register.save(form.instance, by=request.user, seen=form.cleaned_data.get("version"), **_why(request))
            except Overtaken as error:
                return _overtaken(register, request, form, error)
            except Rests as error:
                context = {
                    "register": register,
                    "record": register.rows().get(pk=pk),
                    "form": form,
                    "list_url": register.url(register.plural),
                    "rests": error,
                }
                return render(request, "directory/register_form.html", context, status=409)
            except ValidationError as error:
                form.add_error(None, error.messages)
            except DomainError as error:
                form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
            else:
                messages.success(request, _("已保存“%(name)s”。") % {"name": saved})
                for doubt in form.doubts():
                    messages.warning(request, doubt)
                return redirect(saved.get_absolute_url())
        context = {"register": register, "record": record, "form": form, "list_url": register.url(register.plural)}
        return render(request, "directory/register_form.html", context, status=422 if form.errors else 200)

    return edit


def _why(request: HttpRequest) -> dict[str, str]:
    """The reason of a change on which a case depends, asked for only then."""
    reason = request.POST.get("reason", "").strip()
    return {"reason": reason} if reason else {}


def _overtaken(register: Register, request: HttpRequest, form: RecordForm, error: Overtaken) -> HttpResponse:
    """The page again, with what others changed and what this person typed: nothing is lost and nothing goes back silently."""
    current = register.rows().get(pk=error.current.pk)
    then, who, changes = changed_since(current, error.seen)
    again = form.rebased(current, then, [name for name, _label, _then, _now in changes])
    own = set(type(form)(form.data, instance=then).changed_data) if then is not None else set()
    context = {
        "register": register,
        "record": current,
        "form": again,
        "list_url": register.url(register.plural),
        "overtaken": error,
        "who": who,
        "changes": [(label, before, now, bool(own & set(form.fields_of(name)))) for name, label, before, now in changes],
    }
    return render(request, "directory/register_form.html", context, status=409)


def _delete_view(register: Register) -> Callable[..., HttpResponse]:
    @roles(*KEEPERS)
    @_again(register)
    def delete(request: HttpRequest, pk: int) -> HttpResponse:
        require_keeper(request.user, register.sheet.id)
        record = get_object_or_404(register.rows(), pk=pk)
        if request.method == "POST":
            name, reason = str(record), request.POST.get("reason", "")
            try:
                delete_record(record, by=request.user, reason=reason)
            except Rests as error:
                record = register.rows().get(pk=pk)  # what was not deleted has its key again
                context = {
                    "register": register,
                    "record": record,
                    "dependants": [],
                    "error": error,
                    "list_url": register.url(register.plural),
                }
                return render(request, "directory/register_delete.html", context, status=409)
            messages.success(request, _("已删除“%(name)s”，变更历史仍保留。") % {"name": name})
            return redirect(register.url(register.plural))
        context = {"register": register, "record": record, "dependants": dependants(record), "list_url": register.url(register.plural)}
        return render(request, "directory/register_delete.html", context)

    return delete
