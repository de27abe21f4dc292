"""Identifiers that serve as keys: one canonical form each, however they are typed.

Widths, brackets, blanks, dashes, case, invisible characters, radicals and traditional letters do not tell two numbers apart. Letters of
other alphabets that look like Latin ones are refused. Each function is idempotent and raises `Unreadable`; an empty text is refused.
"""

import re
import unicodedata
from datetime import date
from operator import mul

from quintet.reading.errors import Unreadable, short, veiled
from quintet.reading.letters import is_simplified, unified

DIGITS = 15  # what a figure of a spreadsheet keeps
_CANONICAL = re.compile(
    r"(?:[0-9A-Z\u4e00-\u9fff()/]|\.(?![\u4e00-\u9fff])|-(?!-))+"
)  # told without taking it apart: most numbers of a register
_REWRITTEN = re.compile(r"\d(\.\d+)?E\+?\d+|\d{4,}\.0+")  # by a spreadsheet program that took it for a number
_DOCUMENT = re.compile(r"(.*〔[0-9]{4}〕)第?0*([0-9]{1,9}?)(?:号(?:文件?)?)?")
_FIGURE = re.compile(r"(\d{1,15})\.0+", re.ASCII)  # a whole number as programs write one that may have decimals
# What stands where a number is not known yet, or stands above: two of them are not one number.
PLACEHOLDERS = frozenset(
    "同上 同前 同左 同右 〃 ″ \" '' 待定 待补 待补充 待填 待办 待发 未定 未填 暂缺 缺 空 空白 另附 见附件 见备注 不适用 TBD TODO XX XXX".split()
)
_SEVERAL = re.compile(r"[、;,]")
_MARKED = re.compile(r"""'+(?=[^'])|="(.*)\"|=""")  # how spreadsheet programs are kept from taking a number for a figure
NOTHING = frozenset("无 暂无 没有 不详 不明 不知道 未知 略 N/A NA N.A. NULL NONE NIL".split())
_NO_NUMBER = re.compile(r"(?:无|没有|暂无|尚无|未取得|未编)(?:文号|凭证号?|凭单号?|编号|号码?|证书号?|合同号?|证书编号|合同编号|项目编号)")
_BLANKS_AND_DASHES = re.compile(r"[ \-]")
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_VALUES = {letter: value for value, letter in enumerate(_CREDIT_LETTERS)}
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT = re.compile(rf"[{_CREDIT_LETTERS}]{{2}}\d{{6}}[{_CREDIT_LETTERS}]{{10}}")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_RESIDENT = re.compile(r"\d{17}[\dX]", re.ASCII)
# Permit of Hong Kong and Macao: the person's nine characters, and how often it was renewed. Of Taiwan: eight digits, of old ten and a letter.
_HK_MACAO_PERMIT = re.compile(r"[HM]\d{8}(?:\d\d|\(\d\d\))?", re.ASCII)
_TAIWAN_PERMIT = re.compile(r"\d{8}|\d{10}(?:[A-Z]|\([A-Z]\))?", re.ASCII)
_OLD_PERMANENT_RESIDENCE = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)  # country, then digits
_PASSPORT = re.compile(r"(?=.*\d)[A-Z0-9]{7,9}", re.ASCII)  # ICAO 9303: at most nine, of which some are digits
_OF_OLD = re.compile(r"(?!.{18}$|\d{15}$)[A-Z0-9]{5,20}", re.ASCII)  # what registers took before the kinds were told apart
# First two digits: provinces, Hong Kong, Macao and Taiwan (81 to 83 in residence permits), foreigners (9).
_AREAS = frozenset("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split())


def _number(text: str) -> str:
    if _is_canonical(text):
        return text
    canonical = unified(unified(text).replace(" ", "")).strip("、;,")  # twice: without blanks, dashes may meet
    if marked := _MARKED.match(canonical):
        return _number(marked[1] if marked[1] is not None else canonical[marked.end() :])
    if not canonical:
        raise Unreadable("number_empty")
    if canonical in PLACEHOLDERS or canonical in NOTHING or _NO_NUMBER.fullmatch(canonical) or not any(map(str.isalnum, canonical)):
        raise Unreadable("number_placeholder", text=short(text.strip()))
    if _REWRITTEN.fullmatch(canonical):
        raise Unreadable("number_lost_digits", text=short(canonical))
    for letter in canonical:
        if not letter.isascii() and letter.isalnum() and not _is_han(letter):
            raise Unreadable("number_letters", letter=letter)
    return canonical


def _one(text: str) -> str:
    """A number of a register, of which a cell or a field holds one."""
    number = _number(text)
    if _SEVERAL.search(number):
        raise Unreadable("number_several", text=short(number))
    return number


def _is_canonical(text: str) -> bool:
    return (
        _CANONICAL.fullmatch(text) is not None
        and not _REWRITTEN.fullmatch(text)
        and any(letter in text for letter in "0123456789")
        and is_simplified(text)
    )


def _whole(text: str) -> str:
    """Without blanks and dashes. Raises Unreadable for what a spreadsheet program has made of a long number."""
    number = _BLANKS_AND_DASHES.sub("", unified(text))
    _refuse_rewritten(number)
    return number


def _refuse_rewritten(number: str) -> None:
    if _REWRITTEN.fullmatch(number):
        raise Unreadable("number_lost_digits", text=short(number))


def _is_han(letter: str) -> bool:
    return letter in "〇々" or unicodedata.name(letter, "").startswith("CJK")


def document_number(text: str) -> str:
    """A document of a department as GB/T 9704 (7.2.5) writes it: 盘政发〔2018〕12号.

    The year in hexagonal brackets, the serial number without 第 and without zeros before it, 号 behind it and nothing else (文, 文件).
    """
    number = _one(text).replace("(", "〔").replace(")", "〕")
    parts = _DOCUMENT.fullmatch(number)
    return f"{parts[1]}{parts[2]}号" if parts else number


def voucher_number(text: str) -> str:
    """A voucher of the treasury or a bank."""
    return _one(text)


def contract_number(text: str) -> str:
    """A contract, of a loan or of technology."""
    return _one(text)


def certificate_number(text: str) -> str:
    """A certificate of recognition."""
    return _one(text)


def project_number(text: str) -> str:
    """A project, as its register numbers it."""
    return _one(text)


def row_id(value: str | int | float) -> str:
    """The id of a row of facts, or a reference to one: whatever its register calls it, also as the figure that a spreadsheet made of it.

    1, 1.0 and "1.0" are one, "001" is another. An empty text stays empty.
    """
    if isinstance(value, float):
        if not abs(value) < 10**DIGITS or not value.is_integer():
            raise Unreadable("number_lost_digits", text=short(value))
        return str(int(value))
    text = str(value)
    if _is_canonical(text) and not _FIGURE.fullmatch(text):
        return text
    if not (seen := unified(text)):
        return ""
    if figure := _FIGURE.fullmatch(seen):
        return figure[1]
    return _number(text)


def _not_masked(number: str) -> str:
    if re.search(r"\*\*|[A-Z0-9]\*[A-Z0-9]|^\*|\*$", number):
        raise Unreadable("number_masked")
    return number


def account_number(text: str) -> str:
    """An account at a bank: 8 to 30 digits."""
    number = _not_masked(_whole(text))
    if not re.fullmatch(r"[0-9]{8,30}", number):
        raise Unreadable("account_number", text=veiled(number), length=len(number))
    return number


def phone_number(text: str) -> str:
    """A telephone: 7 to 15 digits, with + before the number of a country."""
    _refuse_rewritten(unified(text).replace(" ", ""))
    number = _not_masked(re.sub(r"[ \-().]", "", unified(text)))
    if not re.fullmatch(r"\+?[0-9]{7,15}", number):
        raise Unreadable("phone_number", text=veiled(number), length=len(number))
    return number


def credit_code(text: str) -> str:
    """A unified social credit code: 18 characters with the check character of GB 32100-2015, whoever registered it (1 to 9, A, N, Y…)."""
    code = _whole(text)
    if not _CREDIT.fullmatch(code):
        raise Unreadable("credit_code", text=short(code))
    if code[17] != credit_check(code):
        raise Unreadable("credit_code_check_digit", text=short(code))
    return code


def credit_check(code: str) -> str:
    """The check character for the first 17 of a credit code."""
    total = sum(map(mul, map(_CREDIT_VALUES.__getitem__, code), _CREDIT_WEIGHTS))
    return _CREDIT_LETTERS[-total % 31]


def identity_number(text: str, *, on: date | None = None) -> str:
    """The number of a document that says who somebody is, in its one form; see `identity_kind` for those that are known.

    The old form of 15 digits is the same number as its 18: century and check digit are added. The two digits behind the number of a permit for
    Hong Kong and Macao count how often it was issued; the number without them is the person's for life. Format, date of birth (up to `on`)
    and check digit are checked; an area code is not, since numbers outlive the areas they name (see `identity_area`).
    """
    number = _not_masked(_whole(text))
    if len(number) == 15 and number.isascii() and number.isdigit():
        number = f"{number[:6]}19{number[6:]}"
        number += identity_check(number)
    if _RESIDENT.fullmatch(number):
        _check_resident(number, on)
        return number
    kind = identity_kind(number)
    if not kind or len(set(number)) == 1:
        raise Unreadable("identity_format", text=veiled(number), length=len(number))
    return number[:9] if kind == "hk_macao_permit" else re.sub(r"[()]", "", number)


def identity_kind(number: str) -> str:
    """What a canonical number belongs to: `resident` (居民身份证), `residence_permit` (港澳台居民居住证), `permanent_residence`
    (外国人永久居留身份证), `hk_macao_permit` (港澳居民来往内地通行证), `taiwan_permit` (台湾居民来往大陆通行证), `passport`; "" for none."""
    if _RESIDENT.fullmatch(number):
        return "permanent_residence" if number[0] == "9" else "residence_permit" if number[:2] in ("81", "82", "83") else "resident"
    if _HK_MACAO_PERMIT.fullmatch(number):
        return "hk_macao_permit"
    if _TAIWAN_PERMIT.fullmatch(number):
        return "taiwan_permit"
    if _OLD_PERMANENT_RESIDENCE.fullmatch(number):
        return "permanent_residence"
    return "passport" if _PASSPORT.fullmatch(number) else ""


def identity_key(text: str) -> str:
    """The form by which a number is looked up: its canonical one, and for what registers took of old the one it had. Raises Unreadable."""
    try:
        return identity_number(text)
    except Unreadable:
        if not _OF_OLD.fullmatch(number := _whole(text)):
            raise
        return number


def _check_resident(number: str, on: date | None) -> None:
    written = number[6:14]
    try:
        birthday = date.fromisoformat(f"{written[:4]}-{written[4:6]}-{written[6:]}")
    except ValueError:
        raise Unreadable("identity_birthday", text=written) from None
    if birthday.year < 1850 or birthday > (on or date(2100, 12, 31)):
        raise Unreadable("identity_birthday", text=written)
    if number[17] != identity_check(number):
        raise Unreadable("identity_check_digit", text=veiled(number))


def identity_check(number: str) -> str:
    """The check character (ISO 7064, MOD 11-2) for the first 17 digits of a resident identity number."""
    total = sum(map(mul, map(int, number[:17]), _IDENTITY_WEIGHTS))
    return "10X98765432"[total % 11]


def zeros_at_the_end(number: str) -> Unreadable | None:
    """A remark where 18 digits end with 000: a spreadsheet program keeps 15 digits of a number and writes zeros for the others."""
    return (
        Unreadable("number_ends_with_zeros", text=number[:6]) if number.endswith("000") and len(number) == 18 and number.isdigit() else None
    )


def identity_doubt(number: str) -> Unreadable | None:
    """What is worth a look in a canonical identity number, and no reason to refuse it."""
    return identity_area(number) or zeros_at_the_end(number)


def area_code(text: str) -> str:
    """The code of a division, an industry or another thing that a table lists: digits and capital letters."""
    return _whole(text)


def identity_area(number: str) -> Unreadable | None:
    """A remark where a canonical resident number begins with no known area: worth a look, never a refusal."""
    if not _RESIDENT.fullmatch(number) or number[:2] in _AREAS or number.startswith("9"):
        return None
    return Unreadable("identity_area_unknown", area=number[:6])
