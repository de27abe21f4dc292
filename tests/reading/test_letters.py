"""Every character there is, and texts of many: what is left out, and that the short ways say what the long ones do."""

import random
import re
import sys
import unicodedata

import pytest

from quintet.reading.letters import LETTERS, VARIANTS, is_simplified, one_line, unified, visible

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
        again = " ".join(unicodedata.normalize("NFKC", again).upper().translate(LETTERS).translate(VARIANTS).split())
        while "--" in again:
            again = again.replace("--", "-")
        again = re.sub("(?<=[\u4e00-\u9fff])[.](?=[\u4e00-\u9fff])", "·", again)
        if again == text:
            break
        text = again
    return text


LETTERS_TO_MIX = "AZaz09-- ()·./:,#&+_'\"中文一\n\r\u200b（）—\u3000\t\u00a0①Ａ\u2028〔〕○ﬁß〈》～_\\．遼⼀⻓"


@pytest.mark.parametrize("seed", range(4))
def test_a_text_that_is_unified_already_is_left_as_it_is(seed: int):
    chance = random.Random(seed)
    for _n in range(5_000):
        text = "".join(chance.choice(LETTERS_TO_MIX) for _letter in range(chance.randrange(9)))
        assert unified(text) == slowly_unified(text), repr(text)
        assert unified(unified(text)) == unified(text)


QUOTES = "‚„⹂「」『』〝〞〟﹁﹂﹃﹄｢｣"


@pytest.mark.parametrize(("category", "form"), [("Ps", "("), ("Pe", ")"), ("Pd", "-")])
def test_every_bracket_and_every_dash_there_is_has_one_form(category: str, form: str):
    letters = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) == category]
    assert [letter for letter in letters if unified(f"1{letter}2") != f"1{form}2" and letter not in QUOTES] == []
    assert {unified(letter) for letter in letters if letter in QUOTES} <= set("\"'")


@pytest.mark.parametrize("letter", "⁃_\\〜～-–—−─━~∼˗")
def test_what_people_type_for_a_dash_is_one(letter: str):
    assert unified(f"盘科{letter}2019{letter}{letter}1") == "盘科-2019-1"


def test_every_radical_that_looks_like_a_letter_is_that_letter():
    radicals = [chr(point) for point in range(0x2E80, 0x2FD6) if unicodedata.name(chr(point), "")]
    assert [radical for radical in radicals if unified(radical) == radical] == ["⺀"]
    assert unified("⼀⻓⻋⾦金") == "一长车金金"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("遼寧省瀋陽市", "辽宁省沈阳市"),
        ("盤錦創新創業", "盘锦创新创业"),
        ("合同編號", "合同编号"),
        ("後勤服務", "后勤服务"),
        ("鍾餘", "钟余"),
    ],
)
def test_traditional_letters_are_read_as_simplified_ones(written: str, meant: str):
    assert unified(written) == meant
    assert (is_simplified(written), is_simplified(meant)) == (False, True)


@pytest.mark.parametrize("text", ["乾坤", "昇阳", "於氏", "著作", "瞭望", "名藉", "徵羽", "喆堃"])
def test_letters_that_simplified_texts_use_as_well_stay(text: str):
    assert unified(text) == text


def test_a_letter_with_another_form_leads_to_its_one_form_at_once():
    assert [
        chr(letter) for letter, form in VARIANTS.items() if not is_simplified(form) or unicodedata.normalize("NFKC", form) != form
    ] == []
    assert len(VARIANTS) > 3_000


@pytest.mark.parametrize(
    ("text", "form"),
    [("阿依古丽．买买提", "阿依古丽·买买提"), ("阿依古丽.买买提", "阿依古丽·买买提"), ("甲.A", "甲.A"), ("V1.5", "V1.5"), ("1.甲", "1.甲")],
)
def test_a_point_between_two_letters_of_chinese_is_the_dot_of_a_name(text: str, form: str):
    assert unified(text) == form


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a  b ", "a b"), ("示借\nA", "示借A"), ("a\n b", "a b"), ("示\u3000\u3000借", "示 借"), ("示\u3000借", "示 借"), ("a\tb", "a b"),
        ("示\u200b借", "示借"), ("", ""), ("\n", ""), ("a\u00a0b", "a b"), ("示 借", "示 借"), ("a\u2028b", "a b"),
    ],
)  # fmt: skip
def test_a_text_for_one_line(text: str, line: str):
    assert one_line(text) == line
