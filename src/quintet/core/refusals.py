"""What the database refuses about rights, whatever program asks."""

from quintet.core.guards import UPDATE, Guard, changed

refusals = (
    # A grant only ends, and earlier than it would have; who held what on a day stays what it was.
    Guard(
        "grant_stays",
        "core_rolegrant",
        UPDATE,
        "grant_stays",
        f"{changed('user_id', 'role', 'unit', 'granted_on', 'delegated_by_id')} "
        "OR OLD.revoked_on IS NOT NULL AND (NEW.revoked_on IS NULL OR NEW.revoked_on > OLD.revoked_on)",
    ),
)
