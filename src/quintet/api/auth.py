"""Who calls: a token in `Authorization: Bearer`, a person signed in (only to read), or nobody."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from quintet.api.errors import ApiError
from quintet.api.limits import BODY, read_body
from quintet.api.models import ApiToken, Scope
from quintet.core.models import User
from quintet.core.permissions import holds
from quintet.core.roles import OFFICIALS


@dataclass(frozen=True)
class Caller:
    """`user` is None for an anonymous caller, `token` for one who has only signed in."""

    user: User | None = None
    token: ApiToken | None = None

    @property
    def name(self) -> str:
        return f"token:{self.token.pk}" if self.token else f"user:{self.user.pk}" if self.user else ""

    @property
    def is_official(self) -> bool:
        return self.user is not None and holds(self.user, *OFFICIALS)

    def may(self, scope: str) -> bool:
        """A token may do what its scopes say; a person who reads in the browser, what her roles say."""
        return self.user is not None and (self.token is None or scope in self.token.scopes)

    def __bool__(self) -> bool:
        return True


class Bearer(HttpBearer):
    """`scope` and `officials` refuse with 403, `required` with 401. Takes in the body of a POST once the caller is known."""

    def __init__(self, scope: str = "", *, required: bool = False, officials: bool = False) -> None:
        super().__init__()
        self.scope, self.required, self.officials = scope, required, officials

    def __call__(self, request: HttpRequest) -> Caller:
        caller = self._caller(request)
        if self.required and caller.user is None:
            raise ApiError(
                401, "unauthenticated", "请用 Authorization: Bearer 出示访问令牌。", "Present a token with Authorization: Bearer."
            )
        if self.required and not caller.may(self.scope):
            zh = f"这个令牌没有“{Scope(self.scope).label}”的用途。"
            raise ApiError(403, "scope_missing", zh, f"This token lacks the scope {self.scope}.")
        if self.officials and not caller.is_official:
            raise ApiError(403, "not_allowed", "这项接口需要政府工作人员的角色。", "This needs the role of an official.")
        if request.method == "POST":
            read_body(request, BODY["bulk" if self.scope == Scope.BULK else "token" if caller.may(self.scope) else "anonymous"])
        return caller

    def _caller(self, request: HttpRequest) -> Caller:
        if "Authorization" in request.headers:
            kind, _, secret = request.headers["Authorization"].partition(" ")
            return self.authenticate(request, secret.strip() if kind.lower() == "bearer" else "")
        # A session only reads: a POST would need the protection against forged requests that programs cannot give.
        if request.method == "GET" and isinstance(request.user, User):
            return Caller(user=request.user)
        return Caller()

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        today = timezone.localdate()
        prefix = token[:11]
        found = (
            ApiToken.objects.valid(today).select_related("user").filter(prefix=prefix, user__is_active=True).first()
            if "\0" not in token
            else None
        )
        if found is None or not found.belongs_to(token):
            raise ApiError(401, "token_invalid", "令牌无效、已到期或已撤销。", "The token is not valid, has expired or was revoked.")
        if found.last_used_on != today:
            ApiToken.objects.filter(pk=found.pk).update(last_used_on=today)
        return Caller(user=found.user, token=found)
