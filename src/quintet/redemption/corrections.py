"""What an applicant has done about a claim since its department sent it back to be completed."""

from django.db.models import QuerySet
from django.utils.translation import override

from quintet.core.models import AuditEntry
from quintet.redemption.models import Claim
from quintet.redemption.papers import papers_of
from quintet.redemption.states import State


def completed_since_return(claim: Claim) -> bool:
    """Whether anything was added or changed since the last notice of what is missing: a paper, a stated fact, a text, the account."""
    line = _last_return(claim)
    if line is None:
        return True
    papers, facts = claim.files.filter(at__gte=line.at), claim.facts.filter(at__gte=line.at)
    return bool(
        papers.exists()
        or facts.exists()
        or (claim.saved_at and claim.saved_at >= line.at)
        or _trail(claim).filter(action="redemption.change_account", number__gt=line.number).exists()
    )


def papers_asked_again(claim: Claim) -> set[str]:
    """Keys of the papers that the department found missing or wrong, and of which none was added since."""
    line = _last_return(claim) if claim.state == State.CORRECTION else None
    if line is None:
        return set()
    with override("zh-hans"):
        asked = {paper.key for paper in papers_of(claim) if paper.label in line.details.get("missing", ())}
    return asked - set(claim.files.filter(removed_by=None, at__gte=line.at).values_list("paper", flat=True))


def _last_return(claim: Claim) -> AuditEntry | None:
    return _trail(claim).filter(action="redemption.return").order_by("-number").first()


def _trail(claim: Claim) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(record=f"redemption.claim:{claim.pk}")
