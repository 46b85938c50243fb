-- What staff did stays written.
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON staff_acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON staff_acts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was sold, and every event of a payment, stays on record.
DO $$
DECLARE kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY['purchases', 'payment_events', 'refunds', 'disputes', 'claims'] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', kept);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
  END LOOP;
END $$;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON notices, mails, timetable_runs, spending_limits TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE ON packs, payment_events, refunds, disputes, claims TO hitotoki_app;
GRANT SELECT, INSERT ON staff_acts, alarms, purchases TO hitotoki_app;
GRANT UPDATE (seen_at, seen_by) ON alarms TO hitotoki_app;
-- Whose a purchase is, what it costs and what it gives is settled when it begins.
GRANT UPDATE (intent, method, state, paid_at, paid_lot, bonus_lot, addressee, receipt_issues) ON purchases TO hitotoki_app;
