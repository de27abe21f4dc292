"""Filters of the list of accounts."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.models import RoleGrant
from quintet.core.roles import Role
from quintet.policies.queries import unit_names

NO_ROLE = "none"


class AccountFilter(filters.FilterSet):
    """Role and unit ask for one grant that is in force today and has both."""

    q = filters.CharFilter(label=_("用户名、姓名或邮箱"), method="by_text")
    role = filters.ChoiceFilter(
        label=_("角色"), choices=[*Role.choices, (NO_ROLE, _("没有角色"))], method="as_it_is", empty_label=_("全部")
    )
    unit = filters.ChoiceFilter(label=_("部门"), choices=lambda: list(unit_names().items()), method="as_it_is", empty_label=_("全部"))
    state = filters.ChoiceFilter(
        label=_("状态"), choices=[("active", _("在用")), ("inactive", _("已停用"))], method="by_state", empty_label=_("全部")
    )

    def filter_queryset(self, rows: QuerySet) -> QuerySet:
        rows = super().filter_queryset(rows)
        role, unit = self.form.cleaned_data.get("role"), self.form.cleaned_data.get("unit")
        held = RoleGrant.objects.in_force(timezone.localdate()).order_by()
        if role == NO_ROLE:
            return rows.exclude(pk__in=held.values("user"))
        wanted = {name: value for name, value in (("role", role), ("unit", unit)) if value}
        return rows.filter(pk__in=held.filter(**wanted).values("user")) if wanted else rows

    def by_text(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        text = value.strip()
        return rows.filter(Q(username__icontains=text) | Q(display_name__icontains=text) | Q(email__icontains=text))

    def by_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(is_active=value == "active")

    def as_it_is(self, rows: QuerySet, _name: str, _value: Any) -> QuerySet:
        return rows
