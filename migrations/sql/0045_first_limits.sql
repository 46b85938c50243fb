-- First limits stand on a saved card or a proved number, each for one account.
ALTER TABLE payers ADD COLUMN card_mark TEXT;
UPDATE payers p SET card_mark = e.mark FROM (
  SELECT DISTINCT ON (card) payload #>> '{data,object,id}' AS card,
    left(payload #>> '{data,object,card,fingerprint}', 200) AS mark
  FROM payment_events WHERE type IN ('payment_method.attached', 'payment_method.automatically_updated')
    AND length(payload #>> '{data,object,card,fingerprint}') > 0
  ORDER BY card, received_at DESC) e
WHERE e.card = p.card;
ALTER TABLE payers ADD CONSTRAINT ck_payers_card_mark_of_a_card CHECK (
  card_mark IS NULL OR card IS NOT NULL AND length(card_mark) BETWEEN 1 AND 200);
CREATE INDEX ix_payers_card_mark ON payers (card_mark);

CREATE TABLE tab_grounds (
  kind TEXT NOT NULL,
  mark TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  noted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_grounds PRIMARY KEY (kind, mark),
  CONSTRAINT ck_tab_grounds_kind_known CHECK (kind IN ('card', 'number')),
  CONSTRAINT ck_tab_grounds_mark_length CHECK (length(mark) BETWEEN 1 AND 200),
  CONSTRAINT fk_tab_grounds_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_tab_grounds_user ON tab_grounds (user_id);
-- What tabs that are open already stand on, as far as it is nobody else's.
INSERT INTO tab_grounds (kind, mark, user_id)
  SELECT 'card', p.card_mark, p.user_id FROM payers p JOIN tabs t USING (user_id)
  WHERE p.card_mark IS NOT NULL
  UNION ALL SELECT 'number', encode(n.mark, 'hex'), n.user_id
  FROM telephones n JOIN tabs t USING (user_id)
  ORDER BY 3 ON CONFLICT DO NOTHING;

-- What banks take back of transfers.
ALTER TABLE tab_takings ADD COLUMN gone BIGINT DEFAULT '0' NOT NULL;
ALTER TABLE tab_takings ADD CONSTRAINT ck_tab_takings_gone_within_yen CHECK (gone BETWEEN 0 AND yen);
CREATE TABLE tab_moves (
  id TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  yen BIGINT NOT NULL,
  moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
  noted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_tab_moves PRIMARY KEY (id),
  CONSTRAINT ck_tab_moves_provider_known CHECK (provider IN ('stripe', 'demo')),
  CONSTRAINT ck_tab_moves_kind_known CHECK (kind IN ('reversed', 'returned', 'return_canceled', 'refunded')),
  CONSTRAINT ck_tab_moves_id_length CHECK (length(id) BETWEEN 1 AND 200),
  CONSTRAINT ck_tab_moves_yen_positive CHECK (yen > 0),
  CONSTRAINT fk_tab_moves_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_tab_moves_user ON tab_moves (user_id);

GRANT SELECT, INSERT ON tab_moves TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tab_grounds TO hitotoki_app;
