from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import IdentifierField
from quintet.core.history import HistoricalRecords
from quintet.directory.models.organisations import Organisation
from quintet.look.words import cn_date


class Level(models.TextChoices):
    NATIONAL = "national", _("国家级")
    PROVINCIAL = "provincial", _("省级")
    MUNICIPAL = "municipal", _("市级")


class RecognitionQuerySet(models.QuerySet["Recognition"]):
    def in_force(self, on: date) -> "RecognitionQuerySet":
        return self.filter(Q(expires_on=None) | Q(expires_on__gte=on), granted_on__lte=on)


class Recognition(models.Model):
    """A title or an honour that an authority gave an organisation, in force from `granted_on` to `expires_on`, both days included."""

    class Kind(models.TextChoices):
        HIGH_TECH_ENTERPRISE = "high_tech_enterprise", _("高新技术企业")
        TECHNOLOGY_SME = "technology_sme", _("科技型中小企业")
        INNOVATION_LEADER = "innovation_leader", _("创新型领军企业")
        GAZELLE = "gazelle", _("瞪羚企业")
        SCIENCE_AWARD = "science_award", _("科学技术奖励")
        LED_STANDARD = "led_standard", _("主导制定标准")
        IP_MANAGEMENT = "ip_management", _("知识产权管理体系认证")
        OTHER = "other", _("其他")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="recognitions", verbose_name=_("单位"))
    kind = models.CharField(_("认定类型"), max_length=24, choices=Kind.choices)
    level = models.CharField(_("级别"), max_length=12, choices=Level.choices)
    number = IdentifierField(_("证书编号"), kind="certificate_number", max_length=60, blank=True)
    granted_on = models.DateField(_("认定日期"))
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    authority = models.CharField(_("认定机关"), max_length=80)
    evidence = models.FileField(_("证明文件"), upload_to="recognitions/%Y/", blank=True)

    history = HistoricalRecords(verbose_name=_("认定变更"))
    objects = RecognitionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资格认定")
        ordering = ["-granted_on", "pk"]
        indexes = [
            models.Index(fields=["kind", "granted_on"], name="recognition_kind_granted"),
            models.Index(fields=["level", "granted_on"], name="recognition_level_granted"),
            models.Index(fields=["-granted_on", "id"], name="recognition_latest"),
            models.Index(fields=["expires_on"], name="recognition_expires"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "granted_on"],
                name="one_recognition_a_day",
                violation_error_message=_("该单位在这一天已有同类型的认定。"),
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("granted_on")),
                name="recognition_expires_after_granted",
                violation_error_message=_("有效期不能早于认定日期。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {cn_date(self.granted_on)}"

    def get_absolute_url(self) -> str:
        return reverse("directory:recognition", args=[self.pk])
