from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from quintet.core.form_fields import DayField, NameField
from quintet.core.unreadable import words
from quintet.directory.forms.fields import YuanField
from quintet.ledger.models import Fund
from quintet.look.words import yuan
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import account_number
from quintet.redemption.checks import Item
from quintet.redemption.models import Appraisal, Objection, PayeeAccount


class AppropriationForm(forms.Form):
    """Money that the treasury sets aside or takes back, with its document."""

    change = forms.ChoiceField(
        label=gettext_lazy("事项"),
        choices=[("appropriation", gettext_lazy("安排（增加）")), ("reduction", gettext_lazy("调减"))],
        initial="appropriation",
    )
    amount = YuanField(label=gettext_lazy("金额"))
    reference = forms.CharField(
        label=gettext_lazy("下达文件文号"), max_length=100, help_text=gettext_lazy("同一文号对同一资金、同一年度只记一次")
    )
    memo = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError(_("金额必须大于零。"))
        return amount


class FundFilter(forms.Form):
    """What the page of a fund shows; kept in its address."""

    year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int, required=False)
    on = DayField(label=gettext_lazy("截至日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, years: list[int], today: date, usual: int | None = None) -> None:
        super().__init__(data)
        self.usual = usual
        self.fields["year"].choices = [(year, year) for year in years]
        self.years, self.today = years, today

    def chosen(self) -> tuple[int, date]:
        """The year and the day asked for; the usual one, this year's or the latest, and today, where nothing sensible was."""
        found = self.cleaned_data if self.is_valid() else {}
        year = found.get("year") or self.usual or next((year for year in self.years if year <= self.today.year), self.years[-1])
        return int(year), found.get("on") or self.today

    def asks_a_year(self) -> bool:
        """Whether the year shown is the one that was asked for."""
        return self.is_valid() and bool(self.cleaned_data.get("year"))


def _text(label: Any, *, required: bool = True, hint: Any = "", least: int | None = None) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, help_text=hint, min_length=least, max_length=4000, widget=area)


def _yes_no(yes: Any, no: Any, label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=[("yes", yes), ("no", no)], coerce=lambda value: value == "yes", widget=forms.RadioSelect)  # fmt: skip


class FormCheckForm(forms.Form):
    """Each item of the checklist with an answer of its own; none is chosen beforehand."""

    def __init__(self, *args: Any, items: Sequence[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = {f"item_{number}": item for number, item in enumerate(items)}
        for name, item in self.items.items():
            self.fields[name] = _yes_no(gettext_lazy("齐全、相符"), gettext_lazy("缺少、不符"), item.text)
        self.fields["missing"] = _text(_("还缺什么"), required=False, hint=_("清单以外要补的，每行一项，一次写全"))
        self.fields["opinion"] = _text(_("说明"), required=False)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        return {**answers, "checked": {item.key: answers[name] for name, item in self.items.items() if name in answers}}


class OpinionForm(forms.Form):
    opinion = _text(gettext_lazy("初审意见"))


class ProposeForm(forms.Form):
    """What a department wants to decide; the amount is asked for where the rule names a cap."""

    granted = _yes_no(gettext_lazy("予以兑现"), gettext_lazy("不予兑现"), gettext_lazy("拟作决定"))
    amount = YuanField(label=gettext_lazy("金额"), required=False)
    reasons = _text(gettext_lazy("理由"), required=False, hint=gettext_lazy("不予兑现或需要裁量金额时必填，会告知申报人"))

    def __init__(self, *args: Any, most: int | None, capped: bool, ended: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ended:  # past the policy's end only a refusal is decided
            granted: Any = self.fields["granted"]
            granted.choices, granted.help_text = [choice for choice in granted.choices if choice[0] != "yes"], ended
        if capped and most is not None:
            self.fields["amount"].help_text = _("不超过 %(most)s") % {"most": yuan(most)}
        else:
            del self.fields["amount"]


class ConfirmForm(forms.Form):
    confirmed = _yes_no(gettext_lazy("复核通过"), gettext_lazy("退回承办人"), gettext_lazy("复核"))
    remark = _text(gettext_lazy("复核意见"), required=False, hint=gettext_lazy("退回时必填"))

    def __init__(self, *args: Any, ended: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ended:  # a grant that was proposed in time and is past the policy's end can only go back
            confirmed: Any = self.fields["confirmed"]
            confirmed.choices, confirmed.help_text = [choice for choice in confirmed.choices if choice[0] != "yes"], ended


class CompareForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("查看理由"),
        max_length=200,
        min_length=4,
        help_text=gettext_lazy("会连同您的姓名和时间记入审计链；账户是个人的，本人会收到通知。"),
    )


class AccountChangeForm(forms.Form):
    """What an official found when asking the payee about another account."""

    confirmed = _yes_no(gettext_lazy("与收款人核实一致，用这个账户"), gettext_lazy("不一致，不用这个账户"), gettext_lazy("核实结果"))
    remark = forms.CharField(label=gettext_lazy("核实意见"), max_length=200, required=False, help_text=gettext_lazy("不一致时必填"))


class AppropriationConfirmForm(forms.Form):
    """What the second finance officer says of an appropriation."""

    confirmed = _yes_no(gettext_lazy("与下达文件一致，入账"), gettext_lazy("不一致，不入账"), gettext_lazy("复核"))
    remark = forms.CharField(label=gettext_lazy("意见"), max_length=200, required=False, help_text=gettext_lazy("不入账时必填"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmed"].initial = None


class FundForm(forms.Form):
    fund = forms.ModelChoiceField(label=gettext_lazy("资金"), queryset=Fund.objects.none(), empty_label=gettext_lazy("请选择"))

    year = forms.TypedChoiceField(label=gettext_lazy("从哪一年度的资金中安排"), coerce=int)

    def __init__(self, *args: Any, funds: QuerySet[Fund], years: Sequence[tuple[int, str]], own: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = years
        self.fields["year"].initial = own
        self.fields["fund"].queryset = funds.order_by("pk")


class DeliverForm(forms.Form):
    what = _text(gettext_lazy("兑现内容"), hint=gettext_lazy("例如场地位置、面积和起止日期，或岗位和人员"))


class AccountForm(forms.Form):
    """Where the money goes: an account registered before, or a new one in the payee's own name."""

    chosen = forms.ModelChoiceField(label=gettext_lazy("已登记的账户"), queryset=PayeeAccount.objects.none(), required=False, empty_label=gettext_lazy("另外登记一个"))  # fmt: skip
    holder = forms.CharField(label=gettext_lazy("户名"), max_length=160, required=False, help_text=gettext_lazy("须与收款人名称一致"))
    bank = forms.CharField(label=gettext_lazy("开户行"), max_length=120, required=False)
    number = forms.CharField(label=pgettext_lazy("bank", "账号"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))  # fmt: skip

    def __init__(self, *args: Any, accounts: QuerySet[PayeeAccount], holder: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = accounts
        self.fields["holder"].initial = holder
        if not accounts.exists():
            self.fields["chosen"].widget = forms.HiddenInput()
            for name in ("holder", "bank", "number"):
                self.fields[name].required = True
        else:
            self.fields["chosen"].initial = accounts.first()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        typed = any(str(given.get(name, "")).strip() for name in ("bank", "number"))
        if given.get("chosen") and typed:
            self.add_error("chosen", _("既选了已登记的账户，又填了另一个账户。请只留一种：要用新账户，在这里选“另外登记一个”。"))
        elif not given.get("chosen"):
            for name in ("holder", "bank", "number"):
                if not str(given.get(name, "")).strip() and name not in self.errors:
                    self.add_error(name, _("请填写%(label)s。") % {"label": self.fields[name].label})
            if given.get("number"):
                try:
                    given["number"] = account_number(given["number"])
                except Unreadable as error:
                    self.add_error("number", words(error))
        return given


class ObjectionForm(forms.Form):
    objector = NameField(label=gettext_lazy("您的姓名或单位"), max_length=100, help_text=gettext_lazy("只有负责核查的部门和审计人员看得到"))
    contact = forms.CharField(label=gettext_lazy("联系方式"), max_length=100, help_text=gettext_lazy("电话或邮箱，用于答复"))
    text = _text(gettext_lazy("异议的事实和理由"), least=Objection.LEAST_TEXT)


class CodeForm(forms.Form):
    code = forms.RegexField(
        r"^\s*[0-9]{6}\s*$", label=gettext_lazy("邮件中的验证码"), widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"})
    )  # fmt: skip


class AnswerForm(forms.Form):
    upheld = _yes_no(gettext_lazy("异议成立，不予兑现（送复核）"), gettext_lazy("异议不成立，继续办理"), gettext_lazy("核查结果"))
    finding = _text(gettext_lazy("核查结论"), hint=gettext_lazy("会告知申报人和异议人，请不要写出异议人是谁"))

    def __init__(self, data: Any = None, *, taken_up: bool = True, **more: Any) -> None:
        super().__init__(data, **more)
        if not taken_up:  # before it is taken up it can only be put aside
            upheld: Any = self.fields["upheld"]
            upheld.choices = [choice for choice in upheld.choices if choice[0] != "yes"]


class AppraisalForm(forms.Form):
    """What was promised, what was reached, and when to look again."""

    promised = _text(gettext_lazy("承诺的绩效"))
    reached = _text(gettext_lazy("实际的绩效"))
    result = forms.ChoiceField(label=gettext_lazy("结果"), choices=Appraisal.Result.choices, widget=forms.RadioSelect)
    opinion = _text(gettext_lazy("评价意见"), required=False)
    again_on = DayField(
        label=gettext_lazy("下次评价日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=gettext_lazy("不填表示不再评价，本件办结")
    )  # fmt: skip


class ClawbackForm(forms.Form):
    amount = YuanField(label=gettext_lazy("应退金额"))
    reasons = _text(gettext_lazy("理由"), hint=gettext_lazy("会告知收款人"))
    due_on = DayField(
        label=gettext_lazy("退回期限"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=gettext_lazy("不填为 20 个工作日")
    )  # fmt: skip

    def __init__(self, *args: Any, most: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if most is not None:
            self.fields["amount"].help_text = _("不超过 %(most)s") % {"most": yuan(most)}


class ReturnForm(forms.Form):
    amount = YuanField(label=gettext_lazy("收到的金额"))
    reference = forms.CharField(label=gettext_lazy("退款凭证号"), max_length=80)
    joint_voucher = forms.BooleanField(
        label=gettext_lazy("一张凭证含几笔退款"), required=False, help_text=gettext_lazy("凭证号已登记过另一笔资金的退款、而这张凭证确实也含本笔时勾选；记入审计"),
    )  # fmt: skip


class OfferAgainForm(forms.Form):
    reasons = _text(gettext_lazy("理由"), hint=gettext_lazy("写明原来的决定为什么不再适用；记入审计"))


class ReasonsForm(forms.Form):
    reasons = _text(gettext_lazy("理由"), hint=gettext_lazy("会告知申报人"))
