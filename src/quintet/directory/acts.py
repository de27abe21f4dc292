"""What a role may do to the registers: read by the actions, by the pages and by docs/reference/acts.md."""

from quintet.core.permissions import SECONDS, OfficeAct
from quintet.core.roles import Role

TOLD = "该部门的经办人、其他系统管理员"

KEEP = OfficeAct(
    title="登记、修改、导入名录",
    roles=(Role.OFFICER,),
    unit="名录的经办部门",
    away="记录所涉的本人、与记录所涉的单位或个人有利害关系的人",
    told="记录所涉的本人；没有账号的，单位的代理人",
)
LOOK = OfficeAct(
    title="查看完整的证件号码和电话（写明用途、对应事项和理由）",
    roles=(Role.OFFICER,),
    unit="人员名录的经办部门",
    told="本人",
    records=("directory.look",),
)
FIND = OfficeAct(
    title="按完整的证件号码或电话查人（次数有限）",
    roles=(Role.OFFICER,),
    unit="所查名录的经办部门",
    records=("directory.find",),
)
AWAY = "与所涉的人或单位有利害关系的人"
PROPOSE_WRONG_TIE = OfficeAct(
    title="提出名录里的关系登记有误",
    roles=(Role.OFFICER,),
    unit="名录的经办部门",
    away=AWAY,
    confirmed_by="复核登记有误的关系",
    told=SECONDS,
    records=("directory.propose_wrong_tie",),
)
CONFIRM_WRONG_TIE = OfficeAct(
    title="复核登记有误的关系",
    roles=(Role.OFFICER,),
    unit="名录的经办部门",
    away=f"提出的人、{AWAY}",
    told="关系中的本人",
    records=("directory.confirm_wrong_tie", "directory.keep_tie"),
)
PROPOSE_DUTY = OfficeAct(
    title="提出由哪个部门经办一本名录",
    roles=(Role.OPERATOR,),
    confirmed_by="复核名录分工",
    told=f"该部门的经办人、{SECONDS}",
    records=("directory.propose_duty",),
)
CONFIRM_DUTY = OfficeAct(
    title="复核名录分工（当天起生效）", roles=(Role.OPERATOR,), away="提出的人", told=TOLD, records=("directory.confirm_duty",)
)
END_DUTY = OfficeAct(title="终止名录分工，或不同意提出的分工", roles=(Role.OPERATOR,), told=TOLD, records=("directory.end_duty",))

acts = [KEEP, LOOK, PROPOSE_WRONG_TIE, CONFIRM_WRONG_TIE, FIND, PROPOSE_DUTY, CONFIRM_DUTY, END_DUTY]
