"""Forms of calls, drafts, experts and votes."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.attachments import ACCEPT, allowed
from quintet.core.form_fields import DayField, Seen, WholeField
from quintet.directory.forms.fields import OrganisationField, PersonField, YuanField
from quintet.look.words import yuan
from quintet.market.models import TransferProject
from quintet.policies.engine import UNIT_WORDS, FactSpec, Policy
from quintet.policies.queries import said, task_number
from quintet.redemption.models import Call, Claim, JointVote
from quintet.redemption.selfcheck import raw_text


def _area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CallForm(Seen):
    """An award opened for applications; once published only its end, contact and remark change."""

    rule = forms.ChoiceField(label=gettext_lazy("事项"))
    year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int)
    opens_on = DayField(label=gettext_lazy("开始日期"), widget=_day())
    closes_on = DayField(label=gettext_lazy("截止日期"), widget=_day())
    contact = forms.CharField(label=gettext_lazy("咨询联系方式"), max_length=160, help_text=gettext_lazy("部门、电话，写给申报人看"))
    remark = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=4000, widget=_area())
    more_papers = forms.CharField(
        label=gettext_lazy("另需材料"), required=False, max_length=2000, widget=_area(), help_text=gettext_lazy("每行一项；政策规定的材料不用重写，办事指南里会自动列出")
    )  # fmt: skip

    def __init__(self, *args: Any, rules: list[Any], years: list[int], today: date, call: Call | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if call is not None:
            for name in ("rule", "year", "opens_on", "more_papers"):
                del self.fields[name]
            self.initial.update({"closes_on": call.closes_on, "contact": call.contact, "remark": call.remark})
            self.initial["seen"] = self.seen_now()
            return
        del self.fields["seen"]
        self.fields["rule"].choices = [(rule.id, f"{task_number(rule.clause)} {said(rule.title)}") for rule in rules]  # type: ignore[attr-defined]
        self.fields["year"].choices = [(year, year) for year in years]  # type: ignore[attr-defined]
        self.initial.setdefault("opens_on", today)

    def holds(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.initial.items() if name in ("closes_on", "contact", "remark") and "rule" not in self.fields
        }


class DraftForm(forms.Form):
    """What an applicant types; every field is kept by itself as soon as it is left."""

    contact = forms.CharField(label=gettext_lazy("联系人"), max_length=60)
    phone = forms.CharField(
        label=gettext_lazy("联系电话"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    text = forms.CharField(
        label=gettext_lazy("情况说明"), max_length=4000, required=False, widget=_area(5), help_text=gettext_lazy("用几句话说清做了什么、达到什么程度。")
    )  # fmt: skip

    def __init__(self, *args: Any, claim: Claim, chosen: Policy, specs: list[FactSpec], none: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = {fact.fact: fact.value for fact in claim.facts.all()}
        asked: dict[str, forms.Field] = {}
        for spec in specs:
            asked[f"fact_{spec.name}"] = _fact_field(spec)
            self.initial[f"fact_{spec.name}"] = raw_text(spec, values.get(spec.name))
            if spec.name in none and spec.type.kind != "bool":
                asked[f"fact_{spec.name}"].required = False
                asked[f"none_{spec.name}"] = _none_field(spec)
                self.initial[f"none_{spec.name}"] = "yes" if spec.name in values and values[spec.name] is None else ""
        self.fields = {**asked, **self.fields}  # facts first
        self.initial.update({"contact": claim.contact, "phone": claim.phone, "text": claim.text})
        address = reverse("redemption:my-claim-save", args=[claim.pk])
        for name, field in self.fields.items():
            trigger = "change" if isinstance(field, forms.ChoiceField) else "change, keyup changed delay:900ms"
            field.widget.attrs |= {
                "hx-post": address,
                "hx-params": name,
                "hx-trigger": trigger,
                "hx-target": "#saved",
                "hx-swap": "innerHTML",
            }


def _none_field(spec: FactSpec) -> forms.Field:
    return forms.ChoiceField(
        label=_("“%(fact)s”如果没有填") % {"fact": said(spec.label)},
        required=False,
        choices=[("", _("请选择")), ("yes", _("没有，或尚未发生"))],
        help_text=_("金额与它有关：已经发生的请在上面填写，没有的请在这里选明。"),
    )


def _fact_field(spec: FactSpec) -> forms.Field:
    given: dict[str, Any] = {"label": said(spec.question) or said(spec.label), "help_text": said(spec.help)}
    if spec.type.kind == "bool":
        return forms.ChoiceField(choices=[("", _("请选择")), ("yes", _("是")), ("no", _("否"))], **given)
    if spec.type.kind == "text":
        return forms.ChoiceField(choices=[("", _("请选择")), *((value, said(words)) for value, words in spec.choices.items())], **given)
    if spec.type.kind == "date":
        return forms.CharField(widget=forms.TextInput(attrs={"type": "date", "min": "1900-01-01", "max": "2150-12-31"}), **given)
    unit = said(dict(zip(("zh", "en"), UNIT_WORDS[str(spec.type.unit)], strict=True)))
    return forms.CharField(
        max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **{**given, "help_text": " ".join(filter(None, [given["help_text"], _("单位：%(unit)s") % {"unit": unit}]))}
    )  # fmt: skip


class PaperForm(forms.Form):
    file = forms.FileField(  # an empty one is told as such by `attachments.keep`
        label=gettext_lazy("选择文件"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}), allow_empty_file=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = allowed()


class JudgeForm(forms.Form):
    """What the department finds: a fact, yes or no, with reasons."""

    fact = forms.ChoiceField(label=gettext_lazy("认定的事实"))
    value = forms.TypedChoiceField(
        label=gettext_lazy("认定结果"), choices=[("yes", gettext_lazy("是")), ("no", gettext_lazy("否"))], coerce=lambda value: value == "yes", widget=forms.RadioSelect
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("认定理由"), max_length=4000, widget=_area())

    def __init__(self, *args: Any, specs: list[FactSpec], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fact"].choices = [(spec.name, said(spec.label)) for spec in specs]  # type: ignore[attr-defined]


class VoteForm(forms.Form):
    unit = forms.ChoiceField(label=gettext_lazy("代表部门"))
    agree = forms.ChoiceField(label=gettext_lazy("表决"), choices=JointVote.Vote.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=gettext_lazy("意见"), required=False, max_length=4000, widget=_area(), help_text=gettext_lazy("不同意的必填")
    )

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]
        if len(units) == 1:
            self.fields["unit"].widget = forms.HiddenInput()
            self.fields["unit"].initial = units[0][0]


class RecuseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("回避的理由"), max_length=300, widget=_area(2))


class DeclareForm(forms.Form):
    free = forms.TypedChoiceField(
        label=gettext_lazy("声明"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("我与申报人没有任职、持股、合作项目、近亲属等利害关系")), ("no", gettext_lazy("我应当回避"))],
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("回避的理由"), required=False, max_length=300, widget=_area(2))


class ScoreForm(forms.Form):
    """One expert's sheet, a field for each criterion of the pack."""

    def __init__(self, *args: Any, criteria: tuple[Any, ...], most: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"points_{criterion.id}"] = WholeField(
                label=said(criterion.label),
                min_value=0,
                max_value=criterion.points,
                help_text=_("0 至 %(most)d 分") % {"most": criterion.points},
            )
        if most is not None:
            self.fields["suggested"] = YuanField(
                label=_("建议金额"), required=False, help_text=_("不超过 %(most)s，没有建议可不填") % {"most": yuan(most)}
            )
        self.fields["opinion"] = forms.CharField(label=_("评审意见"), max_length=4000, widget=_area(4))

    def scores(self) -> dict[str, int]:
        return {criterion.id: self.cleaned_data[f"points_{criterion.id}"] for criterion in self.criteria}


class ExpertForm(forms.Form):
    person = PersonField(label=gettext_lazy("人员"))
    employer = OrganisationField(label=gettext_lazy("工作单位"), required=False)
    title = forms.CharField(label=gettext_lazy("职称"), max_length=80, required=False)
    field = forms.CharField(label=gettext_lazy("专业领域"), max_length=160)


class TieForm(forms.Form):
    """One relation from which an expert must keep away."""

    relative = PersonField(label=gettext_lazy("近亲属"), required=False)
    holds = OrganisationField(label=gettext_lazy("持有股份的单位"), required=False)
    project = forms.CharField(label=gettext_lazy("参与的项目"), required=False, max_length=40, help_text=gettext_lazy("项目编号"))

    def __init__(self, *args: Any, kept: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(kept):
            del self.fields[name]

    def clean_project(self) -> TransferProject | None:
        number = self.cleaned_data["project"].strip()
        if not number:
            return None
        found = TransferProject.objects.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("名录中没有这个项目编号。"))
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not any(given.get(name) for name in ("relative", "holds", "project")):
            raise forms.ValidationError(_("请至少填写一项关系。"))
        return given
