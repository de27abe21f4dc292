from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import CanonicalNameField, IdentifierField
from quintet.core.history import HistoricalRecords
from quintet.core.unreadable import words
from quintet.directory.divisions import division_name
from quintet.directory.industries import industry_name, is_industry
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import credit_code
from quintet.reading.names import canonical

models.CharField.register_lookup(Length)


def check_code(code: str) -> None:
    try:
        credit_code(code)
    except Unreadable as error:
        raise ValidationError(words(error)) from None


def check_industry(code: str) -> None:
    if not is_industry(code):
        raise ValidationError(
            gettext("“%(code)s”不是《国民经济行业分类》(GB/T 4754-2017)的代码，请填 2 至 4 位数字。"), params={"code": code}
        )


check_division = RegexValidator(r"\A[0-9]{4}[0-9L][0-9]\Z", _("请填 6 位行政区划代码，例如 211103。"))


class Organisation(models.Model):
    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        UNIVERSITY = "university", _("高等学校")
        INSTITUTE = "institute", _("科研院所")
        BANK = "bank", _("银行")
        FUND = "fund", _("基金")
        GUARANTOR = "guarantor", _("担保与保险机构")
        DEPARTMENT = "department", _("政府部门")
        PARK = "park", _("园区")
        SERVICE = "service", _("科技服务机构")
        OTHER = "other", _("其他")

    code = IdentifierField(_("统一社会信用代码"), kind="credit_code", max_length=18, unique=True, validators=[check_code])
    name = models.CharField(_("名称"), max_length=120, db_index=True)
    canonical_name = CanonicalNameField()
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices, default=Kind.ENTERPRISE, db_index=True)
    division = models.CharField(_("行政区划"), max_length=6, validators=[check_division], db_index=True)
    industry = models.CharField(_("行业代码"), max_length=4, blank=True, validators=[check_industry], db_index=True)
    registered_on = models.DateField(_("成立日期"), null=True, blank=True)
    address = models.CharField(_("住所"), max_length=200, blank=True)
    resident = models.BooleanField(_("中国境内注册的居民企业"), null=True, blank=True)
    listed_field = models.BooleanField(_("主要产品属于国家重点支持的高新技术领域"), null=True, blank=True)
    prohibited_industry = models.BooleanField(_("经营国家禁止、限制或淘汰的产品和服务"), null=True, blank=True)
    abnormal_or_dishonest = models.BooleanField(_("列入经营异常或严重违法失信名单"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("单位变更"), excluded_fields=["canonical_name"])

    class Meta:
        verbose_name = verbose_name_plural = _("单位")
        ordering = ["code"]
        indexes = [models.Index(fields=["kind", "division"], name="organisation_kind_division")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__length=18),
                name="organisation_code_has_18",
                violation_error_message=_("统一社会信用代码应为 18 位。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("directory:organisation", args=[self.pk])

    def get_division_display(self) -> str:
        return division_name(self.division)

    def get_industry_display(self) -> str:
        return f"{self.industry} {industry_name(self.industry)}" if self.industry else ""


class FormerName(models.Model):
    """A name that an organisation bore until a day; people, contracts and certificates go on using it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="former_names", verbose_name=_("单位"))
    name = models.CharField(_("曾用名"), max_length=120)
    canonical_name = CanonicalNameField()
    until = models.DateField(_("使用至"))

    history = HistoricalRecords(verbose_name=_("曾用名变更"), excluded_fields=["canonical_name"])

    class Meta:
        verbose_name = verbose_name_plural = _("曾用名")
        ordering = ["organisation", "-until"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "canonical_name"],
                name="former_name_once",
                violation_error_message=_("该单位的这个曾用名已经登记。"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("directory:former_name", args=[self.pk])

    def clean(self) -> None:
        self.canonical_name = canonical(self.name)
        if self.organisation_id and self.canonical_name == self.organisation.canonical_name:
            raise ValidationError({"name": gettext("这是该单位现在的名称，不是曾用名。")})
