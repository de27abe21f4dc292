import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintet.reading import identifiers
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import (
    account_number,
    contract_number,
    credit_code,
    document_number,
    identity_area,
    identity_check,
    identity_kind,
    identity_number,
    phone_number,
)

pytestmark = pytest.mark.engine_only
NUMBERS = [
    identifiers.document_number,
    identifiers.voucher_number,
    identifiers.contract_number,
    identifiers.certificate_number,
    identifiers.project_number,
]
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(33, 127)})
OTHERWISE = [
    str.lower,
    str.upper,
    lambda text: text.translate(WIDE),
    lambda text: " ".join(text),
    lambda text: f"\ufeff {text}\u200b\n",
    lambda text: "\u2060".join(text),
    lambda text: text.replace("-", "—"),
    lambda text: text.replace("-", "——"),
    lambda text: text.replace("(", "（").replace(")", "）"),
    lambda text: text.replace("(", "〔").replace(")", "〕"),
    lambda text: text.replace("(", "[").replace(")", "]"),
    lambda text: text.replace("(", "【").replace(")", "】"),
]
written = st.text(st.sampled_from("AbZ0189-()号字第盘/._〇"), min_size=1, max_size=30).filter(
    lambda text: any(map(str.isalnum, text)) and not re.search(r"[0-9]{4,}\.0+$", text)
)


def code_of(read, text) -> str:
    with pytest.raises(Unreadable) as refusal:
        read(text)
    return refusal.value.code


@pytest.mark.parametrize("read", NUMBERS)
@given(text=written, change=st.sampled_from(OTHERWISE))
def test_a_number_is_one_however_it_is_typed(read, text: str, change):
    assert read(change(text)) == read(text)


@pytest.mark.parametrize("read", [*NUMBERS, credit_code, identity_number])
@given(text=st.text(max_size=30))
def test_a_canonical_number_is_its_own_form_and_nothing_but_unreadable_is_raised(read, text: str):
    try:
        canonical = read(text)
    except Unreadable:
        return
    assert read(canonical) == canonical


def test_a_document_has_the_brackets_of_official_documents():
    forms = ["盘政发〔2018〕12号", "盘政发[2018]12号", "盘政发（2018）12 号", "盘政发【２０１８】12号", "盘政发﹝2018﹞12号"]
    assert {document_number(form) for form in forms} == {"盘政发〔2018〕12号"}


@pytest.mark.parametrize(
    "brackets", ["〔〕", "[]", "()", "（）", "【】", "［］", "〈〉", "《》", "<>", "＜＞", "❨❩", "⟨⟩", "{}", "〖〗", "︹︺", "﹝﹞"]
)
@pytest.mark.parametrize("end", ["12号", "12", "12号文", "12號", "012号", "第12号", "１２号", "12号文件", " 12 号 "])
@pytest.mark.parametrize("name", ["盘政发", "盤政發"])
def test_a_document_is_one_as_the_standard_for_official_documents_writes_it(brackets: str, end: str, name: str):
    assert document_number(f"{name}{brackets[0]}2018{brackets[1]}{end}") == "盘政发〔2018〕12号"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("盘政发〔2018〕120号", "盘政发〔2018〕120号"), ("盘政发〔2018〕0号", "盘政发〔2018〕0号"), ("盘政发〔2018〕12-1号", "盘政发〔2018〕12-1号"),
        ("盘政发〔18〕12", "盘政发〔18〕12"), ("盘政发2018-12", "盘政发2018-12"), ("〔2018〕12", "〔2018〕12号"), ("盘政发〔2018〕12号函", "盘政发〔2018〕12号函"),
    ],
)  # fmt: skip
def test_other_documents_are_others(text: str, form: str):
    assert document_number(text) == form


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u3000\n", "\u200d\ufe0f"])
def test_nothing_visible_is_no_number(text: str):
    assert code_of(contract_number, text) == "number_empty"


@pytest.mark.parametrize(
    "text", ["-", "—", "/", "无", " 暂无 ", "不详", "n/a", "N.A.", "null", "...", "（）", "无凭证号", "没有文号", "暂无 编号", "无凭证"]
)
@pytest.mark.parametrize("read", NUMBERS)
def test_words_for_nothing_are_named_and_no_number(read, text: str):
    with pytest.raises(Unreadable) as refusal:
        read(text)
    assert (refusal.value.code, refusal.value.values) == ("number_placeholder", {"text": text.strip()})


@pytest.mark.parametrize("text", ["НТ-1", "HT-Α1", "HT-٣", "ΗT-1"])
def test_letters_that_only_look_alike_are_refused(text: str):
    assert code_of(contract_number, text) == "number_letters"


@pytest.mark.parametrize("text", ["2.02103E+17", "2.021E17", "2021031512345679.0", "20210315123456.0", "12345.0", "1234.00"])
def test_a_number_that_lost_its_digits_is_refused(text: str):
    assert code_of(contract_number, text) == "number_lost_digits"


def test_leading_zeros_and_rare_characters_stay():
    assert contract_number("0012") == "0012"
    assert contract_number("𪚥字1号") == "𪚥字1号"


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("9", "91110000600037341L"),
        ("1", "12100000400006127H"),
        ("5", "51110000500021598L"),
        ("N", "N2211103MF2800024"),
        ("Y", "Y1110000000000000"),
    ],
)
def test_credit_codes_of_every_registering_department(first: str, code: str):
    whole = code[:17] + identifiers.credit_check(code[:17])
    assert credit_code(f"{whole[:8]}-{whole[8:17].lower()} {whole[17:]}") == whole
    wrong = "0" if whole[17] != "0" else "1"
    assert code_of(credit_code, whole[:17] + wrong) == "credit_code_check_digit"


def test_published_credit_codes_have_their_check_character():
    assert credit_code("91110000600037341L") == "91110000600037341L"


@pytest.mark.parametrize(
    "text", ["", "9111000060003734", "91110000600037341LL", "9111000O600037341L", "911100006000373I1L", "九1110000600037341L"]
)
def test_what_is_no_credit_code(text: str):
    assert code_of(credit_code, text) == "credit_code"


@pytest.mark.parametrize("number", ["211103197006150007", "211122197503010004", "21999919900615000X"])
def test_an_identity_number_may_be_older_than_its_area(number: str):
    assert identity_number(number.lower()) == number


def test_the_old_form_is_the_same_number():
    number = "110105491231002"
    assert identity_number(number) == "11010519491231002X"
    assert identity_number("110105 19491231 002x") == identity_number(number)


def test_birthdays_at_the_day_and_after_it():
    numbers = {day: f"110105202112{day:02d}001" for day in (5, 6, 7)}
    whole = {day: number + identity_check(number) for day, number in numbers.items()}
    assert identity_number(whole[5], on=date(2021, 12, 6)) == whole[5]
    assert identity_number(whole[6], on=date(2021, 12, 6)) == whole[6]
    assert code_of(lambda number: identity_number(number, on=date(2021, 12, 6)), whole[7]) == "identity_birthday"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("110105194912310021", "identity_check_digit"),
        ("110105194902300021", "identity_birthday"),
        ("110105490230002", "identity_birthday"),
        ("11010519491231002Y", "identity_format"),
        ("1234", "identity_format"),
        ("11010519491231002", "identity_format"),
        ("1101051949123100211", "identity_format"),
        ("护照E1234567", "identity_format"),
        ("ABCDEFGH", "identity_format"),  # no passport is without a digit
        ("00000000", "identity_format"),
        ("E12345", "identity_format"),
        ("E123456789", "identity_format"),
        ("H123456789", "identity_format"),
        ("H123456789012", "identity_format"),
        ("C1234567801", "identity_format"),
        ("H12345678(1)", "identity_format"),
        ("110***********002X", "number_masked"),
        ("1101051949123100**", "number_masked"),
        ("E****5678", "number_masked"),
        ("123456", "identity_format"),
        ("12345678901", "identity_format"),
        ("1234567890AB", "identity_format"),
        ("12345678(B)", "identity_format"),
        ("CAN11010001234", "identity_format"),
        ("CAN1101000123456", "identity_format"),
        ("911124198108030", "identity_birthday"),
    ],
)
def test_what_is_no_identity_number(number: str, code: str):
    assert code_of(identity_number, number) == code


PERMANENT = next(body + identity_check(body) for body in ["91112419810803002"])


@pytest.mark.parametrize(
    ("written", "number", "kind"),
    [
        ("11010519491231002x", "11010519491231002X", "resident"),
        ("110105491231002", "11010519491231002X", "resident"),
        ("81000019980902001" + identity_check("81000019980902001"), None, "residence_permit"),
        ("83000019980902001" + identity_check("83000019980902001"), None, "residence_permit"),
        (PERMANENT, None, "permanent_residence"),
        ("can110100012345", "CAN110100012345", "permanent_residence"),
        ("H12345678", None, "hk_macao_permit"),
        ("m12345678 01", "M12345678", "hk_macao_permit"),
        ("H12345678（01）", "H12345678", "hk_macao_permit"),
        ("H1234567812", "H12345678", "hk_macao_permit"),
        ("12345678", None, "taiwan_permit"),
        ("0012345678", None, "taiwan_permit"),
        ("0012345678(B)", "0012345678B", "taiwan_permit"),
        ("E12345678", None, "passport"),
        ("ea-1234567", "EA1234567", "passport"),
        ("E123456", None, "passport"),
        ("C01X00T47", None, "passport"),
        ("123456789", None, "passport"),
        ("1234567", None, "passport"),
        ("H1234567", None, "passport"),
    ],
)
def test_kinds_of_documents_are_told_apart(written: str, number: str | None, kind: str):
    canonical = identity_number(written)
    assert (canonical, identity_kind(canonical)) == (number or written, kind)
    assert identity_number(canonical) == canonical


@pytest.mark.parametrize("text", ["同上", "无", "ABC", "E12345678901", "A" * 20, "110105"])
def test_what_belongs_to_no_document_is_of_no_kind(text: str):
    assert identity_kind(text) == ""
    assert code_of(identity_number, text) == "identity_format"


@pytest.mark.parametrize(
    ("read", "written", "values"),
    [
        (identity_number, "11010519491231002", {"text": "110…02", "length": 17}),
        (identity_number, "ABCDEF", {"text": "ABCDEF", "length": 6}),
        (identity_number, "ABCDEFG", {"text": "ABC…FG", "length": 7}),
        (identity_number, "110105194902300021", {"text": "19490230"}),
        (identity_number, "110105194912310021", {"text": "110…21"}),
        (identifiers.phone_number, "138-0013-8000 转 1", {"text": "138…转1", "length": 13}),
        (identifiers.account_number, "6222O20000", {"text": "622…00", "length": 10}),
    ],
)
def test_a_refusal_names_what_was_written_and_no_whole_number(read, written: str, values: dict):
    with pytest.raises(Unreadable) as refusal:
        read(written)
    assert refusal.value.values == values


@pytest.mark.parametrize("text", ["ABCDE", "A" * 20, "hh-1234567890"])
def test_what_registers_took_of_old_is_still_looked_up_in_one_form(text: str):
    assert identifiers.identity_key(text) == text.upper().replace("-", "")
    assert identifiers.identity_key(text.lower()) == identifiers.identity_key(text)


@pytest.mark.parametrize("text", ["ABCD", "A" * 21, "A" * 18, "9" * 15])
def test_what_was_never_taken_has_no_form_to_look_it_up_by(text: str):
    with pytest.raises(Unreadable):
        identifiers.identity_key(text)


def test_an_unknown_area_is_remarked_and_not_refused():
    number = "01010519491231002"
    whole = number + identity_check(number)
    remark = identity_area(identity_number(whole))
    assert remark is not None
    assert (remark.code, remark.values) == ("identity_area_unknown", {"area": "010105"})
    assert identity_area("11010519491231002X") is None
    assert identity_area("E1234567") is None


@pytest.mark.parametrize(
    ("read", "written", "expected"),
    [
        (identifiers.account_number, "6222 0200-0000 0001", "6222020000000001"),
        (identifiers.account_number, "６２２２０２００", "62220200"),
        (identifiers.account_number, "1" * 30, "1" * 30),
        (identifiers.phone_number, "138 0000-1234", "13800001234"),
        (identifiers.phone_number, "（0427）２８２１２３４", "04272821234"),
        (identifiers.phone_number, "+86 13800001234", "+8613800001234"),
        (identifiers.phone_number, "\u200b1234567\ufeff", "1234567"),
    ],
)
def test_accounts_and_telephones(read, written: str, expected: str):
    assert read(written) == expected
    assert read(expected) == expected


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (identifiers.account_number, "1" * 7), (identifiers.account_number, "1" * 31), (identifiers.account_number, "6222O20000"),
        (identifiers.account_number, ""), (identifiers.account_number, "٣" * 10), (identifiers.phone_number, "123456"),
        (identifiers.phone_number, "1" * 16), (identifiers.phone_number, "1380000123a"), (identifiers.phone_number, "++13800001234"),
    ],
)  # fmt: skip
def test_what_is_no_account_or_telephone(read, written: str):
    with pytest.raises(Unreadable):
        read(written)


def test_a_telephone_that_became_a_number_is_refused_and_one_with_dots_is_taken():
    with pytest.raises(Unreadable, match="number_lost_digits"):
        phone_number("13800138000.0")
    assert phone_number("138.0013.8000") == "13800138000"


@pytest.mark.parametrize("text", ["123.0", "V1.0", "HT-2021.0", "1.5"])
def test_a_short_number_with_a_point_is_one(text: str):
    assert contract_number(text) == text


@pytest.mark.parametrize(("read", "text"), [(account_number, "****7890"), (phone_number, "138****1234"), (phone_number, "1380013****")])
def test_a_masked_number_is_told_as_one(read: Any, text: str):
    assert code_of(read, text) == "number_masked"
