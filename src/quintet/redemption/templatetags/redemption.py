from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext as _

from quintet.directory.divisions import division_name
from quintet.look.words import about_wan, yuan
from quintet.policies.queries import said, step_label, unit_names
from quintet.redemption.cases import award_said
from quintet.redemption.models import Claim

register = template.Library()


@register.filter
def division_word(code: str) -> str:
    return division_name(code) if code else "—"


@register.filter
def claim_sum(claim: Claim) -> str:
    """What was decided and holds, else what the engine says; a dash for what is no money."""
    amount = claim.granted_fen or claim.amount_fen
    return yuan(amount) if amount else "—"


@register.filter
def award_word(published: str) -> str:
    return award_said(published)


@register.filter
def net_sum(fen: int) -> str:
    """What went out less what came back, for totals; below zero more came back."""
    return about_wan(fen) if fen >= 0 else _("净收回 %(sum)s") % {"sum": about_wan(-fen)}


@register.filter
def step_word(kind: str) -> str:
    return step_label(kind)


@register.filter
def rule_word(code: str, rules: Iterable[Any]) -> str:
    return next((said(rule.title) for rule in rules if rule.id == code), code)


@register.filter
def unit_name(code: str) -> str:
    return unit_names().get(code, code)


@register.filter
def points(hundredths: int) -> str:
    """Points of an expert review, kept in hundredths."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"
