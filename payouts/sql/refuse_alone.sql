-- What the bank may have moved goes back to its cast only after two people have said so.
CREATE OR REPLACE FUNCTION refuse_alone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE by_two boolean;
BEGIN
  IF TG_TABLE_NAME = 'payout_runs' THEN
    by_two := EXISTS (SELECT FROM payout_reversals WHERE run_id = NEW.id
      AND kind = 'dissolution' AND state = 'done');
  ELSIF NEW.state = 'rejected' THEN
    by_two := EXISTS (SELECT FROM payout_reversal_lines l
      JOIN payout_reversals r ON r.id = l.reversal_id
      WHERE l.payout_id = NEW.id AND r.run_id = OLD.run_id AND r.state = 'done');
  ELSE
    by_two := EXISTS (SELECT FROM payout_runs WHERE id = OLD.run_id AND filed_at IS NULL)
      OR EXISTS (SELECT FROM payout_reversals WHERE run_id = OLD.run_id
        AND kind = 'dissolution' AND state = 'done');
  END IF;
  IF NOT by_two THEN
    RAISE EXCEPTION 'row % of % goes back by the word of two', NEW.id, TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
