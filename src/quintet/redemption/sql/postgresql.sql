CREATE OR REPLACE FUNCTION quintet_payment_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM redemption_claim c JOIN redemption_paymentbatch b ON b.id = NEW.batch_id JOIN ledger_commitment m ON m.id = c.commitment_id
    WHERE c.id = NEW.claim_id AND b.state = 'made' AND m.fund_id = b.fund_id AND m.year = b.year AND NEW.amount_fen <= m.amount_fen) THEN
    RAISE EXCEPTION 'quintet:redemption_payment_does_not_fit' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM 1 FROM redemption_claim WHERE id = NEW.claim_id FOR UPDATE;
  IF EXISTS (
    SELECT 1 FROM redemption_paymentline l WHERE l.claim_id = NEW.claim_id
    AND NOT EXISTS (SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = l.id AND r.kind IN ('returned', 'dropped'))) THEN
    RAISE EXCEPTION 'quintet:redemption_payment_on_its_way' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_payment_fits BEFORE INSERT ON redemption_paymentline FOR EACH ROW EXECUTE FUNCTION quintet_payment_fits()
--;;
CREATE OR REPLACE FUNCTION quintet_result_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM redemption_paymentline l JOIN redemption_claim c ON c.id = l.claim_id WHERE l.id = NEW.line_id FOR UPDATE OF c;
  IF EXISTS (
    SELECT 1 FROM redemption_paymentline l JOIN redemption_paymentbatch b ON b.id = l.batch_id WHERE l.id = NEW.line_id
    AND (b.state = 'dropped' OR (NEW.kind = 'dropped') <> (b.state = 'made')))
    OR EXISTS (SELECT 1 FROM redemption_paymentresult r WHERE r.line_id = NEW.line_id AND (r.kind <> 'paid' OR NEW.kind <> 'returned')) THEN
    RAISE EXCEPTION 'quintet:redemption_result_out_of_order' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_result_in_order BEFORE INSERT ON redemption_paymentresult FOR EACH ROW EXECUTE FUNCTION quintet_result_in_order()
--;;
CREATE OR REPLACE FUNCTION quintet_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.fund_id <> OLD.fund_id OR NEW.year <> OLD.year OR NEW.count <> OLD.count OR NEW.sum_fen <> OLD.sum_fen OR NEW.seal <> OLD.seal
    OR NEW.made_by_id <> OLD.made_by_id OR (OLD.signed_by_id IS NOT NULL AND NEW.signed_by_id IS DISTINCT FROM OLD.signed_by_id)
    OR (OLD.state || '>' || NEW.state NOT IN ('made>made', 'made>signed', 'made>dropped', 'signed>signed', 'signed>done', 'done>done'))
    OR (OLD.state = 'made' AND NEW.state = 'signed' AND EXISTS (
      SELECT 1 FROM redemption_paymentresult r JOIN redemption_paymentline l ON l.id = r.line_id WHERE l.batch_id = NEW.id)) THEN
    RAISE EXCEPTION 'quintet:redemption_batch_is_frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_batch_stays BEFORE UPDATE ON redemption_paymentbatch FOR EACH ROW EXECUTE FUNCTION quintet_batch_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_seat_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state IN ('recused', 'scored') OR NEW.panel_id <> OLD.panel_id OR NEW.expert_id <> OLD.expert_id OR NEW.number <> OLD.number
    OR (OLD.state || '>' || NEW.state NOT IN ('invited>invited', 'invited>sitting', 'invited>recused', 'sitting>sitting', 'sitting>scored')) THEN
    RAISE EXCEPTION 'quintet:redemption_seat_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_seat_stays BEFORE UPDATE OR DELETE ON redemption_seat FOR EACH ROW EXECUTE FUNCTION quintet_seat_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_panel_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.closed_on IS NOT NULL OR NEW.claim_id <> OLD.claim_id OR NEW.step_id <> OLD.step_id OR NEW.seed <> OLD.seed
    OR NEW.wanted <> OLD.wanted OR NEW.pool <> OLD.pool OR NEW.excluded <> OLD.excluded OR NEW.drawn_by_id <> OLD.drawn_by_id THEN
    RAISE EXCEPTION 'quintet:redemption_draw_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_panel_stays BEFORE UPDATE OR DELETE ON redemption_panel FOR EACH ROW EXECUTE FUNCTION quintet_panel_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_vote_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.vote <> '' OR NEW.claim_id <> OLD.claim_id OR NEW.step_id <> OLD.step_id OR NEW.unit <> OLD.unit THEN
    RAISE EXCEPTION 'quintet:redemption_vote_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_vote_stays BEFORE UPDATE OR DELETE ON redemption_jointvote FOR EACH ROW EXECUTE FUNCTION quintet_vote_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.confirmed IS NOT NULL OR NEW.claim_id <> OLD.claim_id OR NEW.granted <> OLD.granted OR NEW.amount_fen IS DISTINCT FROM OLD.amount_fen OR NEW.proposed_by_id <> OLD.proposed_by_id OR NEW.reasons <> OLD.reasons THEN
    RAISE EXCEPTION 'quintet:redemption_decision_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_decision_stays BEFORE UPDATE ON redemption_decision FOR EACH ROW EXECUTE FUNCTION quintet_decision_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_on IS NOT NULL OR NEW.claim_id <> OLD.claim_id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind OR NEW.started_on <> OLD.started_on THEN
    RAISE EXCEPTION 'quintet:redemption_step_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_step_stays BEFORE UPDATE ON redemption_claimstep FOR EACH ROW EXECUTE FUNCTION quintet_step_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_objection_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.upheld IS NOT NULL OR NEW.line_id <> OLD.line_id OR NEW.objector <> OLD.objector OR NEW.contact <> OLD.contact OR NEW.text <> OLD.text OR NEW.filed_on <> OLD.filed_on THEN
    RAISE EXCEPTION 'quintet:redemption_objection_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_objection_stays BEFORE UPDATE ON redemption_objection FOR EACH ROW EXECUTE FUNCTION quintet_objection_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_clawback_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('dropped', 'done') OR NEW.claim_id <> OLD.claim_id OR NEW.amount_fen <> OLD.amount_fen OR NEW.proposed_by_id <> OLD.proposed_by_id
  OR (OLD.state || '>' || NEW.state NOT IN ('proposed>proposed', 'proposed>demanded', 'proposed>dropped', 'demanded>demanded', 'demanded>dropped', 'demanded>done'))
  OR NEW.received_fen <> (SELECT COALESCE(sum(e.amount_fen), 0) FROM ledger_entry e JOIN redemption_claim c ON c.commitment_id = e.commitment_id
    WHERE c.id = NEW.claim_id AND e.kind = 'return' AND e.key LIKE 'return:' || NEW.id || ':%') THEN
    RAISE EXCEPTION 'quintet:redemption_clawback_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_clawback_stays BEFORE UPDATE ON redemption_clawback FOR EACH ROW EXECUTE FUNCTION quintet_clawback_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_claim_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.pack <> OLD.pack OR NEW.rule <> OLD.rule OR NEW.awarded <> OLD.awarded OR NEW.instalment <> OLD.instalment OR NEW.year <> OLD.year
  OR NEW.organisation_id IS DISTINCT FROM OLD.organisation_id OR NEW.person_id IS DISTINCT FROM OLD.person_id OR NEW.follows_id IS DISTINCT FROM OLD.follows_id OR (OLD.commitment_id IS NOT NULL AND (NEW.commitment_id IS DISTINCT FROM OLD.commitment_id OR NEW.decided_fen IS DISTINCT FROM OLD.decided_fen)) THEN
    RAISE EXCEPTION 'quintet:redemption_claim_stays' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_claim_stays BEFORE UPDATE ON redemption_claim FOR EACH ROW EXECUTE FUNCTION quintet_claim_stays()
--;;
CREATE OR REPLACE FUNCTION quintet_claim_committed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.commitment_id IS NULL AND NEW.commitment_id IS NOT NULL AND (
  NOT EXISTS (SELECT 1 FROM redemption_decision d JOIN ledger_commitment m ON m.id = NEW.commitment_id
    WHERE d.claim_id = NEW.id AND d.granted AND d.confirmed AND d.amount_fen = NEW.decided_fen AND m.amount_fen = NEW.decided_fen
    AND m.pack = NEW.pack AND m.rule = NEW.rule AND m.fact = NEW.awarded AND m.instalment = NEW.instalment)
  OR NOT EXISTS (SELECT 1 FROM redemption_noticeline l WHERE l.claim_id = NEW.id AND l.amount_fen = NEW.decided_fen)
  OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_notice n ON n.id = l.notice_id JOIN ledger_entry e ON e.commitment_id = NEW.commitment_id
    WHERE l.claim_id = NEW.id AND n.ends_on >= e.booked_on)
  OR EXISTS (SELECT 1 FROM redemption_noticeline l JOIN redemption_objection o ON o.line_id = l.id WHERE l.claim_id = NEW.id AND o.upheld IS NULL)) THEN
    RAISE EXCEPTION 'quintet:redemption_committed_before_its_time' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_claim_committed BEFORE UPDATE ON redemption_claim FOR EACH ROW EXECUTE FUNCTION quintet_claim_committed()
--;;
CREATE OR REPLACE TRIGGER quintet_decision_no_delete BEFORE DELETE ON redemption_decision FOR EACH ROW EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_step_no_delete BEFORE DELETE ON redemption_claimstep FOR EACH ROW EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_objection_no_delete BEFORE DELETE ON redemption_objection FOR EACH ROW EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_clawback_no_delete BEFORE DELETE ON redemption_clawback FOR EACH ROW EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_claim_no_delete BEFORE DELETE ON redemption_claim FOR EACH ROW EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_decision_no_truncate BEFORE TRUNCATE ON redemption_decision FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_step_no_truncate BEFORE TRUNCATE ON redemption_claimstep FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_objection_no_truncate BEFORE TRUNCATE ON redemption_objection FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_clawback_no_truncate BEFORE TRUNCATE ON redemption_clawback FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_claim_no_truncate BEFORE TRUNCATE ON redemption_claim FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_seat_no_truncate BEFORE TRUNCATE ON redemption_seat FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_panel_no_truncate BEFORE TRUNCATE ON redemption_panel FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_vote_no_truncate BEFORE TRUNCATE ON redemption_jointvote FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
