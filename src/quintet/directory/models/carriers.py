from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import CanonicalNameField
from quintet.core.history import HistoricalRecords
from quintet.directory.models.organisations import Organisation
from quintet.directory.models.recognitions import Level
from quintet.reading.names import canonical


class CarrierQuerySet(models.QuerySet["Carrier"]):
    def in_force(self, on: date) -> "CarrierQuerySet":
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=on), recognised_on__lte=on)


class Carrier(models.Model):
    """An innovation carrier （创新载体） that an organisation operates; a higher level later is a carrier of its own."""

    class Kind(models.TextChoices):
        ENGINEERING_TECHNOLOGY_RESEARCH_CENTER = "engineering_technology_research_center", _("工程技术研究中心")
        ENTERPRISE_TECHNOLOGY_CENTER = "enterprise_technology_center", _("企业技术中心")
        ENGINEERING_RESEARCH_CENTER = "engineering_research_center", _("工程研究中心")
        ENGINEERING_LABORATORY = "engineering_laboratory", _("工程实验室")
        TECHNOLOGY_INNOVATION_CENTER = "technology_innovation_center", _("技术创新中心")
        KEY_LABORATORY = "key_laboratory", _("重点实验室")
        INDUSTRIAL_RESEARCH_INSTITUTE = "industrial_research_institute", _("产业技术研究院")
        ACADEMICIAN_WORKSTATION = "academician_workstation", _("院士专家工作站")
        INNOVATION_ALLIANCE = "innovation_alliance", _("产业技术创新联盟")
        INCUBATOR = "incubator", _("科技企业孵化器")
        ACCELERATOR = "accelerator", _("科技企业加速器")
        MAKER_SPACE = "maker_space", _("众创空间")
        OTHER = "other", _("其他")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="carriers", verbose_name=_("运营单位"))
    name = models.CharField(_("载体名称"), max_length=120, db_index=True)
    canonical_name = CanonicalNameField()
    kind = models.CharField(_("载体类型"), max_length=40, choices=Kind.choices)
    level = models.CharField(_("级别"), max_length=12, choices=Level.choices)
    recognised_on = models.DateField(_("认定日期"), null=True, blank=True)
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    authority = models.CharField(_("认定机关"), max_length=80, blank=True)

    history = HistoricalRecords(verbose_name=_("载体变更"), excluded_fields=["canonical_name"])
    objects = CarrierQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("创新载体")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["kind", "level"], name="carrier_kind_level"),
            models.Index(fields=["level", "recognised_on"], name="carrier_level_recognised"),
            models.Index(fields=["recognised_on"], name="carrier_recognised"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "canonical_name", "level"],
                name="one_carrier_a_level",
                violation_error_message=_("该单位已有同名同级别的载体。"),
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(recognised_on=None) | Q(expires_on__gte=F("recognised_on")),
                name="carrier_expires_after_recognised",
                violation_error_message=_("有效期不能早于认定日期。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("directory:carrier", args=[self.pk])

    def clean(self) -> None:
        self.canonical_name = canonical(self.name)  # before the constraints are asked
