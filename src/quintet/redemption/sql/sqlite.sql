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
