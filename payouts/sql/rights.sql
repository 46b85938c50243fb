-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON payout_profiles, bank_accounts, bank_lists, payout_runs, payouts, payout_objections,
  payout_stops, payout_verdicts, payout_terms, payout_reversals, payout_reversal_lines,
  registration_days, selling_rules FROM hitotoki_app;
GRANT SELECT, INSERT ON payout_profiles, bank_accounts, bank_lists, payout_runs, payouts,
  payout_objections, payout_stops, payout_verdicts, payout_terms, payout_reversals,
  payout_reversal_lines, registration_days, selling_rules TO hitotoki_app;
GRANT UPDATE (category, registration, company) ON payout_profiles TO hitotoki_app;
GRANT UPDATE (sealed, mark, replaced_at, confirmed_rejections, confirmed_at) ON bank_accounts
  TO hitotoki_app;
GRANT UPDATE (state, payouts, total, second_by, second_at, filed_at, ended_by, ended_at) ON
  payout_runs TO hitotoki_app;
-- What was asked for stays as it was asked; what it became, the run says.
GRANT UPDATE (state, withheld, category, registration, seller, tax_percent, account_id, run_id,
  paid_at, rejected_at, called_off_at, why) ON payouts TO hitotoki_app;
GRANT UPDATE (answer, answered_by, answered_at) ON payout_objections TO hitotoki_app;
GRANT UPDATE (lifted_by, lifted_at, lifted_why) ON payout_stops TO hitotoki_app;
GRANT UPDATE (state, decided_by, decided_at) ON payout_verdicts TO hitotoki_app;
GRANT UPDATE (state, decided_by, decided_at, answer) ON payout_reversals TO hitotoki_app;
