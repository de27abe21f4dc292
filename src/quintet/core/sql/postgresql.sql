CREATE OR REPLACE FUNCTION quintet_audit_bound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE tip record;
BEGIN
  SELECT number, hash INTO tip FROM core_auditentry ORDER BY number DESC LIMIT 1;
  IF NEW.number <> 1 + COALESCE(tip.number, 0) OR NEW.previous <> COALESCE(tip.hash, repeat('0', 64)) THEN
    RAISE EXCEPTION 'quintet:audit_unbound' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
--;;
CREATE OR REPLACE TRIGGER quintet_audit_bound BEFORE INSERT ON core_auditentry FOR EACH ROW EXECUTE FUNCTION quintet_audit_bound()
