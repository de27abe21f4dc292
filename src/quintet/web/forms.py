from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from quintet.core import attempts
from quintet.core.client import address
from quintet.core.form_fields import DayField, NameField, Seen
from quintet.core.models import NotificationChoice, PersonalRequest, RoleGrant, User
from quintet.core.roles import LENT, Role
from quintet.core.second_factors import has_one
from quintet.directory.forms.fields import PersonField
from quintet.policies.queries import unit_names
from quintet.web.queries import grant_text

LONGEST_REASON = 100  # as wide as the column of the history


class SignInForm(AuthenticationForm):
    """Wrong tries are counted by name and by address before the password is looked at. The answer is the same whether the name exists."""

    error_messages = {
        "invalid_login": _("用户名或密码不对。注意区分大小写；忘记密码请联系系统管理员。"),
        "inactive": _("这个账号已停用，请联系系统管理员。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")

    def clean(self) -> dict[str, Any]:
        attempt = attempts.begin("password", account=self.cleaned_data.get("username", ""), address=address(self.request))
        cleaned = super().clean()
        (attempts.taken_back if has_one(self.get_user()) else attempts.succeeded)(attempt)
        return cleaned


class TotpForm(forms.Form):
    code = forms.CharField(
        label=_("验证码"), max_length=12, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"})
    )
    name = forms.CharField(label=_("名称"), max_length=40, required=False, help_text=_("例如“工作手机”，方便以后辨认。"))


class KeyForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=40, required=False, help_text=_("例如“蓝色U盾”，方便以后辨认。"))
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class IdentityForm(forms.Form):
    identity = forms.IntegerField(min_value=1, max_value=2**62)
    account = forms.CharField(label=_("用户名"), max_length=150)

    def clean_account(self) -> User:
        user = User.objects.filter(username=self.cleaned_data["account"].strip().replace("\0", ""), is_active=True).first()
        if user is None:
            raise forms.ValidationError(_("没有这个用户名，或者账号已停用。"))
        return user


class PersonalRequestForm(forms.Form):
    kind = forms.ChoiceField(label=_("事项"), choices=PersonalRequest.Kind.choices)
    text = forms.CharField(
        label=_("内容"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("哪一项，应当是什么，或者要结束什么。")
    )


class PersonalAnswerForm(forms.Form):
    request = forms.IntegerField(min_value=1, max_value=2**62)
    done = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
    text = forms.CharField(label=_("答复"), max_length=1000)


class SecondFactorDemandForm(forms.Form):
    roles = forms.MultipleChoiceField(label=_("角色"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple)


class _WithItsReason:
    """The history says that the owner has changed the password, and nothing of the password."""

    def save(self, commit: bool = True) -> Any:
        self.user._history_user, self.user._change_reason = self.user, str(_("本人设置密码"))
        return super().save(commit)


class PasswordForm(_WithItsReason, PasswordChangeForm):
    end_tokens = forms.BooleanField(
        label=_("同时停用我的全部访问令牌"), required=False, initial=True, help_text=_("用接口取数的程序须换用新令牌。")
    )

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        """Who found a desk left open cannot guess the password here: tries are counted as they are at sign-in."""
        attempt = attempts.begin("password", account=self.user.username, address=self.address)
        old = super().clean_old_password()
        attempts.succeeded(attempt)
        return old


class FirstPasswordForm(_WithItsReason, SetPasswordForm):
    """The address alone opens nothing: the code that came with the link is asked first, and wrong ones are counted."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        help_text=_("与链接一起交给您的 8 位数字"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    field_order = ("code", "new_password1", "new_password2")

    def __init__(self, *args: Any, code: str = "", address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.right_code, self.address = code, address

    def clean_code(self) -> str:
        attempt = attempts.begin("link", account=self.user.username, address=self.address)
        code = "".join(self.cleaned_data["code"].split())
        if not constant_time_compare(code, self.right_code):
            raise forms.ValidationError(_("验证码不对。"))
        attempts.succeeded(attempt)
        return code


class AccountFields(forms.ModelForm):
    display_name = NameField(label=_("姓名"), max_length=60)
    email = forms.EmailField(label=_("邮箱"), required=False)

    class Meta:
        model = User
        fields = ["display_name", "email"]


class ChangeAccountForm(Seen, AccountFields):
    class Meta(AccountFields.Meta):
        pass


class AccountForm(AccountFields):
    class Meta(AccountFields.Meta):
        fields = ["username", "display_name", "email"]
        labels = {"username": _("用户名")}
        help_texts = {"username": _("字母、数字或汉字，登录时使用，以后不能更改。")}


class DayInput(forms.DateInput):
    """A browser's date field reads ISO dates only, whatever the language of the page."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    unit = forms.ChoiceField(label=_("部门"), required=False, help_text=_("经办人必填，申报人不填。"))
    granted_on = DayField(label=_("开始日期"), widget=DayInput())
    last_day = DayField(label=_("有效至"), required=False, widget=DayInput(), help_text=_("含当日；不填为长期有效。"))
    reason = forms.CharField(label=_("依据"), required=False, max_length=LONGEST_REASON, help_text=_("例如任职文件文号，记入变更历史。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", "—"), *unit_names().items()]
        self.fields["granted_on"].initial = timezone.localdate


class NotificationForm(forms.Form):
    mail = forms.ChoiceField(label=_("怎样发邮件"), choices=NotificationChoice.Mail.choices, widget=forms.RadioSelect)


class DelegationForm(forms.Form):
    """While I am away: which of my roles, to whom, from when to when."""

    grant = forms.ModelChoiceField(label=_("委托的角色"), queryset=RoleGrant.objects.none(), empty_label=None)
    to = forms.CharField(label=_("受托人"), max_length=150, help_text=_("同事的用户名"))
    first_day = DayField(label=_("开始日期"), widget=DayInput())
    last_day = DayField(label=_("结束日期"), widget=DayInput(), help_text=_("含当日"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [grant.pk for grant in user.grants_today if grant.role in LENT and grant.delegated_by_id is None]
        self.fields["grant"].queryset = RoleGrant.objects.filter(pk__in=mine)
        names = unit_names()
        self.fields["grant"].label_from_instance = lambda grant: grant_text(grant, names)
        self.has_roles = bool(mine)

    def clean_to(self) -> User:
        found = User.objects.filter(username=self.cleaned_data["to"].strip(), is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("没有这个用户名，或者账号已停用。"))
        return found


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=LONGEST_REASON, help_text=_("记入变更历史。"))


class DeactivationForm(ReasonForm):
    leaves = forms.BooleanField(
        label=_("离岗：同时结束全部角色，包括委托出去的和受托得来的"),
        required=False,
        help_text=_("调离、退休的请选上；只是暂时停用的不选。"),
    )


class PersonForm(forms.Form):
    person = PersonField(label=_("人员"))
