from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quintet.directory.sheets import organisation_name, organisation_reference, person_name, person_reference
from quintet.directory.sheets.columns import Choice, Column, Day, Money, Reference, Text, YesNo
from quintet.directory.sheets.sheet import RowError, Sheet
from quintet.market.models import ProjectMember, TransferProject
from quintet.reading.identifiers import project_number


def _decision_has_reason(values: dict[str, Any]) -> None:
    if values.get("significant_for_local_industry") is not None and not values.get("significance_reason"):
        raise RowError("significance_reason", gettext("认定（或不认定）对本地产业有重大带动作用时，必须写明理由。"))


class ProjectName(Column):
    """The name beside the number, for people who read an export; not read back."""

    def write(self, record: ProjectMember) -> str:
        return record.project.name


PROJECTS = Sheet(
    id="projects",
    title=_("转化项目"),
    model=TransferProject,
    key=("number",),
    in_order=(("registered_on", "accepted_on"),),
    related=("organisation",),
    finish=_decision_has_reason,
    list_url="market:projects",
    columns=(
        Text(id="number", header=_("项目编号"), required=True, longest=40, width=20, canonical=project_number),
        Text(id="name", header=_("项目名称"), required=True, longest=160, width=36, name=True),
        organisation_reference(_("承担单位代码")),
        organisation_name(_("承担单位")),
        YesNo(
            id="transfer_project", header=_("科技成果转化项目"), width=20, help=_("本名录的项目按“是”办理；确认不属于成果转化的填“否”。")
        ),
        YesNo(id="cooperation", header=_("产学研合作")),
        Choice(id="stage", header=_("阶段"), options=TransferProject.Stage.choices),
        Day(id="stage_reached_on", header=_("达到本阶段日期")),
        Day(id="registered_on", header=_("立项日期"), formerly=("备案日期",)),
        Day(id="accepted_on", header=_("验收日期")),
        YesNo(
            id="significant_for_local_industry", header=_("对本地产业有重大带动作用"), width=24, help=_("主管部门的认定；须同时写明理由")
        ),
        Text(id="significance_reason", header=_("认定理由"), longest=500, width=30, lines=True),
        Money(id="total_spending", header=_("项目总投入（元）"), field="total_spending_fen", subject="project"),
        YesNo(id="in_park", header=_("入驻园区")),
        Day(id="entered_park_on", header=_("入驻日期")),
        YesNo(id="overseas_talent", header=_("海外人才项目")),
        YesNo(id="start_up_stage", header=_("处于初创期")),
        Money(id="net_income", header=_("转化净收入（元）"), field="net_income_fen", subject="project"),
        Day(id="net_income_on", header=_("净收入取得日期")),
        YesNo(id="university_result", header=_("成果来自高校院所")),
        YesNo(id="state_institution", header=_("国家设立的高校或研究开发机构"), width=32),
        Money(id="staff_reward", header=_("奖励科研人员金额（元）"), field="staff_reward_fen", subject="project"),
        YesNo(
            id="own_rule_or_agreement",
            header=_("单位有规定或者与科技人员有约定"),
            width=32,
            help=_("指奖励科技人员的办法；有规定或约定的从其规定，没有的适用法定下限；国家设立的高校院所，规定和约定也不得低于法定下限。"),
        ),
    ),
)

MEMBERS = Sheet(
    id="members",
    title=_("项目成员"),
    model=ProjectMember,
    key=("project", "person"),
    related=("project", "person"),
    list_url="market:members",
    columns=(
        Reference(
            id="project",
            header=_("项目编号"),
            model=TransferProject,
            by="number",
            required=True,
            longest=40,
            canonical=project_number,
            width=20,
            missing=_("名录中没有编号为“%(text)s”的项目，请先登记或导入该项目。"),
        ),
        ProjectName(id="project_name", header=_("项目名称"), imported=False, beside="project", width=36),
        person_reference(_("成员证件号码")),
        person_name(_("成员")),
    ),
)

sheets = [PROJECTS, MEMBERS]
