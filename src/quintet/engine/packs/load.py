"""A pack's folder → `Pack`. Everything that is wrong is collected, then raised together as one PackError."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from quintet.engine.errors import PackError, Problem, nearest
from quintet.engine.packs import model as m
from quintet.engine.packs.home import content_hash, find_pack, pack_files
from quintet.engine.packs.reader import Map, Seq, read_yaml
from quintet.engine.values import BOOL, DATE, EARLIEST, INT64, LATEST, UNITS, Type, days_of, number, parse_quantity

FORMAT = 1
SECTIONS = ("clauses", "subjects", "parameters", "budgets", "definitions", "rules", "duties", "targets", "services", "ladders")
_EMPTY = m.Words("", "")


def used_folders(folder: Path) -> list[Path]:
    """The pack's folder and those of the packs it uses, used ones first."""
    order: list[Path] = []
    _collect(folder, order, [])
    return order


def _collect(folder: Path, order: list[Path], path: list[Path]) -> None:
    if folder in path:
        names = " → ".join(part.name for part in [*path, folder])
        raise PackError([Problem(f"{folder.name}/pack.yaml", 0, f"packs use each other in a circle: {names}.", "Remove one `uses`.")])
    if folder in order:
        return
    head = read_yaml(folder / "pack.yaml", f"{folder.name}/pack.yaml")
    for name in head.get("uses") or ():
        near = folder.parent / str(name)
        _collect(near.resolve() if (near / "pack.yaml").is_file() else find_pack(str(name)), order, [*path, folder])
    order.append(folder)


def load_pack(name: str | Path) -> m.Pack:
    """Read a pack and what it uses. Raises PackError with every problem of form; `check` looks deeper."""
    folder = find_pack(name)
    folders = used_folders(folder)
    loader = _Loader()
    for part in folders:
        loader.read(part)
    if loader.problems:
        raise PackError(loader.problems)
    loader.pack.document = loader.pack.documents[folder.name]
    loader.pack.hash = content_hash(folders)
    return loader.pack


class _Loader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        none: Any = None
        self.pack = m.Pack(none, "", {}, {}, {}, {}, {}, {}, [], [], [], [], {}, {})
        self.document: m.Document = none

    def read(self, folder: Path) -> None:
        head = read_yaml(folder / "pack.yaml", f"{folder.name}/pack.yaml")
        self._head(folder.name, head)
        pending: list[tuple[str, Any, Map]] = []
        for path in pack_files(folder):
            top = (
                head
                if path.name == "pack.yaml" and path.parent == folder
                else read_yaml(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
            )
            for key, section in top.items():
                if key in SECTIONS:
                    pending.append((key, section, top))
                elif top is not head:
                    near = nearest(key, SECTIONS)
                    self.problems.append(
                        top.problem(
                            key, f"`{key}` is not a section.", f"Did you mean {near}?" if near else f"Sections: {', '.join(SECTIONS)}."
                        )
                    )
        for wanted in SECTIONS:
            for key, section, top in pending:
                if key == wanted:
                    for item_id, item in self._items(key, section, top):
                        self._guard(getattr(self, f"_{key}"), item_id, item)

    def _items(self, key: str, section: Any, top: Map) -> list[tuple[str, Map]]:
        if isinstance(section, Map):
            pairs = [(name, item) for name, item in section.items()]
        elif isinstance(section, Seq):
            pairs = [(str(item.get("id", "")) if isinstance(item, Map) else "", item) for item in section]
        else:
            self.problems.append(top.problem(key, f"`{key}` must be a mapping or a list."))
            return []
        good = []
        for name, item in pairs:
            if isinstance(item, Map) and name:
                good.append((name, item))
            else:
                self.problems.append(top.problem(key, f"an entry of `{key}` has no id or is not a mapping.", "Write `id:` and its keys."))
        return good

    def _guard(self, build: Callable[[str, Map], None], name: str, item: Map) -> None:
        try:
            build(name, item)
        except PackError as error:
            self.problems.extend(error.problems)

    def _fail(self, item: Map, key: str | None, text: str, hint: str = "") -> PackError:
        return PackError([item.problem(key, text, hint)])

    # small readers -------------------------------------------------------------------------------------------------

    def _known(self, item: Map, *keys: str) -> None:
        for key in item:
            if key not in keys and key != "id":
                near = nearest(key, keys)
                self.problems.append(
                    item.problem(key, f"`{key}` is not known here.", f"Did you mean {near}?" if near else f"Known: {', '.join(keys)}.")
                )

    def _words(self, item: Map, key: str, *, needed: bool = False) -> m.Words:
        value = item.get(key)
        if value is None:
            if needed:
                raise self._fail(item, key, f"`{key}` is missing.", f"Write `{key}: {{zh: …, en: …}}`.")
            return _EMPTY
        if isinstance(value, Map) and set(value) == {"zh", "en"} and all(isinstance(v, str) for v in value.values()):
            return m.Words(value["zh"], value["en"])
        raise self._fail(item, key, f"`{key}` must have zh and en.", f"Write `{key}: {{zh: …, en: …}}`.")

    def _text(self, item: Map, key: str, default: str | None = None) -> str:
        value = item.get(key, default)
        if value is None:
            raise self._fail(item, key, f"`{key}` is missing.")
        if isinstance(value, (Map, Seq)):
            raise self._fail(item, key, f"`{key}` must be a text.")
        return str(value)

    def _day(self, item: Map, key: str) -> date | None:
        value = item.get(key)
        if value is None:
            return None
        if not isinstance(value, date):
            raise self._fail(item, key, f"`{key}` is not a date.", "Write it like 2020-12-31.")
        if not EARLIEST <= value <= LATEST:
            raise self._fail(item, key, f"{value} lies outside {EARLIEST} to {LATEST}.")
        return value

    def _list(self, item: Map, key: str) -> tuple[str, ...]:
        value = item.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, Seq) or not all(isinstance(v, (str, int)) for v in value):
            raise self._fail(item, key, f"`{key}` must be a list of texts.")
        return tuple(str(v) for v in value)

    def _clause(self, item: Map) -> str:
        clause = self._text(item, "clause")
        if clause not in self.pack.clauses:
            near = nearest(clause, self.pack.clauses)
            raise self._fail(item, "clause", f"there is no clause {clause}.", f"Did you mean {near}?" if near else "Add it to `clauses:`.")
        return clause

    def _units(self, item: Map, key: str) -> tuple[str, ...]:
        units = self._list(item, key)
        for unit in units:
            if unit not in self.pack.units:
                near = nearest(unit, self.pack.units)
                raise self._fail(item, key, f"there is no unit {unit}.", f"Did you mean {near}?" if near else "Add it to `units:`.")
        return units

    def _quantity(self, item: Map, key: str, value: Any, unit: str) -> Fraction:
        try:
            return parse_quantity(value, unit)
        except ValueError as error:
            raise self._fail(item, key, f"{error}.") from None

    def _enum(self, text: str, item: Map, key: str, allowed: Iterable[str]) -> str:
        allowed = tuple(allowed)
        if text not in allowed:
            near = nearest(text, allowed)
            raise self._fail(
                item, key, f"`{key}: {text}` is not known.", f"Did you mean {near}?" if near else f"One of {', '.join(allowed)}."
            )
        return text

    # sections ------------------------------------------------------------------------------------------------------

    def _head(self, name: str, item: Map) -> None:
        self._known(
            item,
            "pack",
            "format",
            "title",
            "number",
            "issuer",
            "region",
            "signed",
            "published",
            "in_force",
            "ends",
            "note",
            "uses",
            "units",
            *SECTIONS,
        )
        if item.get("format") != FORMAT:
            raise self._fail(
                item, "format", f"`format: {item.get('format')}` cannot be read by this version.", f"Write `format: {FORMAT}`."
            )
        if self._text(item, "pack") != name:
            raise self._fail(item, "pack", f"`pack: {item['pack']}` must be the folder's name, {name}.")
        in_force = self._day(item, "in_force")
        if in_force is None:
            raise self._fail(item, "in_force", "`in_force` is missing.", "Write the first day in force.")
        ends = self._day(item, "ends")
        if ends and ends < in_force:
            raise self._fail(item, "ends", "`ends` lies before `in_force`.")
        self.pack.documents[name] = self.document = m.Document(
            name, self._words(item, "title", needed=True), self._text(item, "number", ""), self._words(item, "issuer"), self._text(item, "region", ""),
            self._day(item, "signed"), self._day(item, "published"), in_force, ends, self._words(item, "note"), self._list(item, "uses"),
        )  # fmt: skip
        units = item.get("units") or Map(item.file, item.line)
        for unit in units:
            self.pack.units[unit] = self._words(units, unit, needed=True)

    def _clauses(self, name: str, item: Map) -> None:
        self._known(item, "parent", "number", "title", "gist", "lead", "responsible", "informative")
        if name in self.pack.clauses:
            raise self._fail(item, None, f"clause {name} stands twice.")
        parent = self._text(item, "parent", "")
        if parent and parent not in self.pack.clauses:
            raise self._fail(item, "parent", f"there is no clause {parent} above.", "Parents stand before their children.")
        self.pack.clauses[name] = m.Clause(
            name, parent, self._text(item, "number", name), self._words(item, "title", needed=True), self._words(item, "gist"),
            self._units(item, "lead"), self._units(item, "responsible"), self.document.pack, item.get("informative") is True, item,
        )  # fmt: skip

    def _subjects(self, name: str, item: Map) -> None:
        self._known(item, "label", "refs", "facts")
        subject = self.pack.subjects.get(name)
        if subject is None:
            subject = self.pack.subjects[name] = m.Subject(name, self._words(item, "label", needed=True), {})
        for ref, target in (item.get("refs") or {}).items():
            subject.refs[ref] = self._enum(str(target), item, "refs", [*self.pack.subjects])
        facts = item.get("facts") or Map(item.file, item.line)
        for fact, spec in facts.items():
            if not isinstance(spec, Map):
                raise self._fail(facts, fact, f"fact {fact} must be a mapping.")
            if fact in subject.facts:
                raise self._fail(spec, None, f"fact {fact} of {name} stands twice.")
            if not fact.isidentifier():
                raise self._fail(spec, None, f"`{fact}` cannot be a name.", "Use small letters, digits and _.")
            self._guard(lambda fact_name, fact_item: self._fact(subject, fact_name, fact_item), fact, spec)

    def _fact(self, subject: m.Subject, name: str, item: Map) -> None:
        self._known(item, "type", "range", "label", "question", "help", "choices", "period")
        kind = self._enum(self._text(item, "type"), item, "type", ("bool", "date", "text", *UNITS))
        if kind in ("percent", "ratio"):
            raise self._fail(
                item, "type", f"fact {name} is a share, and facts are whole numbers.", "Ask for the part and the whole, and divide."
            )
        choices: dict[str, m.Words] = {}
        low, high = 0, 0
        if kind == "text":
            listed = item.get("choices")
            if not isinstance(listed, Map) or not listed:
                raise self._fail(
                    item, "choices", f"fact {name} is a text and needs its closed list.", "Write `choices: {national: {zh: …, en: …}}`."
                )
            choices = {choice: self._words(listed, choice, needed=True) for choice in listed}
            type_ = Type("text", choices=tuple(choices))
        elif kind == "bool":
            type_ = BOOL
        elif kind == "date":
            type_, low, high = DATE, days_of(EARLIEST), days_of(LATEST)
        else:
            type_ = number(kind)
            low, high = self._range(item, name, kind)
        label = self._words(item, "label", needed=True)
        subject.facts[name] = m.FactSpec(
            name,
            subject.name,
            type_,
            low,
            high,
            label,
            self._words(item, "question"),
            self._words(item, "help"),
            choices,
            self._text(item, "period", ""),
            item,
        )

    def _range(self, item: Map, name: str, unit: str) -> tuple[int, int]:
        bounds = item.get("range")
        if not isinstance(bounds, Seq) or len(bounds) != 2:
            raise self._fail(
                item,
                "range" if bounds else None,
                f"fact {name} has no range.",
                "Write `range: [least, most]`, so that nothing can overflow.",
            )
        low, high = (self._quantity(item, "range", bound, unit) for bound in bounds)
        if low.denominator != 1 or high.denominator != 1 or low > high or abs(high) > INT64 or abs(low) > INT64:
            raise self._fail(item, "range", f"the range of {name} must be two whole numbers in order, below 2^63.")
        return int(low), int(high)

    def _parameters(self, name: str, item: Map) -> None:
        self._known(item, "clause", "label", "unit", "of", "value", "values", "bands", "map", "list", "treatment", "confirmed", "choices")
        if name in self.pack.parameters:
            raise self._fail(item, None, f"parameter {name} stands twice.")
        unit = self._enum(self._text(item, "unit", "text" if "list" in item else None), item, "unit", ("bool", "date", "text", *UNITS))
        of = self._text(item, "of", "") or None
        shape = next((key for key in ("bands", "map", "list") if key in item), "value")
        dated = self._dated(name, item, shape)
        of_type = self._of(item, of) if of else None
        for entry in dated:
            entry.value = self._shaped(item if entry.at is item else entry.at, entry.value, shape, unit, of_type, item)
        choices = self._list(item, "choices")
        type_ = {"bool": BOOL, "date": DATE}.get(unit) or (Type("text", choices=choices) if unit == "text" else number(unit))
        self.pack.parameters[name] = m.ParameterSpec(
            name, shape, type_, of_type, self._clause(item), self._words(item, "label", needed=True),
            self._words(item, "treatment") if "treatment" in item else None, item.get("confirmed", True) is True, dated, item,
        )  # fmt: skip

    def _of(self, item: Map, of: str) -> Type:
        if of in UNITS:
            return number(of)
        subject, _, fact = of.partition(".")
        if subject in self.pack.subjects and fact in self.pack.subjects[subject].facts:
            return self.pack.subjects[subject].facts[fact].type
        raise self._fail(item, "of", f"`of: {of}` is neither a unit nor subject.fact.")

    def _dated(self, name: str, item: Map, shape: str) -> list[m.Dated]:
        if "values" not in item:
            if shape not in item:
                raise self._fail(item, None, f"parameter {name} has no value.", "Write `value:`, `values:`, `bands:`, `map:` or `list:`.")
            return [m.Dated(None, None, item[shape], item)]
        found = []
        for entry in item["values"] if isinstance(item["values"], Seq) else ():
            if not isinstance(entry, Map):
                raise self._fail(item, "values", "each of `values` needs from and value.")
            self._known(entry, "from", "to", "value")
            found.append(m.Dated(self._day(entry, "from"), self._day(entry, "to"), entry.get("value"), entry))
        if not found:
            raise self._fail(item, "values", f"parameter {name} has no value.")
        found.sort(key=lambda dated: dated.start or EARLIEST)
        for earlier, later in itertools.pairwise(found):
            if later.start is None or (earlier.end is not None and later.start <= earlier.end) or earlier.start == later.start:
                self.problems.append(
                    later.at.problem(
                        "from",
                        f"{name}: the value from {later.start} overlaps the one from {earlier.start or 'the beginning'} to {earlier.end}.",
                        "End one before the other begins.",
                    )
                )
        return found

    def _shaped(self, at: Map, value: Any, shape: str, unit: str, of: Type | None, item: Map) -> Any:
        if shape == "value":
            return self._plain(at, value, unit)
        if shape == "list":
            if not isinstance(value, Seq) or not value:
                raise self._fail(at, "list", "`list` must name at least one choice.")
            if of is not None:
                for choice in value:
                    self._enum(str(choice), item, "list", of.choices)
            return tuple(str(choice) for choice in value)
        if of is None:
            raise self._fail(item, None, "a table needs `of:`, the unit or subject.fact it is read by.")
        if shape == "map":
            if not isinstance(value, Map):
                raise self._fail(at, "map", "`map` must be a mapping from choices to values.")
            for choice in value:
                self._enum(choice, item, "map", of.choices)
            return tuple((choice, self._quantity(value, choice, figure, unit)) for choice, figure in value.items())
        return self._steps(at, value, unit, of)

    def _plain(self, at: Map, value: Any, unit: str) -> Any:
        if unit == "bool":
            if not isinstance(value, bool):
                raise self._fail(at, "value", f"{value!r} is not true or false.")
            return value
        if unit == "date":
            if not isinstance(value, date):
                raise self._fail(at, "value", f"{value!r} is not a date.", "Write it like 2020-12-31.")
            return days_of(value)
        if unit == "text":
            return str(value)
        return self._quantity(at, "value", value, unit)

    def _steps(self, at: Map, value: Any, unit: str, of: Type) -> tuple[tuple[str, Fraction, Fraction], ...]:
        """Bands such as `- [">= 30 %", 20 points]`, the last `- [else, 0 points]`."""
        if not isinstance(value, Seq) or not value:
            raise self._fail(at, "bands", "`bands` must be a list of steps.")
        steps: list[tuple[str, Fraction, Fraction]] = []
        for position, step in enumerate(value):
            if not isinstance(step, Seq) or len(step) != 2:
                raise self._fail(at, "bands", 'each band is `[comparison, value]`, such as `[">= 30 %", 20 points]`.')
            where, figure = str(step[0]).strip(), self._quantity(at, "bands", step[1], unit)
            last = position == len(value) - 1
            if (where == "else") != last:
                raise self._fail(at, "bands", "the last band, and only the last, is `[else, …]`.")
            if last:
                steps.append(("", Fraction(0), figure))
                break
            op = next((sign for sign in ("<=", ">=", "<", ">", "==") if where.startswith(sign)), "")
            if not op:
                raise self._fail(at, "bands", f"{where!r} has no comparison.", "Begin with <= < >= > or ==.")
            bound = self._quantity(at, "bands", where[len(op) :].strip(), of.unit)
            if steps and not _reachable(steps[-1], op, bound):
                self.problems.append(
                    Problem(
                        at.file,
                        value.lines[position],
                        f"the band {where!r} can never be reached.",
                        "An earlier band takes all of it; sort the bands.",
                    )
                )
            steps.append((op, bound, figure))
        return tuple(steps)

    def _subject(self, item: Map) -> str:
        return self._enum(self._text(item, "subject"), item, "subject", self.pack.subjects)

    def _examples(self, item: Map) -> list[m.Example]:
        found = []
        for entry in item.get("examples") or ():
            if not isinstance(entry, Map):
                raise self._fail(item, "examples", "an example needs on, facts and expect.")
            self._known(entry, "title", "on", "facts", "expect", "amount", "value")
            day = self._day(entry, "on")
            if day is None:
                raise self._fail(entry, None, "the example has no date.", "Write `on: 2020-12-31`.")
            expect = self._text(entry, "expect", "") if "expect" in entry else ""
            amount = self._quantity(entry, "amount", entry["amount"], "yuan") if "amount" in entry else None
            values = {"value": entry["value"]} if "value" in entry else {}
            if expect:
                self._enum(expect, entry, "expect", (*m.STATES, "met", "unmet"))
            found.append(
                m.Example(
                    day,
                    dict(entry.get("facts") or {}),
                    expect,
                    None if amount is None else int(amount),
                    values,
                    self._text(entry, "title", ""),
                    entry,
                )
            )
        return found

    def _definitions(self, name: str, item: Map) -> None:
        self._known(item, "subject", "clause", "label", "unit", "formula", "all", "any", "examples")
        if name in self.pack.definitions:
            raise self._fail(item, None, f"definition {name} stands twice.")
        source = next((item[key] if key == "formula" else _alone(item, key) for key in ("formula", "all", "any") if key in item), None)
        if source is None:
            raise self._fail(item, None, f"definition {name} has no formula.", "Write `formula:`, `all:` or `any:`.")
        unit = self._enum(self._text(item, "unit", "bool"), item, "unit", ("bool", "date", *UNITS))
        type_ = {"bool": BOOL, "date": DATE}.get(unit) or number(unit)
        self.pack.definitions[name] = m.Definition(
            name,
            self._subject(item),
            self._clause(item),
            self._words(item, "label", needed=True),
            type_,
            source,
            self._examples(item),
            item,
        )

    def _rules(self, name: str, item: Map) -> None:
        self._known(
            item, "clause", "subject", "title", "kind", "beneficiary", "when", "amount", "decide", "begins", "years", "limit", "once", "group",
            "budget", "right", "what", "next_step", "from", "to", "papers", "way", "examples",
        )  # fmt: skip
        start, end = self._day(item, "from"), self._day(item, "to")
        for other in self.pack.rules:
            if other.id == name and (other.end is None or start is None or start <= other.end):
                raise self._fail(
                    item,
                    "from",
                    f"rule {name} stands twice with overlapping dates.",
                    "Give the earlier one `to:` and the later one `from:`.",
                )
        kind = self._enum(self._text(item, "kind"), item, "kind", m.KINDS)
        if "when" not in item:
            raise self._fail(item, None, f"rule {name} has no `when`.", "Write its conditions, or `when: true`.")
        self._kind_has(item, name, kind)
        subject = self._subject(item)
        limit, decide = item.get("limit"), item.get("decide")
        if "limit" in item and not (isinstance(limit, Map) and {"amount", "per"} <= set(limit)):
            raise self._fail(item, "limit", "`limit` needs amount and per.")
        if "decide" in item and not (isinstance(decide, Map) and {"when", "reason"} <= set(decide)):
            raise self._fail(item, "decide", "`decide` needs when and reason.")
        refs = ["", "self", *self.pack.subjects[subject].refs]
        self.pack.rules.append(
            m.Rule(
                name,
                subject,
                self._clause(item),
                self._words(item, "title", needed=True),
                kind,
                self._enum(self._text(item, "beneficiary", "self"), item, "beneficiary", refs),
                item["when"],
                item.get("amount"),
                decide["when"] if decide else None,
                self._words(decide, "reason", needed=True) if decide else _EMPTY,
                item.get("begins"),
                item.get("years"),
                limit["amount"] if limit else None,
                self._enum(str(limit["per"]), limit, "per", refs) if limit else "",
                self._list(item, "once"),
                self._text(item, "group", ""),
                self._budget(item, kind),
                self._words(item, "right"),
                self._words(item, "what"),
                self._words(item, "next_step"),
                start,
                end,
                [m.Words(p["zh"], p["en"]) for p in item.get("papers") or () if isinstance(p, Map) and {"zh", "en"} <= set(p)],
                self._enum(self._text(item, "way", "ordinary"), item, "way", ("automatic", "fast", "ordinary")),
                self._examples(item),
                item,
            )
        )

    def _kind_has(self, item: Map, name: str, kind: str) -> None:
        needs = {"instalments": ("amount", "begins", "years"), "right": ("right",), "discretionary": ("right",)}.get(kind, ("amount",))
        for key in needs:
            if key not in item:
                raise self._fail(item, "kind", f"rule {name} is of kind {kind} and has no `{key}`.")
        if kind in ("right", "discretionary") and "amount" in item:
            raise self._fail(item, "amount", f"rule {name} is of kind {kind}; it gives no money.", "Remove `amount` or change the kind.")

    def _budget(self, item: Map, kind: str) -> str:
        budget = self._text(item, "budget", "none" if kind in ("right", "discretionary", "floor") else "")
        if budget == "none":
            return ""
        if not budget:
            raise self._fail(item, None, "the rule gives money but names no `budget`.", "Name one of `budgets:`, or `none`.")
        return self._enum(budget, item, "budget", self.pack.budgets)

    def _duties(self, name: str, item: Map) -> None:
        self._known(item, "clause", "text", "lead", "responsible")
        clause = self._clause(item)
        self.pack.duties.append(
            m.Duty(
                name,
                clause,
                self._words(item, "text", needed=True),
                self._units(item, "lead") or self.pack.clauses[clause].lead,
                self._units(item, "responsible") or self.pack.clauses[clause].responsible,
                item,
            )
        )

    def _targets(self, name: str, item: Map) -> None:
        self._known(item, "clause", "label", "measure", "unit", "target", "due", "owner", "method")
        unit = self._enum(self._text(item, "unit"), item, "unit", UNITS)
        text = self._text(item, "target")
        op = next((sign for sign in (">=", "<=", "==") if text.startswith(sign)), "")
        if not op:
            raise self._fail(item, "target", f"{text!r} has no comparison.", "Begin with >=, <= or ==.")
        due = self._day(item, "due")
        if due is None:
            raise self._fail(item, None, f"target {name} has no `due`.")
        clause = self._clause(item)
        owner = self._text(item, "owner", "") or (self.pack.clauses[clause].lead or ("",))[0]
        measure = self._enum(self._text(item, "measure"), item, "measure", ("stock", "cumulative", "per_year", "growth", "ratio", "event"))
        self.pack.targets.append(
            m.Target(
                name,
                clause,
                self._words(item, "label", needed=True),
                measure,
                unit,
                op,
                self._quantity(item, "target", text[2:].strip(), unit),
                due,
                owner,
                self._words(item, "method"),
                item,
            )
        )

    def _services(self, name: str, item: Map) -> None:
        self._known(item, "clause", "label", "text", "lead")
        clause = self._clause(item)
        self.pack.services.append(
            m.Service(
                name,
                clause,
                self._words(item, "label", needed=True),
                self._words(item, "text"),
                self._units(item, "lead") or self.pack.clauses[clause].lead,
                item,
            )
        )

    def _budgets(self, name: str, item: Map) -> None:
        self._known(item, "clause", "label", "ceiling", "funds")
        ceiling = self._text(item, "ceiling", "")
        if ceiling:
            self._enum(ceiling, item, "ceiling", self.pack.parameters)
        funds = item.get("funds") or Map(item.file, item.line)
        self.pack.budgets[name] = m.Budget(
            name,
            self._clause(item),
            self._words(item, "label", needed=True),
            ceiling,
            {fund: self._words(funds, fund, needed=True) for fund in funds},
            item,
        )

    def _ladders(self, name: str, item: Map) -> None:
        self._known(item, "clause", "label", "rungs")
        rungs = []
        for entry in item.get("rungs") or ():
            if not isinstance(entry, Map):
                raise self._fail(item, "rungs", "each rung needs id, label, test.")
            self._known(entry, "label", "subject", "test", "reached", "brings")
            test = self._enum(self._text(entry, "test"), entry, "test", self.pack.definitions)
            rule_ids = [rule.id for rule in self.pack.rules]
            brings = tuple(self._enum(rule, entry, "brings", rule_ids) for rule in self._list(entry, "brings"))
            rungs.append(
                m.Rung(
                    self._text(entry, "id"),
                    self._words(entry, "label", needed=True),
                    self.pack.definitions[test].subject,
                    test,
                    self._text(entry, "reached", ""),
                    brings,
                )
            )
        self.pack.ladders[name] = m.Ladder(name, self._clause(item), self._words(item, "label", needed=True), rungs, item)


def _alone(item: Map, key: str) -> Map:
    """The mapping `{all: …}` or `{any: …}` alone, with its line."""
    alone = Map(item.file, item.lines[key])
    alone[key] = item[key]
    alone.lines[key] = item.lines[key]
    return alone


def _reachable(before: tuple[str, Fraction, Fraction], op: str, bound: Fraction) -> bool:
    """Whether some value passes this step although the step before did not take it."""
    earlier_op, earlier, _ = before
    if earlier_op[0] == ">" and op[0] == ">":
        return bound < earlier or (bound == earlier and earlier_op == ">" and op == ">=")
    if earlier_op[0] == "<" and op[0] == "<":
        return bound > earlier or (bound == earlier and earlier_op == "<" and op == "<=")
    return True
