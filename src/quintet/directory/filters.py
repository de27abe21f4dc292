"""Filters of the registers; every one of them asks a column with an index."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.fields import containing
from quintet.core.form_fields import DayFilter, WholeFilter
from quintet.directory.actions.numbers import is_number, people_with_number
from quintet.directory.divisions import DIVISIONS
from quintet.directory.models import Carrier, Level, Membership, Organisation, Person, Recognition, YearlyFact
from quintet.directory.permissions import keeps
from quintet.directory.queries.names import organisations_called, people_called


class ChoiceFilter(filters.ChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(empty_label=_("全部"), **kwargs)


def date_filter(field: str, label: Any, lookup: str) -> DayFilter:
    return DayFilter(field_name=field, lookup_expr=lookup, label=label, widget=forms.DateInput(attrs={"type": "date"}))


def _organisations(text: str) -> QuerySet[Organisation]:
    return organisations_called(text)


class OrganisationTextFilter(filters.CharFilter):
    """Records of organisations whose name contains, or whose code begins with, the text; also the record's own names in `also`."""

    def __init__(self, *also: str, label: Any = None, organisation: str = "organisation", **kwargs: Any) -> None:
        super().__init__(label=label or _("单位名称或代码"), **kwargs)
        self.also, self.organisation = also, organisation

    def filter(self, rows: QuerySet, value: Any) -> QuerySet:
        if not value:
            return rows
        wanted = Q(**{f"{self.organisation}__in": _organisations(value).values("pk")})
        return rows.filter(wanted | containing(rows.model, value, *self.also))


class OrganisationFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("名称或代码"), method="by_text")
    kind = ChoiceFilter(label=_("类型"), choices=Organisation.Kind.choices)
    division = ChoiceFilter(label=_("行政区划"), choices=list(DIVISIONS.items()))
    industry = filters.CharFilter(label=_("行业代码"), lookup_expr="startswith", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    title = ChoiceFilter(label=_("有效资格"), choices=Recognition.Kind.choices, method="by_title")

    class Meta:
        model = Organisation
        fields: list[str] = []

    def by_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(pk__in=_organisations(value).values("pk"))

    def by_title(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        valid = Recognition.objects.in_force(clock.today()).filter(kind=value)
        return rows.filter(pk__in=valid.order_by().values("organisation"))


class FormerNameFilter(filters.FilterSet):
    q = OrganisationTextFilter()


class PeopleFilter(filters.FilterSet):
    """People by name; by a whole number for who keeps the register."""

    register = ""
    by_name: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keeps(self.request.user, self.register):
            self.filters["q"].label = self.by_name

    def people(self, text: str) -> Q:
        by = self.request.user
        numbered = people_with_number(text, register=self.register, by=by) if is_number(text) and keeps(by, self.register) else []
        return Q(pk__in=people_called(text).order_by().values("pk")) | Q(pk__in=numbered)


class PersonFilter(PeopleFilter):
    register, by_name = "people", _("姓名")
    q = filters.CharFilter(label=_("姓名，或完整的证件号码、电话"), method="by_text")

    def by_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(self.people(value))


class MembershipFilter(filters.FilterSet):
    q = OrganisationTextFilter("person__name", label=_("单位名称、代码或姓名"))
    state = ChoiceFilter(
        label=_("状态"), choices=[("proposed", _("待确认")), ("in_force", _("有效")), ("revoked", _("已撤销"))], method="by_state"
    )
    part = ChoiceFilter(label=_("身份"), choices=Membership.Part.choices)

    def by_state(self, rows: Any, _name: str, value: str) -> QuerySet:
        today = clock.today()
        if value == "in_force":
            return rows.in_force(today)
        return rows.filter(granted_on=None, revoked_on=None) if value == "proposed" else rows.filter(revoked_on__lte=today)


class ShareholdingFilter(filters.FilterSet):
    q = OrganisationTextFilter("person__name", label=_("单位名称、代码或姓名"))
    state = ChoiceFilter(label=_("状态"), choices=[("held", _("仍持股")), ("ended", _("已不持股"))], method="by_state")

    def by_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        still = Q(held_until=None) | Q(held_until__gt=clock.today())
        return rows.filter(still if value == "held" else ~still)


class KinshipFilter(PeopleFilter):
    register, by_name = "kinships", _("任一方的姓名")
    q = filters.CharFilter(label=_("任一方的姓名，或完整的证件号码"), method="by_text")
    since = date_filter("declared_on", _("申报日期自"), "gte")

    def by_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        found = Person.objects.filter(self.people(value)).values("pk")
        return rows.filter(Q(person__in=found) | Q(relative__in=found))


class RecognitionFilter(filters.FilterSet):
    q = OrganisationTextFilter()
    kind = ChoiceFilter(label=_("认定类型"), choices=Recognition.Kind.choices)
    level = ChoiceFilter(label=_("级别"), choices=Level.choices)
    year = WholeFilter(label=_("认定年度"), method="by_year", min_value=1990, max_value=2100)
    expires_before = date_filter("expires_on", _("有效期早于"), "lt")

    def by_year(self, rows: QuerySet, _name: str, value: Any) -> QuerySet:
        return rows.filter(granted_on__year=int(value))


class CarrierFilter(filters.FilterSet):
    q = OrganisationTextFilter("name", label=_("载体、运营单位名称或代码"))
    kind = ChoiceFilter(label=_("载体类型"), choices=Carrier.Kind.choices)
    level = ChoiceFilter(label=_("级别"), choices=Level.choices)
    since = date_filter("recognised_on", _("认定日期自"), "gte")


class YearlyFactFilter(filters.FilterSet):
    q = OrganisationTextFilter()
    year = WholeFilter(label=_("年度"), min_value=1990, max_value=2100)
    name = ChoiceFilter(label=_("指标"), choices=YearlyFact.Name.choices)
    standing = ChoiceFilter(label=_("数据性质"), choices=YearlyFact.Standing.choices)
