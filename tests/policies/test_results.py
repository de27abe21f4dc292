"""How a stored explanation is read by an enterprise's accountant."""

import pytest
from django.utils import translation

from quintet.policies.results import clause_name, sentence, shared_limit

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
        assert sentence({"sentence": told, "clause": TASK}) == text


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
