from contextlib import suppress
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.fields import CanonicalNameField, EncryptedTextField, keyed_hash
from quintet.core.history import HistoricalRecords
from quintet.core.masking import mask_identity, mask_phone
from quintet.core.models import RoleGrant
from quintet.core.unreadable import words
from quintet.directory.models.organisations import Organisation
from quintet.look.words import cn_date, cn_time
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import identity_number, phone_number


def canonical_identity(number: str) -> str:
    """The one form of the number of an identity document, of somebody born by today. Raises Unreadable."""
    return identity_number(number, on=clock.today())


def check_identity(number: str) -> None:
    """The number of an identity document of a known kind."""
    try:
        canonical_identity(number)
    except Unreadable as error:
        raise ValidationError(words(error)) from None


def check_phone(number: str) -> None:
    try:
        phone_number(number)
    except Unreadable as error:
        raise ValidationError(words(error)) from None


def check_email(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(
            _("“%(text)s”不是电子邮箱地址，例如 zhang@example.com。只填一个；没有的留空。") % {"text": address[:40]}
        ) from None


class Person(models.Model):
    name = models.CharField(_("姓名"), max_length=60, db_index=True)
    canonical_name = CanonicalNameField()
    identity_number = EncryptedTextField(_("证件号码"), blank=True, validators=[check_identity])
    identity_hash = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    phone = EncryptedTextField(_("电话"), blank=True, validators=[check_phone])
    phone_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    email = models.EmailField(_("电子邮箱"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="person", verbose_name=_("登录账号")
    )

    history = HistoricalRecords(verbose_name=_("人员变更"), excluded_fields=["canonical_name"])

    class Meta:
        verbose_name = verbose_name_plural = _("人员")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_hashes()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("directory:person", args=[self.pk])

    def set_hashes(self) -> None:
        """Keep the number in its one form, and hashes to find it by."""
        with suppress(Unreadable):  # what no check has seen stays as it is
            self.identity_number = canonical_identity(self.identity_number) if self.identity_number else self.identity_number
        with suppress(Unreadable):
            self.phone = phone_number(self.phone) if self.phone else self.phone
        self.identity_hash = keyed_hash(self.identity_number) if self.identity_number else None
        self.phone_hash = keyed_hash(self.phone) if self.phone else ""

    @property
    def masked_identity(self) -> str:
        return mask_identity(self.identity_number or "")

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone or "")


class PersonalDataLook(models.Model):
    """Somebody saw the clear form of a person's data, for which matter, and why; rows are only ever added."""

    class Purpose(models.TextChoices):
        CASE = "case", _("办理申报")
        REGISTER = "register", _("核对、更正名录")
        REQUEST = "request", _("答复本人的请求")
        LAW = "law", _("依法协助其他机关")

    person = models.ForeignKey(Person, models.PROTECT, related_name="looks", verbose_name=_("人员"))
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("查看人"))
    looked_at = models.DateTimeField(_("查看时间"), auto_now_add=True)
    purpose = models.CharField(_("用途"), max_length=12, choices=Purpose.choices, blank=True)  # blank: seen before purposes were asked for
    reference = models.CharField(_("对应事项"), max_length=60, blank=True)
    reason = models.CharField(_("查看理由"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("个人信息查看记录")
        ordering = ["-looked_at"]

    def __str__(self) -> str:
        return f"{self.looked_by} {cn_time(self.looked_at)}"


class Kinship(models.Model):
    """Two people are close relatives; declared by the first of them, and it counts both ways when somebody must keep away from a case."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="relatives", verbose_name=_("人员"))
    relative = models.ForeignKey(Person, models.PROTECT, related_name="relatives_of", verbose_name=_("近亲属"))
    declared_on = models.DateField(_("申报日期"))

    history = HistoricalRecords(verbose_name=_("近亲属关系变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("近亲属关系")
        ordering = ["person", "relative"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "relative"], name="kinship_once", violation_error_message=_("这两个人的近亲属关系已经登记。")
            ),
            models.CheckConstraint(
                condition=~Q(person=F("relative")), name="kinship_of_two", violation_error_message=_("近亲属不能是本人。")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.relative}"

    def get_absolute_url(self) -> str:
        return reverse("directory:kinship", args=[self.pk])


class Shareholding(models.Model):
    """A person holds shares of an organisation, from `held_from` until the day before `held_until`."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="shareholdings", verbose_name=_("股东"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="shareholders", verbose_name=_("单位"))
    held_from = models.DateField(_("持股起始"))
    held_until = models.DateField(_("持股截止"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("持股变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("持股")
        ordering = ["organisation", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"],
                condition=Q(held_until=None),
                name="one_open_shareholding",
                violation_error_message=_("此人在该单位的持股已经登记。"),
            ),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(held_until__gte=F("held_from")),
                name="shares_held_until_after_from",
                violation_error_message=_("持股截止不能早于持股起始。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("directory:shareholding", args=[self.pk])


class FurtherAccount(models.Model):
    """Another account of somebody who signs in with one already, such as an official's beside an applicant's. It gives nothing: it says that both are one
    person, who is never the second of two and keeps away from the same cases under either."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="further_accounts", verbose_name=_("人员"))
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="further_account", verbose_name=_("登录账号"))

    class Meta:
        verbose_name = verbose_name_plural = _("其他账号")

    def __str__(self) -> str:
        return f"{self.person} {self.user}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, on: date) -> "MembershipQuerySet":
        return self.filter(Q(revoked_on=None) | Q(revoked_on__gt=on), granted_on__lte=on)

    def acting(self, on: date) -> "MembershipQuerySet":
        """In force, and of somebody who does things for the organisation: a contact only sees and is told."""
        return self.in_force(on).exclude(part=Membership.Part.CONTACT)


class Membership(models.Model):
    """A person stands for an organisation from `granted_on` until the day before `revoked_on`; only proposed while that is null."""

    class Part(models.TextChoices):
        LEGAL_REPRESENTATIVE = "legal_representative", _("法定代表人")
        AGENT = "agent", _("授权经办人")
        CONTACT = "contact", _("联系人")

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", verbose_name=_("人员"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships", verbose_name=_("单位"))
    part = models.CharField(_("身份"), max_length=24, choices=Part.choices, default=Part.AGENT)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人"), editable=False
    )
    proposed_under = models.ForeignKey(
        RoleGrant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人所据角色"), editable=False
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人"), editable=False
    )
    confirmed_under = models.ForeignKey(
        RoleGrant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人所据角色"), editable=False
    )
    accepted_on = models.DateField(_("本人同意日期"), null=True, blank=True, editable=False)
    granted_on = models.DateField(_("授权日期"), null=True, blank=True)
    revoked_on = models.DateField(_("撤销日期"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("授权变更"))
    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("代理授权")
        ordering = ["organisation", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "part"],
                condition=Q(revoked_on=None),
                name="one_open_membership",
                violation_error_message=_("此人在该单位已有同样身份的有效授权。"),
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("confirmed_by")),
                name="membership_by_two",
                violation_error_message=_("提出人不能确认自己提出的授权。"),
            ),
            models.CheckConstraint(
                condition=Q(revoked_on=None) | Q(granted_on=None) | Q(revoked_on__gte=F("granted_on")),
                name="membership_revoked_after_granted",
                violation_error_message=_("撤销日期不能早于授权日期。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation} · {self.get_part_display()}"

    def get_absolute_url(self) -> str:
        return self.organisation.get_absolute_url()

    def validate_constraints(self, exclude: Any = None) -> None:
        """Says whether the same authority is in force or waits for its confirmation."""
        if self.revoked_on is None and self.person_id and self.organisation_id:
            same = Membership.objects.filter(person=self.person_id, organisation=self.organisation_id, part=self.part, revoked_on=None)
            held = same.exclude(pk=self.pk).first()
            if held is not None and held.granted_on is None:
                raise ValidationError(_("此人在该单位同样身份的授权已经提出，正在等待确认，不用重复提出。"))
            if held is not None and held.granted_on is not None:
                text = _("此人在该单位已有同样身份的授权，自 %(day)s 起有效，不用重复提出。")
                raise ValidationError(text % {"day": cn_date(held.granted_on)})
        super().validate_constraints(exclude=exclude)


class WrongTie(models.Model):
    """That a register ever tied a person to an organisation, or two people as relatives, was wrong: one official says so, another confirms, neither of
    them tied to either. From then on the past of the register ties them no more; what it says now, or says again later, does."""

    register = models.CharField(_("名录"), max_length=40)  # the id of its sheet
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("人员"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    relative = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("近亲属"))
    reason = models.CharField(_("理由"), max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_on = models.DateField(_("提出日期"))
    confirmed = models.BooleanField(_("复核通过"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    confirmed_at = models.DateTimeField(_("复核时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("登记有误的关系")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, relative=None) | Q(organisation=None, relative__isnull=False),
                name="wrong_tie_to_one",
            ),
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="wrong_tie_by_two"),
            models.CheckConstraint(
                condition=Q(confirmed=None, confirmed_by=None, confirmed_under=None, confirmed_at=None)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, confirmed_under__isnull=False, confirmed_at__isnull=False),
                name="wrong_tie_confirmed_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation or self.relative}"
