"""Every character there is, and texts of many: what is left out, and that the short ways say what the long ones do."""

import random
import sys
import unicodedata

import pytest

from quintet.reading.letters import LETTERS, one_line, unified, visible

pytestmark = pytest.mark.engine_only
EMPTY = "\u034f\u115f\u1160\u3164\uffa0\u2800"  # letters, by their category, that nobody sees
SELECTORS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
NEWER = {*range(0x13439, 0x13440)}  # formats of hieroglyphs, in Unicode since 15.0


def is_seen(letter: str) -> bool:
    if letter.isspace():
        return True
    return not (unicodedata.category(letter) in ("Cc", "Cf", "Cs") or letter in EMPTY or ord(letter) in SELECTORS | NEWER)


def test_what_nobody_sees_is_left_out_and_nothing_else():
    letters = [chr(point) for point in range(sys.maxunicode + 1)]
    assert [hex(ord(letter)) for letter in letters if bool(visible(letter)) != is_seen(letter)] == []


def slowly_unified(text: str) -> str:
    """Every step for every text, until nothing changes."""
    for _round in range(6):
        again = "".join(letter for letter in text if is_seen(letter))
        again = " ".join(unicodedata.normalize("NFKC", again).upper().translate(LETTERS).split())
        while "--" in again:
            again = again.replace("--", "-")
        if again == text:
            break
        text = again
    return text


LETTERS_TO_MIX = "AZaz09-- ()·./:,#&+_'\"中文一\n\r\u200b（）—\u3000\t\u00a0①Ａ\u2028〔〕○ﬁß"


@pytest.mark.parametrize("seed", range(4))
def test_a_text_that_is_unified_already_is_left_as_it_is(seed: int):
    chance = random.Random(seed)
    for _n in range(5_000):
        text = "".join(chance.choice(LETTERS_TO_MIX) for _letter in range(chance.randrange(9)))
        assert unified(text) == slowly_unified(text), repr(text)
        assert unified(unified(text)) == unified(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a  b ", "a b"), ("示借\nA", "示借A"), ("a\n b", "a b"), ("示\u3000\u3000借", "示 借"), ("示\u3000借", "示 借"), ("a\tb", "a b"),
        ("示\u200b借", "示借"), ("", ""), ("\n", ""), ("a\u00a0b", "a b"), ("示 借", "示 借"), ("a\u2028b", "a b"),
    ],
)  # fmt: skip
def test_a_text_for_one_line(text: str, line: str):
    assert one_line(text) == line
