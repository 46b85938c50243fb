-- What was paid, asked for, stopped or decided is never deleted; terms that were given never change.
DO $$
DECLARE named text;
BEGIN
  FOREACH named IN ARRAY ARRAY[
    'bank_accounts', 'payout_runs', 'payouts', 'payout_objections', 'payout_stops',
    'payout_verdicts', 'payout_terms', 'payout_reversals', 'payout_reversal_lines',
    'registration_days', 'selling_rules'
  ] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION refuse_change()', named);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', named);
  END LOOP;
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE ON payout_terms
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER registration_noted AFTER INSERT OR UPDATE OF registration ON payout_profiles
  FOR EACH ROW EXECUTE FUNCTION note_registration();
CREATE TRIGGER never_changed BEFORE UPDATE ON registration_days
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON selling_rules
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- A payout that is over stays as it was; one that was paid can only be rejected, once.
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON payouts
  FOR EACH ROW WHEN (OLD.state IN ('rejected', 'called_off')
    OR OLD.state = 'paid' AND NEW.state <> 'rejected')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON payout_runs
  FOR EACH ROW WHEN (OLD.state IN ('closed', 'dissolved'))
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON payout_reversals
  FOR EACH ROW WHEN (OLD.state <> 'waiting_second') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON payout_reversal_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- That a file was taken stays said; from then on one alone lets nothing go back.
CREATE TRIGGER never_untaken BEFORE UPDATE ON payout_runs
  FOR EACH ROW WHEN (OLD.filed_at IS NOT NULL AND NEW.filed_at IS DISTINCT FROM OLD.filed_at)
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_alone BEFORE UPDATE ON payout_runs
  FOR EACH ROW WHEN (OLD.filed_at IS NOT NULL AND NEW.state = 'dissolved')
  EXECUTE FUNCTION refuse_alone();
CREATE TRIGGER never_alone BEFORE UPDATE ON payouts
  FOR EACH ROW WHEN (NEW.state = 'rejected'
    OR OLD.state = 'in_run' AND NEW.state NOT IN ('in_run', 'paid'))
  EXECUTE FUNCTION refuse_alone();
