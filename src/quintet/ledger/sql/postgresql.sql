CREATE OR REPLACE VIEW quintet_leg AS
  SELECT * FROM (VALUES
    ('appropriation', 'treasury', -1, 'fund'), ('appropriation', 'available', 1, 'fund'),
    ('reduction', 'available', -1, 'fund'), ('reduction', 'treasury', 1, 'fund'),
    ('ceiling', 'ceiling', -1, 'budget'), ('ceiling', 'room', 1, 'budget'),
    ('ceiling_cut', 'room', -1, 'budget'), ('ceiling_cut', 'ceiling', 1, 'budget'),
    ('commitment', 'available', -1, 'fund'), ('commitment', 'committed', 1, 'fund'),
    ('commitment', 'room', -1, 'budget'), ('commitment', 'used', 1, 'budget'),
    ('release', 'committed', -1, 'fund'), ('release', 'available', 1, 'fund'),
    ('release', 'used', -1, 'budget'), ('release', 'room', 1, 'budget'),
    ('payment', 'committed', -1, 'fund'), ('payment', 'paid', 1, 'fund'),
    ('rejection', 'paid', -1, 'fund'), ('rejection', 'committed', 1, 'fund'),
    ('return', 'paid', -1, 'fund'), ('return', 'returned', 1, 'fund')
  ) AS leg (kind, account, side, scope)
--;;
CREATE OR REPLACE FUNCTION quintet_refuse(word text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'quintet:%', word USING ERRCODE = 'integrity_constraint_violation'; END $$
--;;
CREATE OR REPLACE FUNCTION quintet_commitment_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.attempt > 1 AND NOT EXISTS (
    SELECT 1 FROM ledger_commitment c JOIN ledger_commitmentstep s ON s.commitment_id = c.id
    WHERE c.pack = NEW.pack AND c.rule = NEW.rule AND c.fact = NEW.fact AND c.instalment = NEW.instalment AND c.attempt = NEW.attempt - 1
      AND s.number = (SELECT max(number) FROM ledger_commitmentstep WHERE commitment_id = c.id) AND s.open_fen = 0 AND s.paid_fen = 0)
  THEN PERFORM quintet_refuse('ledger_no_second_award'); END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_commitment_again BEFORE INSERT ON ledger_commitment FOR EACH ROW EXECUTE FUNCTION quintet_commitment_again()
--;;
CREATE OR REPLACE FUNCTION quintet_entry_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.fund_id IS NOT NULL AND NEW.budget_id <> (SELECT budget_id FROM ledger_fund WHERE id = NEW.fund_id)
    OR NEW.commitment_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM ledger_commitment WHERE id = NEW.commitment_id AND fund_id = NEW.fund_id AND year = NEW.year AND (NEW.kind <> 'commitment' OR amount_fen = NEW.amount_fen))
    OR NEW.commitment_id IS NOT NULL AND NEW.kind <> 'commitment' AND NOT EXISTS (SELECT 1 FROM ledger_commitmentstep WHERE commitment_id = NEW.commitment_id)
  THEN PERFORM quintet_refuse('ledger_entry_does_not_fit'); END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_entry_fits BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION quintet_entry_fits()
--;;
CREATE OR REPLACE FUNCTION quintet_entry_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  leg record;
  tip record;
  made integer := 0;
  c record;
BEGIN
  IF NEW.commitment_id IS NOT NULL THEN
    SELECT clause, division INTO c FROM ledger_commitment WHERE id = NEW.commitment_id FOR NO KEY UPDATE;
    SELECT number, open_fen, paid_fen, returned_fen INTO tip FROM ledger_commitmentstep WHERE commitment_id = NEW.commitment_id ORDER BY number DESC LIMIT 1;
    INSERT INTO ledger_commitmentstep (commitment_id, entry_id, number, open_fen, paid_fen, returned_fen)
    VALUES (NEW.commitment_id, NEW.id, 1 + COALESCE(tip.number, 0),
      COALESCE(tip.open_fen, 0) + NEW.amount_fen * CASE WHEN NEW.kind IN ('commitment', 'rejection') THEN 1 WHEN NEW.kind IN ('release', 'payment') THEN -1 ELSE 0 END,
      COALESCE(tip.paid_fen, 0) + NEW.amount_fen * CASE WHEN NEW.kind = 'payment' THEN 1 WHEN NEW.kind IN ('rejection', 'return') THEN -1 ELSE 0 END,
      COALESCE(tip.returned_fen, 0) + NEW.amount_fen * CASE WHEN NEW.kind = 'return' THEN 1 ELSE 0 END);
  END IF;
  -- A commitment first, then accounts in one order: entries wait for each other and never crosswise.
  FOR leg IN
    SELECT a.id, a.kind, l.side FROM quintet_leg l JOIN ledger_account a ON a.kind = l.account AND a.year = NEW.year AND a.budget_id = NEW.budget_id
      AND (l.scope = 'fund' AND a.fund_id = NEW.fund_id OR l.scope = 'budget' AND a.fund_id IS NULL)
    WHERE l.kind = NEW.kind ORDER BY a.id
  LOOP
    PERFORM 1 FROM ledger_account WHERE id = leg.id FOR NO KEY UPDATE;
    SELECT number, balance_fen INTO tip FROM ledger_posting WHERE account_id = leg.id ORDER BY number DESC LIMIT 1;
    INSERT INTO ledger_posting (entry_id, account_id, kind, number, amount_fen, balance_fen, booked_on)
    VALUES (NEW.id, leg.id, leg.kind, 1 + COALESCE(tip.number, 0), leg.side * NEW.amount_fen, leg.side * NEW.amount_fen + COALESCE(tip.balance_fen, 0), NEW.booked_on);
    made := made + 1;
  END LOOP;
  IF made <> (SELECT count(*) FROM quintet_leg WHERE kind = NEW.kind AND (scope = 'fund' OR (SELECT has_ceiling FROM ledger_budget WHERE id = NEW.budget_id)))
  THEN PERFORM quintet_refuse('ledger_year_not_open'); END IF;
  IF NEW.fund_id IS NOT NULL THEN
    INSERT INTO ledger_total (fund_id, year, month, kind, clause, division, count, amount_fen)
    VALUES (NEW.fund_id, NEW.year, to_char(NEW.booked_on, 'YYYY-MM'), NEW.kind,
      COALESCE((SELECT clause FROM ledger_commitment WHERE id = NEW.commitment_id), ''), COALESCE((SELECT division FROM ledger_commitment WHERE id = NEW.commitment_id), ''),
      1, NEW.amount_fen)
    ON CONFLICT (fund_id, year, month, kind, clause, division) DO UPDATE SET count = ledger_total.count + 1, amount_fen = ledger_total.amount_fen + excluded.amount_fen;
  END IF;
  RETURN NULL;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_entry_posted AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION quintet_entry_posted()
--;;
CREATE OR REPLACE FUNCTION quintet_posting_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE tip record;
BEGIN
  SELECT number, balance_fen, booked_on INTO tip FROM ledger_posting WHERE account_id = NEW.account_id ORDER BY number DESC LIMIT 1;
  IF NEW.number <> 1 + COALESCE(tip.number, 0) OR NEW.balance_fen <> NEW.amount_fen + COALESCE(tip.balance_fen, 0) OR NOT EXISTS (
    SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = NEW.account_id AND a.kind = NEW.kind AND a.year = e.year AND a.budget_id = e.budget_id
      JOIN quintet_leg leg ON leg.kind = e.kind AND leg.account = a.kind AND (leg.scope = 'budget' OR a.fund_id = e.fund_id)
    WHERE e.id = NEW.entry_id AND NEW.amount_fen = leg.side * e.amount_fen AND NEW.booked_on = e.booked_on)
  THEN PERFORM quintet_refuse('ledger_posting_does_not_fit'); END IF;
  IF NEW.booked_on < tip.booked_on THEN PERFORM quintet_refuse('ledger_backdated'); END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_posting_fits BEFORE INSERT ON ledger_posting FOR EACH ROW EXECUTE FUNCTION quintet_posting_fits()
--;;
CREATE OR REPLACE FUNCTION quintet_step_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> 1 + COALESCE((SELECT max(number) FROM ledger_commitmentstep WHERE commitment_id = NEW.commitment_id), 0)
    OR NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND commitment_id = NEW.commitment_id)
  THEN PERFORM quintet_refuse('ledger_step_does_not_fit'); END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_step_fits BEFORE INSERT ON ledger_commitmentstep FOR EACH ROW EXECUTE FUNCTION quintet_step_fits()
--;;
CREATE OR REPLACE TRIGGER quintet_total_by_the_books BEFORE INSERT OR UPDATE OR DELETE ON ledger_total FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION quintet_append_only()
--;;
CREATE OR REPLACE TRIGGER quintet_total_no_truncate BEFORE TRUNCATE ON ledger_total FOR EACH STATEMENT EXECUTE FUNCTION quintet_append_only()
