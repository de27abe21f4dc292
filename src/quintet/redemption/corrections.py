"""What an applicant has done about a claim since its department sent it back to be completed."""

from quintet.core.models import AuditEntry
from quintet.redemption.models import Claim


def completed_since_return(claim: Claim) -> bool:
    """Whether anything was added or changed since the last notice of what is missing: a paper, a stated fact, a text, the account."""
    trail = AuditEntry.objects.filter(record=f"redemption.claim:{claim.pk}")
    line = trail.filter(action="redemption.return").order_by("-number").first()
    if line is None:
        return True
    papers, facts = claim.files.filter(at__gte=line.at), claim.facts.filter(at__gte=line.at)
    return bool(
        papers.exists()
        or facts.exists()
        or (claim.saved_at and claim.saved_at >= line.at)
        or trail.filter(action="redemption.change_account", number__gt=line.number).exists()
    )
