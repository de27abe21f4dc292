"""What accounts keep of a person."""

from django.utils.translation import gettext as _

from quintet.core.models import AuditEntry, User
from quintet.core.personal_information import MOST_ROWS, Part
from quintet.look.words import cn_date, cn_time
from quintet.policies.queries import unit_names
from quintet.web.queries import grant_text


def _account(user: User) -> Part:
    rows = [
        (_("用户名"), user.username),
        (_("姓名"), user.display_name),
        (_("邮箱"), user.email or "—"),
        (_("建立日期"), cn_date(user.date_joined)),
        (_("最近登录"), cn_date(user.last_login) if user.last_login else "—"),
    ]
    return Part(title=_("账号"), columns=(_("项目"), _("内容")), rows=rows, where=_("由系统管理员建立和修改"))


def _roles(user: User) -> Part:
    names = unit_names()
    rows = [
        (grant_text(grant, names), cn_date(grant.granted_on), cn_date(grant.last_day) if grant.last_day else "—")
        for grant in user.grants.all()
    ]
    return Part(title=_("角色"), columns=(_("角色"), _("开始日期"), _("有效至")), rows=rows, where=_("由系统管理员授予和撤销"))


def _sessions(user: User) -> Part:
    rows = [(session.device, session.address or "—", cn_time(session.started_at)) for session in user.signed_in_sessions.all()[:MOST_ROWS]]
    return Part(title=_("登录设备"), columns=(_("设备"), _("地址"), _("登录时间")), rows=rows, where=_("登录时自动记录"))


def _factors(user: User) -> Part:
    rows = [(factor.name, factor.get_kind_display(), cn_date(factor.created_at)) for factor in user.second_factors.all()]
    return Part(title=_("第二因素"), columns=(_("名称"), _("种类"), _("添加日期")), rows=rows, where=_("由本人添加和移除；密钥不提供副本"))


def _identities(user: User) -> Part:
    rows = [
        (identity.issuer, identity.subject, cn_date(identity.linked_at)) for identity in user.outside_identities.all() if identity.linked_at
    ]
    return Part(title=_("统一身份"), columns=(_("认证系统"), _("标识"), _("关联日期")), rows=rows, where=_("由系统管理员关联"))


def _notifications(user: User) -> Part:
    rows = [(cn_date(item.created_at), item.text) for item in user.notifications.all()[:MOST_ROWS]]
    return Part(title=_("消息"), columns=(_("日期"), _("内容")), rows=rows, where=_("系统发给本人"))


def _acts(user: User) -> Part:
    lines = AuditEntry.objects.filter(by=user).order_by("-number")[:MOST_ROWS]
    rows = [(cn_time(line.at), line.title, line.number) for line in lines]
    return Part(title=_("本人办理的事项（审计链）"), columns=(_("时间"), _("事项"), _("序号")), rows=rows, where=_("依法留存，不能删改"))


parts = [_account, _roles, _sessions, _factors, _identities, _notifications, _acts]
