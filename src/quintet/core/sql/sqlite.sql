CREATE TRIGGER quintet_audit_bound BEFORE INSERT ON core_auditentry
WHEN NEW.number <> 1 + COALESCE((SELECT max(number) FROM core_auditentry), 0)
  OR NEW.previous <> COALESCE((SELECT hash FROM core_auditentry ORDER BY number DESC LIMIT 1), '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN SELECT RAISE(ABORT, 'quintet:audit_unbound'); END
