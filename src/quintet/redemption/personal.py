"""What claims keep of a person."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quintet.core.masking import mask_account
from quintet.core.models import User
from quintet.core.personal_information import MOST_ROWS, Part
from quintet.look.words import cn_date, yuan
from quintet.redemption.models import Claim, ClaimFile, PayeeAccount


def _claims(user: User) -> Part:
    claims = Claim.objects.filter(person__user=user).order_by("-pk")[:MOST_ROWS]
    rows = [
        (
            claim.pk,
            claim.rule,
            claim.year,
            claim.get_state_display(),
            yuan(claim.amount_fen) if claim.amount_fen else "—",
            cn_date(claim.created_on),
        )
        for claim in claims
    ]
    columns = (_("编号"), _("事项"), _("年度"), _("状态"), _("金额（元）"), _("日期"))
    return Part(title=_("本人的申报"), columns=columns, rows=rows, where=_("由本人提交，部门办理；依法留存"))


def _accounts(user: User) -> Part:
    accounts = list(PayeeAccount.objects.filter(person__user=user)[:MOST_ROWS])
    rows = [(account.holder, account.bank, mask_account(account.number)) for account in accounts]
    clear = [(account.holder, account.bank, account.number) for account in accounts]
    return Part(
        title=_("收款账户"), columns=(_("户名"), _("开户银行"), pgettext("bank", "账号")), rows=rows, clear=clear, where=_("由本人登记")
    )


def _files(user: User) -> Part:
    files = ClaimFile.objects.filter(claim__person__user=user, removed_by=None).select_related("attachment").order_by("-pk")[:MOST_ROWS]
    rows = [(str(file.attachment), file.claim_id) for file in files]
    return Part(title=_("提交的材料"), columns=(_("文件"), _("申报编号")), rows=rows, where=_("由本人提交；可在“我的申报”下载"))


parts = [_claims, _accounts, _files]
