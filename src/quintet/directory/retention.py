"""What the registers keep of people, how long, and why."""

from django.utils.translation import gettext_lazy as _

from quintet.core.personal_information import Kept

kinds = [
    Kept(
        code="people",
        what=_("人员名录（证件号码、电话加密保存）、所在单位"),
        why=_("核对申报人和回避关系；不再需要时由经办部门更正或停用"),
        until=_("至不再需要时"),
    ),
    Kept(code="looks", what=_("查看完整个人信息的记录"), why=_("让本人知道谁看过，不能删改")),
]
