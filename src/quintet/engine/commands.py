"""The engine's command line: `quintet packs | check | vocabulary | evaluate | explain | batch`. Starts without Django."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quintet.engine.runtime import day_of

if TYPE_CHECKING:
    from quintet.engine.evaluate import Policy


class Day(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    name = "date"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            return day_of(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it like 2020-12-31", param, ctx)


def _settings(values: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value in values:
        name, sign, given = value.partition("=")
        if not sign:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE", param_hint="--set")
        found[name] = given
    return found


pack_argument = click.argument("pack")
facts_option = click.option(
    "--facts", "facts", required=True, type=click.Path(exists=True, path_type=Path), help="JSON or YAML file of facts."
)
day_option = click.option("--on", "on", required=True, type=Day(), help="Date of the evaluation, such as 2020-12-31.")
set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Override a parameter, such as loan_day_basis='365 days'."
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nWhere the site runs:\n  quintet audit verify  the audit chain\n  quintet books         the ledger against the cases",
)
def commands() -> None:
    """Quintet: policy packs checked, asked and explained."""


@commands.command()
def packs() -> None:
    """List the packs that can be used by name."""
    from quintet.engine.evaluate import load
    from quintet.engine.packs.home import installed_packs

    for folder in installed_packs():
        pack = load(folder).pack
        document = pack.document
        ends = document.ends.isoformat() if document.ends else "…"
        click.echo(f"{document.pack}\t{document.number or '—'}\t{document.in_force} – {ends}\t{document.title.zh} / {document.title.en}")


@commands.command()
@pack_argument
def check(pack: str) -> None:
    """Check a pack: names, units, dates, reach, provisions, examples. Exit code 1 when something is wrong."""
    from quintet.engine.evaluate import load
    from quintet.engine.packs.check import check as checked
    from quintet.engine.packs.examples import all_examples

    policy = load(pack)
    problems, notes = checked(policy)
    for problem in problems:
        click.echo(str(problem))
    for note in notes:
        click.echo(f"note: {note}")
    if problems:
        click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}")
        sys.exit(1)
    found = policy.pack
    examples = sum(1 for _ in all_examples(found))
    click.echo(
        f"{found.document.pack}: {len(found.clauses)} clauses, {len(found.rules)} rules, {len(found.parameters)} parameters, {len(found.duties)} duties, {len(found.targets)} targets, {examples} examples: all in order"
    )


@commands.command()
@pack_argument
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def vocabulary(pack: str, as_json: bool) -> None:
    """Subjects and facts a pack reads: type, unit, meaning in Chinese and English."""
    from quintet.engine.vocabulary import vocabulary as words

    found = words(_policy(pack))
    if as_json:
        _print_json(found)
        return
    for subject in found:
        click.echo(f"{subject['subject']}  {subject['label']['zh']} / {subject['label']['en']}")
        for ref, target in subject["refs"].items():
            click.echo(f"  {ref:<28} → {target}")
        for fact in subject["facts"]:
            unit = fact["unit"] or "|".join(fact.get("choices", {})) or fact["type"]
            click.echo(f"  {fact['fact']:<28} {unit:<10} {fact['label']['zh']} / {fact['label']['en']}")


@commands.command()
@pack_argument
@facts_option
@day_option
@set_option
@click.option("--trace", is_flag=True, help="Add the value of every condition and definition (JSON only).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def evaluate(pack: str, facts: Path, on: date, settings: tuple[str, ...], trace: bool, as_json: bool) -> None:
    """What each subject is entitled to on a date."""
    from quintet.engine.evaluate import evaluated, read_facts
    from quintet.engine.quick import shown

    policy, figures = _policy(pack), _settings(settings)
    answer = evaluated(lambda day: policy.program(day, figures), read_facts(facts), on, trace=trace)
    click.echo(shown(policy.program(on, figures).subjects, answer, as_json=as_json), nl=False)


@commands.command()
@pack_argument
@facts_option
@day_option
@set_option
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the sentences.")
@click.option("--json", "as_json", is_flag=True, help="Everything, in both languages, as JSON.")
def explain(pack: str, facts: Path, on: date, settings: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Why: the deciding condition, every input, what is missing."""
    from quintet.engine.evaluate import read_facts, well_formed
    from quintet.engine.explain import explain as explained
    from quintet.engine.report import lines

    policy, figures, rows = _policy(pack), _settings(settings), read_facts(facts)
    well_formed(policy.program(on, figures), rows)
    answer = explained(policy, rows, on, parameters=figures)
    if as_json:
        _print_json(answer)
        return
    for line in lines(answer, lang):
        click.echo(line)


@commands.command()
@pack_argument
@click.option(
    "--facts",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of <subject>.parquet or .csv files.",
)
@day_option
@set_option
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write: .parquet or .csv.")
def batch(pack: str, folder: Path, on: date, settings: tuple[str, ...], output: Path) -> None:
    """Evaluate a whole city from columns; writes one row a subject and rule that is not refused."""
    from quintet.engine.batch import run_batch

    with click.progressbar(length=1000, label=f"{pack} {on}", file=sys.stderr) as bar:
        shown = [0]

        def progress(done: int, total: int) -> None:
            step = done * 1000 // max(total, 1) - shown[0]
            bar.update(step)
            shown[0] += step

        try:
            rows = run_batch(_policy(pack), folder, on, output, parameters=_settings(settings), progress=progress)
        except OSError as error:
            raise click.BadParameter(f"{output} cannot be written: {error}", param_hint="--output") from None
    click.echo(f"{rows:,} outcomes → {output}")


def _policy(pack: str) -> Policy:
    from quintet.engine.evaluate import load

    return load(pack)


def _print_json(value: Any) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=1))
