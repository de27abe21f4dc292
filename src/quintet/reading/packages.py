"""What is in a file of Word, Excel or OFD: told by its parts, and only parts are let in that carry text, pictures and layout.

`python -m quintet.reading.packages` with the file as standard input prints its kind. Macros, sheets of macros (XLM), objects of other
programs (OLE), links to other programs (DDE) and to other files are refused; so is every part nobody needs for a document.
"""

import re
import sys
import zipfile
from collections.abc import Iterator
from typing import IO

from quintet.reading import xlsx
from quintet.reading.errors import Unreadable, short
from quintet.reading.processes import failure, limit, lines_of, told

MOST_XML = 100_000_000  # of a part with text
_OFFICE = r"application/vnd\.openxmlformats-officedocument\."
_ALLOWED = re.compile(
    rf"{_OFFICE}(wordprocessingml|spreadsheetml|drawingml|presentationml)\.[a-z.\-]+\+xml|"
    rf"{_OFFICE}(spreadsheetml|wordprocessingml|presentationml)\.printersettings|"
    rf"{_OFFICE}(extended-properties|custom-properties|drawing|theme|themeoverride|customxmlproperties|obfuscatedfont|vmldrawing)(\+xml)?|"
    r"application/vnd\.openxmlformats-package\.(relationships|core-properties|digital-signature-[a-z]+)(\+xml)?|"
    r"application/vnd\.ms-office\.(chartstyle|chartcolorstyle|chartex|drawingml\.[a-z.]+|classificationlabels)\+xml|"
    r"application/vnd\.ms-excel\.(threadedcomments|person|slicer|slicercache|timeline|timelinecache|rdrichvalue[a-z]*|richvalue[a-z]*|"
    r"rdarray|rdsupportingpropertybag[a-z]*|namedsheetviews|calcchain|controlproperties)\+xml|"
    r"application/vnd\.wps-officedocument\.cellimage\+xml|"  # pictures that WPS keeps in cells
    r"application/vnd\.ms-word\.(commentsextended|commentsids|commentsextensible|people|styleswitheffects)\+xml|"
    r"application/(xml|x-fontdata|x-font-ttf|vnd\.ms-opentype)|text/xml|image/[a-z0-9.+\-]+"
)
_REFUSED_TYPES = re.compile(
    r"externallink|macro|vba|oleobject|activex|connections|querytable|dialogsheet|attachedtoolbars|keymap|webextension"
)
_REFUSED_RELATIONS = re.compile(
    r"vba|macro|oleobject|package$|control$|activex|externallink|dialogsheet|chunk|attachedtoolbars|keymap|extensibility|webextension|"
    r"connections|querytable",
    re.IGNORECASE,
)
_REFUSED_NAMES = re.compile(r"vbaproject|macrosheets/|dialogsheets/|activex/|/embeddings/|externallinks/|customui", re.IGNORECASE)
# Fields of Word that call programs or bring in other files; QUOTE with numbers of letters spells such a field.
_CALLING_FIELD = re.compile(
    r'(?:^|\0)\s*"?(DDE(?:AUTO)?|LINK|DATABASE|INCLUDE(?:TEXT|PICTURE)?|IMPORT|RD|HTMLCONTROL|EMBED)(?![A-Za-z])', re.IGNORECASE
)
_SPELLED_FIELD = re.compile(r'(?:^|\0)\s*QUOTE\s+"?\s*(?:(?:\d{1,6}|0x[0-9a-f]{1,6})["\s]*)+(?:\\\*\s*\w+\s*)*(?:\0|$)', re.IGNORECASE)
_DDE_FORMULA = re.compile(r"[\w.]+\s*\|[^!]*!", re.DOTALL)
# Functions of Excel that call programs or fetch; newer ones stand behind a prefix (_xlfn.WEBSERVICE).
_CALLING = re.compile(
    r"(?<!\w)(EXEC|CALL|REGISTER(\.ID)?|FOPEN|FWRITE|URLDOWNLOADTOFILE|WEBSERVICE|RTD|IMAGE|PY|SQL\.REQUEST|STOCKHISTORY|TRANSLATE|COPILOT)"
    r"\s*\(",
    re.IGNORECASE,
)
OFD = "http://www.ofdspec.org/2016"


def kind(file: IO[bytes], *, most_bytes: int) -> str:
    """docx, xlsx or ofd, read in a process of its own. Raises Unreadable for everything else."""
    for said in lines_of("packages", file, most_bytes=most_bytes):
        if isinstance(said, dict):
            return str(said["kind"])
    raise Unreadable("file_damaged")


def kind_of(file: IO[bytes]) -> str:
    """The kind of an archive by its parts. Raises Unreadable."""
    archive = xlsx.open_archive(file)
    names = set(archive.namelist())
    if "OFD.xml" in names:
        return _ofd(archive)
    if "mimetype" in names:
        with archive.open("mimetype") as said:
            if said.read(40).startswith(b"application/vnd.oasis.opendocument"):
                raise Unreadable("package_open_document")
    if "[Content_Types].xml" not in names:
        raise Unreadable("package_other")
    main = next((path for word, path in xlsx.relations(archive, "").values() if word == "officeDocument"), "")
    if not main:
        main = next((path for path in ("word/document.xml", "xl/workbook.xml") if path in names), "")
    types = dict(_types(archive))
    main_type = types.get(f"/{main}".lower(), "")
    xlsx.refuse_macros(archive)
    if main not in names or not main_type:
        raise Unreadable("package_other")
    if main_type.endswith("presentationml.presentation.main+xml"):
        raise Unreadable("package_presentation")
    _check_parts(archive, types)
    if main_type.endswith("wordprocessingml.document.main+xml"):
        _check_fields(archive, types)
        return "docx"
    if main_type.endswith("spreadsheetml.sheet.main+xml"):
        _check_formulas(archive, main, types)
        return "xlsx"
    raise Unreadable("package_other")


def _types(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(path with a slash before it, content type), both in lower case, of every part."""
    defaults, overrides = {}, {}
    for tag, attributes in xlsx.nodes(archive, "[Content_Types].xml"):
        if tag == "Default":
            defaults[attributes.get("Extension", "").lower()] = attributes.get("ContentType", "").lower()
        elif tag == "Override":
            overrides[attributes.get("PartName", "").lower()] = attributes.get("ContentType", "").lower()
    for name in archive.namelist():
        path = f"/{name}".lower()
        if not name.endswith("/") and name != "[Content_Types].xml":
            yield path, overrides.get(path, defaults.get(path.rpartition(".")[2], ""))


def _check_parts(archive: zipfile.ZipFile, types: dict[str, str]) -> None:
    for path, kind in types.items():
        if _REFUSED_NAMES.search(path) or _REFUSED_TYPES.search(kind) or not _ALLOWED.fullmatch(kind):
            raise Unreadable("package_part", part=short(path.lstrip("/")))
    for name in archive.namelist():
        if name.endswith(".rels"):
            _check_relations(archive, name)


def _check_relations(archive: zipfile.ZipFile, name: str) -> None:
    for tag, attributes in xlsx.nodes(archive, name):
        word = attributes.get("Type", "").rpartition("/")[2]
        outside = attributes.get("TargetMode", "Internal") != "Internal"
        if tag == "Relationship" and (_REFUSED_RELATIONS.search(word) or (outside and word != "hyperlink")):
            raise Unreadable("package_part", part=short(f"{word}: {attributes.get('Target', '')}"))


def _check_fields(archive: zipfile.ZipFile, types: dict[str, str]) -> None:
    """No field of Word talks to another program, however its instruction is cut into runs and wherever its part lies."""
    for name in archive.namelist():
        if _is_of(types, name, "wordprocessingml"):
            instructions = _instructions(archive, name)
            if field := _CALLING_FIELD.search(instructions):
                raise Unreadable("package_part", part=field[1].upper())
            if _SPELLED_FIELD.search(instructions):
                raise Unreadable("package_part", part="QUOTE")


def _instructions(archive: zipfile.ZipFile, name: str) -> str:
    """The instructions of all fields of a part, a zero character where one begins or ends."""
    pieces: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        local = tag.rpartition("}")[2]
        inside = local in ("instrText", "delInstrText")
        if local in ("imagedata", "fill", "stroke") and "src" in attributes:  # a picture that is in no part of the file
            raise Unreadable("package_part", part=short(attributes["src"]))
        if local in ("fldSimple", "fldChar"):
            pieces.append("\0")
            pieces.extend(value for key, value in attributes.items() if key.endswith("}instr"))

    def end(_tag: str) -> None:
        nonlocal inside
        inside = False

    def text(piece: str) -> None:
        if inside:
            pieces.append(piece)

    xlsx.parse(xlsx.elements(archive, name, most=MOST_XML), start, end, text)
    return "".join(pieces)


def _is_of(types: dict[str, str], name: str, family: str) -> bool:
    """Whether a part may be one of a family by its content type, which is what programs go by, whatever its name; plain XML may be anything."""
    kind = types.get(f"/{name}".lower(), "")
    return (family in kind and kind.endswith("xml") and "sharedstrings" not in kind) or kind in ("application/xml", "text/xml")


def _check_formulas(archive: zipfile.ZipFile, main: str, types: dict[str, str]) -> None:
    """No formula or name of Excel calls a program."""
    for tag, attributes in xlsx.nodes(archive, main):
        if tag == "definedName" and any(attributes.get(key) in ("1", "true") for key in ("xlm", "vbProcedure", "function")):
            raise Unreadable("file_macros")
    for name in archive.namelist():
        if _is_of(types, name, "spreadsheetml"):
            _check_calls(archive, name)


def _check_calls(archive: zipfile.ZipFile, name: str) -> None:
    pieces: list[str] = []
    inside = False

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal inside
        local = tag.rpartition("}")[2]
        inside = local in ("f", "definedName") or local.lower().endswith(("formula", "formula1", "formula2"))
        pieces.clear()

    def end(_tag: str) -> None:
        nonlocal inside
        if inside:
            formula = re.sub(r'"[^"]*"', '""', "".join(pieces))
            if _DDE_FORMULA.search(formula) or _CALLING.search(formula):
                raise Unreadable("package_part", part=short(formula))
        inside = False

    xlsx.parse(xlsx.elements(archive, name), start, end, pieces.append)


def _ofd(archive: zipfile.ZipFile) -> str:
    """GB/T 33190: the root names a document that is there."""
    roots: list[str] = []
    tags: list[str] = []
    pieces: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        tags.append(tag)
        pieces.clear()

    def end(tag: str) -> None:
        if tag == f"{OFD}}}DocRoot":
            roots.append("".join(pieces).strip().lstrip("/"))

    xlsx.parse(xlsx.elements(archive, "OFD.xml", most=1_000_000), start, end, pieces.append)
    if tags[:1] != [f"{OFD}}}OFD"] or not roots or any(root not in archive.NameToInfo for root in roots):
        raise Unreadable("file_damaged")
    return "ofd"


if __name__ == "__main__":
    limit()
    try:
        result = {"kind": kind_of(sys.stdin.buffer)}
    except (Unreadable, MemoryError, RecursionError) as error:
        result = failure(error)
    told(result, sys.stdout)
