"""What the database refuses about who may act for whom, and who keeps which register."""

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
    # A department's duty for a register, likewise.
    Guard(
        "duty_stays",
        "directory_registerduty",
        UPDATE,
        "duty_stays",
        f"{changed('register', 'unit', 'proposed_by_id', 'proposed_under_id', 'proposed_on')} "
        f"OR {changed_once_set('granted_on', 'confirmed_by_id', 'confirmed_under_id', 'revoked_on')}",
    ),
)
