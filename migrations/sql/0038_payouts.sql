-- What was earned arrives: accounts, payouts, runs, and what finance staff decide.
CREATE TABLE payout_profiles (
  user_id BIGINT NOT NULL,
  category TEXT DEFAULT 'none' NOT NULL,
  registration TEXT,
  company TEXT,
  CONSTRAINT pk_payout_profiles PRIMARY KEY (user_id),
  CONSTRAINT ck_payout_profiles_category_known CHECK (category IN ('none', 'individual', 'non_resident', 'company')),
  CONSTRAINT ck_payout_profiles_registration_shape CHECK (registration ~ '^T[1-9][0-9]{12}$'),
  CONSTRAINT ck_payout_profiles_company_length CHECK (length(company) BETWEEN 1 AND 100),
  CONSTRAINT fk_payout_profiles_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE bank_accounts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  sealed BYTEA,
  mark BYTEA,
  bank TEXT NOT NULL,
  branch TEXT NOT NULL,
  tail TEXT NOT NULL,
  holder_kind TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
  replaced_at TIMESTAMP WITH TIME ZONE,
  confirmed_rejections INTEGER DEFAULT '0' NOT NULL,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_bank_accounts PRIMARY KEY (id),
  CONSTRAINT uq_bank_accounts_id_user UNIQUE (id, user_id),
  CONSTRAINT ck_bank_accounts_sealed_bytes CHECK (length(sealed) BETWEEN 1 AND 2048),
  CONSTRAINT ck_bank_accounts_mark_bytes CHECK (length(mark) = 32),
  CONSTRAINT ck_bank_accounts_bank_length CHECK (length(bank) BETWEEN 1 AND 100),
  CONSTRAINT ck_bank_accounts_branch_length CHECK (length(branch) BETWEEN 1 AND 100),
  CONSTRAINT ck_bank_accounts_tail_shape CHECK (tail ~ '^[0-9]{3}$'),
  CONSTRAINT ck_bank_accounts_holder_kind_known CHECK (holder_kind IN ('person', 'company')),
  CONSTRAINT ck_bank_accounts_effective_later CHECK (effective_at >= made_at),
  CONSTRAINT ck_bank_accounts_confirmed_after_rejections CHECK (confirmed_rejections >= 0 AND (confirmed_rejections > 0) = (confirmed_at IS NOT NULL)),
  CONSTRAINT fk_bank_accounts_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_bank_accounts_mark ON bank_accounts (mark) WHERE mark IS NOT NULL;
CREATE INDEX ix_bank_accounts_user ON bank_accounts (user_id, id);

CREATE TABLE bank_lists (
  made_on DATE NOT NULL,
  packed BYTEA NOT NULL,
  stored_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_bank_lists PRIMARY KEY (made_on),
  CONSTRAINT ck_bank_lists_packed_bytes CHECK (length(packed) BETWEEN 100 AND 8388608)
);

CREATE TABLE payout_runs (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  way TEXT NOT NULL,
  state TEXT DEFAULT 'draft' NOT NULL,
  pay_on DATE NOT NULL,
  month DATE,
  payouts INTEGER DEFAULT '0' NOT NULL,
  total BIGINT DEFAULT '0' NOT NULL,
  press TEXT NOT NULL,
  made_by BIGINT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  second_by BIGINT,
  second_at TIMESTAMP WITH TIME ZONE,
  filed_at TIMESTAMP WITH TIME ZONE,
  ended_by BIGINT,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_payout_runs PRIMARY KEY (id),
  CONSTRAINT uq_payout_runs_press UNIQUE (made_by, press),
  CONSTRAINT ck_payout_runs_way_known CHECK (way IN ('request', 'monthly')),
  CONSTRAINT ck_payout_runs_state_known CHECK (state IN ('draft', 'waiting_second', 'agreed', 'closed', 'dissolved')),
  CONSTRAINT ck_payout_runs_month_of_monthly CHECK ((way = 'monthly') = (month IS NOT NULL)),
  CONSTRAINT ck_payout_runs_counts_not_negative CHECK (payouts BETWEEN 0 AND 9999 AND total >= 0),
  CONSTRAINT ck_payout_runs_press_length CHECK (length(press) BETWEEN 1 AND 64),
  CONSTRAINT ck_payout_runs_second_is_another CHECK (second_by <> made_by AND (second_by IS NULL) = (second_at IS NULL)),
  CONSTRAINT ck_payout_runs_ended_by_somebody CHECK ((state IN ('closed', 'dissolved')) = (ended_at IS NOT NULL) AND (ended_by IS NULL) = (ended_at IS NULL)),
  CONSTRAINT fk_payout_runs_made_by FOREIGN KEY(made_by) REFERENCES users (id),
  CONSTRAINT fk_payout_runs_second_by FOREIGN KEY(second_by) REFERENCES users (id),
  CONSTRAINT fk_payout_runs_ended_by FOREIGN KEY(ended_by) REFERENCES users (id)
);
CREATE INDEX ix_payout_runs_state ON payout_runs (state, id);

CREATE TABLE payouts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  way TEXT NOT NULL,
  state TEXT DEFAULT 'requested' NOT NULL,
  gross BIGINT NOT NULL,
  bank_fee BIGINT DEFAULT '0' NOT NULL,
  withheld BIGINT DEFAULT '0' NOT NULL,
  net BIGINT GENERATED ALWAYS AS (gross - bank_fee - withheld) STORED NOT NULL,
  category TEXT,
  registration TEXT,
  seller TEXT,
  tax_percent INTEGER,
  account_id BIGINT,
  requested_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  requested_on DATE NOT NULL,
  month DATE,
  run_id BIGINT,
  paid_at TIMESTAMP WITH TIME ZONE,
  rejected_at TIMESTAMP WITH TIME ZONE,
  called_off_at TIMESTAMP WITH TIME ZONE,
  why TEXT,
  CONSTRAINT pk_payouts PRIMARY KEY (id),
  CONSTRAINT fk_payouts_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES bank_accounts (id, user_id),
  CONSTRAINT ck_payouts_way_known CHECK (way IN ('request', 'monthly')),
  CONSTRAINT ck_payouts_state_known CHECK (state IN ('requested', 'in_run', 'paid', 'rejected', 'called_off')),
  CONSTRAINT ck_payouts_category_known CHECK (category IN ('none', 'individual', 'non_resident', 'company')),
  CONSTRAINT ck_payouts_seller_known CHECK (seller IN ('site', 'cast')),
  CONSTRAINT ck_payouts_gross_bounds CHECK (gross > 0 AND gross <= 9999999999),
  CONSTRAINT ck_payouts_parts_not_negative CHECK (bank_fee >= 0 AND withheld >= 0),
  CONSTRAINT ck_payouts_something_arrives CHECK (gross - bank_fee - withheld > 0),
  CONSTRAINT ck_payouts_month_of_monthly CHECK ((way = 'monthly') = (month IS NOT NULL)),
  CONSTRAINT ck_payouts_in_a_run_when_gathered CHECK ((state IN ('requested', 'called_off')) = (run_id IS NULL)),
  CONSTRAINT ck_payouts_settled_when_gathered CHECK (run_id IS NULL OR (account_id IS NOT NULL AND category IS NOT NULL AND seller IS NOT NULL AND tax_percent IS NOT NULL)),
  CONSTRAINT ck_payouts_each_state_has_its_moment CHECK ((state IN ('paid', 'rejected')) = (paid_at IS NOT NULL) AND (state = 'rejected') = (rejected_at IS NOT NULL) AND (state = 'called_off') = (called_off_at IS NOT NULL) AND (state IN ('rejected', 'called_off')) = (why IS NOT NULL)),
  CONSTRAINT ck_payouts_why_length CHECK (length(why) BETWEEN 1 AND 500),
  CONSTRAINT fk_payouts_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT fk_payouts_run_id FOREIGN KEY(run_id) REFERENCES payout_runs (id)
);
CREATE INDEX ix_payouts_paid ON payouts (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX ix_payouts_rejected ON payouts (account_id) WHERE state = 'rejected';
CREATE INDEX ix_payouts_requested ON payouts (id) WHERE state = 'requested';
CREATE INDEX ix_payouts_run ON payouts (run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX ix_payouts_user ON payouts (user_id, id);
CREATE UNIQUE INDEX uq_payouts_day ON payouts (user_id, requested_on) WHERE way = 'request' AND state <> 'called_off';
CREATE UNIQUE INDEX uq_payouts_month ON payouts (user_id, month) WHERE way = 'monthly' AND state NOT IN ('called_off', 'rejected');

CREATE TABLE payout_objections (
  payout_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  answer TEXT,
  answered_by BIGINT,
  answered_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_payout_objections PRIMARY KEY (payout_id),
  CONSTRAINT ck_payout_objections_text_length CHECK (length(text) BETWEEN 1 AND 1000),
  CONSTRAINT ck_payout_objections_answer_length CHECK (length(answer) BETWEEN 1 AND 1000),
  CONSTRAINT ck_payout_objections_answered_by_somebody CHECK ((answer IS NULL) = (answered_by IS NULL) AND (answer IS NULL) = (answered_at IS NULL)),
  CONSTRAINT fk_payout_objections_payout_id FOREIGN KEY(payout_id) REFERENCES payouts (id),
  CONSTRAINT fk_payout_objections_answered_by FOREIGN KEY(answered_by) REFERENCES users (id)
);

CREATE TABLE payout_stops (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  made_by BIGINT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  lifted_by BIGINT,
  lifted_at TIMESTAMP WITH TIME ZONE,
  lifted_why TEXT,
  CONSTRAINT pk_payout_stops PRIMARY KEY (id),
  CONSTRAINT ck_payout_stops_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  CONSTRAINT ck_payout_stops_lifted_why_length CHECK (length(lifted_why) BETWEEN 1 AND 500),
  CONSTRAINT ck_payout_stops_not_ones_own CHECK (made_by <> user_id AND lifted_by <> user_id),
  CONSTRAINT ck_payout_stops_lifted_by_somebody CHECK ((lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lifted_why IS NULL)),
  CONSTRAINT fk_payout_stops_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT fk_payout_stops_made_by FOREIGN KEY(made_by) REFERENCES users (id),
  CONSTRAINT fk_payout_stops_lifted_by FOREIGN KEY(lifted_by) REFERENCES users (id)
);
CREATE UNIQUE INDEX uq_payout_stops_open ON payout_stops (user_id) WHERE lifted_at IS NULL;

CREATE TABLE payout_verdicts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  amount BIGINT NOT NULL,
  reason TEXT NOT NULL,
  account_id BIGINT,
  state TEXT DEFAULT 'waiting_second' NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  decided_by BIGINT,
  decided_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_payout_verdicts PRIMARY KEY (id),
  CONSTRAINT fk_payout_verdicts_account_id_user_id FOREIGN KEY(account_id, user_id) REFERENCES bank_accounts (id, user_id),
  CONSTRAINT ck_payout_verdicts_account_of_pay CHECK (verdict = 'pay' OR account_id IS NULL),
  CONSTRAINT ck_payout_verdicts_verdict_known CHECK (verdict IN ('pay', 'keep')),
  CONSTRAINT ck_payout_verdicts_state_known CHECK (state IN ('waiting_second', 'done', 'sent_back')),
  CONSTRAINT ck_payout_verdicts_amount_positive CHECK (amount > 0),
  CONSTRAINT ck_payout_verdicts_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  CONSTRAINT ck_payout_verdicts_not_ones_own CHECK (proposed_by <> user_id AND decided_by <> user_id),
  CONSTRAINT ck_payout_verdicts_second_is_another CHECK (state <> 'done' OR decided_by <> proposed_by),
  CONSTRAINT ck_payout_verdicts_decided_by_somebody CHECK ((state = 'waiting_second') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT fk_payout_verdicts_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT fk_payout_verdicts_proposed_by FOREIGN KEY(proposed_by) REFERENCES users (id),
  CONSTRAINT fk_payout_verdicts_decided_by FOREIGN KEY(decided_by) REFERENCES users (id)
);
CREATE UNIQUE INDEX uq_payout_verdicts_open ON payout_verdicts (user_id) WHERE state = 'waiting_second';

CREATE TABLE payout_reversals (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  run_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  payouts INTEGER NOT NULL,
  total BIGINT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT DEFAULT 'waiting_second' NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  decided_by BIGINT,
  decided_at TIMESTAMP WITH TIME ZONE,
  answer TEXT,
  CONSTRAINT pk_payout_reversals PRIMARY KEY (id),
  CONSTRAINT ck_payout_reversals_kind_known CHECK (kind IN ('rejection', 'dissolution')),
  CONSTRAINT ck_payout_reversals_state_known CHECK (state IN ('waiting_second', 'done', 'sent_back')),
  CONSTRAINT ck_payout_reversals_something_goes_back CHECK (payouts BETWEEN 1 AND 9999 AND total > 0),
  CONSTRAINT ck_payout_reversals_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  CONSTRAINT ck_payout_reversals_answer_length CHECK (length(answer) BETWEEN 1 AND 500),
  CONSTRAINT ck_payout_reversals_second_is_another CHECK (state <> 'done' OR decided_by <> proposed_by),
  CONSTRAINT ck_payout_reversals_decided_by_somebody CHECK ((state = 'waiting_second') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT ck_payout_reversals_sent_back_says_why CHECK ((state = 'sent_back') = (answer IS NOT NULL)),
  CONSTRAINT fk_payout_reversals_run_id FOREIGN KEY(run_id) REFERENCES payout_runs (id),
  CONSTRAINT fk_payout_reversals_proposed_by FOREIGN KEY(proposed_by) REFERENCES users (id),
  CONSTRAINT fk_payout_reversals_decided_by FOREIGN KEY(decided_by) REFERENCES users (id)
);
CREATE INDEX ix_payout_reversals_open ON payout_reversals (id) WHERE state = 'waiting_second';
CREATE INDEX ix_payout_reversals_run ON payout_reversals (run_id, id);
CREATE UNIQUE INDEX uq_payout_reversals_dissolution ON payout_reversals (run_id) WHERE kind = 'dissolution' AND state = 'waiting_second';

CREATE TABLE payout_reversal_lines (
  reversal_id BIGINT NOT NULL,
  payout_id BIGINT NOT NULL,
  why TEXT NOT NULL,
  CONSTRAINT pk_payout_reversal_lines PRIMARY KEY (reversal_id, payout_id),
  CONSTRAINT ck_payout_reversal_lines_why_length CHECK (length(why) BETWEEN 1 AND 500),
  CONSTRAINT fk_payout_reversal_lines_reversal_id FOREIGN KEY(reversal_id) REFERENCES payout_reversals (id),
  CONSTRAINT fk_payout_reversal_lines_payout_id FOREIGN KEY(payout_id) REFERENCES payouts (id)
);
CREATE INDEX ix_payout_reversal_lines_payout ON payout_reversal_lines (payout_id);

CREATE TABLE payout_terms (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  given_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_payout_terms PRIMARY KEY (id),
  CONSTRAINT ck_payout_terms_text_length CHECK (length(text) BETWEEN 1 AND 4000),
  CONSTRAINT fk_payout_terms_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_payout_terms_user ON payout_terms (user_id, id);

CREATE TABLE registration_days (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  registration TEXT,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_registration_days PRIMARY KEY (id),
  CONSTRAINT fk_registration_days_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_registration_days_user ON registration_days (user_id, since);
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

-- Who sold talks since when: what was used is told by the day's rules.
CREATE TABLE selling_rules (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  seller TEXT NOT NULL,
  tax_percent INTEGER NOT NULL,
  name TEXT,
  address TEXT,
  registration TEXT,
  CONSTRAINT pk_selling_rules PRIMARY KEY (id),
  CONSTRAINT ck_selling_rules_seller_known CHECK (seller IN ('site', 'cast')),
  CONSTRAINT ck_selling_rules_tax_is_percent CHECK (tax_percent BETWEEN 0 AND 50)
);

ALTER TABLE wallets DROP CONSTRAINT ck_wallets_kind_known;
ALTER TABLE wallets ADD CONSTRAINT ck_wallets_kind_known CHECK (
  (kind IN ('points', 'earnings', 'receivable')) = (user_id IS NOT NULL)
  AND kind IN ('points', 'earnings', 'receivable', 'issued', 'fee', 'expired', 'disputed', 'held',
    'paid_out', 'given_up'));
INSERT INTO wallets (kind) VALUES ('paid_out'), ('given_up');
ALTER TABLE transfers DROP CONSTRAINT ck_transfers_kind_known;
ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind_known CHECK (kind IN ('grant', 'purchase',
  'bonus', 'expiry', 'refund', 'dispute', 'restore', 'correction', 'receivable', 'lost', 'hold',
  'release', 'reserved', 'reserved_fee', 'reserved_return', 'reserved_fee_return', 'forfeit',
  'payout', 'payout_return', 'earnings_given_up'));

-- What a cast earned in all is summed from the index alone.
DROP INDEX ix_charges_cast;
CREATE INDEX ix_charges_cast ON charges (cast_wallet, at) INCLUDE (share);

-- Who rates may share a bank account with the rated one.
ALTER TABLE ratings DROP CONSTRAINT ck_ratings_link_known;
ALTER TABLE ratings ADD CONSTRAINT ck_ratings_link_known
  CHECK (linked_by IN ('card', 'account', 'device', 'address'));
ALTER TABLE caller_ratings DROP CONSTRAINT ck_caller_ratings_link_known;
ALTER TABLE caller_ratings ADD CONSTRAINT ck_caller_ratings_link_known
  CHECK (linked_by IN ('card', 'account', 'device', 'address'));

-- A receipt that was issued with tax lines keeps them; from now on they stand in the statement.
ALTER TABLE purchases ADD COLUMN receipt_with_tax BOOLEAN DEFAULT false NOT NULL;
UPDATE purchases SET receipt_with_tax = true WHERE receipt_issues > 0;

-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON payout_profiles, bank_accounts, bank_lists, payout_runs, payouts, payout_objections,
  payout_stops, payout_verdicts, payout_terms, payout_reversals, payout_reversal_lines,
  registration_days, selling_rules FROM hitotoki_app;
GRANT SELECT, INSERT ON payout_profiles, bank_accounts, bank_lists, payout_runs, payouts,
  payout_objections, payout_stops, payout_verdicts, payout_terms, payout_reversals,
  payout_reversal_lines, registration_days, selling_rules TO hitotoki_app;
GRANT UPDATE (category, registration, company) ON payout_profiles TO hitotoki_app;
GRANT UPDATE (sealed, mark, replaced_at, confirmed_rejections, confirmed_at) ON bank_accounts
  TO hitotoki_app;
GRANT UPDATE (state, payouts, total, second_by, second_at, filed_at, ended_by, ended_at) ON
  payout_runs TO hitotoki_app;
-- What was asked for stays as it was asked; what it became, the run says.
GRANT UPDATE (state, withheld, category, registration, seller, tax_percent, account_id, run_id,
  paid_at, rejected_at, called_off_at, why) ON payouts TO hitotoki_app;
GRANT UPDATE (answer, answered_by, answered_at) ON payout_objections TO hitotoki_app;
GRANT UPDATE (lifted_by, lifted_at, lifted_why) ON payout_stops TO hitotoki_app;
GRANT UPDATE (state, decided_by, decided_at) ON payout_verdicts TO hitotoki_app;
GRANT UPDATE (state, decided_by, decided_at, answer) ON payout_reversals TO hitotoki_app;
-- What was paid, asked for, stopped or decided is never deleted; terms that were given never change.
DO $$
DECLARE named text;
BEGIN
  FOREACH named IN ARRAY ARRAY[
    'bank_accounts', 'payout_runs', 'payouts', 'payout_objections', 'payout_stops',
    'payout_verdicts', 'payout_terms', 'payout_reversals', 'payout_reversal_lines',
    'registration_days', 'selling_rules'
  ] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION refuse_change()', named);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', named);
  END LOOP;
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE ON payout_terms
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER registration_noted AFTER INSERT OR UPDATE OF registration ON payout_profiles
  FOR EACH ROW EXECUTE FUNCTION note_registration();
CREATE TRIGGER never_changed BEFORE UPDATE ON registration_days
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON selling_rules
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- A payout that is over stays as it was; one that was paid can only be rejected, once.
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON payouts
  FOR EACH ROW WHEN (OLD.state IN ('rejected', 'called_off')
    OR OLD.state = 'paid' AND NEW.state <> 'rejected')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON payout_runs
  FOR EACH ROW WHEN (OLD.state IN ('closed', 'dissolved'))
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON payout_reversals
  FOR EACH ROW WHEN (OLD.state <> 'waiting_second') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON payout_reversal_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- That a file was taken stays said; from then on one alone lets nothing go back.
CREATE TRIGGER never_untaken BEFORE UPDATE ON payout_runs
  FOR EACH ROW WHEN (OLD.filed_at IS NOT NULL AND NEW.filed_at IS DISTINCT FROM OLD.filed_at)
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_alone BEFORE UPDATE ON payout_runs
  FOR EACH ROW WHEN (OLD.filed_at IS NOT NULL AND NEW.state = 'dissolved')
  EXECUTE FUNCTION refuse_alone();
CREATE TRIGGER never_alone BEFORE UPDATE ON payouts
  FOR EACH ROW WHEN (NEW.state = 'rejected'
    OR OLD.state = 'in_run' AND NEW.state NOT IN ('in_run', 'paid'))
  EXECUTE FUNCTION refuse_alone();
