"""Coupons: codes that give points, once a member."""
