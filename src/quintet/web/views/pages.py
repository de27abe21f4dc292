from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from quintet.core.models import Job
from quintet.core.permissions import public
from quintet.look import charts, words


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "web/accessibility.html")


class SampleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("企业名称"), help_text=gettext_lazy("与营业执照一致"))
    kind = forms.ChoiceField(
        label=gettext_lazy("类型"), widget=forms.RadioSelect, choices=[("a", gettext_lazy("企业")), ("b", gettext_lazy("高校"))]
    )
    note = forms.CharField(label=gettext_lazy("说明"), widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label=gettext_lazy("以上内容属实"))


@public
def components(request: HttpRequest) -> HttpResponse:
    """For who draws pages; a city's site does not have it."""
    if settings.PRODUCTION:
        raise Http404
    samples = {"form": SampleForm({"name": ""}), "page": Paginator(range(480), 20).page(7), "day": date(2020, 3, 1)}
    return render(request, "web/components.html", samples | _figures() | _parts() | {"jobs": _jobs()})


def _jobs() -> list[Job]:
    running = Job(kind=_("导入企业名录"), state=Job.State.RUNNING, done=1250, total=5000, message=_("正在核对统一社会信用代码"))
    return [running, Job(kind="", state=Job.State.FAILED, error=_("第 12 行：统一社会信用代码校验位不符。请更正后重新上传。"))]


def _parts() -> dict[str, Any]:
    tree = {
        "text": _("获得高新技术企业奖励 10 万元，须同时满足"),
        "state": "unknown",
        "children": [
            {"text": _("在本市注册"), "state": "met", "value": _("是"), "source": _("企业名录，2020年3月1日")},
            {
                "text": _("满足下列之一"),
                "state": "unknown",
                "children": [
                    {
                        "text": _("研发费用占收入比例"),
                        "state": "unmet",
                        "value": "2.1%",
                        "needed": _("不低于 3%"),
                        "source": _("2019 年年报"),
                    },
                    {"text": _("有效发明专利"), "state": "unknown", "value": None, "needed": _("不少于 1 件")},
                ],
            },
            {"text": _("技术水平由专家认定"), "state": "decision", "needed": _("市科技局认定")},
        ],
    }
    steps = [
        {"label": _("提交"), "state": "done", "date": date(2020, 3, 1)},
        {"label": pgettext("step", "受理"), "state": "done", "date": date(2020, 3, 4)},
        {"label": _("审核"), "state": "current", "note": _("还有 3 个工作日")},
        {"label": _("公示"), "state": "todo"},
        {"label": _("拨付"), "state": "todo"},
    ]
    rungs = [
        {"title": _("科技型中小企业"), "met": 5, "of": 5, "reached": True},
        {
            "title": _("高新技术企业"),
            "met": 6,
            "of": 8,
            "reached": False,
            "amount": words.wan(10_000_000),
            "missing": _("研发费用占比、发明专利"),
        },
        {"title": _("瞪羚企业"), "met": 0, "of": 4, "reached": False, "amount": words.wan(50_000_000)},
    ]
    chips = [
        {"label": _("全部"), "url": "?", "active": True, "count": 128},
        {"label": _("在本月到期"), "url": "?due=month", "active": False, "count": 12},
    ]
    return {
        "tree": tree,
        "steps": steps,
        "rungs": rungs,
        "chips": chips,
        "rows": [(_("统一社会信用代码"), "91210000MA0X0X0X0X"), (_("研发费用"), None)],
    }


def _figures() -> dict[str, Any]:
    departments = [(_("科技局"), 2854), (_("工信局"), 2791), (_("人社局"), 1794), (_("市场监管局"), 3198), (_("财政局"), None)]
    months = [_("%(n)d月") % {"n": n} for n in range(1, 12)]
    actual, plan = [90, 210, 390, 580, 760, 910, 1000, 1120, 1360, 1550, 1710], [120, 280, 430, 580, 700, 850, 990, 1170, 1330, 1500, 1640]
    goals = [
        (_("高新技术企业"), [30, 41, 52], True),
        (_("科技型中小企业"), [80, 130, 190], False),
        (_("技术合同成交额"), [3, 5, None], False),
    ]
    return {
        "bars": charts.bars(
            _("各部门承担资金"),
            [charts.Bar(label=label, value=value, accent=value == 3198) for label, value in departments],
            unit=_("万元"),
            limit=3000,
        ),
        "lines": charts.lines(
            _("财政资金兑现"),
            months,
            [charts.Series(label=_("实际兑现"), values=actual), charts.Series(label=_("年度计划"), values=plan, target=True)],
            unit=_("万元"),
        ),
        "flow": charts.flow(
            _("资金去向"),
            [
                charts.Stage(label=_("预算安排"), value=2000),
                charts.Stage(label=_("已承诺"), value=1650),
                charts.Stage(label=_("已拨付"), value=1200),
                charts.Stage(label=_("已退回"), value=80),
            ],
            unit=_("万元"),
            ceiling=1800,
        ),
        "multiples": charts.multiples(
            _("目标进度"),
            [
                charts.Panel(
                    title=title, actual=actual, needed=[30, 60, 100, 140], labels=["2020", "2021", "2022", "2023"], late=late, url="#"
                )
                for title, actual, late in goals
            ],
        ),
    }
