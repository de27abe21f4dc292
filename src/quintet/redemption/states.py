"""The life of a claim: which event leads from which state to which. Where a claim is being handled, `Claim.step` names the step of its procedure."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from quintet.core.errors import DomainError


class State(models.TextChoices):
    OFFERED = "offered", pgettext_lazy("claim", "待确认")
    DRAFT = "draft", gettext_lazy("草稿")
    HANDLED = "handled", gettext_lazy("办理中")
    CORRECTION = "correction", gettext_lazy("待补正")
    PROPOSED = "proposed", gettext_lazy("待复核")
    GRANTED = "granted", gettext_lazy("已决定，待公示")
    PUBLIC = "public", gettext_lazy("公示中")
    CONTESTED = "contested", gettext_lazy("异议处理中")
    CLEARED = "cleared", gettext_lazy("公示期满")
    COMMITTED = "committed", gettext_lazy("待拨付")
    ORDERED = "ordered", gettext_lazy("拨付中")
    PAID = "paid", gettext_lazy("已拨付")
    DELIVERED = "delivered", gettext_lazy("已兑现")
    REFUSED = "refused", gettext_lazy("不予兑现")
    WITHDRAWN = "withdrawn", gettext_lazy("已撤回")
    LAPSED = "lapsed", gettext_lazy("逾期失效")
    RETURNED = "returned", gettext_lazy("已全部追回")


# Nothing more comes of these; another claim for the same fact is possible.
CLOSED = (State.REFUSED, State.WITHDRAWN, State.LAPSED, State.RETURNED)
# Two people decided that this fact brings no money, or took the money back: only an official offers it again, by name and with a reason.
# What its payee let lapse or withdrew was decided by nobody, so it is offered again with the others (docs/decisions/0021).
SETTLED = (State.REFUSED, State.RETURNED)

# A confirmed grant holds: its sum is what was decided (决定), whether the money was paid, or came back later. Elsewhere nothing is decided, or no more.
GRANT_STANDS = (
    State.GRANTED, State.PUBLIC, State.CONTESTED, State.CLEARED, State.COMMITTED, State.ORDERED, State.PAID, State.DELIVERED, State.RETURNED,
)  # fmt: skip

# Offered or handed in, and nothing is on its way to the payee yet: what the registers say still matters.
UNPAID = (
    State.OFFERED, State.HANDLED, State.CORRECTION, State.PROPOSED, State.GRANTED, State.PUBLIC, State.CONTESTED, State.CLEARED, State.COMMITTED,
)  # fmt: skip

# The registers as they are now are held against what was decided, also where money is on its way or paid.
ASKED_ANEW = (*UNPAID, State.ORDERED, State.PAID, State.DELIVERED)

MOVES: dict[tuple[State, str], State] = {
    (State.OFFERED, "confirm"): State.HANDLED,
    (State.OFFERED, "withdraw"): State.WITHDRAWN,
    (State.OFFERED, "lapse"): State.LAPSED,
    (State.DRAFT, "submit"): State.HANDLED,
    (State.DRAFT, "withdraw"): State.WITHDRAWN,
    (State.DRAFT, "lapse"): State.LAPSED,
    (State.HANDLED, "return"): State.CORRECTION,
    (State.HANDLED, "advance"): State.HANDLED,
    (State.HANDLED, "propose"): State.PROPOSED,
    (State.HANDLED, "withdraw"): State.WITHDRAWN,
    (State.CORRECTION, "resubmit"): State.HANDLED,
    (State.CORRECTION, "withdraw"): State.WITHDRAWN,
    (State.CORRECTION, "lapse"): State.LAPSED,
    (State.PROPOSED, "send_back"): State.HANDLED,
    (State.PROPOSED, "grant"): State.GRANTED,
    (State.PROPOSED, "refuse"): State.REFUSED,
    (State.GRANTED, "publish"): State.PUBLIC,
    (State.GRANTED, "reopen"): State.HANDLED,
    (State.PUBLIC, "contest"): State.CONTESTED,
    (State.PUBLIC, "clear"): State.CLEARED,
    (State.CONTESTED, "dismiss"): State.PUBLIC,
    (State.CONTESTED, "uphold"): State.REFUSED,
    (State.CLEARED, "reopen"): State.HANDLED,
    (State.CLEARED, "commit"): State.COMMITTED,
    (State.CLEARED, "deliver"): State.DELIVERED,
    (State.COMMITTED, "order"): State.ORDERED,
    (State.COMMITTED, "release"): State.REFUSED,
    (State.ORDERED, "pay"): State.PAID,
    (State.ORDERED, "bounce"): State.COMMITTED,
    (State.PAID, "bounce"): State.COMMITTED,
    (State.PAID, "return_all"): State.RETURNED,
}


class WrongState(DomainError):
    """Somebody was faster, or the page was old."""


def after(state: str, event: str, *, what: str = "") -> State:
    """The state that an event leads to. Raises WrongState."""
    found = MOVES.get((State(state), event))
    if found is None:
        raise WrongState(
            _("本件现在是“%(state)s”，不能这样办理。") % {"state": State(state).label}, where=what,
            remedy=_("可能已有他人办理。请刷新后再看。"),
        )  # fmt: skip
    return found
