from typing import Any

from django.utils.translation import gettext_lazy as _

from quintet.core.roles import OFFICIALS, Role
from quintet.look.navigation import Entry
from quintet.redemption.models import Seat


def waiting_reviews(user: Any) -> int | None:
    """Reviews that wait for this expert's declaration or sheet."""
    return (
        Seat.objects.filter(expert__person__user=user, state__in=[Seat.State.INVITED, Seat.State.SITTING], panel__closed_on=None).count()
        or None
    )


entries = [
    Entry(label=_("政策自测"), url="redemption:check", shell="public", order=30),
    Entry(label=_("应享待遇"), url="redemption:my-entitlements", shell="public", order=35, roles=(Role.APPLICANT,)),
    Entry(label=_("我的申报"), url="redemption:my-claims", shell="public", order=36, roles=(Role.APPLICANT,)),
    Entry(label=_("申报通知"), url="redemption:calls", shell="public", order=32),
    Entry(label=_("公示"), url="redemption:notices", shell="public", order=40),
    Entry(label=_("办理队列"), url="redemption:desk", shell="work", group=_("兑现"), order=11, roles=(Role.OFFICER, Role.FINANCE_OFFICER)),
    Entry(label=_("全部申报"), url="redemption:claims", shell="work", group=_("兑现"), order=12, roles=OFFICIALS),
    Entry(
        label=_("我的评审"), url="redemption:reviews", shell="work", group=_("兑现"), order=10, roles=(Role.EXPERT,), count=waiting_reviews
    ),
    Entry(label=_("专家评审"), url="redemption:reviews", shell="work", group=_("兑现"), order=10, roles=(Role.AUDITOR,)),
    Entry(label=_("评审专家"), url="redemption:experts", shell="work", group=_("兑现"), order=14, roles=(Role.OFFICER, Role.AUDITOR)),
    Entry(label=_("异议"), url="redemption:objections", shell="work", group=_("兑现"), order=13, roles=(Role.OFFICER, Role.AUDITOR)),
    Entry(
        label=_("拨付批次"),
        url="redemption:batches",
        shell="work",
        group=_("拨付"),
        order=31,
        roles=(Role.FINANCE_OFFICER, Role.AUDITOR, Role.LEADER),
    ),
    Entry(label=_("全市应享"), url="redemption:city", shell="work", group=_("兑现"), order=20, roles=OFFICIALS),
    Entry(label=_("应享明细"), url="redemption:entitlements", shell="work", group=_("兑现"), order=21, roles=OFFICIALS),
    Entry(
        label=_("分期兑现"),
        url="redemption:instalments",
        shell="work",
        group=_("兑现"),
        order=15,
        roles=(Role.OFFICER, Role.OPERATOR, Role.AUDITOR),
    ),
    Entry(label=_("资金"), url="redemption:funds", shell="work", group=_("拨付"), order=30, roles=OFFICIALS),
]
