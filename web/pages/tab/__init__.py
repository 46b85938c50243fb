"""Paying afterwards, as members see to it: the limit, bills, paying them, receipts."""
