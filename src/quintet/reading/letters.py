"""Letters as they are meant: what keyboards, forms and office programs change without changing what was written."""

import re
import unicodedata

_BRACKETS = {**dict.fromkeys("([{〔【〖〘〚❲⦗", "("), **dict.fromkeys(")]}〕】〗〙〛❳⦘", ")")}
_DASHES = dict.fromkeys("‐‑‒–—―−⸺⸻﹘﹣－", "-")
_DOTS = dict.fromkeys("·•・‧∙⋅●⸱ꞏ᛫", "·")
_QUOTES = {**dict.fromkeys("“”„‟«»「」『』〝〞＂", '"'), **dict.fromkeys("‘’‚‛＇", "'")}
_ZEROS = dict.fromkeys("○◯", "〇")
_SLASHES = dict.fromkeys("∕⁄", "/")
LETTERS = str.maketrans({**_BRACKETS, **_DASHES, **_DOTS, **_QUOTES, **_ZEROS, **_SLASHES})
# Digits and signs of a Chinese keyboard. Not NFKC: it would make 2 of ² and 1 of ①.
WIDE = str.maketrans("０１２３４５６７８９，．－＋／：　−", "0123456789,.-+/: -")
_BLANKS = re.compile(r"\s+")
_RUN_OF_DASHES = re.compile("-{2,}")
_BROKEN_LINE = re.compile(r"(?<=(\S))[^\S\n\r]*[\r\n\v\f\x85\u2028\u2029]\s*(?=(\S))")
_MOST_ROUNDS = 6


def visible(text: str) -> str:
    """Without what nobody sees: zero-width characters, marks of direction, variation selectors, soft hyphens. Blanks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter for letter in text if letter.isspace() or not _is_invisible(letter))


def _is_invisible(letter: str) -> bool:
    return (
        unicodedata.category(letter) in ("Cc", "Cf", "Cs") or letter in "\u034f\u115f\u1160\u3164\uffa0\u2800" or _is_selector(ord(letter))
    )


def _is_selector(point: int) -> bool:
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF


def unified(text: str) -> str:
    """One form for widths, brackets, dashes, dots, quotes, case (upper) and blanks; idempotent. Blanks become one blank."""
    if text.isascii() and text.isprintable():
        return _RUN_OF_DASHES.sub("-", _BLANKS.sub(" ", text.upper().translate(LETTERS)).strip())
    for _round in range(_MOST_ROUNDS):  # taking a mark away may let two letters join, once or twice
        again = unicodedata.normalize("NFKC", visible(text)).upper().translate(LETTERS)
        again = _RUN_OF_DASHES.sub("-", _BLANKS.sub(" ", again).strip())
        if again == text:
            return text
        text = again
    return text


def narrow(text: str) -> str:
    """Figures as typed on any keyboard, without blanks around and invisible marks; superscripts and circled digits stay what they are."""
    return visible(text).translate(WIDE).strip()


def one_line(text: str) -> str:
    """A text for one line: what is invisible is gone, line breaks and blanks are one blank, none beside a line break in Chinese."""
    if text.isascii() and text.isprintable():
        return _BLANKS.sub(" ", text).strip() if "  " in text else text.strip()
    return _BLANKS.sub(" ", _BROKEN_LINE.sub(_joined, visible(text))).strip()


def _joined(broken: re.Match[str]) -> str:
    return " " if broken[1].isascii() and broken[2].isascii() else ""
