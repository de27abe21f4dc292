"""What the database refuses about appropriations and vouchers; what else it refuses and writes about entries stands in `sql/`."""

from quintet.core.guards import INSERT, UPDATE, Guard, changed, whole_fen

refusals = (
    Guard(
        "appropriation_begins",
        "ledger_appropriation",
        INSERT,
        "ledger_appropriation_begins",
        "NEW.state <> 'proposed' OR NEW.confirmed_by_id IS NOT NULL "
        "OR NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.fund_id = NEW.fund_id AND a.year = NEW.year)",
    ),
    Guard(
        "appropriation_stays",
        "ledger_appropriation",
        UPDATE,
        "ledger_appropriation_stays",
        "OLD.state <> 'proposed' OR "
        + changed(
            *("kind", "fund_id", "year", "amount_fen", "reference", "document", "memo"),
            *("proposed_by_id", "proposed_under_id", "proposed_on", "proposed_at"),
        ),
    ),
    whole_fen("ledger_appropriation", "appropriation_whole_fen", INSERT, "amount_fen"),
    # Money of the treasury is booked when a second person has confirmed it, and as it was confirmed.
    Guard(
        "entry_appropriated",
        "ledger_entry",
        INSERT,
        "ledger_not_confirmed",
        """NEW.kind IN ('appropriation', 'reduction') AND NOT EXISTS (
    SELECT 1 FROM ledger_appropriation a WHERE a.id = NEW.appropriation_id AND a.state = 'confirmed' AND a.kind = NEW.kind
    AND a.fund_id = NEW.fund_id AND a.year = NEW.year AND a.amount_fen = NEW.amount_fen AND a.document = NEW.document)
  OR NEW.kind NOT IN ('appropriation', 'reduction') AND NEW.appropriation_id IS NOT NULL""",
    ),
    # A voucher that another payee's refund was booked with is booked again only if it is said to hold several.
    Guard(
        "entry_voucher_once",
        "ledger_entry",
        INSERT,
        "ledger_voucher_of_another",
        "NEW.kind = 'return' AND NOT NEW.joint_voucher AND EXISTS ("
        "SELECT 1 FROM ledger_entry e WHERE e.kind = 'return' AND e.document = NEW.document AND e.commitment_id <> NEW.commitment_id)",
    ),
)
