import pytest
from hypothesis import given
from hypothesis import strategies as st

from quintet.reading.names import canonical, same

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
