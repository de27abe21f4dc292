from xml.etree import ElementTree

import pytest
from django.template import Context, Template

from quintet.look import charts


def drawn(chart: charts.Chart) -> ElementTree.Element:
    html = Template("{% load look %}{% chart drawn %}").render(Context({"drawn": chart}))
    assert " style=" not in html
    return ElementTree.fromstring(html)


def test_bars_are_as_long_as_their_values_and_unknown_has_no_bar():
    chart = charts.bars("部门", [charts.Bar(label="甲", value=200), charts.Bar(label="乙", value=50), charts.Bar(label="丙", value=None)])
    widths = [rect.get("width") for rect in drawn(chart).iter("rect") if rect.get("class") == "main"]
    assert widths == ["100.0%", "25.0%", "0.0%"]
    assert [bold.text for bold in drawn(chart).iter("b")] == ["200", "50", "未知"]


def test_a_ceiling_above_all_bars_shortens_them():
    chart = charts.bars("部门", [charts.Bar(label="甲", value=50)], limit=200)
    assert [rect.get("width") for rect in drawn(chart).iter("rect")] == ["100%", "25.0%"]


def test_a_label_cannot_smuggle_markup():
    chart = charts.bars("部门", [charts.Bar(label="<script>", value=1)])
    assert "<script>" not in chart.drawing


def test_a_gap_in_a_line_stays_a_gap():
    chart = charts.lines("兑现", ["1月", "2月", "3月"], [charts.Series(label="实际", values=[1, None, 3])])
    paths = list(drawn(chart).iter("path"))
    assert len(paths) == 2
    assert chart.rows[1] == ["2月", "未知"]


def test_a_drawing_has_a_title_a_description_and_a_table():
    chart = charts.lines("兑现", ["1月", "2月"], [charts.Series(label="实际", values=[1, 2])])
    figure = drawn(chart)
    assert figure.find(".//title").text == "兑现"
    assert figure.find(".//desc").text == "实际: 2"
    assert [cell.text for cell in figure.iter("td")] == ["1", "2"]


def test_a_flow_names_every_stage_and_its_ceiling():
    chart = charts.flow("资金", [charts.Stage(label="安排", value=100), charts.Stage(label="拨付", value=60)], ceiling=80)
    texts = [text.text for text in drawn(chart).iter("text")]
    assert {"安排", "拨付", "100", "60", "上限 80"} <= set(texts)


def test_small_multiples_say_who_is_late():
    chart = charts.multiples("目标", [charts.Panel(title="高企", actual=[1, None], needed=[2, 3], late=True)])
    assert "late" in drawn(chart).find(".//div[@class='multiples']/div").get("class")


@pytest.mark.parametrize("values", [[], [None], [0], [0.5]])
def test_charts_of_little_can_be_drawn(values: list):
    drawn(charts.lines("空", [str(n) for n in range(len(values))], [charts.Series(label="实际", values=values)]))
    drawn(charts.bars("空", [charts.Bar(label="甲", value=value) for value in values]))
    drawn(charts.multiples("空", [charts.Panel(title="甲", actual=values)]))


def test_a_path_that_has_only_begun_does_not_reach_the_end():
    chart = charts.multiples("目标", [charts.Panel(title="高企", actual=[1, 2], needed=[1, 2, 3, 4])])
    needed, actual = [path.get("d").split("L")[-1].split()[0] for path in drawn(chart).iter("path")]
    assert (float(needed), float(actual)) == (234.0, 82.0)
