"""Signing in through the city's identity provider: OpenID Connect, authorization code with PKCE, state and nonce.

The provider says who somebody is, by issuer and subject. Whose account that is, two operators say, or a claim that the provider
vouches for and that equals a user name (`settings.OIDC["username_claim"]`). Neither creates an account nor a role. What operators have
unlinked, only they link again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from quintet.core import acts
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AccountProposal, OutsideIdentity, SignedInSession, Unlinking, User
from quintet.core.notify import tell
from quintet.core.permissions import Right, second_pair_of_eyes
from quintet.core.sessions import end_sessions
from quintet.core.texts import shortened

TIMEOUT = 5  # seconds for each request to the provider
SIGNATURES = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
SECOND_FACTORS = {"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris"}  # of RFC 8176
BACK_CHANNEL = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_AGE = 300  # seconds
LONGEST = 255  # characters of an issuer, a subject, the name of a session (OpenID Connect Core 1.0, section 2)


class ProviderAway(DomainError):
    """The provider does not answer, or answers with what is no answer."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            _("统一身份认证系统现在不可用，无法通过它登录。"), remedy=_("请稍后再试；有本系统密码的，可以用用户名和密码登录。")
        )


class SignInRefused(DomainError):
    status = 403


@dataclass(frozen=True)
class Claimed:
    """What the provider has signed."""

    issuer: str
    subject: str
    name: str
    username: str
    sid: str
    second_factor: bool
    id_token: str


def is_set() -> bool:
    return bool(settings.OIDC["discovery"] and settings.OIDC["client"])


def provider_name() -> str:
    return str(settings.OIDC["name"]) or _("统一身份认证")


def _client() -> Any:
    """With the provider's metadata of this moment; signatures that anybody could make are taken out."""
    if not is_set():
        raise DomainError(_("本系统没有接入统一身份认证。"), remedy=_("请用用户名和密码登录。"))
    client = OAuth().register(
        "city",
        client_id=settings.OIDC["client"],
        client_secret=settings.OIDC["secret"],
        server_metadata_url=settings.OIDC["discovery"],
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "default_timeout": TIMEOUT},
    )
    try:
        metadata = client.load_server_metadata()
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway from error
    allowed = [name for name in metadata.get("id_token_signing_alg_values_supported", ["RS256"]) if name in SIGNATURES]
    if not allowed or not all(metadata.get(name) for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")):
        raise ProviderAway
    metadata["id_token_signing_alg_values_supported"] = allowed
    return client


def leave_for_provider(request: HttpRequest, back: str, *, again: bool = False) -> HttpResponse:
    """A redirect to the provider. `back` is the absolute address of the answer; `again` asks it to ask its user anew."""
    answer: HttpResponse = _client().authorize_redirect(request, back, **({"prompt": "login", "max_age": 0} if again else {}))
    return answer


def come_back(request: HttpRequest) -> Claimed:
    """What the provider's answer says, once code, state, nonce, signature, issuer, audience and time are checked."""
    client = _client()
    try:
        token = client.authorize_access_token(request)
    except requests.RequestException as error:
        raise ProviderAway from error
    except (OAuthError, JoseError, ValueError, KeyError, RuntimeError) as error:
        raise SignInRefused(
            _("统一身份认证没有成功。"), where=str(getattr(error, "error", "") or "")[:80], remedy=_("请重新登录。")
        ) from error
    claims = token.get("userinfo")
    if not claims or not claims.get("sub"):
        raise SignInRefused(_("统一身份认证没有成功。"), remedy=_("请重新登录。"))
    methods = claims.get("amr") or []
    return Claimed(
        issuer=_whole(claims, "iss"),
        subject=_whole(claims, "sub"),
        name=str(claims.get("name") or claims.get("preferred_username") or claims.get("email") or "")[:150],
        username=_username(claims),
        sid=_whole(claims, "sid"),
        second_factor=bool(settings.OIDC["second_factor"]) and bool(SECOND_FACTORS & set(methods if isinstance(methods, list) else [])),
        id_token=str(token.get("id_token", "")),
    )


def _whole(claims: Any, name: str) -> str:
    """An identifier as the provider gave it, empty where it gave none. One that the columns do not hold is refused: two that begin alike are two."""
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise SignInRefused(
            _("统一身份认证系统给出的标识（%(name)s）不能使用：应是不超过 %(most)d 个字的文字。") % {"name": name, "most": LONGEST},
            where=shortened(value, 40) if isinstance(value, str) and value.isprintable() else "",
            remedy=_("请把这一页告诉系统管理员，由统一身份认证系统更正；有本系统密码的，可以用用户名和密码登录。"),
        )
    return value


def _username(claims: Any) -> str:
    name = str(settings.OIDC["username_claim"])
    if not name or (name == "email" and claims.get("email_verified") is not True):
        return ""
    return _whole(claims, name)


def account_of(claimed: Claimed, *, at: datetime) -> User:
    """The account in use that belongs to the identity. An unknown one is noted for the operators, and refused."""
    user = _noted(claimed, at=at)
    if user is None or not user.is_active:
        raise Unlinked
    return user


@transaction.atomic
def _noted(claimed: Claimed, *, at: datetime) -> User | None:
    identity, _new = OutsideIdentity.objects.select_for_update().get_or_create(
        issuer=claimed.issuer, subject=claimed.subject, defaults={"shown_name": claimed.name, "first_seen_at": at}
    )
    if identity.user is None and claimed.username:
        _link_by_claim(identity, claimed.username, at=at)
    return identity.user


class Unlinked(SignInRefused):
    """Known to the provider, not to this system; the note for the operators stays."""

    def __init__(self) -> None:
        super().__init__(
            _("您的统一身份尚未关联本系统的账号。"),
            remedy=_("已告知系统管理员；关联后即可登录。有本系统密码的，可以用用户名和密码登录。"),
        )


def _link_by_claim(identity: OutsideIdentity, username: str, *, at: datetime) -> None:
    """Never what operators have unlinked: neither the identity with any account, nor the account with any identity."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or user.outside_identities.filter(issuer=identity.issuer).exists():
        return
    if identity.unlinkings.exists() or user.unlinkings.exists():
        return
    with recorded() as log:
        identity.user, identity.linked_at = user, at
        identity.save()
        log.record("core.link_identity_by_claim", identity, _("按统一身份的用户名关联账号"), by=None, account=user.pk)
    _tell_linked(user)


def check_free(identity: OutsideIdentity, user: User) -> None:
    """Raises when the identity, or the account, is linked already."""
    if identity.user is not None:
        raise DomainError(_("这个身份已关联账号。"), where=str(identity.user))
    if user.outside_identities.exists():
        raise DomainError(_("这个账号已关联另一个身份。"), where=str(user))


def link(identity: OutsideIdentity, user: User, *, proposed: Right, by: User, at: datetime) -> None:
    """What `account_proposals.confirm` does after two operators have made sure whose identity it is. Nobody links one to their own account."""
    second_pair_of_eyes(
        proposed, acts.PROPOSALS[AccountProposal.Kind.IDENTITY].right(by), message=_("提出人不能复核自己提出的事项。"), where=str(user)
    )
    if by.is_also(user.pk):
        raise NotAllowed(_("不能关联自己的账号。"), remedy=_("请由另一位系统管理员办理。"))
    if not user.is_active:
        raise DomainError(_("这个账号已停用。"), where=str(user))
    try:
        with recorded() as log:
            identity = OutsideIdentity.objects.select_for_update().get(pk=identity.pk)
            if identity.user is not None:
                raise DomainError(_("这个身份已关联账号。"), where=str(identity.user))
            identity.user, identity.linked_at, identity.linked_by = user, at, by
            identity.save()
            log.record("core.link_identity", identity, _("关联统一身份"), by=by, account=user.pk, subject=identity.subject)
            _tell_linked(user)
    except IntegrityError:
        raise DomainError(_("这个账号已关联另一个身份。"), where=str(user)) from None


def unlink(identity: OutsideIdentity, *, by: User) -> None:
    """From now on the identity opens nothing, until two operators link it again; every session of the account ends."""
    right = acts.UNLINK_IDENTITY.right(by)
    with recorded() as log:
        identity = OutsideIdentity.objects.select_for_update().get(pk=identity.pk)
        user = identity.user
        if user is None:
            return
        identity.user = identity.linked_at = identity.linked_by = None
        identity.save()
        Unlinking.objects.create(identity=identity, user=user, by=by, at=timezone.now())
        log.record("core.unlink_identity", identity, _("解除统一身份的关联"), by=by, account=user.pk, **right.details)
        end_sessions(user)
        tell([user.pk], _("您的账号与统一身份的关联已解除。"), kind="account", url="/me/sessions/", urgent=True)


def _tell_linked(user: User) -> None:
    tell(
        [user.pk],
        _("您的账号已关联统一身份，可以用它登录。如果不是您本人，请立即联系系统管理员。"),
        kind="account",
        url="/me/sessions/",
        urgent=True,
    )


# Signing out


def provider_sign_out(id_token: str, back: str) -> str:
    """The provider's address at which its session ends, too; empty when it has none or is away."""
    try:
        client = _client()
        return str(
            client.create_logout_url(post_logout_redirect_uri=back, id_token_hint=id_token or None, client_id=settings.OIDC["client"])[
                "url"
            ]
        )
    except (DomainError, RuntimeError):
        return ""


def back_channel(logout_token: str, *, at: datetime) -> int:
    """The provider tells that a session or a person is signed out there. Returns how many sessions ended here."""
    client = _client()
    try:
        keys = KeySet.import_key_set(client.fetch_jwk_set(force=True))
        algorithms = client.server_metadata["id_token_signing_alg_values_supported"]
        claims = jwt.decode(logout_token, keys, registry=JWSRegistry(algorithms=algorithms, strict_check_header=False)).claims
    except requests.RequestException as error:
        raise ProviderAway from error
    except (JoseError, ValueError, KeyError) as error:
        raise SignInRefused(_("退出通知无效。")) from error
    audience = claims.get("aud")
    issued = claims.get("iat")
    events = claims.get("events")
    right = (
        claims.get("iss") == client.server_metadata["issuer"]
        and settings.OIDC["client"] in (audience if isinstance(audience, list) else [audience])
        and isinstance(issued, int)
        and abs(at.timestamp() - issued) <= LOGOUT_AGE
        and isinstance(events, dict)
        and BACK_CHANNEL in events
        and "nonce" not in claims
        and bool(claims.get("sub") or claims.get("sid"))
    )
    if not right:
        raise SignInRefused(_("退出通知无效。"))
    return end_there(_whole(claims, "iss"), subject=_whole(claims, "sub"), sid=_whole(claims, "sid"))


def end_there(issuer: str, *, subject: str = "", sid: str = "") -> int:
    """End the sessions that were opened through the provider: of its session `sid`, or all of a person."""
    sessions = SignedInSession.objects.filter(issuer=issuer)
    if sid:
        sessions = sessions.filter(sid=sid)
    if subject:
        sessions = sessions.filter(user__outside_identities__issuer=issuer, user__outside_identities__subject=subject)
    if not (sid or subject):
        return 0
    return sum(end_sessions(session.user, only=session.pk) for session in sessions.select_related("user"))
