"""What people type is kept whole or refused; nothing is cut in silence."""

import re
from pathlib import Path
from typing import Any

import pytest

import quintet
from quintet.core import clock, holidays
from quintet.core.errors import DomainError
from quintet.core.models import HolidayPlan, PersonalRequest
from quintet.core.personal_information import LONGEST, ask
from quintet.core.texts import fitting, shortened, within

SOURCE = Path(quintet.__file__).parent


@pytest.mark.parametrize(("text", "kept"), [("", ""), ("字" * 9, "字" * 9), (" " + "字" * 10 + "\n", "字" * 10)])
def test_a_text_up_to_its_length_is_kept_whole(text: str, kept: str):
    assert within(text, 10, label="理由") == kept


def test_a_text_above_its_length_is_refused_with_its_name_and_both_lengths():
    with pytest.raises(DomainError, match=r"理由最多 10 个字，现在是 11 个字") as refused:
        within("字" * 11, 10, label="理由", where="第 3 件")
    assert refused.value.where == "第 3 件"
    assert "没有保存" in refused.value.remedy


def test_a_column_says_how_long_and_under_which_name():
    most = HolidayPlan._meta.get_field("source").max_length
    assert fitting(HolidayPlan, "source", "字" * most) == "字" * most
    with pytest.raises(DomainError, match=f"依据最多 {most} 个字，现在是 {most + 1} 个字"):
        fitting(HolidayPlan, "source", "字" * (most + 1))


@pytest.mark.parametrize(
    ("text", "line"), [("一二三", "一二三"), ("一二三四", "一二三四"), ("一二三四五", "一二三…"), ("一\n二 ", "一 二")]
)
def test_a_line_that_points_at_a_text_shows_that_it_was_cut(text: str, line: str):
    assert shortened(text, 4) == line


def test_no_action_cuts_what_was_typed():
    """`strip()[:n]` and `text[:n]` of what somebody typed; texts are read with `core.texts`."""
    cuts = re.compile(
        r"\.strip\(\)\[:|\b(?:reason|reasons|remark|opinion|finding|contact|reference|memo|text|title|name|source)\[: ?[\w\[\]]+\]"
    )
    folders = ["*/actions.py", "*/actions/*.py", "core/holidays.py", "core/personal_information.py", "core/account_proposals.py"]
    found = [
        f"{path.relative_to(SOURCE).as_posix()}: {line.strip()}"
        for pattern in folders
        for path in SOURCE.glob(pattern)
        for line in path.read_text(encoding="utf-8").splitlines()
        if cuts.search(line)
    ]
    assert found == []


@pytest.mark.django_db
def test_a_request_about_personal_data_is_kept_whole(make_user: Any):
    asker, other = make_user(), make_user()
    with pytest.raises(DomainError, match=f"最多 {LONGEST} 个字"):
        ask(asker, kind="correct", text="字" * (LONGEST + 1), on=clock.today())
    assert not PersonalRequest.objects.exists()
    assert ask(asker, kind="correct", text="字" * LONGEST, on=clock.today()).text == "字" * LONGEST
    assert ask(other, kind="correct", text="字" * (LONGEST - 1), on=clock.today()).text == "字" * (LONGEST - 1)


def test_the_name_of_a_holiday_is_kept_whole():
    assert {name for _day, _works, name in holidays.read_days("2027-01-01 至 2027-01-07 休 " + "节" * 40, 2027)} == {"节" * 40}
    with pytest.raises(DomainError, match=r"节日名称最多 40 个字") as refused:
        holidays.read_days("2027-01-01 至 2027-01-07 休 " + "节" * 41, 2027)
    assert "第 1 行" in refused.value.where
