-- Since when a cast has which number as an issuer of qualified invoices: what they sold is told by
-- the number of its day, so a number that came later makes no invoice of what was sold before.
CREATE OR REPLACE FUNCTION note_registration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.registration IS DISTINCT FROM
    (SELECT registration FROM registration_days WHERE user_id = NEW.user_id ORDER BY id DESC LIMIT 1)
  THEN
    INSERT INTO registration_days (user_id, registration) VALUES (NEW.user_id, NEW.registration);
  END IF;
  RETURN NULL;
END $$;
