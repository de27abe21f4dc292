"""What the database refuses about claims, decisions, notices, batches and what follows them, whatever program asks: on INSERT as on UPDATE."""

from quintet.core.guards import INSERT, UPDATE, Guard, changed, changed_once_set, moved_off, whole_fen
from quintet.redemption.states import MOVES

FOUND_MONEY = "'committed', 'ordered', 'paid', 'returned'"  # states in which a claim has money of its own
LEDGER_RETURNS = """SELECT COALESCE(sum(e.amount_fen), 0) FROM ledger_entry e JOIN redemption_claim c ON c.commitment_id = e.commitment_id
    WHERE c.id = NEW.claim_id AND e.kind = 'return' AND e.key LIKE 'return:' || NEW.id || ':%'"""
PAID_OF_CLAIM = """SELECT s.paid_fen FROM ledger_commitmentstep s JOIN redemption_claim c ON c.commitment_id = s.commitment_id
    WHERE c.id = NEW.claim_id ORDER BY s.number DESC LIMIT 1"""
SETTLED = "SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = l.id AND r.kind IN ('returned', 'dropped')"
# Money of the same award (policy, rule, rewarded fact, payee) that is called back or came back: through whatever call it was paid.
CALLED_BACK = """EXISTS (
    SELECT 1 FROM redemption_claim c JOIN redemption_claim o ON o.pack = c.pack AND o.rule = c.rule AND o.awarded = c.awarded
      AND o.organisation_id IS NOT DISTINCT FROM c.organisation_id AND o.person_id IS NOT DISTINCT FROM c.person_id
    JOIN redemption_clawback b ON b.claim_id = o.id
    WHERE c.id = {claim} AND (b.state IN ('proposed', 'demanded') OR o.state = 'returned' AND o.instalment < c.instalment AND NOT EXISTS (
      SELECT 1 FROM redemption_claim p WHERE p.pack = o.pack AND p.rule = o.rule AND p.awarded = o.awarded AND p.instalment = o.instalment AND p.state = 'paid')))"""

CLAIMS = (
    Guard(
        "claim_begins",
        "redemption_claim",
        INSERT,
        "redemption_claim_begins",
        "NOT (NEW.state IN ('offered', 'draft') AND NEW.submitted_by_id IS NULL AND NEW.submitted_on IS NULL OR NEW.state = 'handled' AND NEW.follows_id IS NOT NULL) "
        "OR NEW.commitment_id IS NOT NULL OR NEW.decided_fen IS NOT NULL OR NEW.closed_on IS NOT NULL",
    ),
    Guard(
        "claim_moves",
        "redemption_claim",
        UPDATE,
        "redemption_claim_moves",
        moved_off(sorted({(before.value, later.value) for (before, _event), later in MOVES.items()})),
    ),
    Guard(
        "claim_stays",
        "redemption_claim",
        UPDATE,
        "redemption_claim_stays",
        changed(
            "pack",
            "rule",
            "clause",
            "way",
            "budget",
            "subject",
            "subject_id",
            "awarded",
            "instalment",
            "year",
            "organisation_id",
            "person_id",
            "follows_id",
            "call_id",
            "run_id",
            "created_by_id",
            "created_on",
        )
        + " OR "
        + changed_once_set("commitment_id", "submitted_by_id")
        + f" OR (OLD.commitment_id IS NOT NULL AND ({changed('decided_fen')}))",
    ),
    Guard(
        "claim_account",
        "redemption_claim",
        UPDATE,
        "redemption_account_of_another",
        "NEW.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM redemption_payeeaccount a WHERE a.id = NEW.account_id "
        "AND a.organisation_id IS NOT DISTINCT FROM NEW.organisation_id AND a.person_id IS NOT DISTINCT FROM NEW.person_id)",
    ),
    Guard(
        "claim_account_first",
        "redemption_claim",
        INSERT,
        "redemption_account_of_another",
        "NEW.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM redemption_payeeaccount a WHERE a.id = NEW.account_id "
        "AND a.organisation_id IS NOT DISTINCT FROM NEW.organisation_id AND a.person_id IS NOT DISTINCT FROM NEW.person_id)",
    ),
    # Handed in, money goes elsewhere only where an official has asked the payee (`AccountChange`).
    Guard(
        "claim_account_kept",
        "redemption_claim",
        UPDATE,
        "redemption_account_not_confirmed",
        f"""OLD.state NOT IN ('offered', 'draft') AND ({changed("account_id")}) AND NOT EXISTS (
    SELECT 1 FROM redemption_accountchange a WHERE a.claim_id = NEW.id AND a.confirmed AND a.account_id = NEW.account_id
    AND a.before_id IS NOT DISTINCT FROM OLD.account_id AND a.id = (SELECT max(id) FROM redemption_accountchange WHERE claim_id = NEW.id))""",
    ),
    Guard(
        "account_change_begins",
        "redemption_accountchange",
        INSERT,
        "redemption_account_change_begins",
        """NEW.confirmed IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM redemption_claim c JOIN redemption_payeeaccount a ON a.id = NEW.account_id WHERE c.id = NEW.claim_id
    AND c.account_id IS NOT DISTINCT FROM NEW.before_id
    AND a.organisation_id IS NOT DISTINCT FROM c.organisation_id AND a.person_id IS NOT DISTINCT FROM c.person_id)""",
    ),
    Guard(
        "account_change_stays",
        "redemption_accountchange",
        UPDATE,
        "redemption_account_change_stays",
        "OLD.confirmed IS NOT NULL OR " + changed("claim_id", "before_id", "account_id", "asked_by_id", "asked_on"),
    ),
    Guard(
        "claim_granted",
        "redemption_claim",
        UPDATE,
        "redemption_granted_without_decision",
        "(NEW.state = 'granted' AND OLD.state <> 'granted' OR NEW.decided_fen IS NOT NULL AND NEW.decided_fen IS DISTINCT FROM OLD.decided_fen) "
        "AND NOT EXISTS (SELECT 1 FROM redemption_decision d WHERE d.claim_id = NEW.id AND d.granted AND d.confirmed "
        "AND d.amount_fen IS NOT DISTINCT FROM NEW.decided_fen AND d.id = (SELECT max(id) FROM redemption_decision WHERE claim_id = NEW.id))",
    ),
    Guard(
        "claim_cleared",
        "redemption_claim",
        UPDATE,
        "redemption_cleared_before_its_time",
        "NEW.state = 'cleared' AND OLD.state <> 'cleared' AND ("
        "NOT EXISTS (SELECT 1 FROM redemption_noticeline l WHERE l.claim_id = NEW.id AND l.amount_fen IS NOT DISTINCT FROM NEW.decided_fen) "
        "OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_objection o ON o.line_id = l.id WHERE l.claim_id = NEW.id AND o.is_question AND o.upheld IS NULL))",
    ),
    Guard(
        "claim_committed",
        "redemption_claim",
        UPDATE,
        "redemption_committed_before_its_time",
        f"""NEW.commitment_id IS NULL AND NEW.state IN ({FOUND_MONEY})
  OR OLD.commitment_id IS NULL AND NEW.commitment_id IS NOT NULL AND (
  NOT EXISTS (SELECT 1 FROM redemption_decision d JOIN ledger_commitment m ON m.id = NEW.commitment_id
    WHERE d.claim_id = NEW.id AND d.granted AND d.confirmed AND d.amount_fen = NEW.decided_fen AND m.amount_fen = NEW.decided_fen
    AND m.pack = NEW.pack AND m.rule = NEW.rule AND m.fact = NEW.awarded AND m.instalment = NEW.instalment)
  OR NOT EXISTS (SELECT 1 FROM redemption_noticeline l WHERE l.claim_id = NEW.id AND l.amount_fen = NEW.decided_fen)
  OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_notice n ON n.id = l.notice_id JOIN ledger_entry e ON e.commitment_id = NEW.commitment_id
    WHERE l.claim_id = NEW.id AND n.ends_on >= e.booked_on)
  OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_objection o ON o.line_id = l.id WHERE l.claim_id = NEW.id AND o.is_question AND o.upheld IS NULL)
  OR {CALLED_BACK.format(claim="NEW.id")})""",
    ),
    Guard(
        "claim_ordered",
        "redemption_claim",
        UPDATE,
        "redemption_ordered_without_batch",
        "NEW.state = 'ordered' AND OLD.state <> 'ordered' AND NOT EXISTS ("
        f"SELECT 1 FROM redemption_paymentline l WHERE l.claim_id = NEW.id AND NOT EXISTS ({SETTLED}))",
    ),
    Guard(
        "claim_paid",
        "redemption_claim",
        UPDATE,
        "redemption_paid_without_entry",
        "NEW.state = 'paid' AND OLD.state <> 'paid' AND COALESCE((SELECT s.paid_fen FROM ledger_commitmentstep s "
        "WHERE s.commitment_id = NEW.commitment_id ORDER BY s.number DESC LIMIT 1), 0) <= 0",
    ),
    whole_fen("redemption_claim", "claim_whole_fen", INSERT, "amount_fen", "decided_fen"),
    whole_fen("redemption_claim", "claim_still_whole_fen", UPDATE, "amount_fen", "decided_fen"),
    Guard(
        "step_begins",
        "redemption_claimstep",
        INSERT,
        "redemption_step_begins",
        "NEW.ended_on IS NOT NULL AND NEW.kind <> 'application'",
    ),
    Guard(
        "step_stays",
        "redemption_claimstep",
        UPDATE,
        "redemption_step_stays",
        "OLD.ended_on IS NOT NULL OR " + changed("claim_id", "number", "kind", "started_on"),
    ),
    Guard(
        "file_stays",
        "redemption_claimfile",
        UPDATE,
        "redemption_file_stays",
        changed("claim_id", "paper", "attachment_id", "reused_from_id", "by_id") + " OR " + changed_once_set("removed_by_id"),
    ),
)

# The last confirmed change of an expert brings them in, with this employer.
NOT_ENTERED = """NOT EXISTS (SELECT 1 FROM redemption_expertchange x
    WHERE x.person_id = NEW.person_id AND x.confirmed AND x.kind = 'enter' AND x.employer_id IS NOT DISTINCT FROM NEW.employer_id
    AND x.id = (SELECT max(id) FROM redemption_expertchange WHERE person_id = NEW.person_id AND confirmed))"""

DECISIONS = (
    Guard(
        "decision_begins",
        "redemption_decision",
        INSERT,
        "redemption_decision_begins",
        "NEW.confirmed IS NOT NULL OR NEW.confirmed_by_id IS NOT NULL OR NEW.confirmed_at IS NOT NULL "
        "OR NOT EXISTS (SELECT 1 FROM redemption_claim c WHERE c.id = NEW.claim_id AND c.state = 'proposed')",
    ),
    Guard(
        "decision_stays",
        "redemption_decision",
        UPDATE,
        "redemption_decision_stays",
        "OLD.confirmed IS NOT NULL OR "
        + changed("claim_id", "granted", "amount_fen", "proposed_by_id", "proposed_under_id", "proposed_at", "reasons"),
    ),
    whole_fen("redemption_decision", "decision_whole_fen", INSERT, "amount_fen"),
    Guard("expert_change_begins", "redemption_expertchange", INSERT, "redemption_expert_change_begins", "NEW.confirmed IS NOT NULL"),
    Guard(
        "expert_change_stays",
        "redemption_expertchange",
        UPDATE,
        "redemption_expert_change_stays",
        "OLD.confirmed IS NOT NULL OR "
        + changed("kind", "person_id", "employer_id", "title", "field", "proposed_by_id", "proposed_under_id", "proposed_on"),
    ),
    Guard(
        "expert_enters", "redemption_expert", INSERT, "redemption_expert_not_confirmed", f"NEW.active_until IS NOT NULL OR {NOT_ENTERED}"
    ),
    Guard(
        "expert_changes",
        "redemption_expert",
        UPDATE,
        "redemption_expert_not_confirmed",
        f"""NEW.person_id <> OLD.person_id OR NEW.active_from <> OLD.active_from
  OR ({changed("employer_id")}) AND {NOT_ENTERED}
  OR OLD.active_until IS NOT NULL AND NEW.active_until IS NULL AND {NOT_ENTERED}
  OR NEW.active_until IS NOT NULL AND ({changed("active_until")}) AND NOT EXISTS (SELECT 1 FROM redemption_expertchange x
    WHERE x.person_id = NEW.person_id AND x.confirmed AND x.kind = 'leave'
    AND x.id = (SELECT max(id) FROM redemption_expertchange WHERE person_id = NEW.person_id AND confirmed))""",
    ),
    Guard(
        "panel_begins",
        "redemption_panel",
        INSERT,
        "redemption_draw_begins",
        "NEW.closed_on IS NOT NULL",
    ),
    Guard(
        "panel_stays",
        "redemption_panel",
        UPDATE,
        "redemption_draw_stays",
        "OLD.closed_on IS NOT NULL OR NEW.pool <> OLD.pool OR NEW.excluded <> OLD.excluded OR "
        + changed("claim_id", "step_id", "seed", "wanted", "drawn_by_id"),
    ),
    Guard("seat_change_begins", "redemption_seatchange", INSERT, "redemption_seat_change_begins", "NEW.confirmed IS NOT NULL"),
    Guard(
        "seat_change_stays",
        "redemption_seatchange",
        UPDATE,
        "redemption_seat_change_stays",
        "OLD.confirmed IS NOT NULL OR " + changed("claim_id", "seat_id", "reason", "proposed_by_id", "proposed_under_id", "proposed_on"),
    ),
    Guard(
        "seat_left_by_two",
        "redemption_seat",
        UPDATE,
        "redemption_seat_left_by_one",
        """OLD.state IN ('sitting', 'scored') AND NEW.state = 'recused' AND NOT EXISTS (
    SELECT 1 FROM redemption_seatchange c WHERE c.seat_id = NEW.id AND c.confirmed)""",
    ),
    Guard("seat_begins", "redemption_seat", INSERT, "redemption_seat_begins", "NEW.state <> 'invited'"),
    Guard(
        "seat_stays",
        "redemption_seat",
        UPDATE,
        "redemption_seat_stays",
        "OLD.state IN ('recused', 'scored') AND NEW.state = OLD.state OR "
        + changed("panel_id", "expert_id", "number")
        + " OR "
        + moved_off([("invited", "sitting"), ("invited", "recused"), ("sitting", "scored"), ("sitting", "recused"), ("scored", "recused")]),
    ),
    Guard("vote_begins", "redemption_jointvote", INSERT, "redemption_vote_begins", "NEW.vote <> ''"),
    Guard(
        "vote_stays",
        "redemption_jointvote",
        UPDATE,
        "redemption_vote_stays",
        "OLD.vote <> '' OR " + changed("claim_id", "step_id", "unit"),
    ),
)

# A reversal of a decision is not for who decided it, nor for who objected to it.
DECIDED_OR_OBJECTED = """NEW.{who} IS NOT NULL AND (
    NEW.kind IN ('uphold', 'release') AND EXISTS (SELECT 1 FROM redemption_decision d WHERE d.claim_id = NEW.claim_id AND d.confirmed
      AND (d.proposed_by_id = NEW.{who} OR d.confirmed_by_id = NEW.{who}))
    OR NEW.kind = 'uphold' AND EXISTS (SELECT 1 FROM redemption_objection o JOIN redemption_noticeline l ON l.id = o.line_id
      WHERE l.claim_id = NEW.claim_id AND o.filed_by_id = NEW.{who}))"""
CONFIRMED_REVERSAL = """SELECT 1 FROM redemption_reversal r WHERE r.confirmed AND r.id = (SELECT max(id) FROM redemption_reversal WHERE claim_id = {claim})"""

REVERSALS = (
    Guard(
        "reversal_begins",
        "redemption_reversal",
        INSERT,
        "redemption_reversal_begins",
        f"""NEW.confirmed IS NOT NULL OR {DECIDED_OR_OBJECTED.format(who="proposed_by_id")}
  OR NEW.kind = 'uphold' AND NOT EXISTS (SELECT 1 FROM redemption_objection o JOIN redemption_noticeline l ON l.id = o.line_id
    WHERE o.id = NEW.objection_id AND o.is_question AND o.upheld IS NULL AND l.claim_id = NEW.claim_id)
  OR NEW.kind = 'drop' AND NOT EXISTS (SELECT 1 FROM redemption_clawback b WHERE b.id = NEW.clawback_id AND b.claim_id = NEW.claim_id AND b.state = 'demanded')""",
    ),
    Guard(
        "reversal_stays",
        "redemption_reversal",
        UPDATE,
        "redemption_reversal_stays",
        "OLD.confirmed IS NOT NULL OR "
        + changed(
            "claim_id",
            "kind",
            "objection_id",
            "clawback_id",
            "reasons",
            "proposed_by_id",
            "proposed_under_id",
            "proposed_on",
            "proposed_at",
        )
        + f""" OR {DECIDED_OR_OBJECTED.format(who="confirmed_by_id")}
  OR NEW.kind = 'drop' AND EXISTS (SELECT 1 FROM redemption_clawback b WHERE b.id = NEW.clawback_id AND b.proposed_by_id = NEW.confirmed_by_id)""",
    ),
    Guard(
        "claim_undone",
        "redemption_claim",
        UPDATE,
        "redemption_undone_by_one",
        f"""NEW.state = 'refused' AND (
    OLD.state = 'contested' AND NOT EXISTS ({CONFIRMED_REVERSAL.format(claim="NEW.id")} AND r.kind = 'uphold')
    OR OLD.state = 'committed' AND NOT EXISTS ({CONFIRMED_REVERSAL.format(claim="NEW.id")} AND r.kind = 'release'))""",
    ),
    Guard(
        "clawback_given_up",
        "redemption_clawback",
        UPDATE,
        "redemption_undone_by_one",
        f"""OLD.state = 'demanded' AND NEW.state = 'dropped' AND NOT EXISTS (
    {CONFIRMED_REVERSAL.format(claim="NEW.claim_id")} AND (r.kind = 'release' OR r.clawback_id = NEW.id))""",
    ),
    Guard(
        "objection_upheld",
        "redemption_objection",
        UPDATE,
        "redemption_undone_by_one",
        """OLD.upheld IS NULL AND NEW.upheld AND NOT EXISTS (
    SELECT 1 FROM redemption_reversal r WHERE r.confirmed AND r.objection_id = COALESCE(NEW.joins_id, NEW.id))""",
    ),
    Guard(
        "objection_answered",
        "redemption_objection",
        UPDATE,
        "redemption_answered_by_objector",
        "OLD.answered_by_id IS NULL AND NEW.answered_by_id = NEW.filed_by_id",
    ),
)

NOTICES = (
    Guard(
        "notice_line_fits",
        "redemption_noticeline",
        INSERT,
        "redemption_notice_of_no_decision",
        "NOT EXISTS (SELECT 1 FROM redemption_claim c WHERE c.id = NEW.claim_id AND c.state IN ('granted', 'public') "
        "AND c.decided_fen IS NOT DISTINCT FROM NEW.amount_fen)",
    ),
    Guard(
        "objection_begins",
        "redemption_objection",
        INSERT,
        "redemption_objection_begins",
        "NEW.is_question OR NEW.joins_id IS NOT NULL OR NEW.upheld IS NOT NULL OR NEW.answered_on IS NOT NULL OR NEW.answered_by_id IS NOT NULL OR NOT EXISTS ("
        "SELECT 1 FROM redemption_noticeline l JOIN redemption_notice n ON n.id = l.notice_id "
        "WHERE l.id = NEW.line_id AND NEW.filed_on >= n.published_on AND NEW.filed_on <= n.ends_on)",
    ),
    Guard(
        "objection_stays",
        "redemption_objection",
        UPDATE,
        "redemption_objection_stays",
        "OLD.upheld IS NOT NULL OR "
        + "OLD.is_question AND NOT NEW.is_question OR "
        + changed("line_id", "objector", "contact", "text", "filed_on", "filed_at", "filed_by_id", "key")
        + " OR "
        + changed_once_set("joins_id", "confirmed_at"),
    ),
)

# Whoever decided, voted, judged a fact, answered an objection or confirmed the account of a claim, and who lent the role for it: none of
# them pays it (docs/decisions/0015). (who, under which grant) of each such act.
DECIDING = " UNION ALL ".join(
    f"SELECT x.{by}_id AS who, x.{under}_id AS grant_id FROM {table} x WHERE x.{by}_id IS NOT NULL AND {whose}"
    for table, by, under, whose in (
        ("redemption_decision", "proposed_by", "proposed_under", "x.claim_id = {claim}"),
        ("redemption_decision", "confirmed_by", "confirmed_under", "x.claim_id = {claim}"),
        ("redemption_jointvote", "by", "under", "x.claim_id = {claim}"),
        ("redemption_judgement", "by", "under", "x.claim_id = {claim}"),
        ("redemption_accountchange", "confirmed_by", "confirmed_under", "x.claim_id = {claim}"),
        ("redemption_reversal", "proposed_by", "proposed_under", "x.claim_id = {claim} AND x.kind = 'uphold'"),
        ("redemption_reversal", "confirmed_by", "confirmed_under", "x.claim_id = {claim} AND x.kind = 'uphold'"),
        (
            "redemption_objection",
            "answered_by",
            "answered_under",
            "EXISTS (SELECT 1 FROM redemption_noticeline n WHERE n.id = x.line_id AND n.claim_id = {claim})",
        ),
    )
)
DECIDED_BY = f"""EXISTS (SELECT 1 FROM ({DECIDING}) d LEFT JOIN core_rolegrant g ON g.id = d.grant_id LEFT JOIN core_rolegrant p ON p.id = {{under}}
    WHERE d.who IN ({{by}}, p.delegated_by_id) OR g.delegated_by_id IN ({{by}}, p.delegated_by_id))"""

PAYMENTS = (
    Guard(
        "payment_by_who_decided",
        "redemption_paymentline",
        INSERT,
        "redemption_paid_by_who_decided",
        "EXISTS (SELECT 1 FROM redemption_paymentbatch b WHERE b.id = NEW.batch_id AND "
        + DECIDED_BY.format(claim="NEW.claim_id", by="b.made_by_id", under="b.made_under_id")
        + ")",
    ),
    Guard(
        "batch_signed_by_who_decided",
        "redemption_paymentbatch",
        UPDATE,
        "redemption_paid_by_who_decided",
        "OLD.signed_by_id IS NULL AND NEW.signed_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM redemption_paymentline l WHERE l.batch_id = NEW.id AND "
        + DECIDED_BY.format(claim="l.claim_id", by="NEW.signed_by_id", under="NEW.signed_under_id")
        + ")",
    ),
    Guard(
        "batch_made_under_own_right",
        "redemption_paymentbatch",
        INSERT,
        "redemption_batch_under_another_right",
        "NOT EXISTS (SELECT 1 FROM core_rolegrant g WHERE g.id = NEW.made_under_id AND g.user_id = NEW.made_by_id)",
    ),
    Guard(
        "batch_signed_under_own_right",
        "redemption_paymentbatch",
        UPDATE,
        "redemption_batch_under_another_right",
        "OLD.signed_by_id IS NULL AND NEW.signed_by_id IS NOT NULL AND "
        "NOT EXISTS (SELECT 1 FROM core_rolegrant g WHERE g.id = NEW.signed_under_id AND g.user_id = NEW.signed_by_id)",
    ),
    Guard(
        "batch_begins",
        "redemption_paymentbatch",
        INSERT,
        "redemption_batch_begins",
        "NEW.state <> 'made' OR NEW.signed_by_id IS NOT NULL OR NEW.signed_on IS NOT NULL",
    ),
    Guard(
        "batch_stays",
        "redemption_paymentbatch",
        UPDATE,
        "redemption_batch_is_frozen",
        changed("fund_id", "year", "count", "sum_fen", "seal", "made_by_id", "made_under_id", "made_on", "made_at")
        + " OR "
        + changed_once_set("signed_by_id", "signed_under_id", "signed_on")
        + " OR "
        + moved_off([("made", "signed"), ("made", "dropped"), ("signed", "done")])
        + """
  OR OLD.state = 'made' AND NEW.state = 'signed' AND (
    EXISTS (SELECT 1 FROM redemption_paymentresult r JOIN redemption_paymentline l ON l.id = r.line_id WHERE l.batch_id = NEW.id)
    OR NEW.count <> (SELECT count(*) FROM redemption_paymentline l WHERE l.batch_id = NEW.id)
    OR NEW.sum_fen <> (SELECT COALESCE(sum(l.amount_fen), 0) FROM redemption_paymentline l WHERE l.batch_id = NEW.id))""",
    ),
    whole_fen("redemption_paymentline", "payment_whole_fen", INSERT, "amount_fen"),
    Guard(
        "payment_fits",
        "redemption_paymentline",
        INSERT,
        "redemption_payment_does_not_fit",
        """NOT EXISTS (
    SELECT 1 FROM redemption_claim c JOIN redemption_paymentbatch b ON b.id = NEW.batch_id JOIN ledger_commitment m ON m.id = c.commitment_id
    WHERE c.id = NEW.claim_id AND c.state = 'committed' AND b.state = 'made' AND m.fund_id = b.fund_id AND m.year = b.year AND NEW.amount_fen <= m.amount_fen)""",
    ),
    Guard(
        "payment_once",
        "redemption_paymentline",
        INSERT,
        "redemption_payment_on_its_way",
        f"EXISTS (SELECT 1 FROM redemption_paymentline l WHERE l.claim_id = NEW.claim_id AND NOT EXISTS ({SETTLED}))",
        lock="redemption_claim WHERE id = NEW.claim_id FOR UPDATE",
    ),
    Guard("payment_called_back", "redemption_paymentline", INSERT, "redemption_called_back", CALLED_BACK.format(claim="NEW.claim_id")),
    Guard(
        "result_in_order",
        "redemption_paymentresult",
        INSERT,
        "redemption_result_out_of_order",
        """EXISTS (
    SELECT 1 FROM redemption_paymentline l JOIN redemption_paymentbatch b ON b.id = l.batch_id WHERE l.id = NEW.line_id
    AND (b.state = 'dropped' OR (NEW.kind = 'dropped') <> (b.state = 'made')))
  OR EXISTS (SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = NEW.line_id AND (r.kind <> 'paid' OR NEW.kind <> 'returned'))""",
        lock="redemption_paymentline l JOIN redemption_claim c ON c.id = l.claim_id WHERE l.id = NEW.line_id FOR UPDATE OF c",
    ),
    Guard(
        "result_booked",
        "redemption_paymentresult",
        INSERT,
        "redemption_result_not_booked",
        """(NEW.kind = 'paid' OR NEW.kind = 'returned' AND EXISTS (SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = NEW.line_id AND r.kind = 'paid'))
  AND NOT EXISTS (
    SELECT 1 FROM ledger_entry e JOIN redemption_paymentline l ON l.id = NEW.line_id JOIN redemption_claim c ON c.id = l.claim_id
    WHERE e.id = NEW.entry_id AND e.commitment_id = c.commitment_id AND e.amount_fen = l.amount_fen
    AND e.kind = CASE NEW.kind WHEN 'paid' THEN 'payment' ELSE 'rejection' END)""",
    ),
    Guard(
        "clawback_begins",
        "redemption_clawback",
        INSERT,
        "redemption_clawback_begins",
        f"NEW.state <> 'proposed' OR NEW.received_fen <> 0 OR NEW.confirmed_by_id IS NOT NULL OR NEW.amount_fen > COALESCE(({PAID_OF_CLAIM}), 0)",
    ),
    Guard(
        "clawback_stays",
        "redemption_clawback",
        UPDATE,
        "redemption_clawback_stays",
        "OLD.state IN ('dropped', 'done') OR "
        + changed("claim_id", "amount_fen", "reasons", "due_on", "proposed_by_id", "proposed_under_id", "proposed_on", "proposed_at")
        + " OR "
        + changed_once_set("confirmed_by_id", "confirmed_under_id")
        + " OR "
        + moved_off([("proposed", "demanded"), ("proposed", "dropped"), ("demanded", "dropped"), ("demanded", "done")])
        + f" OR NEW.received_fen <> ({LEDGER_RETURNS})",
    ),
    whole_fen("redemption_clawback", "clawback_whole_fen", INSERT, "amount_fen", "received_fen"),
)

refusals = (*CLAIMS, *DECISIONS, *NOTICES, *REVERSALS, *PAYMENTS)
