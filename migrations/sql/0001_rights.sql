-- The application's role: it may add to the books and move a lot's or a wallet's figure, no more.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hitotoki_app') THEN
    CREATE ROLE hitotoki_app LOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- two databases of one server, migrated at once
END $$;

GRANT USAGE ON SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hitotoki_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
REVOKE ALL ON transfers, charges, lot_uses, lot_moves, charge_returns, lot_backs, lots, wallets, journal FROM hitotoki_app;
GRANT SELECT, INSERT ON transfers, charges, lot_uses, lot_moves, charge_returns, lot_backs, lots, wallets TO hitotoki_app;
GRANT SELECT ON journal TO hitotoki_app;
GRANT UPDATE (remaining) ON lots TO hitotoki_app;
GRANT UPDATE (balance) ON wallets TO hitotoki_app;
REVOKE ALL ON alembic_version FROM hitotoki_app;
GRANT SELECT ON alembic_version TO hitotoki_app;
