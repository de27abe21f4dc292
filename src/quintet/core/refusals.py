"""What the database refuses about rights, whatever program asks."""

from quintet.core.guards import INSERT, UPDATE, Guard, changed, moved_off

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
    # What two operators decide begins open, is decided once and as it was proposed, and stays.
    Guard(
        "account_proposal_begins",
        "core_accountproposal",
        INSERT,
        "account_proposal_begins",
        "NEW.confirmed OR NEW.decided_at IS NOT NULL OR NEW.decided_by_id IS NOT NULL OR NEW.decided_under_id IS NOT NULL "
        "OR NEW.sealed_code <> ''",
    ),
    Guard(
        "account_proposal_stays",
        "core_accountproposal",
        UPDATE,
        "account_proposal_stays",
        changed(
            *("kind", "user_id", "role", "unit", "first_day", "last_day", "email", "target", "target_name", "reason"),
            *("proposed_by_id", "proposed_under_id", "proposed_at"),
        )
        + f" OR OLD.decided_at IS NOT NULL AND ({changed('decided_by_id', 'decided_under_id', 'decided_at', 'confirmed')} "
        "OR NEW.sealed_code IS DISTINCT FROM OLD.sealed_code AND NEW.sealed_code <> '')",
    ),
    Guard(
        "second_factor_reset_begins",
        "core_secondfactorreset",
        INSERT,
        "second_factor_reset_begins",
        "NEW.confirmed OR NEW.answered_at IS NOT NULL OR NEW.answered_by_id IS NOT NULL OR NEW.answered_under_id IS NOT NULL",
    ),
    Guard(
        "second_factor_reset_stays",
        "core_secondfactorreset",
        UPDATE,
        "second_factor_reset_stays",
        changed("user_id", "reason", "asked_by_id", "asked_under_id", "asked_at")
        + f" OR OLD.answered_at IS NOT NULL AND ({changed('answered_by_id', 'answered_under_id', 'answered_at', 'confirmed')})",
    ),
    # A plan of holidays goes from proposed into force and is replaced there, or is dropped; its days are those that were proposed.
    Guard(
        "holiday_plan_begins",
        "core_holidayplan",
        INSERT,
        "holiday_plan_begins",
        "NEW.state <> 'proposed' OR NEW.confirmed_by_id IS NOT NULL OR NEW.confirmed_under_id IS NOT NULL OR NEW.confirmed_at IS NOT NULL",
    ),
    Guard(
        "holiday_plan_stays",
        "core_holidayplan",
        UPDATE,
        "holiday_plan_stays",
        f"{changed('year', 'source', 'days', 'entered_by_id', 'entered_under_id', 'entered_at')} "
        f"OR {moved_off([('proposed', 'in_force'), ('proposed', 'dropped'), ('in_force', 'replaced')])} "
        f"OR NOT (OLD.state = 'proposed' AND NEW.state = 'in_force') AND ({changed('confirmed_by_id', 'confirmed_under_id', 'confirmed_at')})",
    ),
)
