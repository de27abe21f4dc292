"""How many people each kind of act takes: two officers of the leading department for a decision, others of them for an objection to it, one officer of
each department that votes, experts enough to be drawn, and two finance officers who had no part in the decision for its money."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.core.roles import Role
from quintet.core.staffing import Counted
from quintet.look.words import listed
from quintet.policies.engine import policies
from quintet.policies.queries import unit_names
from quintet.redemption.models import Expert


def _handled() -> Iterator[tuple[Any, Any, Any]]:
    """(pack, rule, procedure) of every award that can be claimed."""
    for chosen in policies():
        for rule in chosen.pack.rules:
            procedure = chosen.pack.procedure_of(rule)
            if rule.is_award and procedure is not None:
                yield chosen.pack, rule, procedure


def departments(counted: Counted) -> list[str]:
    """Of the departments that lead: who decides has no part in an objection to it, and an objection is upheld by two."""
    leading = {next(iter(pack.clauses[rule.clause].lead), "") for pack, rule, _procedure in _handled()}
    names, told = unit_names(), []
    for number, sentence in (
        (0, _("没有经办人，申报无人受理：%(units)s。")),
        (1, _("只有 1 位经办人，提出的决定没有人复核：%(units)s。请再授予一位同事经办人角色；由本人委托的不能代替。")),
        (2, _("只有 2 位经办人，都参与了决定，公示收到异议时没有人可以受理和答复：%(units)s。")),
        (3, _("只有 3 位经办人，异议可以答复不成立；认为成立的，没有第二位未参与决定的人复核：%(units)s。")),
    ):
        few = sorted(names.get(unit, unit) for unit in leading if unit and counted(Role.OFFICER, unit) == number)
        if few:
            told.append(sentence % {"units": listed(few)})
    return told


def voters(counted: Counted) -> list[str]:
    """Every department that the clause names beside the first votes in a joint review; one without officers never does."""
    asked: set[str] = set()
    for pack, rule, procedure in _handled():
        if any(step.kind == "joint_review" for step in procedure.steps):
            clause = pack.clauses[rule.clause]
            asked |= {*clause.lead[1:], *clause.responsible}
    names = unit_names()
    silent = sorted(names.get(unit, unit) for unit in asked if not counted(Role.OFFICER, unit))
    return [_("没有经办人，轮到部门联审时无人表决：%(units)s。") % {"units": listed(silent)}] if silent else []


def experts(counted: Counted) -> list[str]:
    """Of those in the register today, the most that one review draws; who keeps away is replaced by another."""
    wanted = max(
        (step.experts for _pack, _rule, procedure in _handled() for step in procedure.steps if step.kind == "expert_review"), default=0
    )
    today = clock.today()
    there = Expert.objects.filter(active_from__lte=today).exclude(active_until__lte=today).count()
    if there >= wanted:
        return []
    return [_("专家库只有 %(n)d 位专家，一次评审要抽 %(wanted)d 位，还要有人递补。") % {"n": there, "wanted": wanted}]


def treasury(counted: Counted) -> list[str]:
    there = counted(Role.FINANCE_OFFICER)
    return [_("财政经办人只有 %(n)d 位：拨付批次须由一位编制、另一位签发。") % {"n": there}] if there < 2 else []


needs = [departments, voters, experts, treasury]
