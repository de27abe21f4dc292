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
    OR (OLD.state || '>' || NEW.state NOT IN ('made>made', 'made>signed', 'made>dropped', 'signed>signed', 'signed>done', 'done>done')) THEN
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
