from django.utils.translation import gettext_lazy as _

from quintet.directory.forms.records import form_for
from quintet.directory.views.registers import Register
from quintet.market import sheets
from quintet.market.filters import MemberFilter, ProjectFilter
from quintet.market.forms import MemberForm

PROJECTS = Register(
    sheet=sheets.PROJECTS,
    namespace="market",
    noun="project",
    plural="projects",
    form=form_for(sheets.PROJECTS, *(column.target for column in sheets.PROJECTS.columns if column.imported)),
    filterset=ProjectFilter,
    visible=("number", "name", "organisation_name", "stage", "registered_on", "total_spending"),
    title="name",
    sortable=("number", "name", "stage", "registered_on"),
    lead=_("科技成果转化项目：先立项，后补助"),
)
MEMBERS = Register(
    sheet=sheets.MEMBERS,
    namespace="market",
    noun="member",
    plural="members",
    form=form_for(sheets.MEMBERS, "project", "person", base=MemberForm),
    filterset=MemberFilter,
    visible=("person_name", "project", "project_name"),
    title="person_name",
    lead=_("谁参加过哪个项目，不论属于哪家单位；评审同一单位的申报时据此回避"),
)
