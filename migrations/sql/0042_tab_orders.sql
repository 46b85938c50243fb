-- Paying bills of the tab: orders at the provider, accounts to send to, receipts.
CREATE TABLE tab_orders (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  provider TEXT NOT NULL,
  intent TEXT,
  press TEXT NOT NULL,
  by_itself BOOLEAN DEFAULT false NOT NULL,
  saved_card TEXT,
  save_card BOOLEAN NOT NULL,
  customer TEXT,
  site TEXT,
  attempt SMALLINT DEFAULT '0' NOT NULL,
  state TEXT DEFAULT 'created' NOT NULL,
  problem TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  paid_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_tab_orders PRIMARY KEY (id),
  CONSTRAINT uq_tab_orders_press UNIQUE (user_id, press),
  CONSTRAINT ck_tab_orders_yen_bounds CHECK (yen BETWEEN 50 AND 10000000),
  CONSTRAINT ck_tab_orders_provider_known CHECK (provider IN ('stripe', 'demo')),
  CONSTRAINT ck_tab_orders_state_known CHECK (state IN ('created', 'paid', 'failed', 'canceled')),
  CONSTRAINT ck_tab_orders_paid_has_its_moment CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
  CONSTRAINT ck_tab_orders_by_itself_by_saved_card CHECK (NOT by_itself OR saved_card IS NOT NULL),
  CONSTRAINT ck_tab_orders_saved_or_to_save CHECK (saved_card IS NULL OR NOT save_card),
  CONSTRAINT ck_tab_orders_intent_length CHECK (length(intent) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_orders_press_length CHECK (length(press) BETWEEN 1 AND 64),
  CONSTRAINT ck_tab_orders_saved_card_length CHECK (length(saved_card) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_orders_customer_length CHECK (length(customer) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_orders_site_length CHECK (length(site) BETWEEN 1 AND 300),
  CONSTRAINT ck_tab_orders_problem_length CHECK (length(problem) BETWEEN 1 AND 100),
  CONSTRAINT ck_tab_orders_attempt_bounds CHECK (attempt BETWEEN 0 AND 9),
  CONSTRAINT fk_tab_orders_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT uq_tab_orders_intent UNIQUE (intent)
);
CREATE INDEX ix_tab_orders_live ON tab_orders (created_at) WHERE state IN ('created', 'failed');
CREATE INDEX ix_tab_orders_user ON tab_orders (user_id, id);

CREATE TABLE tab_order_bills (
  order_id BIGINT NOT NULL,
  bill_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  CONSTRAINT pk_tab_order_bills PRIMARY KEY (order_id, bill_id),
  CONSTRAINT ck_tab_order_bills_yen_positive CHECK (yen > 0),
  CONSTRAINT fk_tab_order_bills_order_id FOREIGN KEY(order_id) REFERENCES tab_orders (id),
  CONSTRAINT fk_tab_order_bills_bill_id FOREIGN KEY(bill_id) REFERENCES tab_bills (id)
);
CREATE INDEX ix_tab_order_bills_bill ON tab_order_bills (bill_id);

CREATE TABLE tab_accounts (
  user_id BIGINT NOT NULL,
  provider TEXT NOT NULL,
  customer TEXT NOT NULL,
  bank TEXT NOT NULL,
  bank_code TEXT NOT NULL,
  branch TEXT NOT NULL,
  branch_code TEXT NOT NULL,
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  holder TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_accounts PRIMARY KEY (user_id, provider),
  CONSTRAINT ck_tab_accounts_provider_known CHECK (provider IN ('stripe', 'demo')),
  CONSTRAINT ck_tab_accounts_customer_length CHECK (length(customer) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_accounts_words_length CHECK (greatest(length(bank), length(bank_code), length(branch), length(branch_code), length(kind), length(number), length(holder)) <= 200),
  CONSTRAINT fk_tab_accounts_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT uq_tab_accounts_customer UNIQUE (customer)
);

CREATE TABLE tab_takings (
  provider_ref TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  provider TEXT NOT NULL,
  customer TEXT NOT NULL,
  yen BIGINT NOT NULL,
  state TEXT DEFAULT 'waiting' NOT NULL,
  intent TEXT,
  tries INTEGER DEFAULT '0' NOT NULL,
  tried_at TIMESTAMP WITH TIME ZONE,
  noted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_takings PRIMARY KEY (provider_ref),
  CONSTRAINT ck_tab_takings_provider_known CHECK (provider IN ('stripe', 'demo')),
  CONSTRAINT ck_tab_takings_state_known CHECK (state IN ('waiting', 'taken')),
  CONSTRAINT ck_tab_takings_ref_length CHECK (length(provider_ref) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_takings_customer_length CHECK (length(customer) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_takings_intent_length CHECK (length(intent) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_takings_yen_positive CHECK (yen > 0),
  CONSTRAINT ck_tab_takings_tries_not_negative CHECK (tries >= 0),
  CONSTRAINT fk_tab_takings_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT uq_tab_takings_intent UNIQUE (intent)
);
CREATE INDEX ix_tab_takings_user ON tab_takings (user_id);
CREATE INDEX ix_tab_takings_waiting ON tab_takings (noted_at) WHERE state = 'waiting';

CREATE TABLE tab_auto_pays (
  user_id BIGINT NOT NULL,
  wanted BOOLEAN NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_auto_pays PRIMARY KEY (user_id),
  CONSTRAINT fk_tab_auto_pays_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE tab_money_back (
  id TEXT NOT NULL,
  payment_id BIGINT NOT NULL,
  yen BIGINT NOT NULL,
  dispute BOOLEAN NOT NULL,
  inquiry BOOLEAN DEFAULT false NOT NULL,
  state TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE,
  noted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_money_back PRIMARY KEY (id),
  CONSTRAINT ck_tab_money_back_id_length CHECK (length(id) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_money_back_yen_positive CHECK (yen > 0),
  CONSTRAINT ck_tab_money_back_state_known CHECK (state IN ('made', 'failed', 'open', 'won', 'lost')),
  CONSTRAINT ck_tab_money_back_states_of_a_dispute CHECK (dispute = (state IN ('open', 'won', 'lost'))),
  CONSTRAINT ck_tab_money_back_inquiries_are_disputes CHECK (dispute OR NOT inquiry),
  CONSTRAINT fk_tab_money_back_payment_id FOREIGN KEY(payment_id) REFERENCES tab_payments (id)
);
CREATE INDEX ix_tab_money_back_payment ON tab_money_back (payment_id);

CREATE TABLE tab_receipts (
  payment_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  addressee TEXT,
  issues INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_tab_receipts PRIMARY KEY (payment_id),
  CONSTRAINT ck_tab_receipts_addressee_length CHECK (length(addressee) BETWEEN 1 AND 100),
  CONSTRAINT ck_tab_receipts_issues_not_negative CHECK (issues >= 0),
  CONSTRAINT fk_tab_receipts_payment_id FOREIGN KEY(payment_id) REFERENCES tab_payments (id),
  CONSTRAINT fk_tab_receipts_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_tab_receipts_user ON tab_receipts (user_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON tab_orders, tab_order_bills, tab_accounts, tab_takings,
  tab_auto_pays, tab_money_back, tab_receipts TO hitotoki_app;
