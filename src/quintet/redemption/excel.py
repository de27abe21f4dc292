"""Self-check from a workbook: one sheet a kind of subject, its columns made from the vocabulary of the policy."""

from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.directory.models import Organisation
from quintet.directory.sheets.check import Checked, read_file
from quintet.directory.sheets.columns import CellError, Choice, Column, Day, Money, Number, Text, YesNo
from quintet.directory.sheets.sheet import Sheet
from quintet.directory.sheets.workbook import check_workbook
from quintet.policies.actions import evaluate_and_store
from quintet.policies.engine import FactsError, FactSpec, Policy
from quintet.policies.models import Evaluation
from quintet.policies.queries import problem_said, said

MOST_ROWS = 500
MOST_READ = 5_000  # anybody may hand in a workbook; more than these rows are not even read


def sheet_of(chosen: Policy, subject: str) -> Sheet:
    """The workbook to fill in for one kind of subject: a name, then every fact, all of them optional."""
    spec = chosen.pack.subjects[subject]
    columns = (Text(id="id", header=_("名称"), required=True, longest=100), *(_column(fact) for fact in spec.facts.values()))
    return Sheet(id=f"check-{subject}", title=said(spec.label), model=Organisation, columns=columns, key=("id",))


@dataclass(frozen=True, kw_only=True)
class HalfNumber(Number):
    """Whole and half numbers, such as a score of 70.5."""

    places: int = 1

    def read(self, cell: Any) -> Any:
        tenths = super().read(cell)
        if tenths is None or tenths % 10 == 0:
            return None if tenths is None else tenths // 10
        if tenths % 5:
            raise CellError(_("应为整数或半数，例如 70.5"))
        return f"{tenths // 10}.5"


def _column(fact: FactSpec) -> Column:
    header, help_text = said(fact.label), said(fact.help) or said(fact.question)
    if fact.type.kind == "bool":
        return YesNo(id=fact.name, header=header, help=help_text)
    if fact.type.kind == "date":
        return Day(id=fact.name, header=header, help=help_text, future=True)
    if fact.type.kind == "text":
        return Choice(
            id=fact.name, header=header, help=help_text, options=[(choice, said(words)) for choice, words in fact.choices.items()]
        )
    if fact.type.unit == "yuan":
        return Money(id=fact.name, header=_("%(label)s(元)") % {"label": header}, help=help_text, greatest=fact.high)
    if fact.scale > 1:
        return HalfNumber(id=fact.name, header=header, help=help_text, greatest=fact.high // fact.scale * 10)
    return Number(id=fact.name, header=header, help=help_text, greatest=fact.high)


def evaluate_workbook(
    chosen: Policy, subject: str, file: IO[bytes], size: int, *, on: date, by: User | None
) -> tuple[Checked, Evaluation | None]:
    """The stored result of a filled workbook, or the problems by row and column. Raises DomainError for a file that is refused."""
    check_workbook(file, size)
    checked, rows = read_file(file, sheet_of(chosen, subject), most_rows=MOST_READ)
    if checked.problems:
        return checked, None
    if len(rows) > MOST_ROWS:
        raise DomainError(_("一次最多自测 %(most)d 行。") % {"most": MOST_ROWS}, remedy=_("请分成几个文件。"))
    facts = [{name: value for name, value in row.items() if value is not None and value != ""} for row in rows]
    try:
        return checked, evaluate_and_store(chosen, {subject: facts}, on=on, by=by, title=said(chosen.pack.subjects[subject].label))
    except FactsError as error:
        raise DomainError(
            _("%(row)s：%(problem)s。") % {"row": error.row, "problem": problem_said(error)}, remedy=_("请改正后重新上传。")
        ) from None
