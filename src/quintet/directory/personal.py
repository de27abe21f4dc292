"""What the registers keep of a person, and who has looked at it in clear."""

from django.utils.translation import gettext as _

from quintet.core.models import User
from quintet.core.personal_information import MOST_ROWS, Part
from quintet.directory.models import Membership, Person, PersonalDataLook
from quintet.look.words import cn_date, cn_time


def _register(user: User) -> Part | None:
    person = Person.objects.filter(user=user).first()
    if person is None:
        return None
    shown = [
        (_("姓名"), person.name),
        (_("证件号码"), person.masked_identity or "—"),
        (_("电话"), person.masked_phone or "—"),
        (_("电子邮箱"), person.email or "—"),
    ]
    clear = [shown[0], (_("证件号码"), person.identity_number or "—"), (_("电话"), person.phone or "—"), shown[3]]
    return Part(title=_("人员名录"), columns=(_("项目"), _("内容")), rows=shown, clear=clear, where=_("由名录的经办部门登记"))


def _memberships(user: User) -> Part:
    rows = [
        (
            str(member.organisation),
            member.get_part_display(),
            cn_date(member.granted_on) if member.granted_on else _("未生效"),
            cn_date(member.revoked_on) if member.revoked_on else "—",
        )
        for member in Membership.objects.filter(person__user=user).select_related("organisation")[:MOST_ROWS]
    ]
    columns = (_("单位"), _("身份"), _("授权日期"), _("终止日期"))
    return Part(title=_("所在单位"), columns=columns, rows=rows, where=_("由名录的经办部门登记"))


def _looks(user: User) -> Part:
    looks = PersonalDataLook.objects.filter(person__user=user).select_related("looked_by").order_by("-pk")[:MOST_ROWS]
    rows = [
        (cn_time(look.looked_at), str(look.looked_by), look.get_purpose_display() or "—", look.reference or "—", look.reason)
        for look in looks
    ]
    return Part(
        title=_("谁查看过我的完整信息"),
        columns=(_("时间"), _("查看人"), _("用途"), _("对应事项"), _("理由")),
        rows=rows,
        where=_("每次查看都有记录"),
    )


parts = [_register, _memberships, _looks]
