"""Names of organisations and people: one form for searching and comparing. What was written is kept and shown."""

import re

from quintet.reading.errors import Unreadable, short
from quintet.reading.identifiers import NOTHING, PLACEHOLDERS
from quintet.reading.letters import one_line, unified

_BLANK_BESIDE_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])|(?<=[()·\-]) | (?=[()·\-])")
_SUM = re.compile(
    r"(?:本页|本表|本月|本年|累计|以上|各项|全市|全部)?(?:合计|小计|总计|共计|累计|总和|汇总|总额|总数|平均[值数]?|均值)(?:\(.*\)|数|金额|人数|元)?:?"
    r"|(?:GRAND|SUB)?TOTALS?:?|SUM:?|AVERAGE:?|\((?:空白|BLANK)\)|[行列]标签|(?:ROW|COLUMN)LABELS"  # the latter of pivot tables
)
_MARK_OF_TEXT = re.compile(r"^['‘’＇]+\s*(?=[^'‘’＇]+$)")  # before a cell that a spreadsheet program shall take for a text


def canonical(text: str) -> str:
    """The same for （） and (), · and •, Ａ１ and a1, with line breaks, repeated blanks and invisible characters or without; idempotent.

    Blanks count between Latin words alone. An empty text stays empty.
    """
    name = unified(text)
    joined = _BLANK_BESIDE_HAN.sub("", name)
    return name if joined == name else unified(joined)  # twice: without blanks, dashes may meet


def same(one: str, other: str) -> bool:
    """Whether two texts are one name."""
    return canonical(one) == canonical(other)


def written(text: str) -> str:
    """A name as it is kept: on one line, without the apostrophe that only marks a text. Raises Unreadable for what names nobody: a sum, 同上, 无, N/A, dashes and dots, figures alone."""
    name = _MARK_OF_TEXT.sub("", one_line(text))
    if not name:
        return name
    if is_sum(name):
        raise Unreadable("name_sum", text=short(name))
    plain = canonical(name).replace(" ", "").strip("()")
    if plain in PLACEHOLDERS or plain in NOTHING or plain.lstrip("#") in NOTHING or not any(letter.isalpha() for letter in plain):
        raise Unreadable("name_placeholder", text=short(name))
    return name


def is_sum(text: str) -> bool:
    """Whether a text is the word that stands beside a sum: 合计, 小 计：, 总计（元）, 本页汇总, Total, also as pivot tables have it."""
    return _SUM.fullmatch(canonical(text).replace(" ", "")) is not None
