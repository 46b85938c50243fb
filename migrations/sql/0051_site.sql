-- What an operator makes of the site: one row a kind, and the pictures drawn for it.
CREATE TABLE site_particulars (
  kind TEXT NOT NULL,
  value JSONB,
  version INTEGER DEFAULT '0' NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  changed_by BIGINT,
  CONSTRAINT pk_site_particulars PRIMARY KEY (kind),
  CONSTRAINT ck_site_particulars_kind_known CHECK (kind IN ('name', 'accent', 'words', 'sender', 'languages', 'icon', 'logo')),
  CONSTRAINT ck_site_particulars_version_not_negative CHECK (version >= 0),
  CONSTRAINT ck_site_particulars_value_length CHECK (length(value::text) <= 8000),
  CONSTRAINT fk_site_particulars_changed_by FOREIGN KEY(changed_by) REFERENCES users (id)
);

CREATE TABLE site_pictures (
  file TEXT NOT NULL,
  data BYTEA NOT NULL,
  CONSTRAINT pk_site_pictures PRIMARY KEY (file),
  CONSTRAINT ck_site_pictures_file_length CHECK (length(file) BETWEEN 1 AND 40),
  CONSTRAINT ck_site_pictures_data_length CHECK (length(data) BETWEEN 1 AND 4000000)
);

-- A kind once changed stays, with its versions.
GRANT SELECT, INSERT, UPDATE ON site_particulars TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON site_pictures TO hitotoki_app;
