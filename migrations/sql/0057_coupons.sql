-- Coupons: codes that give points, once a member.
CREATE TABLE coupons (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  code TEXT NOT NULL,
  points BIGINT NOT NULL,
  most INTEGER NOT NULL,
  used INTEGER DEFAULT '0' NOT NULL,
  begins_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  made_by BIGINT NOT NULL,
  CONSTRAINT pk_coupons PRIMARY KEY (id),
  CONSTRAINT ck_coupons_code_is_one CHECK (code ~ '^[A-Z0-9]{6,20}$'),
  CONSTRAINT ck_coupons_points_bounds CHECK (points BETWEEN 1 AND 100000),
  CONSTRAINT ck_coupons_most_bounds CHECK (most BETWEEN 1 AND 1000000),
  CONSTRAINT ck_coupons_used_bounds CHECK (used BETWEEN 0 AND most),
  CONSTRAINT ck_coupons_times_in_order CHECK (ends_at >= begins_at),
  CONSTRAINT uq_coupons_code UNIQUE (code),
  CONSTRAINT fk_coupons_made_by FOREIGN KEY(made_by) REFERENCES users (id)
);

CREATE TABLE coupon_uses (
  coupon_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_coupon_uses PRIMARY KEY (coupon_id, user_id),
  CONSTRAINT fk_coupon_uses_coupon_id FOREIGN KEY(coupon_id) REFERENCES coupons (id),
  CONSTRAINT fk_coupon_uses_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_coupon_uses_user ON coupon_uses (user_id);

-- What a coupon gave stays what it was, and who used it has.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT ON coupons, coupon_uses TO hitotoki_app;
GRANT UPDATE (used, ends_at) ON coupons TO hitotoki_app;
