"""What the database refuses about who may act for whom, and who keeps which register."""

from quintet.core.guards import INSERT, UPDATE, Guard, changed, changed_once_set

# Who proposed and who confirmed are both known, and two: for every authority that begins. Those from before it took two stand as they are.
NOT_BY_TWO = "(NEW.proposed_by_id IS NULL OR NEW.confirmed_by_id IS NULL OR NEW.proposed_by_id = NEW.confirmed_by_id)"

refusals = (
    # An authorisation is confirmed before it begins, by somebody other than who proposed it.
    Guard("membership_begins", "directory_membership", INSERT, "membership_begins", f"NEW.granted_on IS NOT NULL AND {NOT_BY_TWO}"),
    Guard(
        "membership_confirmed",
        "directory_membership",
        UPDATE,
        "membership_confirmed",
        f"OLD.granted_on IS NULL AND NEW.granted_on IS NOT NULL AND {NOT_BY_TWO}",
    ),
    # It is confirmed once and ends once, and what was confirmed stays.
    Guard(
        "membership_stays",
        "directory_membership",
        UPDATE,
        "membership_stays",
        f"{changed('person_id', 'organisation_id', 'part', 'proposed_by_id', 'proposed_under_id')} "
        f"OR {changed_once_set('accepted_on', 'granted_on', 'confirmed_by_id', 'confirmed_under_id')} "
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
