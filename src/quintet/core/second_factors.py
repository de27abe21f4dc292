"""The second factor: codes of an app (TOTP, RFC 6238), security keys (WebAuthn), recovery codes, and who must have one.

A code or a recovery code works once; a key's count only rises. Wrong ones are counted by `core.attempts` by whoever calls. Factors and
recovery codes are their owner's alone; each change, and each recovery code used, stands in the audit chain and is told to the owner.
"""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyotp
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from quintet.core import acts, second_person
from quintet.core.audit import Log, recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.fields import keyed_hash
from quintet.core.models import RecoveryCode, SecondFactor, SecondFactorDemand, SecondFactorReset, User
from quintet.core.notify import tell
from quintet.core.permissions import Right, require_standing, second_pair_of_eyes
from quintet.core.roles import Role
from quintet.core.texts import fitting
from quintet.look.words import listed

Kind = SecondFactor.Kind
STEP = 30  # seconds
RECOVERY_CODES = 10
MOST = 5  # factors of one account
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
PAGE = "/me/second-factor/"
DEMANDS = "/accounts/second-factor/"


class WrongFactor(DomainError):
    """The code, the recovery code or the answer of the key is not right."""

    status = 422


# Codes


def new_secret() -> str:
    return pyotp.random_base32()


def totp_address(secret: str, user: User, city: str) -> str:
    """What an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=f"Quintet {city}")


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step to which a code belongs: now, or one before or after, as clocks differ; None when it is wrong."""
    code, now = "".join(code.split()), int(at.timestamp()) // STEP
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    return next((step for step in (now, now - 1, now + 1) if constant_time_compare(pyotp.TOTP(secret).generate_otp(step), code)), None)


@transaction.atomic
def add_totp(user: User, *, secret: str, code: str, name: str, at: datetime, by: User) -> list[str]:
    """Taken only with a code that the app has made from it. Returns recovery codes when this is the first factor, else nothing."""
    step = step_of(secret, code, at)
    if step is None:
        raise WrongFactor(_("验证码不对，请等应用显示下一个再试。"))
    return _added(user, kind=Kind.TOTP, name=name, secret=secret, count=step, at=at, by=by)


# Security keys


def _server(host: str, city: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host.partition(":")[0], name=f"Quintet {city}"))


def _credentials(user: User) -> dict[int, AttestedCredentialData]:
    keys = user.second_factors.filter(kind=Kind.KEY)
    return {key.pk: AttestedCredentialData(base64.b64decode(key.secret)) for key in keys}


def key_options(user: User, *, host: str, city: str) -> tuple[str, Any]:
    """What the browser needs to make a key, as JSON, and the state to keep until its answer."""
    entity = PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=user.username, display_name=str(user))
    options, state = _server(host, city).register_begin(
        entity, list(_credentials(user).values()), user_verification=UserVerificationRequirement.PREFERRED
    )
    return json.dumps(dict(options)["publicKey"]), state


@transaction.atomic
def add_key(user: User, *, state: Any, answer: str, name: str, host: str, city: str, at: datetime, by: User) -> list[str]:
    """Returns recovery codes when this is the first factor, else nothing."""
    try:
        made = _server(host, city).register_complete(state, _json(answer))
    except Exception as error:  # whatever a browser may send: the library raises many kinds
        raise WrongFactor(_("没有认出这把安全密钥，请重试。")) from error
    if made.credential_data is None:
        raise WrongFactor(_("没有认出这把安全密钥，请重试。"))
    secret = base64.b64encode(bytes(made.credential_data)).decode()
    return _added(user, kind=Kind.KEY, name=name, secret=secret, count=made.counter, at=at, by=by)


def key_question(user: User, *, host: str, city: str) -> tuple[str, Any] | None:
    """What the browser needs to ask a key, as JSON, and the state to keep; None for who has no key."""
    credentials = list(_credentials(user).values())
    if not credentials:
        return None
    options, state = _server(host, city).authenticate_begin(credentials, user_verification=UserVerificationRequirement.PREFERRED)
    return json.dumps(dict(options)["publicKey"]), state


def _key_is_right(user: User, *, state: Any, answer: str, host: str, city: str, at: datetime) -> bool:
    credentials = _credentials(user)
    try:
        response = AuthenticationResponse.from_dict(_json(answer))
        used = _server(host, city).authenticate_complete(state, list(credentials.values()), response)
    except Exception:  # whatever a browser may send: the library raises many kinds
        return False
    counter = response.response.authenticator_data.counter
    pk = next(pk for pk, known in credentials.items() if known.credential_id == used.credential_id)
    fresh = user.second_factors.filter(pk=pk)
    # Zero: a key that does not count.
    fresh = fresh.filter(last_count__lt=counter) if counter else fresh.filter(last_count=0)
    return fresh.update(last_count=counter, last_used_at=at) == 1


def _json(text: str) -> Mapping[str, Any]:
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return answer


# Signing in


def has_one(user: User) -> bool:
    return user.second_factors.exists()


def is_right(user: User, *, code: str = "", answer: str = "", state: Any = None, host: str = "", city: str = "", at: datetime) -> bool:
    """Whether a code of the app, a recovery code or the answer of a key is right; it then never is again."""
    if answer:
        return state is not None and _key_is_right(user, state=state, answer=answer, host=host, city=city, at=at)
    for factor in user.second_factors.filter(kind=Kind.TOTP):
        step = step_of(factor.secret, code, at)
        if step is not None:
            # One statement: of two at the same moment one is refused.
            return user.second_factors.filter(pk=factor.pk, last_count__lt=step).update(last_count=step, last_used_at=at) == 1
    return _use_recovery_code(user, code, at)


def _use_recovery_code(user: User, code: str, at: datetime) -> bool:
    mine = RecoveryCode.objects.filter(user=user, hash=_hash(user, code), used_at=None)
    if not mine.exists():  # a wrong try does not wait for the chain
        return False
    with recorded() as log:
        if mine.update(used_at=at) != 1:
            return False
        left = user.recovery_codes.filter(used_at=None).count()
        log.record("core.use_recovery_code", user, _("使用恢复码，还剩 %(n)d 个") % {"n": left}, by=user)
        _tell(user, _("有人用恢复码登录了您的账号，还剩 %(n)d 个。如果不是您本人，请立即联系系统管理员。") % {"n": left})
    return True


def _tell(user: User, text: str) -> None:
    tell([user.pk], text, kind="account", url=PAGE, urgent=True)


def _require_owner(user: User, by: User) -> None:
    if user.pk != by.pk:
        raise NotAllowed(_("第二因素和恢复码只由本人设置。"), remedy=_("设备丢失的，请由两位系统管理员重置第二因素。"))


def _hash(user: User, code: str) -> str:
    return keyed_hash(f"recovery {user.pk} {code.replace('-', '')}")


def new_recovery_codes(user: User, *, by: User) -> list[str]:
    """Shown once; those before are void. Its owner's alone. Raises NotAllowed, and DomainError for who has no factor."""
    _require_owner(user, by)
    with recorded() as log:
        User.objects.select_for_update().get(pk=user.pk)
        if not has_one(user):
            raise DomainError(_("请先添加验证器应用或安全密钥。"))
        codes = _new_codes(user, log)
        _tell(user, _("您的账号换了新的恢复码，原来的作废。如果不是您本人，请立即联系系统管理员。"))
    return codes


def _new_codes(user: User, log: Log) -> list[str]:
    codes = ["-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, hash=_hash(user, code)) for code in codes])
    log.record("core.new_recovery_codes", user, _("签发新的恢复码，原来的作废"), by=user)
    return codes


def _added(user: User, *, kind: str, name: str, secret: str, count: int, at: datetime, by: User) -> list[str]:
    _require_owner(user, by)
    with recorded() as log:
        User.objects.select_for_update().get(pk=user.pk)
        first = not has_one(user)
        if user.second_factors.count() >= MOST:
            raise DomainError(_("最多添加 %(n)d 个，请先移除不用的。") % {"n": MOST})
        factor = SecondFactor(user=user, kind=kind, secret=secret, last_count=count, created_at=at)
        factor.name = fitting(SecondFactor, "name", name) or factor.get_kind_display()
        factor.save()
        title = _("添加第二因素：%(name)s") % {"name": factor.name}
        log.record("core.add_second_factor", user, title, by=by, factor=factor.pk, kind=factor.get_kind_display())
        _tell(user, _("您的账号添加了第二因素“%(name)s”。如果不是您本人，请立即联系系统管理员。") % {"name": factor.name})
        return _new_codes(user, log) if first else []


def remove(factor: SecondFactor, *, by: User) -> None:
    """Its owner's alone; the last one stays while a role demands one."""
    if factor.user_id != by.pk:
        raise NotAllowed(_("只能移除自己的第二因素。"))
    with recorded() as log:
        User.objects.select_for_update().get(pk=by.pk)
        others = by.second_factors.exclude(pk=factor.pk).exists()
        if not others and demanded(by):
            raise DomainError(_("您的角色要求第二因素，最后一个不能移除。"), remedy=_("请先添加另一个。"))
        key, kind = factor.pk, factor.get_kind_display()
        factor.delete()
        if not others:
            by.recovery_codes.all().delete()
        title = _("移除第二因素：%(name)s") % {"name": factor.name}
        log.record("core.remove_second_factor", by, title, by=by, factor=key, kind=kind)
        _tell(by, _("您的账号移除了第二因素“%(name)s”。如果不是您本人，请立即联系系统管理员。") % {"name": factor.name})


# Who must have one


def demanded_roles() -> set[str]:
    return set(SecondFactorDemand.objects.values_list("role", flat=True))


def demanded(user: User) -> bool:
    return bool(user.role_codes & demanded_roles())


def demand(roles: Iterable[str], *, by: User) -> None:
    """From now on these roles need one. Of a role that is left out, the demand ends when a second operator agrees (`answer_lifting`)."""
    right = acts.DEMAND_SECOND_FACTOR.right(by)
    wanted = set(roles)
    if wanted - set(Role.values):
        raise DomainError(_("没有这个角色。"))
    with recorded() as log:
        before = demanded_roles()
        for one in SecondFactorDemand.objects.select_for_update().filter(lifting_by=None).exclude(role__in=wanted).order_by("pk"):
            acts.ASK_LIFTING.right(by)
            one.lifting_by, one.lifting_under_id = by, right.grant
            one.save()
            title = _("提出取消第二因素要求：%(role)s") % {"role": one.get_role_display()}
            log.record("core.ask_lifting", one, title, by=by, role=one.role, **right.details)
            second_person.ask(WAITING_LIFTINGS, one)
        if not wanted - before:
            return
        SecondFactorDemand.objects.bulk_create([SecondFactorDemand(role=role) for role in sorted(wanted - before)])
        log.record("core.demand_second_factor", "core.secondfactordemand", _("改变哪些角色须用第二因素登录"), by=by, roles_before=_labels(before), roles_after=_labels(before | wanted))  # fmt: skip
        _tell_holders(wanted - before, _("从现在起，这些角色须用第二因素登录：%(roles)s。"), but=by)


def answer_lifting(demand: SecondFactorDemand, *, confirmed: bool, by: User) -> None:
    """The second operator: the role needs none any more, or still does. Whoever asked may take it back."""
    right = acts.CONFIRM_LIFTING.right(by)
    with recorded() as log:
        found = SecondFactorDemand.objects.select_for_update(of=("self",)).select_related("lifting_under").filter(pk=demand.pk).first()
        if found is None or found.lifting_under is None:
            raise DomainError(_("没有待复核的取消。"), where=str(demand), remedy=_("请刷新页面查看。"))
        title = {"role": found.get_role_display()}
        if not confirmed:
            found.lifting_by = found.lifting_under = None
            found.save()
            log.record("core.keep_second_factor", found, _("保留第二因素要求：%(role)s") % title, by=by, role=found.role, **right.details)
            return
        _require_second_for_lifting(found, right)
        require_standing(found.lifting_under, where=str(found))
        log.record("core.lift_second_factor", found, _("取消第二因素要求：%(role)s") % title, by=by, role=found.role, **right.details)
        found.delete()
        _tell_holders({found.role}, _("这些角色不再要求用第二因素登录：%(roles)s。"), but=by)


def _require_second_for_lifting(demand: SecondFactorDemand, right: Right) -> None:
    if demand.lifting_under is not None:
        word = _("取消第二因素要求须由另一位系统管理员复核。")
        second_pair_of_eyes(Right.under(demand.lifting_under), right, message=word, where=demand.get_role_display())


def may_confirm_lifting(demand: SecondFactorDemand, user: User) -> bool:
    if demand.lifting_under is None or not acts.CONFIRM_LIFTING.may(user):
        return False
    try:
        _require_second_for_lifting(demand, acts.CONFIRM_LIFTING.right(user))
    except NotAllowed:
        return False
    return True


def waiting_liftings() -> QuerySet[SecondFactorDemand]:
    return SecondFactorDemand.objects.filter(lifting_by__isnull=False).select_related("lifting_by", "lifting_under").order_by("pk")


def _tell_holders(roles: set[str], text: str, *, but: User) -> None:
    """Whom it concerns, and the other operators."""
    users = {user.pk for user in second_person.holders(*roles, Role.OPERATOR)} - {but.pk}
    tell(sorted(users), text % {"roles": listed(_labels(roles))}, kind="account", url=PAGE)


def _labels(roles: set[str]) -> list[str]:
    return [str(role.label) for role in Role if role in roles]


# Device and recovery codes lost


def ask_reset(user: User, *, by: User, reason: str, at: datetime) -> SecondFactorReset:
    """The first of two operators. Nothing changes yet, but the owner is told."""
    right, reason = acts.ASK_RESET.right(by), fitting(SecondFactorReset, "reason", reason)
    if by.is_also(user.pk):
        raise NotAllowed(_("不能为自己申请重置。"), remedy=_("请由另外两位系统管理员办理。"))
    if not has_one(user):
        raise DomainError(_("这个账号没有第二因素。"), where=str(user))
    try:
        with recorded() as log:
            reset = SecondFactorReset.objects.create(user=user, reason=reason, asked_by=by, asked_under_id=right.grant, asked_at=at)
            log.record("core.ask_second_factor_reset", reset, _("申请重置第二因素"), by=by, account=user.pk, reason=reason, **right.details)
            tell(
                [user.pk],
                _("系统管理员 %(by)s 申请重置您的第二因素。如果不是您提出的，请立即联系另一位系统管理员。") % {"by": by},
                kind="account",
                url=PAGE,
                urgent=True,
            )
            second_person.ask(WAITING, reset)
    except IntegrityError:
        raise DomainError(_("已有一项重置等待复核。"), where=str(user)) from None
    return reset


def answer_reset(reset: SecondFactorReset, *, confirmed: bool, by: User, at: datetime) -> None:
    """The second operator. Confirmed: every factor and recovery code is gone, and every session of the account ends."""
    from quintet.core.sessions import end_sessions

    right = acts.ASK_RESET.right(by)
    with recorded() as log:
        reset = SecondFactorReset.objects.select_for_update().get(pk=reset.pk)
        if reset.answered_at is not None:
            raise DomainError(_("这项重置已经办结。"), where=str(reset.user))
        if confirmed:
            _require_second(reset, right)
            require_standing(reset.asked_under, where=str(reset.user))
        reset.answered_by, reset.answered_under_id, reset.answered_at, reset.confirmed = by, right.grant, at, confirmed
        reset.save()
        title = _("重置第二因素") if confirmed else _("不同意重置第二因素")
        log.record(
            "core.reset_second_factor" if confirmed else "core.refuse_second_factor_reset",
            reset,
            title,
            by=by,
            account=reset.user_id,
            asked_by=str(reset.asked_by),
            **right.details,
        )
        if confirmed:
            reset.user.second_factors.all().delete()
            reset.user.recovery_codes.all().delete()
            end_sessions(reset.user)
            tell([reset.user_id], _("您的第二因素已重置，请登录后重新设置。"), kind="account", url=PAGE, urgent=True)
        else:
            tell([reset.user_id], _("重置您的第二因素的申请没有通过，原有的第二因素照常使用。"), kind="account", url=PAGE)


def may_confirm_reset(reset: SecondFactorReset, user: User) -> bool:
    """Whether the user is the second operator for it."""
    if reset.answered_at is not None or not acts.ASK_RESET.may(user):
        return False
    try:
        _require_second(reset, acts.ASK_RESET.right(user))
    except NotAllowed:
        return False
    return True


def _require_second(reset: SecondFactorReset, right: Right) -> None:
    word = _("重置须由另一位系统管理员复核。")
    if reset.user_id in right.everybody:
        raise NotAllowed(word, where=str(reset.user))
    first = Right.under(reset.asked_under) if reset.asked_under else Right(reset.asked_by_id, 0)
    second_pair_of_eyes(first, right, message=word, where=str(reset.user))


def waiting_resets() -> QuerySet[SecondFactorReset]:
    """What waits for a second operator, the oldest first."""
    return SecondFactorReset.objects.filter(answered_at=None).select_related("user", "asked_by", "asked_under").order_by("pk")


WAITING_LIFTINGS = second_person.Kind(
    label=gettext_lazy("复核取消第二因素要求"),
    acts=(acts.ASK_LIFTING.title,),
    mine=lambda user: [one for one in waiting_liftings() if may_confirm_lifting(one, user)] if acts.CONFIRM_LIFTING.may(user) else [],
    candidates=lambda demand: second_person.holders(*acts.CONFIRM_LIFTING.roles),
    able=lambda demand, users: [user for user in users if may_confirm_lifting(demand, user)],
    about=lambda demand: f"{demand.get_role_display()}（{demand.lifting_by} 提出）",
    address=lambda demand, user: DEMANDS,
    listed=lambda user: DEMANDS,
    topic="account",
)
WAITING = second_person.Kind(
    label=gettext_lazy("复核第二因素重置"),
    acts=(acts.ASK_RESET.title,),
    mine=lambda user: (
        [one for one in waiting_resets()[: second_person.MOST] if may_confirm_reset(one, user)] if acts.ASK_RESET.may(user) else []
    ),
    candidates=lambda reset: second_person.holders(*acts.ASK_RESET.roles),
    able=lambda reset, users: [user for user in users if may_confirm_reset(reset, user)],
    about=lambda reset: f"{reset.user}（{reset.asked_by} 申请）",
    address=lambda reset, user: DEMANDS,
    listed=lambda user: DEMANDS,
    topic="account",
)
