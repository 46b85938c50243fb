-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON tabs, tab_bills, tab_bill_lines, tab_payments, tab_bill_payments, tab_write_offs,
  tab_moves
  FROM hitotoki_app;
GRANT SELECT, INSERT ON tabs, tab_bills, tab_bill_lines, tab_payments, tab_bill_payments,
  tab_write_offs, tab_moves TO hitotoki_app;
GRANT UPDATE (yen, changed_at) ON tabs TO hitotoki_app;
GRANT UPDATE (yen, paid, written_off, state, paid_at) ON tab_bills TO hitotoki_app;
GRANT UPDATE (bill_id, returned) ON tab_bill_lines TO hitotoki_app;
GRANT UPDATE (taken_back, placed) ON tab_payments TO hitotoki_app;
GRANT UPDATE (yen, state, decided_by, decided_at, answer) ON tab_write_offs TO hitotoki_app;
