-- By which line and device somebody came is noted once, and swept.
REVOKE ALL ON traces FROM hitotoki_app;
GRANT SELECT, INSERT, DELETE ON traces TO hitotoki_app;
