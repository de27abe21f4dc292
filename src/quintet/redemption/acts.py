"""What a role may do that is not about one claim: read by the actions, by the pages and by docs/reference/acts.md."""

from dataclasses import dataclass

from quintet.core.permissions import SECONDS, OfficeAct
from quintet.core.roles import Role

OFFICER, OPERATOR, EXPERT, FINANCE = Role.OFFICER, Role.OPERATOR, Role.EXPERT, Role.FINANCE_OFFICER

PUBLISH_CALL = OfficeAct(
    title="发布申报通知", roles=(OFFICER,), unit="牵头部门", told="订阅这一条的人；通知对所有人公开", records=("redemption.call",)
)
CHANGE_CALL = OfficeAct(
    title="延长或修改申报通知",
    roles=(OFFICER,),
    unit="牵头部门",
    told="订阅这一条的人、已开始填报的申报人",
    records=("redemption.change_call",),
)
START_RUN = OfficeAct(title="发起全市评估", roles=(OFFICER, OPERATOR), records=("redemption.evaluate_city",))
MAKE_OFFERS = OfficeAct(title="发出免申即享的确认邀请", roles=(OFFICER, OPERATOR), told="申报单位或本人", records=("redemption.offer",))
OPEN_INSTALMENTS = OfficeAct(
    title="核查一年的分期兑现", roles=(OFFICER, OPERATOR), told="申报单位或本人", records=("redemption.instalment",)
)
PROPOSE_EXPERT = OfficeAct(
    title="提出专家入库或出库",
    roles=(OFFICER,),
    away="专家本人",
    confirmed_by="复核专家入库或出库",
    told=SECONDS,
    records=("redemption.propose_expert",),
)
CONFIRM_EXPERT = OfficeAct(
    title="复核专家入库或出库",
    roles=(OFFICER,),
    away="提出的人、专家本人",
    told="专家本人",
    records=("redemption.enter_expert", "redemption.retire_expert", "redemption.refuse_expert"),
)
ADD_TIE = OfficeAct(
    title="登记专家的回避关系", roles=(OFFICER,), unit="名录的经办部门", told="关系中的本人", records=("redemption.add_tie",)
)
REVIEW = OfficeAct(
    title="声明无需回避、声明回避、评分",
    roles=(EXPERT,),
    away="没有抽中的专家",
    records=("redemption.declare", "redemption.recuse", "redemption.score"),
)
RECUSE = OfficeAct(title="对一件申报声明回避（不能撤回）", roles=(OFFICER, FINANCE), records=("redemption.recuse",))


@dataclass(frozen=True, kw_only=True)
class OwnAct:
    """One line of what only who speaks for the payee does (`payees.require_speaker`); no role gives it."""

    title: str
    told: str = ""
    records: tuple[str, ...] = ()


CHANGE_ACCOUNT = OwnAct(
    title="更换收款账户（提交以后由牵头部门核实）", told="申报单位或本人、可以核实的人", records=("redemption.change_account",)
)
own = [
    OwnAct(title="登记收款账户（限本人、本单位户名）", told="有申报在办的，告知申报单位或本人", records=("redemption.register_account",)),
    OwnAct(title="确认领取", records=("redemption.confirm",)),
    OwnAct(title="提交、移除材料", records=("redemption.add_file", "redemption.remove_file")),
    OwnAct(title="提交申报", records=("redemption.submit",)),
    OwnAct(title="按补正通知重新提交", records=("redemption.resubmit",)),
    OwnAct(title="撤回申报", records=("redemption.withdraw",)),
    CHANGE_ACCOUNT,
]

acts = [
    PUBLISH_CALL, CHANGE_CALL, START_RUN, MAKE_OFFERS, OPEN_INSTALMENTS, PROPOSE_EXPERT, CONFIRM_EXPERT, ADD_TIE, REVIEW, RECUSE,
]  # fmt: skip
