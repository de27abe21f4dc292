from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.fields import CanonicalNameField, IdentifierField
from quintet.core.history import HistoricalRecords
from quintet.directory.models import Organisation, Person


class TransferProject(models.Model):
    """A project that carries research results into use (T9, T11, T16 overseas). Money in fen; null is unknown."""

    class Stage(models.TextChoices):
        LABORATORY = "laboratory", _("实验室阶段")
        PILOT = "pilot", _("中试阶段")
        INDUSTRIAL = "industrial", _("产业化阶段")

    number = IdentifierField(_("项目编号"), kind="project_number", max_length=40, unique=True)
    name = models.CharField(_("项目名称"), max_length=160, db_index=True)
    canonical_name = CanonicalNameField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="projects", verbose_name=_("承担单位"))
    transfer_project = models.BooleanField(
        _("科技成果转化项目"), null=True, blank=True, help_text=_("本名录的项目按“是”办理；确认不属于成果转化的填“否”。")
    )
    cooperation = models.BooleanField(_("产学研合作"), null=True, blank=True)
    stage = models.CharField(_("阶段"), max_length=12, choices=Stage.choices, blank=True)
    stage_reached_on = models.DateField(_("达到本阶段日期"), null=True, blank=True)
    registered_on = models.DateField(_("立项日期"), null=True, blank=True)
    accepted_on = models.DateField(_("验收日期"), null=True, blank=True)
    significant_for_local_industry = models.BooleanField(
        _("对本地产业有重大带动作用"), null=True, blank=True, help_text=_("由主管部门认定，认定理由必须一并登记。")
    )
    significance_reason = models.TextField(_("认定理由"), blank=True)
    total_spending_fen = models.BigIntegerField(_("项目总投入"), null=True, blank=True)
    in_park = models.BooleanField(_("入驻园区"), null=True, blank=True)
    entered_park_on = models.DateField(_("入驻日期"), null=True, blank=True)
    overseas_talent = models.BooleanField(_("海外人才项目"), null=True, blank=True)
    start_up_stage = models.BooleanField(_("处于初创期"), null=True, blank=True)
    net_income_fen = models.BigIntegerField(_("转化净收入"), null=True, blank=True)
    net_income_on = models.DateField(_("净收入取得日期"), null=True, blank=True)
    university_result = models.BooleanField(_("成果来自高校院所"), null=True, blank=True)
    state_institution = models.BooleanField(
        _("国家设立的高校或研究开发机构"),
        null=True,
        blank=True,
        help_text=_("取得净收入的单位：公办高校、国有科研院所填“是”，企业、民办高校填“否”。"),
    )
    staff_reward_fen = models.BigIntegerField(_("奖励科研人员金额"), null=True, blank=True)
    own_rule_or_agreement = models.BooleanField(
        _("单位有规定或者与科技人员有约定"),
        null=True,
        blank=True,
        help_text=_("指奖励科技人员的办法；有规定或约定的从其规定，没有的适用法定下限；国家设立的高校院所，规定和约定也不得低于法定下限。"),
    )

    history = HistoricalRecords(verbose_name=_("项目变更"), excluded_fields=["canonical_name"])

    class Meta:
        verbose_name = verbose_name_plural = _("转化项目")
        ordering = ["-registered_on", "pk"]
        indexes = [
            models.Index(fields=["-registered_on", "id"], name="project_latest"),
            models.Index(fields=["stage", "registered_on"], name="project_stage_registered"),
        ]
        constraints = [
            *(
                models.CheckConstraint(
                    condition=Q(**{field: None}) | Q(**{f"{field}__gte": 0}),
                    name=f"project_{field}_not_negative",
                    violation_error_message=_("金额不能为负。"),
                )
                for field in ("total_spending_fen", "net_income_fen", "staff_reward_fen")
            ),
            models.CheckConstraint(
                condition=Q(accepted_on=None) | Q(registered_on=None) | Q(accepted_on__gte=F("registered_on")),
                name="project_accepted_after_registered",
                violation_error_message=_("验收日期不能早于立项日期。"),
            ),
            models.CheckConstraint(
                condition=Q(significant_for_local_industry=None) | ~Q(significance_reason=""),
                name="project_significance_has_reason",
                violation_error_message=_("认定（或不认定）对本地产业有重大带动作用时，必须写明理由。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("market:project", args=[self.pk])


class ProjectMember(models.Model):
    """Somebody works or worked on a project, whichever organisation they belong to."""

    project = models.ForeignKey(
        TransferProject, models.PROTECT, related_name="members", db_index=False, verbose_name=pgettext_lazy("transfer", "项目")
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="project_memberships", verbose_name=_("人员"))

    history = HistoricalRecords(verbose_name=_("项目成员变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("项目成员")
        ordering = ["project", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"], name="project_member_once", violation_error_message=_("此人已登记为这个项目的成员。")
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.person}"

    def get_absolute_url(self) -> str:
        return reverse("market:member", args=[self.pk])
