import django_filters as filters
from django.utils.translation import gettext_lazy as _

from quintet.directory.filters import ChoiceFilter, OrganisationTextFilter, date_filter
from quintet.market.models import TransferProject


class ProjectFilter(filters.FilterSet):
    q = OrganisationTextFilter("name", "number", label=_("项目名称、编号、承担单位名称或代码"))
    stage = ChoiceFilter(label=_("阶段"), choices=TransferProject.Stage.choices)
    registered_from = date_filter("registered_on", _("立项日期自"), "gte")


class MemberFilter(filters.FilterSet):
    q = OrganisationTextFilter(
        "project__name", "project__number", "person__name", label=_("项目、承担单位或姓名"), organisation="project__organisation"
    )
