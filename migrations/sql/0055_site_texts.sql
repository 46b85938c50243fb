-- The site's own texts in versions, who agreed to which, and what stands in every mail.
CREATE TABLE site_texts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  number INTEGER NOT NULL,
  body_ja TEXT,
  body_en TEXT,
  summary_ja TEXT DEFAULT '' NOT NULL,
  summary_en TEXT DEFAULT '' NOT NULL,
  to_agree BOOLEAN DEFAULT false NOT NULL,
  holds_from TIMESTAMP WITH TIME ZONE NOT NULL,
  made_by BIGINT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_site_texts PRIMARY KEY (id),
  CONSTRAINT uq_site_texts_number UNIQUE (name, number),
  CONSTRAINT ck_site_texts_name_known CHECK (name IN ('terms', 'privacy', 'faq', 'guide', 'guide_casts', 'legal')),
  CONSTRAINT ck_site_texts_number_positive CHECK (number >= 1),
  CONSTRAINT ck_site_texts_body_ja_length CHECK (length(body_ja) BETWEEN 1 AND 100000),
  CONSTRAINT ck_site_texts_body_en_length CHECK (length(body_en) BETWEEN 1 AND 100000),
  CONSTRAINT ck_site_texts_summary_ja_length CHECK (length(summary_ja) <= 500),
  CONSTRAINT ck_site_texts_summary_en_length CHECK (length(summary_en) <= 500),
  CONSTRAINT ck_site_texts_agreed_with_a_summary CHECK (NOT to_agree OR (name IN ('terms', 'privacy') AND summary_ja <> '')),
  CONSTRAINT fk_site_texts_made_by FOREIGN KEY(made_by) REFERENCES users (id)
);
CREATE INDEX ix_site_texts_holds ON site_texts (name, holds_from, number);
CREATE TABLE text_agreements (
  user_id BIGINT NOT NULL,
  text_id BIGINT NOT NULL,
  agreed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_text_agreements PRIMARY KEY (user_id, text_id),
  CONSTRAINT fk_text_agreements_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_text_agreements_text_id FOREIGN KEY(text_id) REFERENCES site_texts (id)
);
CREATE INDEX ix_text_agreements_text ON text_agreements (text_id);
CREATE TABLE mail_frames (
  locale TEXT NOT NULL,
  opening TEXT NOT NULL,
  closing TEXT NOT NULL,
  number INTEGER NOT NULL,
  CONSTRAINT pk_mail_frames PRIMARY KEY (locale),
  CONSTRAINT ck_mail_frames_locale_known CHECK (locale IN ('ja', 'en')),
  CONSTRAINT ck_mail_frames_opening_length CHECK (length(opening) <= 500),
  CONSTRAINT ck_mail_frames_closing_length CHECK (length(closing) <= 1000),
  CONSTRAINT ck_mail_frames_number_positive CHECK (number >= 1)
);

ALTER TABLE mails DROP CONSTRAINT ck_mails_text_length;
ALTER TABLE mails ADD CONSTRAINT ck_mails_text_length CHECK (length(text) BETWEEN 1 AND 6000);
ALTER TABLE mails DROP CONSTRAINT ck_mails_html_length;
ALTER TABLE mails ADD CONSTRAINT ck_mails_html_length CHECK (length(html) BETWEEN 1 AND 30000);

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_frames TO hitotoki_app;
GRANT SELECT, INSERT ON site_texts TO hitotoki_app;
-- Who leaves takes along what they agreed to.
GRANT SELECT, INSERT, DELETE ON text_agreements TO hitotoki_app;
-- A version of a text stays as it was saved.
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON site_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON site_texts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
