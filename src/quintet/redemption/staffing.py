"""A decision takes two officers of the department that leads the clause; its money takes two finance officers who had no part in it."""

from django.utils.translation import gettext as _

from quintet.core.roles import Role
from quintet.core.staffing import Counted
from quintet.policies.engine import policies
from quintet.policies.queries import unit_names


def departments(counted: Counted) -> list[str]:
    handled = [
        (chosen.pack, rule) for chosen in policies() for rule in chosen.pack.rules if rule.is_award and chosen.pack.procedure_of(rule)
    ]
    leading = {next(iter(pack.clauses[rule.clause].lead), "") for pack, rule in handled}
    names, told = unit_names(), []
    for number, sentence in (
        (0, _("没有经办人，申报无人受理：%(units)s。")),
        (1, _("只有 1 位经办人，提出的决定没有人复核：%(units)s。请再授予一位同事经办人角色；由本人委托的不能代替。")),
    ):
        few = sorted(names.get(unit, unit) for unit in leading if unit and counted(Role.OFFICER, unit) == number)
        if few:
            told.append(sentence % {"units": "、".join(few)})
    return told


def treasury(counted: Counted) -> list[str]:
    there = counted(Role.FINANCE_OFFICER)
    return [_("财政经办人只有 %(n)d 位：拨付批次须由一位编制、另一位签发。") % {"n": there}] if there < 2 else []


needs = [departments, treasury]
