"""What a number format shows beside a number, and whether the number may be taken for an amount."""

from datetime import date
from typing import Any

import pytest

from quintet.reading import workbooks
from quintet.reading.errors import Unreadable
from quintet.reading.formats import format_of, styled


def cell(code: str, number: int | float) -> Any:
    made = format_of("200", {"200": code})
    stored = styled(number, made) if made else number
    return workbooks._made(stored, False) if isinstance(stored, list) else stored


def amount(code: str, number: int | float) -> Any:
    """What the cell is as an amount; what it shows in the sentence that refuses it."""
    try:
        return workbooks.number_in(cell(code, number))
    except Unreadable as error:
        return error.values.get("shown", error.values["text"])


OTHER_UNIT = [
    *((f'General"{unit}"', 100, f"100{unit}") for unit in ("万元", "万", "亿元", "千元", "百", "十万元", "k", "M", "‰")),
    ('G/通用格式"万元"', 100, "100万元"), ('general"万元"', 2.5, "2.5万元"), ('@"万元"', 100, "100万元"), ('0"万元"', 100, "100万元"),
    ('[=0]"—";General"万元"', 100, "100万元"), ('[>0]General"万元";0', 100, "100万元"), ('[<0]0;General"万元"', 100, "100万元"),
    ('0;0"万元"', -3, "-3万元"), ('[>=10000]0!.0,"万元";0', 12345, "1.2万元"), ('[>=10000]0!.0,"万元";0', 10000, "1.0万元"),
    ('[<1]0;[<10000]0"万元";0"亿元"', 100, "100万元"), ('[<1]0;[<10000]0"万元";0"亿元"', 10000, "10000亿元"), ('[$万元-804]0', 5, "万元5"),
    ("0!.0000", 1234567, "123.4567"), ("#!.0000万", 1234567, "123.4567万"), ("0\\.0,", 1234567, "123.5"), ("#,##0,", 1234567, "1234.567"),
    ("0.00,,", 1234567, "1.234567"), ('0"."0000', 1234567, "123.4567"), ('"万元";0', 5, "万元"), ('0"分"', 5, "5分"), ('0"角"', 5, "5角"),
]  # fmt: skip
OTHER_CURRENCY = [
    ('0" 美元"', 5, "5 美元"), ('"US$"#,##0', 5, "US$5"), ("[$USD] #,##0", 5, "USD 5"), ("$#,##0", 5, "$5"), ("[$€-2] #,##0", 5, "€ 5"),
    ("[$HK$-C04]#,##0", 5, "HK$5"), ('0"港元"', 5, "5港元"), ('0"日元"', 5, "5日元"), ("[$£-809]0", 5, "£5"), ("[$¥-411]#,##0", 5, "¥（日元）5"),
    ("#,##0 [$€-407];-#,##0 [$€-407]", 5, "5 €"), ('0.00"欧元"', 5, "5欧元"), ("\\$0", 5, "$5"), ('0"韩元"', 5, "5韩元"), ('"NT$"0', 5, "NT$5"),
]  # fmt: skip
NO_SUM = [
    ('"约"0', 5, "约5"), ('">"0', 5, ">5"), ('"不超过"0', 5, "不超过5"), ('0"以上"', 5, "5以上"), ("(0)", 5, "(5)"), ('"-"0', 5, "-5"), ("0~", 5, "5~"),
    ("h:mm", 0.5, "12:00"), ("[h]:mm", 0.25, "6:00"), ("[mm]", 0.25, "6:00"), ("yyyy-mm-dd", 100, "1900-04-09"), ("yyyy/m/d", 20211206, "########"),
    ("0%", 0.05, "5%"), ('0"%"', 5, "5%"), ("aaaa", 5, "aaaa"), (";;;", 5, ""), ("[>9]0;[>8]0", 5, "########"), ('"见附件"', 5, "见附件"),
    ('0;0;"无"', 0, "无"), ("[<=5]\"5 及以下\";0", 5, "5 及以下"),
]  # fmt: skip
THE_NUMBER = [
    "General", "G/通用格式", "0", "0.00", "#,##0.00", '#,##0.00"元"', '"¥"#,##0.00_ ', "[$¥-804]#,##0.00", "[$￥-804]#,##0.00;[Red]-#,##0.00", '"￥"0',
    '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ', "#,##0.00_);(#,##0.00)", "[Red]#,##0.00", "[Red]", "@", "", "0.00;@", '0"人"', '0"件"',
    '0"个"', '0"年"', '0"年度"', "0.00E+00", "# ?/?", "# ??/100", '[DBNum2][$-804]General"元整"', '"人民币"0"元"', "[$CNY] 0", '"RMB "0', "+0;-0", "?0.0?",
    '[>=10000]0!.0,"万元";0', '[=0]"—";0', "0;-0;;@",
]  # fmt: skip


@pytest.mark.parametrize(("code", "number", "shown"), [*OTHER_UNIT, *OTHER_CURRENCY, *NO_SUM])
def test_an_amount_that_its_cell_shows_as_another_is_refused_with_what_is_shown(code: str, number: float, shown: str):
    assert amount(code, number) == shown


@pytest.mark.parametrize("code", THE_NUMBER)
def test_an_amount_that_its_cell_shows_is_taken(code: str):
    assert amount(code, 500) == 500


@pytest.mark.parametrize(
    "code",
    ["0.00;-0.00;-", '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ', '[=0]"—";General', "0;-0;;@", "#,##0", '0;0;"–"', "#"],
)
def test_nought_may_be_shown_as_a_dash_or_not_at_all(code: str):
    assert amount(code, 0) == 0


@pytest.mark.parametrize("code", ["#,##0.00_);(#,##0.00)", "0;-0", "0;[Red]0", "¥0;-¥0", "¥0;(¥0)"])
def test_a_negative_amount_is_one_however_it_is_shown(code: str):
    assert amount(code, -5) == -5


@pytest.mark.parametrize(
    ("code", "number", "stored"), [("00000000", 123, "00000123"), ("000", 123, 123), ('0"号"', 5, "5号"), ('"HT-"0', 5, "HT-5")]
)
def test_what_is_shown_for_a_text(code: str, number: int, stored: Any):
    shown = cell(code, number)
    assert (shown.shown if isinstance(shown, workbooks.Shown) else shown) == stored


@pytest.mark.parametrize(
    ("code", "stored"),
    [
        ("yyyy\\-mm\\-dd", 44536),
        ('[$-804]yyyy"年"m"月"d"日"', 44536),
        ("m/d/yy h:mm;@", 44536.75),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", 44536),
    ],
)
def test_a_day_is_one_with_every_format_of_days(code: str, stored: float):
    assert workbooks.day_in(cell(code, stored)) == date(2021, 12, 6)
