-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON transfers, charges, lot_uses, lot_moves, charge_returns, lot_backs, lots, wallets,
  holds, purchases, adjustments, journal, packs, payment_events, refunds, disputes, claims,
  checkouts, payers FROM hitotoki_app;
GRANT SELECT, INSERT ON transfers, charges, lot_uses, lot_moves, charge_returns, lot_backs TO
  hitotoki_app;
GRANT SELECT, INSERT ON lots, wallets, holds, purchases, adjustments TO hitotoki_app;
GRANT SELECT ON journal TO hitotoki_app;
GRANT UPDATE (remaining) ON lots TO hitotoki_app;
GRANT UPDATE (balance) ON wallets TO hitotoki_app;
GRANT UPDATE (released, share, fee, cast_wallet, to_bill) ON holds TO hitotoki_app;
GRANT UPDATE (state, decided_by, decided_at, answer) ON adjustments TO hitotoki_app;
GRANT UPDATE (intent, method, state, paid_at, paid_lot, bonus_lot, addressee, receipt_issues) ON
  purchases TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE ON packs, payment_events, refunds, disputes, claims, checkouts,
  payers TO hitotoki_app;
-- A customer whom the provider no longer knows is forgotten.
GRANT DELETE ON payers TO hitotoki_app;
GRANT USAGE ON SEQUENCE money_written TO hitotoki_app;
