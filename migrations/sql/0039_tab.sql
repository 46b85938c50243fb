-- Paying afterwards: the tab, its bills, what was paid of them and what was given up.
ALTER TABLE wallets DROP CONSTRAINT ck_wallets_only_points_keep_a_balance;
ALTER TABLE wallets ADD CONSTRAINT ck_wallets_only_points_and_tabs_keep_a_balance CHECK (
  kind IN ('points', 'tab') OR balance = 0);
ALTER TABLE wallets DROP CONSTRAINT ck_wallets_kind_known;
ALTER TABLE wallets ADD CONSTRAINT ck_wallets_kind_known CHECK (
  (kind IN ('points', 'earnings', 'receivable', 'tab')) = (user_id IS NOT NULL)
  AND kind IN ('points', 'earnings', 'receivable', 'tab', 'issued', 'fee', 'expired', 'disputed',
    'held', 'paid_out', 'given_up', 'credit_issued', 'tab_paid', 'written_off'));
INSERT INTO wallets (kind) VALUES ('credit_issued'), ('tab_paid'), ('written_off');
ALTER TABLE transfers DROP CONSTRAINT ck_transfers_kind_known;
ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind_known CHECK (kind IN (
  'grant', 'purchase', 'bonus', 'expiry', 'refund', 'dispute', 'restore', 'correction',
  'receivable', 'lost', 'hold', 'release', 'reserved', 'reserved_fee', 'reserved_return',
  'reserved_fee_return', 'forfeit', 'payout', 'payout_return', 'earnings_given_up', 'credit',
  'credit_taken', 'tab_paid', 'tab_unpaid', 'written_off', 'written_off_back'));
ALTER TABLE lots DROP CONSTRAINT ck_lots_kind_known;
ALTER TABLE lots ADD CONSTRAINT ck_lots_kind_known
  CHECK (kind IN ('paid', 'bonus', 'granted', 'credit'));
ALTER TABLE lots ADD CONSTRAINT ck_lots_credit_never_ends
  CHECK (kind <> 'credit' OR expires_at = latest);
ALTER TABLE holds ADD COLUMN to_bill BOOLEAN DEFAULT false NOT NULL;
CREATE INDEX ix_holds_to_bill ON holds (id) WHERE to_bill;
ALTER TABLE rooms ADD COLUMN takes_tab BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE talks ADD COLUMN pays TEXT DEFAULT 'points' NOT NULL;
ALTER TABLE talks ADD COLUMN to_bill BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE talks ADD CONSTRAINT ck_talks_pays_known CHECK (pays IN ('points', 'tab'));
ALTER TABLE talks ADD CONSTRAINT ck_talks_only_tabs_are_billed CHECK (NOT to_bill OR pays = 'tab');
CREATE INDEX ix_talks_to_bill ON talks (id) WHERE to_bill;

CREATE TABLE tabs (
  user_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tabs PRIMARY KEY (user_id),
  CONSTRAINT ck_tabs_yen_bounds CHECK (yen BETWEEN 0 AND 10000000),
  CONSTRAINT fk_tabs_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE tab_bills (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  paid BIGINT DEFAULT '0' NOT NULL,
  written_off BIGINT DEFAULT '0' NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  paid_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_tab_bills PRIMARY KEY (id),
  CONSTRAINT uq_tab_bills_id_user UNIQUE (id, user_id),
  CONSTRAINT ck_tab_bills_state_known CHECK (state IN ('open', 'paying', 'paid', 'written_off')),
  CONSTRAINT ck_tab_bills_amounts_not_negative CHECK (paid >= 0 AND written_off >= 0),
  CONSTRAINT ck_tab_bills_never_more_than_billed CHECK (paid + written_off <= yen),
  CONSTRAINT ck_tab_bills_paid_when_paid CHECK ((state = 'paid') = (paid = yen)),
  CONSTRAINT ck_tab_bills_paid_at_a_moment CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
  CONSTRAINT ck_tab_bills_written_off_whole CHECK ((state = 'written_off') = (written_off > 0) AND (written_off = 0 OR paid + written_off = yen)),
  CONSTRAINT ck_tab_bills_due_later CHECK (due_at > made_at),
  CONSTRAINT fk_tab_bills_user_id FOREIGN KEY(user_id) REFERENCES tabs (user_id)
);
CREATE INDEX ix_tab_bills_open ON tab_bills (due_at) WHERE state IN ('open', 'paying');
CREATE INDEX ix_tab_bills_user ON tab_bills (user_id, id);

CREATE TABLE tab_bill_lines (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  bill_id BIGINT,
  talk_id BIGINT,
  reservation_id BIGINT,
  yen BIGINT NOT NULL,
  returned BIGINT DEFAULT '0' NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_bill_lines PRIMARY KEY (id),
  CONSTRAINT fk_tab_bill_lines_bill_id_user_id FOREIGN KEY(bill_id, user_id) REFERENCES tab_bills (id, user_id),
  CONSTRAINT ck_tab_bill_lines_of_a_talk_or_a_reservation CHECK ((talk_id IS NULL) <> (reservation_id IS NULL)),
  CONSTRAINT ck_tab_bill_lines_yen_positive CHECK (yen > 0),
  CONSTRAINT ck_tab_bill_lines_returned_within_yen CHECK (returned BETWEEN 0 AND yen),
  CONSTRAINT fk_tab_bill_lines_user_id FOREIGN KEY(user_id) REFERENCES tabs (user_id),
  CONSTRAINT uq_tab_bill_lines_talk_id UNIQUE (talk_id),
  CONSTRAINT fk_tab_bill_lines_talk_id FOREIGN KEY(talk_id) REFERENCES talks (id),
  CONSTRAINT uq_tab_bill_lines_reservation_id UNIQUE (reservation_id),
  CONSTRAINT fk_tab_bill_lines_reservation_id FOREIGN KEY(reservation_id) REFERENCES reservations (id)
);
CREATE INDEX ix_tab_bill_lines_bill ON tab_bill_lines (bill_id);
CREATE INDEX ix_tab_bill_lines_waiting ON tab_bill_lines (user_id) WHERE bill_id IS NULL;

CREATE TABLE tab_payments (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  provider TEXT NOT NULL,
  provider_ref TEXT NOT NULL,
  kind TEXT NOT NULL,
  yen BIGINT NOT NULL,
  taken_back BIGINT DEFAULT '0' NOT NULL,
  placed BIGINT DEFAULT '0' NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  noted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_payments PRIMARY KEY (id),
  CONSTRAINT uq_tab_payments_ref UNIQUE (provider, provider_ref),
  CONSTRAINT ck_tab_payments_provider_known CHECK (provider IN ('stripe', 'demo')),
  CONSTRAINT ck_tab_payments_ref_length CHECK (length(provider_ref) BETWEEN 1 AND 255),
  CONSTRAINT ck_tab_payments_kind_known CHECK (kind IN ('card', 'transfer')),
  CONSTRAINT ck_tab_payments_yen_positive CHECK (yen > 0),
  CONSTRAINT ck_tab_payments_taken_back_within_yen CHECK (taken_back BETWEEN 0 AND yen),
  CONSTRAINT ck_tab_payments_placed_within_kept CHECK (placed BETWEEN 0 AND yen - taken_back),
  CONSTRAINT fk_tab_payments_user_id FOREIGN KEY(user_id) REFERENCES tabs (user_id)
);
CREATE INDEX ix_tab_payments_user ON tab_payments (user_id, id);

CREATE TABLE tab_bill_payments (
  id BIGINT NOT NULL,
  payment_id BIGINT NOT NULL,
  bill_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_bill_payments PRIMARY KEY (id),
  CONSTRAINT ck_tab_bill_payments_yen_not_zero CHECK (yen <> 0),
  CONSTRAINT fk_tab_bill_payments_id FOREIGN KEY(id) REFERENCES transfers (id),
  CONSTRAINT fk_tab_bill_payments_payment_id FOREIGN KEY(payment_id) REFERENCES tab_payments (id),
  CONSTRAINT fk_tab_bill_payments_bill_id FOREIGN KEY(bill_id) REFERENCES tab_bills (id)
);
CREATE INDEX ix_tab_bill_payments_bill ON tab_bill_payments (bill_id);
CREATE INDEX ix_tab_bill_payments_payment ON tab_bill_payments (payment_id);

CREATE TABLE tab_write_offs (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  bill_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  reason TEXT NOT NULL,
  press TEXT NOT NULL,
  state TEXT DEFAULT 'waiting_second' NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  decided_by BIGINT,
  decided_at TIMESTAMP WITH TIME ZONE,
  answer TEXT,
  CONSTRAINT pk_tab_write_offs PRIMARY KEY (id),
  CONSTRAINT fk_tab_write_offs_bill_id_user_id FOREIGN KEY(bill_id, user_id) REFERENCES tab_bills (id, user_id),
  CONSTRAINT uq_tab_write_offs_press UNIQUE (proposed_by, press),
  CONSTRAINT ck_tab_write_offs_state_known CHECK (state IN ('waiting_second', 'done', 'sent_back')),
  CONSTRAINT ck_tab_write_offs_yen_positive CHECK (yen > 0),
  CONSTRAINT ck_tab_write_offs_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  CONSTRAINT ck_tab_write_offs_press_length CHECK (length(press) BETWEEN 1 AND 64),
  CONSTRAINT ck_tab_write_offs_answer_length CHECK (length(answer) BETWEEN 1 AND 500),
  CONSTRAINT ck_tab_write_offs_decided_by_somebody CHECK ((state = 'waiting_second') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT ck_tab_write_offs_second_is_another CHECK (state <> 'done' OR decided_by <> proposed_by),
  CONSTRAINT ck_tab_write_offs_sent_back_says_why CHECK ((state = 'sent_back') = (answer IS NOT NULL)),
  CONSTRAINT ck_tab_write_offs_not_ones_own CHECK (proposed_by <> user_id AND decided_by <> user_id),
  CONSTRAINT fk_tab_write_offs_proposed_by FOREIGN KEY(proposed_by) REFERENCES users (id),
  CONSTRAINT fk_tab_write_offs_decided_by FOREIGN KEY(decided_by) REFERENCES users (id)
);
CREATE UNIQUE INDEX uq_tab_write_offs_waiting ON tab_write_offs (bill_id) WHERE state = 'waiting_second';

-- Credit stands in a tab, where it is spent before it is paid, and nothing else does: points that were
-- paid or given run out by law, and credit never does.
CREATE OR REPLACE FUNCTION lot_fits_its_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.kind = 'credit') <> (SELECT kind = 'tab' FROM wallets WHERE id = NEW.wallet_id) THEN
    RAISE EXCEPTION 'a lot of % does not fit its wallet', NEW.kind USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON tabs, tab_bills, tab_bill_lines, tab_payments, tab_bill_payments, tab_write_offs
  FROM hitotoki_app;
GRANT SELECT, INSERT ON tabs, tab_bills, tab_bill_lines, tab_payments, tab_bill_payments,
  tab_write_offs TO hitotoki_app;
GRANT UPDATE (yen, changed_at) ON tabs TO hitotoki_app;
GRANT UPDATE (yen, paid, written_off, state, paid_at) ON tab_bills TO hitotoki_app;
GRANT UPDATE (bill_id, returned) ON tab_bill_lines TO hitotoki_app;
GRANT UPDATE (taken_back, placed) ON tab_payments TO hitotoki_app;
GRANT UPDATE (yen, state, decided_by, decided_at, answer) ON tab_write_offs TO hitotoki_app;
GRANT UPDATE (to_bill) ON holds TO hitotoki_app;
-- What was billed, paid or written off is never deleted; which payment paid what is never changed.
DO $$
DECLARE named text;
BEGIN
  FOREACH named IN ARRAY ARRAY[
    'tabs', 'tab_bills', 'tab_bill_lines', 'tab_payments', 'tab_bill_payments', 'tab_write_offs'
  ] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION refuse_change()', named);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', named);
  END LOOP;
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE ON tab_bill_payments
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lot_fits_its_wallet AFTER INSERT ON lots
  FOR EACH ROW EXECUTE FUNCTION lot_fits_its_wallet();
