import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintet.reading.errors import Unreadable
from quintet.reading.names import canonical, is_sum, same, written

pytestmark = pytest.mark.engine_only


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("示例（辽宁）科技有限公司", "示例(辽宁)科技有限公司"),
        ("示例（辽宁）科技有限公司", "示例 (辽宁) 科技有限公司"),
        ("示例（辽宁）科技有限公司", "示例【辽宁】科技有限公司"),
        ("阿依古丽·买买提", "阿依古丽•买买提"),
        ("阿依古丽·买买提", "阿依古丽・买买提"),
        ("Ａ１示例有限公司", "a1示例有限公司"),
        ("示例己\n换行有限公司", "示例己换行有限公司"),
        ("示例庚\u200b零宽有限公司", "示例庚零宽有限公司"),
        ("示例  辛 有限公司", "示例辛有限公司"),
        ("Demo  Tech\tCo.", "DEMO TECH Co."),
        ("示例—Demo", "示例-demo"),
        ("“示例”公司", '"示例"公司'),
    ],
)
def test_one_name_in_two_ways(one: str, other: str):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("示例甲公司", "示例乙公司"), ("Demo Tech", "DemoTech"), ("A1公司", "A2公司"), ("甲(一)公司", "甲一公司")]
)
def test_two_names(one: str, other: str):
    assert not same(one, other)


@given(st.text(max_size=40))
def test_a_canonical_name_is_its_own_form(text: str):
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(st.sampled_from("示例公司()·Aa1 -"), max_size=30))
def test_width_case_and_marks_make_no_other_name(text: str):
    wide = text.replace("(", "（").replace(")", "）").replace("A", "Ａ").replace("·", "•").replace(" ", "\u3000\n")
    assert canonical("\u200b".join(wide).swapcase()) == canonical(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("示例甲公司", "示例甲公司"),
        ("'示例甲公司", "示例甲公司"),
        ("‘ 示例甲公司", "示例甲公司"),
        ("‘示例’甲公司", "‘示例’甲公司"),
        ("O'Brien", "O'Brien"),
        ("示例甲\n公司", "示例甲公司"),
        ("合计软件公司", "合计软件公司"),
        ("无限示例公司", "无限示例公司"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("360示例公司", "360示例公司"),
        ("", ""),
    ],
)
def test_a_name_is_kept_as_it_was_written(text: str, name: str):
    assert written(text) == name
    assert written(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "——",
        "/",
        "……",
        "？",
        "无",
        "暂无",
        "同上",
        "〃",
        "N/A",
        "#N/A",
        "null",
        "NA",
        "待定",
        "123",
        "１２",
        "'-",
        "'无",
        "略",
        "（无）",
    ],
)
def test_what_names_nobody_is_refused_and_named(text: str):
    with pytest.raises(Unreadable) as refusal:
        written(text)
    assert (refusal.value.code, refusal.value.values) == ("name_placeholder", {"text": text.lstrip("'")})


@pytest.mark.parametrize("text", ["合计", "合 计", "小计：", "总计（元）", "本页合计", "共计:", "累计", "合计金额", "'合计"])
def test_a_sum_is_no_name(text: str):
    with pytest.raises(Unreadable, match="name_sum"):
        written(text)
    assert is_sum(text.lstrip("'"))


@pytest.mark.parametrize("text", ["", "计", "合计软件公司", "小计算机公司", "示例公司合计"])
def test_what_is_no_sum(text: str):
    assert not is_sum(text)
