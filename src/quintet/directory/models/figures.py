from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quintet.core.history import HistoricalRecords
from quintet.directory.models.organisations import Organisation

FEN, PEOPLE, ITEMS, HUNDREDTHS, YES_NO = "fen", "people", "items", "hundredths", "yes_no"
UNIT_WORDS = {FEN: _("元"), PEOPLE: _("人"), ITEMS: _("件"), HUNDREDTHS: _("分"), YES_NO: _("是/否")}


class YearlyFact(models.Model):
    """One figure of one organisation for one year.

    `value` counts the smallest step of its unit: fen for money, people, pieces, hundredths of a point, 1 and 0 for yes and no.
    """

    class Name(models.TextChoices):
        STAFF = "staff", _("职工总数")
        TECHNICAL_STAFF = "technical_staff", _("科技人员数")
        REVENUE = "revenue", _("销售收入")
        TOTAL_INCOME = "total_income", _("总收入")
        HIGH_TECH_INCOME = "high_tech_income", _("高新技术产品（服务）收入")
        TOTAL_ASSETS = "total_assets", _("资产总额")
        TOTAL_COST = "total_cost", _("成本费用支出总额")
        RD_SPENDING = "rd_spending", _("研究开发费用")
        DOMESTIC_RD_SPENDING = "domestic_rd_spending", _("境内研究开发费用")
        IP_CLASS1 = "ip_class1", _("Ⅰ类知识产权数")
        IP_CLASS2 = "ip_class2", _("Ⅱ类知识产权数")
        CORE_IP = "core_ip", _("拥有核心自主知识产权")
        INNOVATION_SCORE = "innovation_score", _("企业创新能力评价得分")
        MAJOR_INCIDENT = "major_incident", _("发生重大安全、质量事故或严重环境违法")
        NATIONAL_AWARD_5Y = "national_award_5y", _("近五年获国家级科技奖励（前三名）")
        PROVINCIAL_RD_INSTITUTION = "provincial_rd_institution", _("有经认定的省部级以上研发机构")
        LED_STANDARD_5Y = "led_standard_5y", _("近五年主导制定国际、国家或行业标准")

    class Standing(models.IntegerChoices):
        """Which figure counts when there are several: the highest."""

        DECLARED = 1, _("企业自报")
        PRELIMINARY = 2, _("初步数")
        FINAL = 3, _("最终数")

    UNITS = {
        Name.STAFF: PEOPLE,
        Name.TECHNICAL_STAFF: PEOPLE,
        Name.REVENUE: FEN,
        Name.TOTAL_INCOME: FEN,
        Name.HIGH_TECH_INCOME: FEN,
        Name.TOTAL_ASSETS: FEN,
        Name.TOTAL_COST: FEN,
        Name.RD_SPENDING: FEN,
        Name.DOMESTIC_RD_SPENDING: FEN,
        Name.IP_CLASS1: ITEMS,
        Name.IP_CLASS2: ITEMS,
        Name.CORE_IP: YES_NO,
        Name.INNOVATION_SCORE: HUNDREDTHS,
        Name.MAJOR_INCIDENT: YES_NO,
        Name.NATIONAL_AWARD_5Y: YES_NO,
        Name.PROVINCIAL_RD_INSTITUTION: YES_NO,
        Name.LED_STANDARD_5Y: YES_NO,
    }

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="yearly_facts", verbose_name=_("单位"), db_index=False)
    year = models.PositiveSmallIntegerField(_("年度"))
    name = models.CharField(_("指标"), max_length=32, choices=Name.choices)
    value = models.BigIntegerField(_("数值"))
    standing = models.PositiveSmallIntegerField(_("数据性质"), choices=Standing.choices, default=Standing.FINAL)
    source = models.CharField(_("来源"), max_length=80)
    recorded_on = models.DateField(_("登记日期"), default=timezone.localdate)

    history = HistoricalRecords(verbose_name=_("年度数据变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("年度数据")
        ordering = ["-year", "organisation", "name", "standing"]
        indexes = [
            models.Index(fields=["-year", "organisation", "name", "standing"], name="yearly_fact_listed"),
            models.Index(fields=["name", "year"], name="yearly_fact_name_year"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "name", "standing"],
                name="one_figure_a_year",
                violation_error_message=_("该单位这一年的这项数据已有登记，请修改原有记录。"),
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="figure_not_negative", violation_error_message=_("数值不能为负。")),
            models.CheckConstraint(
                condition=Q(year__gte=1990, year__lte=2100),
                name="figure_year_sane",
                violation_error_message=_("年度应在 1990 至 2100 之间。"),
            ),
            models.CheckConstraint(condition=Q(standing__in=[1, 2, 3]), name="figure_standing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_name_display()}"

    def get_absolute_url(self) -> str:
        return reverse("directory:fact", args=[self.pk])

    @property
    def unit(self) -> str:
        return self.UNITS[self.Name(self.name)]

    def get_unit_display(self) -> str:
        return str(UNIT_WORDS[self.unit])
