"""What the database refused, in a finance officer's words."""

from django.utils.translation import gettext as _

from quintet.core.errors import DomainError


class Refused(DomainError):
    """The books would no longer be right. `word` is the rule of the database that said no."""

    word = ""


class CeilingExceeded(Refused):
    """A commitment above the yearly ceiling of a budget (S2 of 盘政办发〔2019〕29号: 20 M yuan for two funds together)."""


class Overdrawn(Refused):
    """More than the fund still has, or than a commitment still holds."""


class AlreadyAwarded(Refused):
    """The same provision, subject and fact once more."""


class AlreadyBooked(Refused):
    """An entry with this key is in the books."""


def refusal(word: str) -> Refused:
    """The error for a word of the database without the figures; actions add those they know."""
    kind, message, remedy = _words().get(word, (Refused, _("账务规则不允许这样记账。"), _("请核对后重试，仍不成功请联系系统管理员。")))
    found = kind(message, remedy=remedy)
    found.word = word
    return found


def _words() -> dict[str, tuple[type[Refused], str, str]]:
    return {
        "ledger_ceiling_not_exceeded": (CeilingExceeded, _("超出年度合计上限。"), _("请等其他承诺释放，或转入下一年度。")),
        "ledger_fund_not_overdrawn": (Overdrawn, _("这项资金的可用余额不足。"), _("请先登记追加安排，或改用同一渠道的另一项资金。")),
        "ledger_not_paid_beyond_commitment": (Overdrawn, _("超过这笔承诺尚未拨付的金额。"), _("请核对金额；已拨付或已释放的部分不能再拨。")),
        "ledger_not_returned_beyond_payment": (Overdrawn, _("超过这笔承诺已拨付的金额。"), _("请核对金额。")),
        "ledger_no_second_award": (AlreadyAwarded, _("同一条款、同一对象、同一事实已经承诺过，不能重复兑现。"), _("请先查看原来的承诺；全部释放或收回后才能重新承诺。")),
        "ledger_entry_key_key": (AlreadyBooked, _("这一笔已经记过账了。"), _("同一文号或同一行结果只记一次。")),
        "ledger_one_return_a_voucher": (AlreadyBooked, _("这张凭证已经记过账了。"), _("同一凭证号（不论怎样书写）只记一次。")),
        "ledger_voucher_of_another": (AlreadyBooked, _("这张凭证已登记为另一笔资金的退款。"), _("请核对凭证号；一张凭证确实含几笔退款的，请勾选“一张凭证含几笔退款”。")),
        "ledger_one_appropriation_a_document": (AlreadyBooked, _("这份文件对这项资金、这一年度已经登记过。"), _("同一文号（不论括号、空格、全角半角）只记一次；记错的请另记一笔调减。")),
        "ledger_year_not_open": (Refused, _("这一年度的账尚未开。"), _("请财政人员先在“资金”中开立该年度。")),
        "ledger_backdated": (Refused, _("不能倒记：这个账户已有更晚日期的记账。"), _("请用今天的日期记账。")),
        "append_only": (Refused, _("已记的账不能改动或删除。"), _("如需更正，请另记一笔相反的分录。")),
    }  # fmt: skip
