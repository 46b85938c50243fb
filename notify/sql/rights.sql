-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON push_keys FROM hitotoki_app;
GRANT SELECT, INSERT ON push_keys TO hitotoki_app;
