-- What was billed, paid or written off is never deleted; which payment paid what is never changed.
DO $$
DECLARE named text;
BEGIN
  FOREACH named IN ARRAY ARRAY[
    'tabs', 'tab_bills', 'tab_bill_lines', 'tab_payments', 'tab_bill_payments', 'tab_write_offs'
  ] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION refuse_change()', named);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', named);
  END LOOP;
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE ON tab_bill_payments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lot_fits_its_wallet AFTER INSERT ON lots
  FOR EACH ROW EXECUTE FUNCTION lot_fits_its_wallet();
