CREATE VIEW quintet_leg AS
  SELECT 'appropriation' AS kind, 'treasury' AS account, -1 AS side, 'fund' AS scope
  UNION ALL SELECT 'appropriation', 'available', 1, 'fund'
  UNION ALL SELECT 'reduction', 'available', -1, 'fund'
  UNION ALL SELECT 'reduction', 'treasury', 1, 'fund'
  UNION ALL SELECT 'ceiling', 'ceiling', -1, 'budget'
  UNION ALL SELECT 'ceiling', 'room', 1, 'budget'
  UNION ALL SELECT 'ceiling_cut', 'room', -1, 'budget'
  UNION ALL SELECT 'ceiling_cut', 'ceiling', 1, 'budget'
  UNION ALL SELECT 'commitment', 'available', -1, 'fund'
  UNION ALL SELECT 'commitment', 'committed', 1, 'fund'
  UNION ALL SELECT 'commitment', 'room', -1, 'budget'
  UNION ALL SELECT 'commitment', 'used', 1, 'budget'
  UNION ALL SELECT 'release', 'committed', -1, 'fund'
  UNION ALL SELECT 'release', 'available', 1, 'fund'
  UNION ALL SELECT 'release', 'used', -1, 'budget'
  UNION ALL SELECT 'release', 'room', 1, 'budget'
  UNION ALL SELECT 'payment', 'committed', -1, 'fund'
  UNION ALL SELECT 'payment', 'paid', 1, 'fund'
  UNION ALL SELECT 'rejection', 'paid', -1, 'fund'
  UNION ALL SELECT 'rejection', 'committed', 1, 'fund'
  UNION ALL SELECT 'return', 'paid', -1, 'fund'
  UNION ALL SELECT 'return', 'returned', 1, 'fund'
--;;
CREATE TRIGGER quintet_commitment_again BEFORE INSERT ON ledger_commitment
WHEN NEW.attempt > 1 AND NOT EXISTS (
  SELECT 1 FROM ledger_commitment c JOIN ledger_commitmentstep s ON s.commitment_id = c.id
  WHERE c.pack = NEW.pack AND c.rule = NEW.rule AND c.fact = NEW.fact AND c.instalment = NEW.instalment AND c.attempt = NEW.attempt - 1
    AND s.number = (SELECT max(number) FROM ledger_commitmentstep WHERE commitment_id = c.id) AND s.open_fen = 0 AND s.paid_fen = 0)
BEGIN SELECT RAISE(ABORT, 'quintet:ledger_no_second_award'); END
--;;
CREATE TRIGGER quintet_entry_fits BEFORE INSERT ON ledger_entry
WHEN (NEW.fund_id IS NOT NULL AND NEW.budget_id <> (SELECT budget_id FROM ledger_fund WHERE id = NEW.fund_id))
  OR (NEW.commitment_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ledger_commitment WHERE id = NEW.commitment_id AND fund_id = NEW.fund_id AND year = NEW.year AND (NEW.kind <> 'commitment' OR amount_fen = NEW.amount_fen)))
  OR (NEW.commitment_id IS NOT NULL AND NEW.kind <> 'commitment' AND NOT EXISTS (SELECT 1 FROM ledger_commitmentstep WHERE commitment_id = NEW.commitment_id))
BEGIN SELECT RAISE(ABORT, 'quintet:ledger_entry_does_not_fit'); END
--;;
CREATE TRIGGER quintet_entry_posted AFTER INSERT ON ledger_entry
BEGIN
  INSERT INTO ledger_commitmentstep (commitment_id, entry_id, number, open_fen, paid_fen, returned_fen)
  SELECT NEW.commitment_id, NEW.id, 1 + COALESCE(s.number, 0),
    COALESCE(s.open_fen, 0) + NEW.amount_fen * CASE NEW.kind WHEN 'commitment' THEN 1 WHEN 'rejection' THEN 1 WHEN 'release' THEN -1 WHEN 'payment' THEN -1 ELSE 0 END,
    COALESCE(s.paid_fen, 0) + NEW.amount_fen * CASE NEW.kind WHEN 'payment' THEN 1 WHEN 'rejection' THEN -1 WHEN 'return' THEN -1 ELSE 0 END,
    COALESCE(s.returned_fen, 0) + NEW.amount_fen * CASE NEW.kind WHEN 'return' THEN 1 ELSE 0 END
  FROM (SELECT 1) LEFT JOIN ledger_commitmentstep s ON s.commitment_id = NEW.commitment_id
    AND s.number = (SELECT max(number) FROM ledger_commitmentstep WHERE commitment_id = NEW.commitment_id)
  WHERE NEW.commitment_id IS NOT NULL;
  INSERT INTO ledger_posting (entry_id, account_id, kind, number, amount_fen, balance_fen, booked_on)
  SELECT NEW.id, a.id, a.kind, 1 + COALESCE((SELECT max(number) FROM ledger_posting WHERE account_id = a.id), 0), leg.side * NEW.amount_fen,
    leg.side * NEW.amount_fen + COALESCE((SELECT balance_fen FROM ledger_posting WHERE account_id = a.id ORDER BY number DESC LIMIT 1), 0), NEW.booked_on
  FROM quintet_leg leg JOIN ledger_account a ON a.kind = leg.account AND a.year = NEW.year AND a.budget_id = NEW.budget_id
    AND ((leg.scope = 'fund' AND a.fund_id = NEW.fund_id) OR (leg.scope = 'budget' AND a.fund_id IS NULL))
  WHERE leg.kind = NEW.kind;
  SELECT RAISE(ABORT, 'quintet:ledger_year_not_open')
  WHERE (SELECT count(*) FROM ledger_posting WHERE entry_id = NEW.id)
    <> (SELECT count(*) FROM quintet_leg WHERE kind = NEW.kind AND (scope = 'fund' OR (SELECT has_ceiling FROM ledger_budget WHERE id = NEW.budget_id)));
  INSERT INTO ledger_total (fund_id, year, month, kind, clause, division, count, amount_fen)
  SELECT NEW.fund_id, NEW.year, substr(NEW.booked_on, 1, 7), NEW.kind, COALESCE(c.clause, ''), COALESCE(c.division, ''), 1, NEW.amount_fen
  FROM (SELECT 1) LEFT JOIN ledger_commitment c ON c.id = NEW.commitment_id
  WHERE NEW.fund_id IS NOT NULL
  ON CONFLICT (fund_id, year, month, kind, clause, division) DO UPDATE SET count = count + 1, amount_fen = amount_fen + excluded.amount_fen;
END
--;;
CREATE TRIGGER quintet_posting_fits BEFORE INSERT ON ledger_posting
WHEN NEW.number <> 1 + COALESCE((SELECT max(number) FROM ledger_posting WHERE account_id = NEW.account_id), 0)
  OR NEW.balance_fen <> NEW.amount_fen + COALESCE((SELECT balance_fen FROM ledger_posting WHERE account_id = NEW.account_id ORDER BY number DESC LIMIT 1), 0)
  OR NOT EXISTS (
    SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = NEW.account_id AND a.kind = NEW.kind AND a.year = e.year AND a.budget_id = e.budget_id
      JOIN quintet_leg leg ON leg.kind = e.kind AND leg.account = a.kind AND (leg.scope = 'budget' OR a.fund_id = e.fund_id)
    WHERE e.id = NEW.entry_id AND NEW.amount_fen = leg.side * e.amount_fen AND NEW.booked_on = e.booked_on)
BEGIN SELECT RAISE(ABORT, 'quintet:ledger_posting_does_not_fit'); END
--;;
CREATE TRIGGER quintet_posting_forward BEFORE INSERT ON ledger_posting
WHEN NEW.booked_on < (SELECT booked_on FROM ledger_posting WHERE account_id = NEW.account_id ORDER BY number DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'quintet:ledger_backdated'); END
--;;
CREATE TRIGGER quintet_step_fits BEFORE INSERT ON ledger_commitmentstep
WHEN NEW.number <> 1 + COALESCE((SELECT max(number) FROM ledger_commitmentstep WHERE commitment_id = NEW.commitment_id), 0)
  OR NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND commitment_id = NEW.commitment_id)
BEGIN SELECT RAISE(ABORT, 'quintet:ledger_step_does_not_fit'); END
--;;
CREATE TRIGGER quintet_entry_whole_fen BEFORE INSERT ON ledger_entry
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
--;;
CREATE TRIGGER quintet_commitment_whole_fen BEFORE INSERT ON ledger_commitment
WHEN typeof(NEW.amount_fen) NOT IN ('integer', 'null')
BEGIN SELECT RAISE(ABORT, 'quintet:whole_fen'); END
