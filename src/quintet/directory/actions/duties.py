"""Which department keeps which register: proposed by one operator, confirmed by another, ended and never deleted."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext_lazy

from quintet.core import second_person
from quintet.core.accounts import operators
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.core.notify import tell
from quintet.core.permissions import Right, require_standing, second_pair_of_eyes
from quintet.core.roles import Role
from quintet.core.texts import LONGEST_REASON, shortened
from quintet.directory import acts
from quintet.directory.models import RegisterDuty
from quintet.directory.sheets.sheet import sheets
from quintet.policies.queries import unit_names


def propose_duty(register: str, unit: str, *, by: User, on: date) -> RegisterDuty:
    """Not in force before another operator has confirmed it. Raises NotAllowed, DomainError."""
    right = acts.PROPOSE_DUTY.right(by)
    if register not in sheets() or unit not in unit_names():
        raise DomainError(_("没有这本名录或这个部门。"), remedy=_("请从列表中选择。"))
    if not operators(on) - {by.pk}:
        raise DomainError(
            _("这件事须由两位系统管理员办理，目前人数不够。"),
            remedy=_("请在服务器上运行 manage.py create_operator 再设立一位系统管理员。"),
        )
    try:
        with recorded() as log:
            duty = RegisterDuty(register=register, unit=unit, proposed_by=by, proposed_under_id=right.grant, proposed_on=on)
            _save(duty, by)
            log.record("directory.propose_duty", duty, f"提出名录分工：{spelt(duty)}", by=by, **right.details)
            _tell(duty, "提出名录分工（待复核）", by, on)
            second_person.ask(WAITING, duty)
    except IntegrityError:
        raise DomainError(_("这个部门已经办这本名录，或已有一件等待复核。"), where=named(duty)) from None
    return duty


def confirm_duty(duty: RegisterDuty, *, by: User, on: date) -> RegisterDuty:
    """In force from `on`. Not by who proposed it, nor by anybody who lent or borrowed the role for it."""
    with recorded() as log:
        duty = _held(duty)
        right = confirming_right(duty, by)
        if duty.granted_on is not None or duty.revoked_on is not None:
            raise DomainError(_("这件分工已经办理过。"), where=named(duty), remedy=_("请刷新页面查看。"))
        require_standing(duty.proposed_under, where=named(duty))
        duty.granted_on, duty.confirmed_by, duty.confirmed_under_id = on, by, right.grant
        _save(duty, by)
        log.record(
            "directory.confirm_duty",
            duty,
            f"名录分工生效：{spelt(duty)}",
            by=by,
            granted_on=on.isoformat(),
            **right.details,
        )
        _tell(duty, "名录分工生效", by, on)
    return duty


def end_duty(duty: RegisterDuty, *, reason: str, by: User, on: date) -> RegisterDuty:
    """Not in force from `on`; a proposal that is not wanted ends in the same way. The row stays."""
    right = acts.END_DUTY.right(by)
    if not reason.strip():
        raise DomainError(_("请写明理由。"), where=named(duty))
    with recorded() as log:
        duty = _held(duty)
        if duty.revoked_on is not None:
            raise DomainError(_("这件分工已经终止。"), where=named(duty))
        duty.revoked_on = max(on, duty.granted_on or on)
        _save(duty, by, reason)
        title = f"终止名录分工：{spelt(duty)}"
        log.record("directory.end_duty", duty, title, by=by, reason=reason.strip(), on=on.isoformat(), **right.details)
        _tell(duty, "名录分工终止", by, on)
    return duty


def confirming_right(duty: RegisterDuty, by: User) -> Right:
    """The right under which `by` confirms. Raises NotAllowed."""
    right = acts.CONFIRM_DUTY.right(by)
    first = Right.under(duty.proposed_under) if duty.proposed_under else Right(duty.proposed_by_id, 0)
    second_pair_of_eyes(first, right, where=named(duty))
    return right


def may_confirm_duty(duty: RegisterDuty, user: Any) -> bool:
    if duty.granted_on is not None or duty.revoked_on is not None:
        return False
    try:
        confirming_right(duty, user)
    except NotAllowed:
        return False
    return True


WAITING = second_person.Kind(
    label=pgettext_lazy("second person", "复核名录分工"),
    acts=(acts.PROPOSE_DUTY.title,),
    mine=lambda user: (
        [duty for duty in _waiting()[: second_person.MOST] if may_confirm_duty(duty, user)] if acts.CONFIRM_DUTY.may(user) else []
    ),
    candidates=lambda duty: second_person.holders(*acts.CONFIRM_DUTY.roles),
    able=lambda duty, users: [user for user in users if may_confirm_duty(duty, user)],
    about=lambda duty: spelt(duty),
    address=lambda duty, user: reverse("directory:duties"),
    listed=lambda user: reverse("directory:duties"),
    topic="duty",
)


def _waiting() -> QuerySet[RegisterDuty]:
    return RegisterDuty.objects.waiting().select_related("proposed_under").order_by("pk")


def named(duty: RegisterDuty) -> str:
    """The register and the department in words."""
    title = sheets()[duty.register].title if duty.register in sheets() else duty.register
    return f"{title} · {unit_names().get(duty.unit, duty.unit)}"


def spelt(duty: RegisterDuty) -> str:
    """In Chinese, for what is kept and for what others are told."""
    with override("zh-hans"):
        return named(duty)


def _held(duty: RegisterDuty) -> RegisterDuty:
    return RegisterDuty.objects.select_related("proposed_under").select_for_update(of=("self",)).get(pk=duty.pk)


def _save(duty: RegisterDuty, by: User, reason: str = "") -> None:
    duty._history_user, duty._change_reason = by, shortened(reason, LONGEST_REASON)  # type: ignore[attr-defined]
    with transaction.atomic():
        duty.save()


def _tell(duty: RegisterDuty, what: str, by: User, on: date) -> None:
    """The department's officers, and the other operators; of what waits, those are asked to decide it."""
    officers = RoleGrant.objects.in_force(on).filter(role=Role.OFFICER, unit=duty.unit).values_list("user", flat=True)
    asked = operators(on) if duty.granted_on is None and duty.revoked_on is None else set()
    tell(sorted({*officers, *operators(on)} - {by.pk} - asked), f"{what}：{spelt(duty)}", kind="duty", url=reverse("directory:duties"))
