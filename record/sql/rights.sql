-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON staff_acts, alarms, clock_watch, site_particulars FROM hitotoki_app;
GRANT SELECT, INSERT ON staff_acts, alarms TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE ON clock_watch, site_particulars TO hitotoki_app;
GRANT UPDATE (seen_at, seen_by) ON alarms TO hitotoki_app;
GRANT DELETE ON alarms TO hitotoki_app;
-- What is open stays open: no page closes it again.
REVOKE ALL ON site_opening FROM hitotoki_app;
GRANT SELECT, INSERT ON site_opening TO hitotoki_app;
REVOKE ALL ON site_texts, text_agreements FROM hitotoki_app;
GRANT SELECT, INSERT ON site_texts TO hitotoki_app;
-- Who leaves takes along what they agreed to.
GRANT SELECT, INSERT, DELETE ON text_agreements TO hitotoki_app;
