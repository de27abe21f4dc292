from django.utils.translation import gettext_lazy as _

from quintet.directory.forms.records import form_for
from quintet.directory.views.registers import Register
from quintet.talent import filters, sheets

TALENTS = Register(
    sheet=sheets.TALENTS,
    namespace="talent",
    noun="talent",
    plural="talents",
    form=form_for(sheets.TALENTS, *(column.target for column in sheets.TALENTS.columns if column.imported)),
    filterset=filters.TalentFilter,
    visible=("person_name", "category", "organisation_name", "brought_in_on", "contract_years"),
    title="person_name",
    sortable=("category", "brought_in_on"),
    lead=_("引进和培养的高层次人才"),
)
TEAMS = Register(
    sheet=sheets.TEAMS,
    namespace="talent",
    noun="team",
    plural="teams",
    form=form_for(sheets.TEAMS, *(column.target for column in sheets.TEAMS.columns if column.imported)),
    filterset=filters.TeamFilter,
    visible=("name", "organisation_name", "tier", "selected_on"),
    title="name",
    sortable=("name", "tier", "selected_on"),
    lead=_("引进和培养的高水平创新创业团队，分优先、重点、特别三档支持其项目"),
)
