-- Credit stands in a tab, where it is spent before it is paid, and nothing else does: points that were
-- paid or given run out by law, and credit never does.
CREATE OR REPLACE FUNCTION lot_fits_its_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.kind = 'credit') <> (SELECT kind = 'tab' FROM wallets WHERE id = NEW.wallet_id) THEN
    RAISE EXCEPTION 'a lot of % does not fit its wallet', NEW.kind USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
