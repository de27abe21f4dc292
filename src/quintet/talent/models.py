from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import CanonicalNameField
from quintet.core.history import HistoricalRecords
from quintet.directory.models import Organisation, Person
from quintet.reading.names import canonical

NO_OR_UNKNOWN = _("确知没有的填“否”，不知道时留空；填了日期即为“是”。")
# Whether it happened, and when: a "no" has no day, and a day is a "yes".
EVENTS = (
    ("founded", "founded_on", _("已有创业日期，“已在市内创业”不能填“否”。")),
    ("settled", "settled_on", _("已有落户日期，“已落户”不能填“否”。")),
    ("home_bought", "home_bought_on", _("已有购房日期，“已在市内购房”不能填“否”。")),
)


class Talent(models.Model):
    """What the city knows of a person as a talent (T15 to T17); one row a person. Money in fen; null is unknown."""

    class Category(models.TextChoices):
        INTERNATIONAL_TOP = "international_top", _("国际顶尖人才")
        NATIONAL_LEADING = "national_leading", _("国家级领军人才")
        PROVINCIAL_PLAN = "provincial_plan", _("兴辽英才计划入选者")
        PROVINCIAL_OUTSTANDING_EXPERT = "provincial_outstanding_expert", _("省优秀专家")
        OTHER = "other", _("其他人才")

    person = models.OneToOneField(Person, models.PROTECT, related_name="talent", verbose_name=_("人员"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="talents", verbose_name=_("用人单位或所办企业")
    )
    category = models.CharField(_("人才类别"), max_length=32, choices=Category.choices)
    newly_brought_in = models.BooleanField(_("新引进"), null=True, blank=True)
    newly_trained = models.BooleanField(_("新培养"), null=True, blank=True)
    brought_in_on = models.DateField(_("引进日期"), null=True, blank=True)
    first_full_time = models.BooleanField(_("首次全职引进"), null=True, blank=True)
    contract_years = models.PositiveSmallIntegerField(_("劳动合同年限"), null=True, blank=True)
    review_passed = models.BooleanField(_("通过评审"), null=True, blank=True)
    phd = models.BooleanField(_("博士"), null=True, blank=True)
    full_time_degree = models.BooleanField(_("全日制学位"), null=True, blank=True)
    graduated_on = models.DateField(_("毕业日期"), null=True, blank=True)
    founded = models.BooleanField(_("已在市内创业"), null=True, blank=True, help_text=NO_OR_UNKNOWN)
    founded_on = models.DateField(_("在市内创业日期"), null=True, blank=True)
    first_business = models.BooleanField(_("首次创业"), null=True, blank=True)
    settled = models.BooleanField(_("已落户"), null=True, blank=True, help_text=NO_OR_UNKNOWN)
    settled_on = models.DateField(_("落户日期"), null=True, blank=True)
    works_in_city = models.BooleanField(_("在市内工作"), null=True, blank=True)
    home_bought = models.BooleanField(_("已在市内购房"), null=True, blank=True, help_text=NO_OR_UNKNOWN)
    first_home = models.BooleanField(_("在市内首次购房"), null=True, blank=True)
    home_bought_on = models.DateField(_("购房日期"), null=True, blank=True)
    provincial_support_fen = models.BigIntegerField(_("省级资助金额"), null=True, blank=True)
    provincial_support_on = models.DateField(_("省级资助日期"), null=True, blank=True)
    brings_results = models.BooleanField(_("带成果来本市转化或者与企业合作开发"), null=True, blank=True)
    fits_local_industry = models.BooleanField(_("符合本地产业方向"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("人才变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("人才")
        ordering = ["-brought_in_on", "pk"]
        indexes = [
            models.Index(fields=["-brought_in_on", "id"], name="talent_latest"),
            models.Index(fields=["category", "brought_in_on"], name="talent_category_brought_in"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(provincial_support_fen=None) | Q(provincial_support_fen__gte=0),
                name="talent_support_not_negative",
                violation_error_message=_("金额不能为负。"),
            ),
            models.CheckConstraint(
                condition=Q(contract_years=None) | Q(contract_years__lte=60),
                name="talent_contract_years_sane",
                violation_error_message=_("劳动合同年限不能超过 60 年。"),
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{day: None}) | Q(**{happened: None}) | Q(**{happened: True}),
                    name=f"talent_{happened}_on_a_day",
                    violation_error_message=message,
                )
                for happened, day, message in EVENTS
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    def get_absolute_url(self) -> str:
        return reverse("talent:talent", args=[self.pk])

    def clean(self) -> None:
        """Who gives the day need not say "yes" as well."""
        dated = [(happened, contradiction) for happened, day, contradiction in EVENTS if getattr(self, day)]
        if errors := {happened: contradiction for happened, contradiction in dated if getattr(self, happened) is False}:
            raise ValidationError(errors)
        for happened, _contradiction in dated:
            setattr(self, happened, True)


class Team(models.Model):
    """A strong team of innovators and founders, brought in or trained, in one of three tiers of support (T16)."""

    class Tier(models.TextChoices):
        PRIORITY = "priority", _("优先支持")
        KEY = "key", _("重点支持")
        SPECIAL = "special", _("特别支持")

    name = models.CharField(_("团队名称"), max_length=120, db_index=True)
    canonical_name = CanonicalNameField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="teams", verbose_name=_("依托单位"))
    leader = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="teams", verbose_name=_("带头人"))
    tier = models.CharField(_("支持档次"), max_length=12, choices=Tier.choices)
    selected_on = models.DateField(_("入选日期"))

    history = HistoricalRecords(verbose_name=_("团队变更"), excluded_fields=["canonical_name"])

    class Meta:
        verbose_name = verbose_name_plural = _("创新团队")
        ordering = ["-selected_on", "pk"]
        indexes = [
            models.Index(fields=["-selected_on", "id"], name="team_latest"),
            models.Index(fields=["tier", "selected_on"], name="team_tier_selected"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "canonical_name"], name="one_team_name", violation_error_message=_("该单位已有同名团队。")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("talent:team", args=[self.pk])

    def clean(self) -> None:
        self.canonical_name = canonical(self.name)  # before the constraints are asked
