from django.utils.translation import gettext_lazy as _

from quintet.directory.forms.records import form_for
from quintet.directory.views.registers import Register
from quintet.market.filters import ProjectFilter
from quintet.market.sheets import PROJECTS as SHEET

PROJECTS = Register(
    sheet=SHEET,
    namespace="market",
    noun="project",
    plural="projects",
    form=form_for(SHEET, *(column.target for column in SHEET.columns if column.imported)),
    filterset=ProjectFilter,
    visible=("number", "name", "organisation_name", "stage", "registered_on", "total_spending"),
    title="name",
    sortable=("number", "name", "stage", "registered_on"),
    lead=_("科技成果转化项目：先备案，后补助"),
)
