"""Lists as workbooks: the city's lines with chosen, stable columns; the entries of a fund."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.directory.divisions import division_name
from quintet.directory.industries import industry_name
from quintet.directory.sheets.write import neutral
from quintet.ledger.models import CommitmentStep, Entry
from quintet.policies.engine import Policy
from quintet.policies.queries import said, task_number
from quintet.redemption.models import Claim, Entitlement

# name → header: the names are stable, whatever the language of the headers.
COLUMNS = {
    "clause": _("条款"), "title": pgettext_lazy("award", "事项"), "organisation": pgettext_lazy("one", "单位"), "code": _("统一社会信用代码"), "subject": _("对象类型"), "name": _("对象"),
    "division": _("区划"), "industry": _("行业"), "state": _("状态"), "amount": _("财政金额（元）"), "before_limit": _("限额前金额（元）"), "own_money": _("不由财政给付的金额（元）"), "budget": _("资金渠道"),
}  # fmt: skip


def is_own_money(line: Entitlement, rules: Mapping[str, Any]) -> bool:
    """Whether a line says what somebody may do with money of their own: nothing that the city gives."""
    return line.rule in rules and not rules[line.rule].is_award


def workbook(lines: QuerySet, columns: Sequence[str], chosen: Policy, *, title: str) -> Any:
    """The lines as a workbook in memory, in the words of the policy; texts can never become formulas, amounts are exact to the fen."""
    words = {
        "title": {rule.id: said(rule.title) for rule in chosen.pack.rules},
        "subject": {subject: said(spec.label) for subject, spec in chosen.pack.subjects.items()},
        "budget": {budget: said(spec.label) for budget, spec in chosen.pack.budgets.items()},
        "own_money": {rule.id: str(_("自有资金")) for rule in chosen.pack.rules if not rule.is_award},
        "clause": {clause: task_number(clause, chosen.pack.document.pack) for clause in chosen.pack.clauses},
    }
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page, bold, money = (
        book.add_worksheet(title[:31]),
        book.add_format({"bold": True, "bg_color": "#dce8f6", "border": 1}),
        book.add_format({"num_format": "#,##0.00"}),
    )
    page.freeze_panes(1, 0)
    for column, name in enumerate(columns):
        page.set_column(column, column, 30 if name in ("title", "organisation", "name") else 18)
        page.write_string(0, column, str(COLUMNS[name]), bold)
    for row, line in enumerate(lines.iterator(chunk_size=2000), 1):
        for column, name in enumerate(columns):
            value = _cell(line, name, words)
            if name in ("amount", "before_limit", "own_money") and value is not None:
                page.write_number(row, column, value / 100, money)
            elif value:
                page.write_string(row, column, str(neutral(value)))
    page.autofilter(0, 0, max(lines.count(), 1), len(columns) - 1)
    book.close()
    file.seek(0)
    return file


def _cell(line: Entitlement, name: str, words: dict[str, dict[str, str]]) -> Any:
    if name in ("title", "subject", "budget", "clause"):
        code = line.rule if name == "title" else getattr(line, name)
        return words[name].get(code, code)
    if name in ("organisation", "code"):
        return "" if line.organisation is None else line.organisation.name if name == "organisation" else line.organisation.code
    if name == "state":
        return (
            words["own_money"].get(line.rule)
            if line.state == Entitlement.State.ENTITLED and line.rule in words["own_money"]
            else line.get_state_display()
        )
    if name in ("amount", "own_money"):
        return line.amount if bool(line.budget) == (name == "amount") else None
    if name == "division":
        return division_name(line.division) if line.division else ""
    if name == "industry":
        return f"{line.industry} {industry_name(line.industry)}" if line.industry else ""
    return getattr(line, name)


ENTRY_COLUMNS: dict[Any, Any] = {
    _("记账日期"): lambda entry: entry.booked_on,
    _("事项"): lambda entry: entry.get_kind_display(),
    _("收款人"): lambda entry: entry.commitment.payee if entry.commitment else "",
    _("条款"): lambda entry: task_number(entry.commitment.clause, entry.commitment.pack) if entry.commitment else "",
    _("区划"): lambda entry: division_name(entry.commitment.division) if entry.commitment and entry.commitment.division else "",
    _("金额（元）"): lambda entry: entry.amount_fen,
    _("文号或凭证号"): lambda entry: entry.reference,
    _("说明"): lambda entry: entry.memo,
    _("记账人"): lambda entry: str(entry.by),
    _("分录号"): lambda entry: str(entry.pk),
}


CLAIM_COLUMNS: dict[Any, Any] = {
    _("编号"): lambda claim: claim.number,
    _("对象"): lambda claim: claim.name,
    _("条款"): lambda claim: task_number(claim.clause, claim.pack),
    _("事项"): lambda claim: claim.rule,
    _("年度"): lambda claim: str(claim.year),
    _("区划"): lambda claim: division_name(claim.division) if claim.division else "",
    _("状态"): lambda claim: claim.get_state_display(),
    _("办理部门"): lambda claim: claim.unit,
    _("办理期限"): lambda claim: claim.due_on,
    _("金额（元）"): lambda claim: claim.amount_fen,
    _("决定金额（元）"): lambda claim: claim.granted_fen,
    _("承诺金额（元）"): lambda claim: claim.committed,
    _("拨付金额（元）"): lambda claim: claim.paid_out,
    _("收回金额（元）"): lambda claim: claim.returned,
    _("提交日期"): lambda claim: claim.submitted_on,
    _("办结日期"): lambda claim: claim.closed_on,
}


def entries_workbook(entries: QuerySet[Entry], *, title: str) -> io.BytesIO:
    """Entries of the books, in the order seen."""
    return _workbook(entries, ENTRY_COLUMNS, title=title)


def claims_workbook(claims: QuerySet[Claim], *, titles: Mapping[str, str], units: Mapping[str, str]) -> io.BytesIO:
    """Claims in the order seen, rules and departments in words; sums as on the pages of the funds, nothing where no money was set aside."""
    words = {_("事项"): lambda claim: titles.get(claim.rule, claim.rule), _("办理部门"): lambda claim: units.get(claim.unit, claim.unit)}
    return _workbook(_with_sums(claims), CLAIM_COLUMNS | words, title=str(_("申报")))


def _with_sums(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    last = CommitmentStep.objects.filter(commitment=OuterRef("commitment")).order_by("-number")
    out = Subquery(last.values(sum=F("paid_fen") + F("returned_fen"))[:1])
    committed = Subquery(last.values(sum=F("open_fen") + F("paid_fen") + F("returned_fen"))[:1])
    return claims.annotate(committed=committed, paid_out=out, returned=Subquery(last.values("returned_fen")[:1]))


def _workbook(records: QuerySet, columns: Mapping[Any, Any], *, title: str) -> io.BytesIO:
    """Texts can never become formulas, amounts (whole numbers, fen) are exact to the fen."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(title[:31])
    bold, money, day = (
        book.add_format(look)
        for look in ({"bold": True, "bg_color": "#dce8f6", "border": 1}, {"num_format": "#,##0.00"}, {"num_format": "yyyy-mm-dd"})
    )
    page.freeze_panes(1, 0)
    page.set_column(0, len(columns) - 1, 20)
    for column, header in enumerate(columns):
        page.write_string(0, column, str(header), bold)
    for row, record in enumerate(records.iterator(chunk_size=2000), 1):
        for column, value in enumerate(read(record) for read in columns.values()):
            if isinstance(value, int):
                page.write_number(row, column, value / 100, money)
            elif isinstance(value, date):
                page.write_datetime(row, column, datetime.combine(value, time.min), day)
            elif value:
                page.write_string(row, column, str(neutral(value)))
    page.autofilter(0, 0, max(records.count(), 1), len(columns) - 1)
    book.close()
    file.seek(0)
    return file
