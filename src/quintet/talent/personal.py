"""What the registers of talents and teams keep of a person."""

from typing import Any

from django.utils.translation import gettext as _

from quintet.core.models import User
from quintet.core.personal_information import MOST_ROWS, Part
from quintet.look.words import cn_date, yuan
from quintet.talent.models import Talent, Team

NOT_SHOWN = ("id", "person")


def _said(record: Any, field: Any) -> str:
    value = getattr(record, field.name)
    if value is None or value == "":
        return "—"
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field.name.endswith("_fen"):
        return yuan(value)
    return cn_date(value) if field.get_internal_type() == "DateField" else str(value)


def _talent(user: User) -> Part | None:
    talent = Talent.objects.filter(person__user=user).select_related("organisation").first()
    if talent is None:
        return None
    fields = [field for field in Talent._meta.concrete_fields if field.name not in NOT_SHOWN]
    rows = [(str(field.verbose_name), _said(talent, field)) for field in fields]
    return Part(title=_("人才名录"), columns=(_("项目"), _("内容")), rows=rows, where=_("由名录的经办部门登记"))


def _teams(user: User) -> Part:
    teams = Team.objects.filter(leader__user=user).select_related("organisation").order_by("-pk")[:MOST_ROWS]
    rows = [(team.name, str(team.organisation), team.get_tier_display(), cn_date(team.selected_on)) for team in teams]
    columns = (_("团队名称"), _("依托单位"), _("支持档次"), _("入选日期"))
    return Part(title=_("带头的团队"), columns=columns, rows=rows, where=_("由名录的经办部门登记"))


parts = [_talent, _teams]
