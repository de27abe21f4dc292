import django_filters as filters
from django.utils.translation import gettext_lazy as _

from quintet.directory.filters import ChoiceFilter, OrganisationTextFilter, date_filter
from quintet.talent.models import Talent, Team


class TalentFilter(filters.FilterSet):
    q = OrganisationTextFilter("person__name", label=_("姓名、用人单位名称或代码"))
    category = ChoiceFilter(label=_("人才类别"), choices=Talent.Category.choices)
    brought_in_from = date_filter("brought_in_on", _("引进日期自"), "gte")


class TeamFilter(filters.FilterSet):
    q = OrganisationTextFilter("name", label=_("团队、依托单位名称或代码"))
    tier = ChoiceFilter(label=_("支持档次"), choices=Team.Tier.choices)
    selected_from = date_filter("selected_on", _("入选日期自"), "gte")
