GRANT SELECT, INSERT, UPDATE, DELETE
  ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
  TO hitotoki_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
