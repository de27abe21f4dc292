"""Rights of a person under the law on personal information (个人信息保护法): see, copy (art. 45), correct (46), end (47).

What is kept about somebody, each context says in its `personal.py`: `parts = [function(user) -> Part | None]`. How long each kind
is kept, it says in its `retention.py`: `kinds = [Kept(…)]`; `manage.py purge` deletes what has served its time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import acts
from quintet.core.audit import recorded
from quintet.core.errors import DomainError
from quintet.core.models import PersonalRequest, RoleGrant, User
from quintet.core.notify import tell
from quintet.core.owners import everybody
from quintet.core.roles import Role
from quintet.core.texts import within
from quintet.look.registry import collect

MOST_ROWS = 1_000
ANSWER_DAYS = 15
SOON = 3  # days before the last one on which operators are told again
EVERY = 7  # days between reminders of what is late

Kind = PersonalRequest.Kind
State = PersonalRequest.State


@dataclass(frozen=True, kw_only=True)
class Part:
    """One table of what is kept about a person. `clear` are the rows of the copy where the page shows them masked."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    clear: Sequence[Sequence[Any]] = field(default_factory=tuple)
    where: str = ""  # from where it comes, and who may change it


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How long one kind of data is kept and why. `purge` deletes what is older than a moment and returns how many; None: it stays."""

    code: str
    what: str | Promise
    why: str | Promise
    days: int | None = None
    purge: Callable[[datetime], int] | None = None
    until: str | Promise = ""  # how long, where that is not counted in days

    @property
    def term(self) -> int | None:
        """Days; a city may keep longer or shorter with QUINTET_RETENTION."""
        return settings.RETENTION.get(self.code, self.days) if self.purge else self.days


def parts_of(user: User) -> list[Part]:
    return [part for make in collect("personal", "parts") if (part := make(user)) is not None and part.rows]


def kinds() -> list[Kept]:
    return collect("retention", "kinds")


def copy_of(user: User) -> list[dict[str, Any]]:
    """Everything in clear, for a program to read: a list of tables."""
    return [
        {"title": part.title, "rows": [dict(zip(part.columns, row, strict=True)) for row in part.clear or part.rows]}
        for part in parts_of(user)
    ]


def purge(*, at: datetime) -> dict[str, int]:
    """Delete what has served its time, kind by kind; one line of the audit chain says how much of what."""
    gone = {}
    for kind in kinds():
        if kind.purge is not None and kind.term is not None:
            gone[kind.code] = kind.purge(at - timedelta(days=kind.term))
    if any(gone.values()):
        with recorded() as log:
            log.record(
                "core.purge", "core.retention", _("清理到期的数据"), by=None, **{code: number for code, number in gone.items() if number}
            )
    return gone


LONGEST = 1_000  # letters of a request and of its answer


def ask(user: User, *, kind: str, text: str, on: date) -> PersonalRequest:
    """A request; operators are told and answer within fifteen days."""
    if kind not in Kind.values or not text.strip():
        raise DomainError(_("请写明要办理的事项。"))
    try:
        with recorded() as log:
            request = PersonalRequest.objects.create(
                user=user, kind=kind, text=within(text, LONGEST, label=_("事项")), asked_on=on, due_on=on + timedelta(days=ANSWER_DAYS)
            )
            log.record("core.ask_personal", request, _("提出个人信息请求"), by=user, kind=request.get_kind_display())
            operators = RoleGrant.objects.in_force(on).filter(role=Role.OPERATOR, user__is_active=True).values_list("user", flat=True)
            tell(
                operators,
                _("%(user)s 提出个人信息请求：%(kind)s") % {"user": user, "kind": request.get_kind_display()},
                kind="account",
                url="/accounts/personal/",
            )
    except IntegrityError:
        raise DomainError(_("您已有一项同样的请求正在办理。"), remedy=_("请等待答复，或联系系统管理员补充。")) from None
    return request


def answerable(by: Any) -> QuerySet[PersonalRequest]:
    """Open requests that an operator may answer, the most urgent first; none for anybody else."""
    if not acts.ANSWER_PERSONAL.may(by):
        return PersonalRequest.objects.none()
    return PersonalRequest.objects.filter(state=State.OPEN).exclude(user__in=everybody({by.pk})).order_by("due_on", "pk")


def left(request: PersonalRequest, on: date) -> tuple[str, str]:
    """How long there is to answer, in words, and the tone; empty once it is answered."""
    if request.state != State.OPEN:
        return "", ""
    days = (request.due_on - on).days
    if days < 0:
        return _("超期 %(n)d 天") % {"n": -days}, "bad"
    return (_("还有 %(n)d 天") % {"n": days} if days else _("今天到期")), "warn" if days <= SOON else "ok"


def remind(*, on: date) -> int:
    """Operators, of what has to be answered three days later; and of what is late, on the first day and every week."""
    told = 0
    for request in PersonalRequest.objects.filter(state=State.OPEN, due_on__lte=on + timedelta(days=SOON)).select_related("user"):
        days = (request.due_on - on).days
        if days != SOON and not (days < 0 and -days % EVERY == 1):
            continue
        operators = (
            RoleGrant.objects.in_force(on).filter(role=Role.OPERATOR, user__is_active=True).exclude(user__in=everybody({request.user_id}))
        )
        with override("zh-hans"):
            text = _("个人信息请求%(left)s，请答复：%(user)s %(kind)s") % {
                "left": left(request, on)[0], "user": request.user, "kind": request.get_kind_display(),
            }  # fmt: skip
        told += tell(operators.values_list("user", flat=True), text, kind="account", url="/accounts/personal/", urgent=days < 0)
    return told


def answer(request: PersonalRequest, *, done: bool, text: str, by: User, on: date) -> None:
    """An operator has had it corrected or ended, or says why not. Nobody answers their own."""
    right = acts.ANSWER_PERSONAL.right(by)
    if not text.strip():
        raise DomainError(_("请写明办理结果或不能办理的理由。"))
    with recorded() as log:
        request = PersonalRequest.objects.select_for_update().get(pk=request.pk)
        if request.state != State.OPEN:
            raise DomainError(_("这项请求已经答复。"), where=str(request))
        if by.is_also(request.user_id):
            raise DomainError(_("自己的请求由另一位系统管理员答复。"))
        request.state, request.answer = (State.DONE if done else State.REFUSED), within(text, LONGEST, label=_("办理结果"))
        request.answered_by, request.answered_on = by, on
        request.save()
        log.record("core.answer_personal", request, _("答复个人信息请求"), by=by, done=done, **right.details)
        tell(
            [request.user_id],
            _("您的个人信息请求已答复：%(state)s") % {"state": request.get_state_display()},
            kind="account",
            url="/me/information/",
        )
