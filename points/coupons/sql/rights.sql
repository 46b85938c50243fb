-- What a coupon gave stays what it was, and who used it has.
REVOKE ALL ON coupons, coupon_uses FROM hitotoki_app;
GRANT SELECT, INSERT ON coupons, coupon_uses TO hitotoki_app;
GRANT UPDATE (used, ends_at) ON coupons TO hitotoki_app;
