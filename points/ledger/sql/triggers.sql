-- What was written about money stays written; what was sold, held or asked for is never deleted.
DO $$
DECLARE named text;
BEGIN
  FOREACH named IN ARRAY ARRAY[
    'transfers', 'charges', 'lot_uses', 'lot_moves', 'charge_returns', 'lot_backs'
  ] LOOP
    EXECUTE format('CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION refuse_change()', named);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', named);
  END LOOP;
  FOREACH named IN ARRAY ARRAY[
    'holds', 'purchases', 'payment_events', 'refunds', 'disputes', 'claims', 'adjustments'
  ] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION refuse_change()', named);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', named);
  END LOOP;
END $$;

-- They can't be emptied alone: what is written once stands on their rows.
CREATE TRIGGER never_deleted BEFORE DELETE ON wallets
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON lots
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
