"""Letters as they are meant: what keyboards, forms and office programs change without changing what was written."""

import re
import unicodedata
from pathlib import Path

# Every bracket that opens or closes and every dash of Unicode that is no bracket or dash after NFKC (`test_letters` counts them).
_OPENING = "([{<〔【〖〘〚〈《〈❨❪❬❮❰❲❴⁅⌈⌊⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⧘⧚⧼⸢⸤⸦⸨⹕⹗⹙⹛༺༼᚛﴿"
_CLOSING = ")]}>〕】〗〙〛〉》〉❩❫❭❯❱❳❵⁆⌉⌋⟆⟧⟩⟫⟭⟯⦄⦆⦈⦊⦌⦎⦐⦒⦔⦖⦘⧙⧛⧽⸣⸥⸧⸩⹖⹘⹚⹜༻༽᚜﴾"
_BRACKETS = {**dict.fromkeys(_OPENING, "("), **dict.fromkeys(_CLOSING, ")")}
_DASHES = dict.fromkeys("‐‑‒–—―−⸺⸻﹘﹣－֊־᐀᠆⸗⸚⹀⹝〜〰゠𐺭⁃˗∼─━~_‿⁀⁔\\", "-")
_DOTS = dict.fromkeys("·•・‧∙⋅●⸱ꞏ᛫◦⦁‣", "·")
_QUOTES = {**dict.fromkeys("“”„‟«»「」『』〝〞〟⹂＂", '"'), **dict.fromkeys("‘’‚‛‹›＇", "'")}
_ZEROS = dict.fromkeys("○◯", "〇")
_SLASHES = dict.fromkeys("∕⁄", "/")
LETTERS = str.maketrans({**_BRACKETS, **_DASHES, **_DOTS, **_QUOTES, **_ZEROS, **_SLASHES})
# Digits and signs of a Chinese keyboard. Not NFKC: it would make 2 of ² and 1 of ①.
WIDE = str.maketrans("０１２３４５６７８９，．－＋／：　−", "0123456789,.-+/: -")
# Radicals and strokes that look like a letter, and traditional letters, each with its one form.
_LINES = (Path(__file__).parent / "variants.txt").read_text("utf-8").splitlines()
VARIANTS = {ord(pair[0]): pair[1] for line in _LINES if not line.startswith("#") for pair in line.split(" ")}
_WITH_VARIANT = frozenset(map(chr, VARIANTS))
_ONE_FORM = {**LETTERS, **VARIANTS}
_BLANKS = re.compile(r"\s+")
_RUN_OF_DASHES = re.compile("-{2,}")
_BROKEN_LINE = re.compile(r"(?<=(\S))[^\S\n\r]*[\r\n\v\f\x85\u2028\u2029]\s*(?=(\S))")
_POINT_IN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\.(?=[\u4e00-\u9fff])")  # in a name, as some keyboards write it
_MOST_ROUNDS = 6
# What `unified` leaves as it is, told without taking it apart: most of what stands in a register.
_UNIFIED = re.compile(r"(?:[0-9A-Z\u4e00-\u9fff()·/:,#&+'\"]|\.(?![\u4e00-\u9fff])| (?! |$)|-(?!-))*")

is_simplified = _WITH_VARIANT.isdisjoint
"""Whether no letter of a text has another that means the same."""


# Controls, formats and halves of pairs that are no blanks, empty letters, selectors of variants: ranges, as `test_letters` works them out.
_INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]+"
)


def visible(text: str) -> str:
    """Without what nobody sees: zero-width characters, marks of direction, variation selectors, soft hyphens. Blanks stay."""
    return text if text.isprintable() and text.isascii() else _INVISIBLE.sub("", text)


def unified(text: str) -> str:
    """One form for widths, brackets, dashes, dots, quotes, case (upper), blanks, radicals and traditional letters; idempotent.

    Blanks become one blank. A point between two letters of Chinese is the dot of a name.
    """
    if _UNIFIED.fullmatch(text) and text[:1] != " " and is_simplified(text):
        return text
    if text.isascii() and text.isprintable():
        return _RUN_OF_DASHES.sub("-", _BLANKS.sub(" ", text.upper().translate(LETTERS)).strip())
    for _round in range(_MOST_ROUNDS):  # taking a mark away may let two letters join, once or twice
        again = unicodedata.normalize("NFKC", visible(text)).upper().translate(_ONE_FORM)
        again = _POINT_IN_HAN.sub("·", _RUN_OF_DASHES.sub("-", _BLANKS.sub(" ", again).strip()))
        if again == text or (_UNIFIED.fullmatch(again) and is_simplified(again)):
            return again
        text = again
    return text


def narrow(text: str) -> str:
    """Figures as typed on any keyboard, without blanks around and invisible marks; superscripts and circled digits stay what they are."""
    return visible(text).translate(WIDE).strip()


def one_line(text: str) -> str:
    """A text for one line: what is invisible is gone, line breaks and blanks are one blank, none beside a line break in Chinese."""
    if text.isascii() and text.isprintable():
        return _BLANKS.sub(" ", text).strip() if "  " in text else text.strip()
    text = visible(text)
    if text.isprintable() and "  " not in text:  # of the blanks that are no spaces none is printable
        return text.strip()
    return _BLANKS.sub(" ", _BROKEN_LINE.sub(_joined, text)).strip()


def _joined(broken: re.Match[str]) -> str:
    return " " if broken[1].isascii() and broken[2].isascii() else ""
