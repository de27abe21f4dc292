"""What this context keeps of people, how long, and why."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.models import Attempt, Notification, OutsideIdentity, PersonalRequest, SignedInSession
from quintet.core.personal_information import Kept


def _sessions(before: datetime) -> int:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return SignedInSession.objects.filter(last_seen_at__lt=before).delete()[0]


kinds = [
    Kept(code="account", what=_("账号、姓名、邮箱、角色及其变更"), why=_("说明谁在何时以何权限办理；注销后停用，不再用于登录")),
    Kept(code="audit", what=_("审计链和每日摘要"), why=_("证明每项决定和每笔资金的经过，不能删改")),
    Kept(
        code="attempts", what=_("登录失败的记录（用户名散列、地址）"), why=_("防止猜测密码"), days=1,
        purge=lambda before: Attempt.objects.filter(at__lt=before).delete()[0],
    ),
    Kept(code="sessions", what=_("登录设备和地址"), why=_("供本人查看和退出"), days=1, purge=_sessions),
    Kept(
        code="notifications", what=_("已读的消息"), why=_("供本人回看"), days=730,
        purge=lambda before: Notification.objects.filter(read_at__lt=before).delete()[0],
    ),
    Kept(
        code="identities", what=_("没有关联账号的统一身份"), why=_("等待系统管理员关联"), days=180,
        # One that operators have unlinked is kept: without it the next sign-in would link it by its name again.
        purge=lambda before: OutsideIdentity.objects.filter(user=None, unlinkings=None, first_seen_at__lt=before).delete()[0],
    ),
    Kept(
        code="requests", what=_("已答复的个人信息请求"), why=_("证明已依法答复"), days=1_095,
        purge=lambda before: PersonalRequest.objects.filter(answered_on__lt=timezone.localdate(before)).delete()[0],
    ),
]  # fmt: skip
