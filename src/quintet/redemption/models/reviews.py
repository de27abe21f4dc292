from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from quintet.core.history import HistoricalRecords
from quintet.core.models import RoleGrant
from quintet.directory.models import Organisation, Person
from quintet.redemption.models.claims import Claim, ClaimStep


class Expert(models.Model):
    """Somebody who may be drawn for expert reviews, from `active_from` until the day before `active_until`."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="expert", verbose_name=_("人员"))
    employer = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="experts", verbose_name=_("工作单位"))
    title = models.CharField(_("职称"), max_length=80, blank=True)
    field = models.CharField(_("专业领域"), max_length=160)
    active_from = models.DateField(_("入库日期"))
    active_until = models.DateField(_("出库日期"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("专家变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("专家")
        ordering = ["person__name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(active_until=None) | Q(active_until__gte=F("active_from")), name="redemption_expert_leaves_after_entry"
            )
        ]

    def __str__(self) -> str:
        return str(self.person)


class ExpertChange(models.Model):
    """Somebody is to be drawn for reviews from now on, or not any more: proposed by one officer, confirmed by another before it counts."""

    class Kind(models.TextChoices):
        ENTER = "enter", _("入库")
        LEAVE = "leave", _("出库")

    kind = models.CharField(_("事项"), max_length=5, choices=Kind.choices)
    person = models.ForeignKey(Person, models.PROTECT, related_name="expert_changes", verbose_name=_("人员"))
    employer = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("工作单位"))
    title = models.CharField(_("职称"), max_length=80, blank=True)
    field = models.CharField(_("专业领域"), max_length=160, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_on = models.DateField(_("提出日期"))
    confirmed = models.BooleanField(_("已确认"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    confirmed_on = models.DateField(_("复核日期"), null=True)
    remark = models.CharField(_("复核意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("专家入库和出库")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="redemption_expert_changed_by_two"),
            models.CheckConstraint(
                condition=Q(confirmed=None, confirmed_by=None, confirmed_under=None, confirmed_on=None)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, confirmed_under__isnull=False, confirmed_on__isnull=False),
                name="redemption_expert_change_confirmed_as_a_whole",
            ),
            models.CheckConstraint(condition=Q(kind="leave") | ~Q(field=""), name="redemption_expert_of_a_field"),
            models.UniqueConstraint(fields=["person"], condition=Q(confirmed=None), name="redemption_one_open_expert_change"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"


class Panel(models.Model):
    """The experts of one review, drawn once: whoever has seed, pool and exclusions can repeat the draw (docs/algorithms/money.md)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="panels")
    step = models.OneToOneField(ClaimStep, models.PROTECT, related_name="panel")
    seed = models.CharField(_("随机种子"), max_length=64)
    wanted = models.PositiveSmallIntegerField(_("人数"))
    pool = models.JSONField(_("候选专家"))
    excluded = models.JSONField(_("应回避的专家"))
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("抽取人"))
    drawn_on = models.DateField(_("抽取日期"))
    points = models.PositiveIntegerField(_("平均分（百分之一分）"), null=True)
    passed = models.BooleanField(_("通过"), null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("汇总人"))
    closed_on = models.DateField(_("汇总日期"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("专家组")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None, points=None, passed=None, closed_by=None)
                | Q(closed_on__isnull=False, points__isnull=False, passed__isnull=False, closed_by__isnull=False),
                name="redemption_panel_closed_as_a_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.drawn_on}"


class Seat(models.Model):
    """One expert's place in a panel: declared free of interest or recused, then scored; a score is never changed."""

    class State(models.TextChoices):
        INVITED = "invited", _("待声明")
        SITTING = "sitting", _("待评分")
        RECUSED = "recused", _("已回避")
        SCORED = "scored", _("已评分")

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="seats", db_index=False)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField(_("抽取次序"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.INVITED)
    reason = models.CharField(_("回避理由"), max_length=300, blank=True)
    scores = models.JSONField(_("各项得分"), default=dict)
    points = models.PositiveSmallIntegerField(_("总分"), null=True)
    suggested_fen = models.BigIntegerField(_("建议金额（分）"), null=True)
    opinion = models.TextField(_("评审意见"), blank=True)
    declared_at = models.DateTimeField(_("声明时间"), null=True)
    scored_at = models.DateTimeField(_("评分时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("评审席位")
        ordering = ["panel", "number"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "expert"], name="redemption_one_seat_an_expert"),
            models.UniqueConstraint(fields=["panel", "number"], name="redemption_seat_in_its_place"),
            models.CheckConstraint(condition=~Q(state="recused") | ~Q(reason=""), name="redemption_recused_with_reason"),
            models.CheckConstraint(
                condition=Q(state="scored", points__isnull=False) | ~Q(state="scored") & Q(points=None),
                name="redemption_scored_with_points",
            ),
            models.CheckConstraint(condition=Q(suggested_fen=None) | Q(suggested_fen__gte=0), name="redemption_suggestion_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.panel_id} {self.expert}"


class SeatChange(models.Model):
    """An expert who was drawn is to leave a panel, because the registers tell of a tie by now: proposed by one officer, confirmed by another (docs/decisions/0017)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="seat_changes", verbose_name=_("申报"))
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="changes", verbose_name=_("评审席位"))
    reason = models.CharField(_("回避理由"), max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("提出人所据角色"))
    proposed_on = models.DateField(_("提出日期"))
    confirmed = models.BooleanField(_("已确认"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    confirmed_on = models.DateField(_("复核日期"), null=True)
    remark = models.CharField(_("复核意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("更换评审专家")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="redemption_seat_changed_by_two"),
            models.CheckConstraint(
                condition=Q(confirmed=None, confirmed_by=None, confirmed_under=None, confirmed_on=None)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, confirmed_under__isnull=False, confirmed_on__isnull=False),
                name="redemption_seat_change_confirmed_as_a_whole",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="redemption_seat_changed_for_a_reason"),
            models.UniqueConstraint(fields=["claim"], condition=Q(confirmed=None), name="redemption_one_open_seat_change"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.seat.expert}"


class JointVote(models.Model):
    """What one department says in a joint review (部门联审); empty while it is asked."""

    class Vote(models.TextChoices):
        AGREE = "agree", _("同意")
        OBJECT = "object", _("不同意")
        NO_OPINION = "no_opinion", _("无意见")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="votes")
    step = models.ForeignKey(ClaimStep, models.PROTECT, related_name="votes", db_index=False)
    unit = models.CharField(_("部门"), max_length=40)
    vote = models.CharField(_("表决"), max_length=10, choices=Vote.choices, blank=True)
    opinion = models.TextField(_("意见"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("表决人"))
    under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("所据角色"))
    on = models.DateField(_("表决日期"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("联审表决")
        ordering = ["step", "pk"]
        indexes = [models.Index(fields=["unit", "vote", "claim"], name="vote_queue")]
        constraints = [
            models.UniqueConstraint(fields=["step", "unit"], name="redemption_one_vote_a_unit"),
            models.CheckConstraint(
                condition=Q(vote="", by=None, under=None, on=None)
                | ~Q(vote="") & Q(by__isnull=False, under__isnull=False, on__isnull=False),
                name="redemption_vote_as_a_whole",
            ),
            models.CheckConstraint(condition=~Q(vote="object") | ~Q(opinion=""), name="redemption_objecting_vote_with_opinion"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.unit}"


class Recusal(models.Model):
    """An official keeps away from a claim; never taken back."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("回避人"))
    reason = models.CharField(_("理由"), max_length=300)
    at = models.DateTimeField(_("声明时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("回避")
        ordering = ["claim", "pk"]
        constraints = [models.UniqueConstraint(fields=["claim", "user"], name="redemption_recused_once")]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.user}"
