"""What all parts of the city share: its random numbers, running numbers and the two ways a record is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from quintet.core.models import User
from quintet.demo import fiction
from quintet.demo.accounts import DUTIES
from quintet.directory.actions import save_record, write_records
from quintet.directory.models import Carrier, Level, Organisation, Person, Recognition, YearlyFact
from quintet.directory.permissions import register_of

REASON = "演示数据"
WAN = 10_000 * 100  # fen in ten thousand yuan
Name = YearlyFact.Name
Standing = YearlyFact.Standing
MONEY = {
    Name.REVENUE,
    Name.TOTAL_INCOME,
    Name.HIGH_TECH_INCOME,
    Name.TOTAL_ASSETS,
    Name.TOTAL_COST,
    Name.RD_SPENDING,
    Name.DOMESTIC_RD_SPENDING,
}
SOURCES = {
    Name.IP_CLASS1: "市知识产权局", Name.IP_CLASS2: "市知识产权局", Name.CORE_IP: "市知识产权局", Name.INNOVATION_SCORE: "高新技术企业认定专家评审",
    Name.MAJOR_INCIDENT: "市应急管理局、市生态环境局", Name.NATIONAL_AWARD_5Y: "市科技局", Name.PROVINCIAL_RD_INSTITUTION: "市科技局",
    Name.LED_STANDARD_5Y: "市市场监督管理局",
}  # fmt: skip
HIGH_TECH_AUTHORITY = "省科学技术厅、省财政厅、省税务局"
REPORTS = {Standing.FINAL: "统计年报", Standing.PRELIMINARY: "统计快报", Standing.DECLARED: "企业自报"}
FIGURE_FIELDS = ("organisation_id", "year", "name", "value", "standing", "source", "recorded_on")
FigureRow = tuple[int, int, str, int, int, str, date]
ROWS_AT_ONCE = 2_000


@dataclass
class City:
    seed: int
    accounts: dict[str, User]
    numbers: Any = field(default_factory=lambda: count(1))
    person_numbers: Any = field(default_factory=lambda: count(1))
    certificate_numbers: Any = field(default_factory=lambda: count(1))
    places: dict[str, Organisation] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    @property
    def keeper(self) -> User:
        """An officer of the department that keeps most registers."""
        return self.accounts["demo-officer"]

    def keeper_of(self, register: str) -> User:
        """An officer of the first department that keeps the register."""
        unit = DUTIES[register][0]
        return next(
            account for account in self.accounts.values() if any(g.role == "officer" and g.unit == unit for g in account.grants_today)
        )

    def random(self, part: str) -> Random:
        """Numbers of its own for each part, so that a change of one part leaves the others as they are."""
        return Random(f"{self.seed} {part}")

    def save(self, record: Any) -> Any:
        return save_record(record, by=self.keeper_of(register_of(type(record))), reason=REASON)

    def write(self, records: Sequence[Any]) -> None:
        """Many records by the way of an import."""
        if records:
            write_records(records, by=self.keeper_of(register_of(type(records[0]))), reason=REASON)

    def write_figures(self, rows: Sequence[FigureRow]) -> None:
        """What `write` does with yearly figures, in SQL: a large city has millions, and each has its line in the history, too."""
        fact, history = YearlyFact._meta, YearlyFact.history.model._meta
        columns = ", ".join(FIGURE_FIELDS)
        last = YearlyFact.objects.aggregate(last=Max("pk"))["last"] or 0
        day, now = connection.ops.adapt_datefield_value, connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            for chunk in chunks(rows, ROWS_AT_ONCE):
                values = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(chunk))
                parameters = [value for row in chunk for value in (*row[:-1], day(row[-1]))]
                cursor.execute(f"INSERT INTO {fact.db_table} ({columns}) VALUES {values}", parameters)
            cursor.execute(
                f"INSERT INTO {history.db_table} (id, {columns}, history_date, history_change_reason, history_type, history_user_id)"
                f" SELECT id, {columns}, %s, %s, '+', %s FROM {fact.db_table} WHERE id > %s",
                [now, REASON, self.keeper_of("facts").pk, last],
            )

    def organisation(self, key: str, name: str, **more: Any) -> Organisation:
        found = self.save(self.new_organisation(name, **more))
        self.places[key] = found
        self.names.add(name)
        return found

    def new_organisation(self, name: str, *, code: str = "91", division: str = "211103", **more: Any) -> Organisation:
        return Organisation(
            name=name, division=division, code=fiction.credit_code(next(self.numbers), kind=code, division=division), **more
        )

    def new_person(self, name: str) -> Person:
        number = next(self.person_numbers)
        person = Person(name=name, identity_number=fiction.identity_number(number), phone=fiction.phone(number))
        person.set_hashes()
        return person

    def high_tech(self, organisation: Organisation, granted_on: date) -> Recognition:
        return Recognition(
            organisation=organisation, kind=Recognition.Kind.HIGH_TECH_ENTERPRISE, level=Level.NATIONAL, granted_on=granted_on,
            expires_on=years_later(granted_on, 3) - timedelta(days=1), authority=HIGH_TECH_AUTHORITY, number=f"GR{granted_on.year}21DEM{next(self.certificate_numbers):05d}",
        )  # fmt: skip

    def sme(self, organisation: Organisation, granted_on: date) -> Recognition:
        return Recognition(
            organisation=organisation, kind=Recognition.Kind.TECHNOLOGY_SME, level=Level.NATIONAL, granted_on=granted_on, expires_on=date(granted_on.year + 1, 3, 31),
            authority="省科学技术厅", number=f"{granted_on.year}21DEM{next(self.certificate_numbers):08d}",
        )  # fmt: skip

    def leader(self, organisation: Organisation, granted_on: date) -> Recognition:
        return Recognition(
            organisation=organisation, kind=Recognition.Kind.INNOVATION_LEADER, level=Level.MUNICIPAL, granted_on=granted_on, authority="市科技局",
            number=f"LJ{granted_on.year}DEM{next(self.certificate_numbers):05d}",
        )  # fmt: skip


def carrier(
    organisation: Organisation, name: str, kind: str, level: str, recognised_on: date | None, expires_on: date | None = None
) -> Carrier:
    authority = {"national": "国家主管部门", "provincial": "省主管部门", "municipal": "市科技局"}[level]
    return Carrier(
        organisation=organisation,
        name=name,
        kind=kind,
        level=level,
        recognised_on=recognised_on,
        expires_on=expires_on,
        authority=authority,
    )


def figure_rows(organisation: int, year: int, values: dict[Name, int | float], standing: int = Standing.FINAL) -> Iterator[FigureRow]:
    """Figures of one year as rows of FIGURE_FIELDS; money in ten thousand yuan, the score in points."""
    recorded_on = date(year + 1, 4, 10)
    for name, value in values.items():
        yield (
            organisation,
            year,
            str(name.value),
            _steps(name, value),
            int(standing),
            SOURCES.get(name, REPORTS[Standing(standing)]),
            recorded_on,
        )


def figures(organisation: Organisation, year: int, values: dict[Name, int | float], standing: int = Standing.FINAL) -> list[YearlyFact]:
    return [YearlyFact(**dict(zip(FIGURE_FIELDS, row, strict=True))) for row in figure_rows(organisation.pk, year, values, standing)]


def _steps(name: Name, value: int | float) -> int:
    if name in MONEY:
        return round(value * WAN)
    return round(value * 100) if name == Name.INNOVATION_SCORE else int(value)


def years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def day_in(year: int, random: Random) -> date:
    """A day of the year that is no Saturday or Sunday."""
    day = date(year, 1, 1) + timedelta(days=random.randrange(364))
    return day - timedelta(days=max(0, day.weekday() - 4)) if day.timetuple().tm_yday > 2 else date(year, 1, 4)


def chunks(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
