"""Translations without gettext's programs: messages are found, merged and compiled with Babel.

Source text is Simplified Chinese; each context keeps its English in locale/en/LC_MESSAGES/django.po. See docs/how-to/translate.md.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parents[1]
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def contexts() -> list[str]:
    return sorted(path.parent.name for path in SOURCE.glob("*/apps.py"))


def catalog_path(context: str) -> Path:
    return SOURCE / context / "locale/en/LC_MESSAGES/django.po"


def found(context: str) -> Catalog:
    """Every message of a context's Python and templates."""
    catalog = Catalog(locale="en", project="Quintet", charset="utf-8")
    for path in _sources(context):
        text = path.read_text()
        code = templatize(text, origin=str(path)) if path.suffix == ".html" else text
        for _line, message, _comments, message_context in extract("python", BytesIO(code.encode()), keywords=KEYWORDS):
            catalog.add(message, locations=[(str(path.relative_to(SOURCE)), 0)], context=message_context)
    return catalog


def stored(context: str) -> Catalog:
    path = catalog_path(context)
    if not path.exists():
        return Catalog(locale="en", project="Quintet", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale="en")


def merge(context: str) -> int:
    """Bring a context's .po up to its source; translations of messages that are gone are dropped. The number still to translate."""
    fresh, known = found(context), stored(context)
    for message in fresh:
        old = known.get(message.id, message.context) if message.id else None
        if old:
            message.string = old.string
    if len(fresh):
        _write(fresh, catalog_path(context))
    return len(untranslated(fresh))


def untranslated(catalog: Catalog) -> list[str]:
    return [str(message.id) for message in catalog if message.id and not _is_translated(message)]


def _is_translated(message: Message) -> bool:
    return bool(message.string) if isinstance(message.string, str) else bool(message.string) and all(message.string or ())


def compile_changed() -> list[str]:
    """Write each .mo whose .po is newer; the contexts that were compiled."""
    changed = [context for context in contexts() if _is_stale(catalog_path(context))]
    for context in changed:
        with catalog_path(context).with_suffix(".mo").open("wb") as stream:
            write_mo(stream, stored(context))
    return changed


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return po.exists() and (not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime)


def _sources(context: str) -> Iterator[Path]:
    for path in sorted((SOURCE / context).rglob("*")):
        if path.suffix in {".py", ".html"} and "migrations" not in path.parts:
            yield path


def _write(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = BytesIO()
    write_po(lines, catalog, width=140, sort_output=True, omit_header=True, include_lineno=False)
    header = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    path.write_text(header + lines.getvalue().decode().strip() + "\n")
