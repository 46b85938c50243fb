-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON staff_views, sanctions FROM hitotoki_app;
GRANT SELECT, INSERT ON staff_views, sanctions TO hitotoki_app;
GRANT DELETE ON staff_views TO hitotoki_app;
GRANT UPDATE (lifted_by, lifted_at, lifted_why) ON sanctions TO hitotoki_app;
