"""How a stored explanation is read by an enterprise's accountant."""

import pytest
from django.utils import translation

from quintet.policies.queries import tree_said
from quintet.policies.results import _ladder, clause_name, rungs_shown, sentence, shared_limit

TASK = {"id": "T6", "number": "二（二）6", "title": {"zh": "科技型企业梯度培育", "en": "Growth ladder of technology enterprises"}}
FUNDS = {"id": "S2", "number": "三（二）", "title": {"zh": "资金保障", "en": "Money"}}


@pytest.mark.parametrize(
    ("language", "clause", "name"),
    [
        ("zh-hans", TASK, "第6项任务“科技型企业梯度培育”（二（二）6）"),
        ("en", TASK, "task 6 “Growth ladder of technology enterprises” (二（二）6)"),
        ("zh-hans", FUNDS, "三（二） 资金保障"),
        ("en", FUNDS, "三（二） Money"),
    ],
)
def test_a_clause_is_called_by_its_task_and_title(language, clause, name):
    with translation.override(language):
        assert clause_name(clause) == name


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-hans", "可获得 100,000.00 元，依据第6项任务“科技型企业梯度培育”（二（二）6）。"),
        ("en", "Entitled to 100,000.00 yuan, by task 6 “Growth ladder of technology enterprises” (二（二）6)."),
    ],
)
def test_the_sentence_names_the_task_it_rests_on(language, text):
    told = {"zh": "可获得 100,000.00 元（依据二（二）6）。", "en": "Entitled to 100,000.00 yuan (clause 二（二）6)."}
    with translation.override(language):
        assert sentence({"sentence": told, "clause": TASK, "state": "entitled"}) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (279_479_17, "同一单位全年合用上限 500,000.00 元：排在前面的已用 220,520.83 元，这一项还可得 279,479.17 元。"),
        (0, "同一单位全年合用上限 500,000.00 元：排在前面的已用 500,000.00 元，这一项还可得 0.00 元。"),
        (500_000_00, ""),
    ],
)
def test_a_limit_that_others_have_used_is_told(amount, text):
    assert shared_limit({"before_limit": 661_562_50, "limit": 500_000_00, "amount": amount}) == text


def test_without_a_limit_there_is_nothing_to_tell():
    assert shared_limit({"amount": 100_000_00}) == ""


@pytest.mark.parametrize(
    ("kept", "chinese", "english"),
    [
        ("2021-06-01", "人才登记信息，2021年6月1日", "Register of talents, 1 June 2021"),
        ("2021年6月1日", "人才登记信息，2021年6月1日", "Register of talents, 1 June 2021"),
        ("截至 2021-12-06", "人才登记信息，截至2021年12月6日", "Register of talents, As of 6 December 2021"),
        ("截至2021年12月6日", "人才登记信息，截至2021年12月6日", "Register of talents, As of 6 December 2021"),
        ("2020 年", "人才登记信息，2020 年", "Register of talents, 2020"),
        ("2018—2020 年", "人才登记信息，2018—2020 年", "Register of talents, 2018—2020"),
        ("2019 年、2020 年", "人才登记信息，2019 年、2020 年", "Register of talents, 2019, 2020"),
        ("2021-02-30", "人才登记信息，2021-02-30", "Register of talents, 2021-02-30"),
        ("2021-13-45", "人才登记信息，2021-13-45", "Register of talents, 2021-13-45"),
        ("", "人才登记信息", "Register of talents"),
    ],
)
def test_a_source_kept_in_chinese_is_told_in_the_language_of_the_page(kept: str, chinese: str, english: str):
    node = {"text": {"zh": "甲", "en": "A"}, "children": [], "facts": [{"source": "人才登记信息", "period": kept}]}
    for language, told in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            assert tree_said(node)["source"] == told


@pytest.mark.parametrize(
    ("brings", "reached", "told"),
    [
        ([{"amount": 100_000_00, "decision": False}, {"amount": None, "decision": True}], "unmet", "10 万元"),
        ([{"amount": 100_000_00, "decision": True}], "unmet", "最高 10 万元，须认定"),
        ([{"amount": 100_000_00}], "unmet", "10 万元"),
        ([{"amount": 100_000_00, "decision": False}], "met", ""),
        ([{"amount": None, "decision": False}], "unmet", ""),
    ],
    ids=["sure", "to be decided", "kept from before", "reached", "nothing any more"],
)
def test_a_rung_promises_no_sum_as_certain_that_is_still_to_be_decided(brings, reached, told):
    rung = {"label": {"zh": "高新技术企业", "en": "High-tech"}, "met": 1, "of": 2, "reached": reached, "conditions": [], "brings": brings}
    (shown,) = rungs_shown(_ladder({"rungs": [rung]}))
    assert shown["amount"] == told
