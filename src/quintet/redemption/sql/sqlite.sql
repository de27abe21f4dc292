CREATE TRIGGER quintet_payment_fits BEFORE INSERT ON redemption_paymentline
WHEN NOT EXISTS (
  SELECT 1 FROM redemption_claim c JOIN redemption_paymentbatch b ON b.id = NEW.batch_id JOIN ledger_commitment m ON m.id = c.commitment_id
  WHERE c.id = NEW.claim_id AND b.state = 'made' AND m.fund_id = b.fund_id AND m.year = b.year AND NEW.amount_fen <= m.amount_fen)
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_payment_does_not_fit'); END
--;;
CREATE TRIGGER quintet_payment_once BEFORE INSERT ON redemption_paymentline
WHEN EXISTS (
  SELECT 1 FROM redemption_paymentline l WHERE l.claim_id = NEW.claim_id
  AND NOT EXISTS (SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = l.id AND r.kind IN ('returned', 'dropped')))
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_payment_on_its_way'); END
--;;
CREATE TRIGGER quintet_result_in_order BEFORE INSERT ON redemption_paymentresult
WHEN EXISTS (
  SELECT 1 FROM redemption_paymentline l JOIN redemption_paymentbatch b ON b.id = l.batch_id WHERE l.id = NEW.line_id
  AND (b.state = 'dropped' OR (NEW.kind = 'dropped') <> (b.state = 'made')))
  OR EXISTS (SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = NEW.line_id AND (r.kind <> 'paid' OR NEW.kind <> 'returned'))
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_result_out_of_order'); END
--;;
CREATE TRIGGER quintet_batch_stays BEFORE UPDATE ON redemption_paymentbatch
WHEN NEW.fund_id <> OLD.fund_id OR NEW.year <> OLD.year OR NEW.count <> OLD.count OR NEW.sum_fen <> OLD.sum_fen OR NEW.seal <> OLD.seal
  OR NEW.made_by_id <> OLD.made_by_id OR (OLD.signed_by_id IS NOT NULL AND NEW.signed_by_id IS NOT OLD.signed_by_id)
  OR (OLD.state || '>' || NEW.state NOT IN ('made>made', 'made>signed', 'made>dropped', 'signed>signed', 'signed>done', 'done>done'))
  OR (OLD.state = 'made' AND NEW.state = 'signed' AND EXISTS (
    SELECT 1 FROM redemption_paymentresult r JOIN redemption_paymentline l ON l.id = r.line_id WHERE l.batch_id = NEW.id))
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_batch_is_frozen'); END
--;;
CREATE TRIGGER quintet_seat_stays BEFORE UPDATE ON redemption_seat
WHEN OLD.state IN ('recused', 'scored') OR NEW.panel_id <> OLD.panel_id OR NEW.expert_id <> OLD.expert_id OR NEW.number <> OLD.number
  OR (OLD.state || '>' || NEW.state NOT IN ('invited>invited', 'invited>sitting', 'invited>recused', 'sitting>sitting', 'sitting>scored'))
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_seat_stays'); END
--;;
CREATE TRIGGER quintet_seat_no_delete BEFORE DELETE ON redemption_seat
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_seat_stays'); END
--;;
CREATE TRIGGER quintet_panel_stays BEFORE UPDATE ON redemption_panel
WHEN OLD.closed_on IS NOT NULL OR NEW.claim_id <> OLD.claim_id OR NEW.step_id <> OLD.step_id OR NEW.seed <> OLD.seed OR NEW.wanted <> OLD.wanted
  OR NEW.pool <> OLD.pool OR NEW.excluded <> OLD.excluded OR NEW.drawn_by_id <> OLD.drawn_by_id
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_draw_stays'); END
--;;
CREATE TRIGGER quintet_panel_no_delete BEFORE DELETE ON redemption_panel
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_draw_stays'); END
--;;
CREATE TRIGGER quintet_vote_stays BEFORE UPDATE ON redemption_jointvote
WHEN OLD.vote <> '' OR NEW.claim_id <> OLD.claim_id OR NEW.step_id <> OLD.step_id OR NEW.unit <> OLD.unit
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_vote_stays'); END
--;;
CREATE TRIGGER quintet_vote_no_delete BEFORE DELETE ON redemption_jointvote
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_vote_stays'); END
--;;
CREATE TRIGGER quintet_decision_stays BEFORE UPDATE ON redemption_decision
WHEN OLD.confirmed IS NOT NULL OR NEW.claim_id <> OLD.claim_id OR NEW.granted <> OLD.granted OR NEW.amount_fen IS NOT OLD.amount_fen OR NEW.proposed_by_id <> OLD.proposed_by_id OR NEW.reasons <> OLD.reasons
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_decision_stays'); END
--;;
CREATE TRIGGER quintet_step_stays BEFORE UPDATE ON redemption_claimstep
WHEN OLD.ended_on IS NOT NULL OR NEW.claim_id <> OLD.claim_id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind OR NEW.started_on <> OLD.started_on
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_step_stays'); END
--;;
CREATE TRIGGER quintet_objection_stays BEFORE UPDATE ON redemption_objection
WHEN OLD.upheld IS NOT NULL OR NEW.line_id <> OLD.line_id OR NEW.objector <> OLD.objector OR NEW.contact <> OLD.contact OR NEW.text <> OLD.text OR NEW.filed_on <> OLD.filed_on
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_objection_stays'); END
--;;
CREATE TRIGGER quintet_clawback_stays BEFORE UPDATE ON redemption_clawback
WHEN OLD.state IN ('dropped', 'done') OR NEW.claim_id <> OLD.claim_id OR NEW.amount_fen <> OLD.amount_fen OR NEW.proposed_by_id <> OLD.proposed_by_id
  OR (OLD.state || '>' || NEW.state NOT IN ('proposed>proposed', 'proposed>demanded', 'proposed>dropped', 'demanded>demanded', 'demanded>dropped', 'demanded>done'))
  OR NEW.received_fen <> (SELECT COALESCE(sum(e.amount_fen), 0) FROM ledger_entry e JOIN redemption_claim c ON c.commitment_id = e.commitment_id
    WHERE c.id = NEW.claim_id AND e.kind = 'return' AND e.key LIKE 'return:' || NEW.id || ':%')
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_clawback_stays'); END
--;;
CREATE TRIGGER quintet_claim_stays BEFORE UPDATE ON redemption_claim
WHEN NEW.pack <> OLD.pack OR NEW.rule <> OLD.rule OR NEW.awarded <> OLD.awarded OR NEW.instalment <> OLD.instalment OR NEW.year <> OLD.year
  OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.person_id IS NOT OLD.person_id OR NEW.follows_id IS NOT OLD.follows_id OR (OLD.commitment_id IS NOT NULL AND (NEW.commitment_id IS NOT OLD.commitment_id OR NEW.decided_fen IS NOT OLD.decided_fen))
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_claim_stays'); END
--;;
CREATE TRIGGER quintet_claim_committed BEFORE UPDATE ON redemption_claim
WHEN OLD.commitment_id IS NULL AND NEW.commitment_id IS NOT NULL AND (
  NOT EXISTS (SELECT 1 FROM redemption_decision d JOIN ledger_commitment m ON m.id = NEW.commitment_id
    WHERE d.claim_id = NEW.id AND d.granted AND d.confirmed AND d.amount_fen = NEW.decided_fen AND m.amount_fen = NEW.decided_fen
    AND m.pack = NEW.pack AND m.rule = NEW.rule AND m.fact = NEW.awarded AND m.instalment = NEW.instalment)
  OR NOT EXISTS (SELECT 1 FROM redemption_noticeline l WHERE l.claim_id = NEW.id AND l.amount_fen = NEW.decided_fen)
  OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_notice n ON n.id = l.notice_id JOIN ledger_entry e ON e.commitment_id = NEW.commitment_id
    WHERE l.claim_id = NEW.id AND n.ends_on >= e.booked_on)
  OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_objection o ON o.line_id = l.id WHERE l.claim_id = NEW.id AND o.upheld IS NULL))
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_committed_before_its_time'); END
--;;
CREATE TRIGGER quintet_decision_no_delete BEFORE DELETE ON redemption_decision
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_decision_stays'); END
--;;
CREATE TRIGGER quintet_step_no_delete BEFORE DELETE ON redemption_claimstep
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_step_stays'); END
--;;
CREATE TRIGGER quintet_objection_no_delete BEFORE DELETE ON redemption_objection
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_objection_stays'); END
--;;
CREATE TRIGGER quintet_clawback_no_delete BEFORE DELETE ON redemption_clawback
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_clawback_stays'); END
--;;
CREATE TRIGGER quintet_claim_no_delete BEFORE DELETE ON redemption_claim
BEGIN SELECT RAISE(ABORT, 'quintet:redemption_claim_stays'); END
--;;
CREATE TRIGGER quintet_claim_whole_fen BEFORE INSERT ON redemption_claim
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null') OR typeof(NEW.decided_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
--;;
CREATE TRIGGER quintet_claim_still_whole_fen BEFORE UPDATE ON redemption_claim
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null') OR typeof(NEW.decided_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
--;;
CREATE TRIGGER quintet_decision_whole_fen BEFORE INSERT ON redemption_decision
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
--;;
CREATE TRIGGER quintet_payment_whole_fen BEFORE INSERT ON redemption_paymentline
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
--;;
CREATE TRIGGER quintet_clawback_whole_fen BEFORE INSERT ON redemption_clawback
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null') OR typeof(NEW.received_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
