"""What claims keep of a person."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quintet.core.masking import mask_account, mask_phone
from quintet.core.models import User
from quintet.core.personal_information import MOST_ROWS, Part
from quintet.look.words import cn_date, yuan
from quintet.policies.queries import said
from quintet.redemption.actions.claims import rule_of
from quintet.redemption.models import Claim, ClaimFile, Objection, PayeeAccount


def _claims(user: User) -> Part:
    claims = Claim.objects.filter(person__user=user).order_by("-pk")[:MOST_ROWS]
    rows = [
        (
            claim.number,
            said(rule_of(claim).title),
            claim.year,
            claim.get_state_display(),
            yuan(claim.amount_fen) if claim.amount_fen else "—",
            cn_date(claim.created_on),
        )
        for claim in claims
    ]
    columns = (_("编号"), _("事项"), _("年度"), _("状态"), _("金额（元）"), _("日期"))
    return Part(title=_("本人的申报"), columns=columns, rows=rows, where=_("由本人提交，部门办理；依法留存"))


def _contacts(user: User) -> Part:
    """As contact of their own claims, and of claims that they handed in for an organisation."""
    whose = Q(person__user=user) | Q(submitted_by=user) | Q(saved_by=user)
    claims = [claim for claim in Claim.objects.filter(whose).order_by("-pk")[:MOST_ROWS] if claim.contact or claim.phone]
    rows = [(claim.number, claim.contact or "—", mask_phone(claim.phone) if claim.phone else "—") for claim in claims]
    clear = [(claim.number, claim.contact or "—", claim.phone or "—") for claim in claims]
    columns = (_("编号"), _("联系人"), _("联系电话"))
    return Part(title=_("申报的联系方式"), columns=columns, rows=rows, clear=clear, where=_("由提交的人填写"))


def _objections(user: User) -> Part:
    found = list(Objection.objects.filter(filed_by=user).select_related("line").order_by("-pk")[:MOST_ROWS])
    shown = [(one, (cn_date(one.filed_on), one.line.name), (one.text, _answer_to(one), one.finding or "—")) for one in found]
    return Part(
        title=_("提出的公示异议"),
        columns=(_("日期"), _("公示内容"), _("异议人"), _("联系方式"), _("异议内容"), _("答复"), _("核查结论")),
        rows=[(*first, one.objector, one.contact if "@" in one.contact else mask_phone(one.contact), *rest) for one, first, rest in shown],
        clear=[(*first, one.objector, one.contact, *rest) for one, first, rest in shown],
        where=_("由本人提出，部门答复；依法留存"),
    )


def _answer_to(objection: Objection) -> str:
    if objection.upheld is None:
        return _("尚未答复")
    return _("异议成立") if objection.upheld else _("异议不成立")


def _accounts(user: User) -> Part:
    accounts = list(PayeeAccount.objects.filter(person__user=user)[:MOST_ROWS])
    rows = [(account.holder, account.bank, mask_account(account.number)) for account in accounts]
    clear = [(account.holder, account.bank, account.number) for account in accounts]
    return Part(
        title=_("收款账户"), columns=(_("户名"), _("开户银行"), pgettext("bank", "账号")), rows=rows, clear=clear, where=_("由本人登记")
    )


def _files(user: User) -> Part:
    files = (
        ClaimFile.objects.filter(claim__person__user=user, removed_by=None)
        .select_related("attachment", "claim")
        .order_by("-pk")[:MOST_ROWS]
    )
    rows = [(str(file.attachment), file.claim.number) for file in files]
    return Part(title=_("提交的材料"), columns=(_("文件"), _("申报编号")), rows=rows, where=_("由本人提交；可在“我的申报”下载"))


parts = [_claims, _contacts, _accounts, _files, _objections]
