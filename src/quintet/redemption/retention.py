"""What claims and self-checks keep of people, how long, and why."""

from django.utils.translation import gettext_lazy as _

from quintet.core.personal_information import Kept
from quintet.redemption.models import SelfCheck
from quintet.redemption.selfcheck import KEPT_DAYS

kinds = [
    Kept(
        code="claims", what=_("申报、材料、决定、公示、收款账户"), why=_("财政资金的凭据，依会计档案管理规定保存，期满由单位按档案规定处置"),
        until=_("最长三十年"),
    ),
    Kept(
        code="self_checks", what=_("政策自测的答案"), why=_("供本人凭链接回看"), days=KEPT_DAYS,
        purge=lambda before: SelfCheck.objects.filter(updated_at__lt=before).delete()[0],
    ),
]  # fmt: skip
