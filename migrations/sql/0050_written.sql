-- In which order rows of money were written, whatever the clock says. Nothing is rewritten: rows of
-- before have no number and are older than all that have one.
CREATE SEQUENCE money_written;
ALTER TABLE transfers ADD COLUMN written BIGINT;
ALTER TABLE transfers ALTER COLUMN written SET DEFAULT nextval('money_written'::regclass);
ALTER TABLE charges ADD COLUMN written BIGINT;
ALTER TABLE charges ALTER COLUMN written SET DEFAULT nextval('money_written'::regclass);
ALTER TABLE charge_returns ADD COLUMN written BIGINT;
ALTER TABLE charge_returns ALTER COLUMN written SET DEFAULT nextval('money_written'::regclass);
GRANT USAGE ON SEQUENCE money_written TO hitotoki_app;
