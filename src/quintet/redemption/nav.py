from django.utils.translation import gettext_lazy as _

from quintet.core.roles import OFFICIALS, Role
from quintet.look.navigation import Entry

entries = [
    Entry(label=_("政策自测"), url="redemption:check", shell="public", order=30),
    Entry(label=_("本单位应享"), url="redemption:my-entitlements", shell="public", order=35, roles=(Role.APPLICANT,)),
    Entry(label=_("全市应享"), url="redemption:city", shell="work", group=_("兑现"), order=20, roles=OFFICIALS),
    Entry(label=_("明细"), url="redemption:entitlements", shell="work", group=_("兑现"), order=21, roles=OFFICIALS),
    Entry(label=_("资金"), url="redemption:funds", shell="work", group=_("拨付"), order=30, roles=OFFICIALS),
]
