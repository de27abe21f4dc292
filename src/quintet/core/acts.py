"""What a role may do to accounts, sign-in, holidays and running: read by the actions, by the pages and by docs/reference/acts.md."""

from quintet.core.models import AccountProposal
from quintet.core.permissions import SECONDS, OfficeAct
from quintet.core.roles import Role

Kind = AccountProposal.Kind
OPERATOR, LEADER = Role.OPERATOR, Role.LEADER
SECOND, OWNER = "另一位系统管理员复核", "账号的主人"
PROPOSED = ("core.propose_account", "core.confirm_account", "core.drop_account")


def _proposed(title: str, *, told: str = f"{OWNER}、{SECONDS}", records: tuple[str, ...] = PROPOSED) -> OfficeAct:
    return OfficeAct(title=title, roles=(OPERATOR,), away=OWNER, confirmed_by=SECOND, told=told, records=records)


def _alone(title: str, *records: str, told: str = OWNER, away: str = "") -> OfficeAct:
    return OfficeAct(title=title, roles=(OPERATOR,), away=away, told=told, records=records)


PROPOSALS: dict[str, OfficeAct] = {
    Kind.ROLE: _proposed("授予角色（申报人以外）"),
    Kind.EMAIL: _proposed("修改邮箱", told=f"账号的主人，原邮箱和新邮箱、{SECONDS}"),
    Kind.PERSON: _proposed("关联人员名录"),
    Kind.LINK: _proposed("签发设置密码的链接（复核人得到链接，提出人得到验证码）"),
    Kind.IDENTITY: _proposed("关联统一身份", records=("core.propose_account", "core.confirm_account", "core.link_identity")),
    Kind.RETURN: _proposed("恢复账号"),
}
ASK_RESET = _proposed(
    "重置第二因素", records=("core.ask_second_factor_reset", "core.reset_second_factor", "core.refuse_second_factor_reset")
)
TOLD_OF_THE_END = "账号的主人（邮件）、受托人；再无他人能代表的单位，告知代理授权的经办人和在办事项的部门"
CREATE_ACCOUNT = _alone("新建账号、修改姓名", "core.create_account", "core.rename_account")
GRANT_APPLICANT = _alone("授予申报人角色", "core.grant_role", away=OWNER)
END_ROLE = _alone("撤销角色（连同据以委托出去的）", "core.end_role", told="账号的主人、受托人")
DEACTIVATE = _alone("停用账号（委托出去的角色随之结束）", "core.deactivate_account", "core.end_role", away=OWNER, told=TOLD_OF_THE_END)
LEAVE = _alone("办理离岗（结束全部角色和委托，停用账号）", "core.end_role", "core.deactivate_account", told=TOLD_OF_THE_END, away=OWNER)
UNLINK_IDENTITY = _alone("解除统一身份", "core.unlink_identity")
DEMAND_SECOND_FACTOR = _alone("规定哪些角色须用第二因素登录", "core.demand_second_factor", told="这些角色的人、其他系统管理员")
ASK_LIFTING = OfficeAct(
    title="提出取消一个角色的第二因素要求", roles=(OPERATOR,), confirmed_by=SECOND, told=SECONDS, records=("core.ask_lifting",)
)
CONFIRM_LIFTING = OfficeAct(
    title="复核取消第二因素要求", roles=(OPERATOR,), away="提出的人", told="这个角色的人、其他系统管理员",
    records=("core.lift_second_factor", "core.keep_second_factor"),
)  # fmt: skip
ANSWER_PERSONAL = _alone("答复个人信息请求", "core.answer_personal", told="提出请求的人", away="提出请求的人")
RELEASE_JOB = _alone("释放后台任务", "core.release_job", told="发起任务的人")
PROPOSE_HOLIDAYS = OfficeAct(
    title="录入一年的放假安排", roles=(OPERATOR,), confirmed_by="复核放假安排", told=SECONDS, records=("core.propose_holidays",)
)
CONFIRM_HOLIDAYS = OfficeAct(
    title="复核放假安排（未到期的期限随之顺延）",
    roles=(OPERATOR, LEADER),
    away="录入的人",
    told="期限顺延的申报单位或本人、办理部门",
    records=("core.confirm_holidays",),
)
DROP_HOLIDAYS = OfficeAct(title="撤回待复核的放假安排", roles=(OPERATOR,), records=("core.drop_holidays",))

acts = [
    *PROPOSALS.values(), ASK_RESET, CREATE_ACCOUNT, GRANT_APPLICANT, END_ROLE, DEACTIVATE, LEAVE, UNLINK_IDENTITY, DEMAND_SECOND_FACTOR, ASK_LIFTING, CONFIRM_LIFTING, ANSWER_PERSONAL,
    RELEASE_JOB, PROPOSE_HOLIDAYS, CONFIRM_HOLIDAYS, DROP_HOLIDAYS,
]  # fmt: skip
