"""What the database refuses about who may act for whom."""

from quintet.core.guards import UPDATE, Guard, changed, changed_once_set

refusals = (
    # An authorisation is confirmed once and ends once.
    Guard(
        "membership_stays",
        "directory_membership",
        UPDATE,
        "membership_stays",
        f"{changed('person_id', 'organisation_id', 'part')} OR {changed_once_set('granted_on')} "
        "OR OLD.revoked_on IS NOT NULL AND (NEW.revoked_on IS NULL OR NEW.revoked_on > OLD.revoked_on)",
    ),
)
