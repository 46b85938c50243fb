"""Tables of payouts. Money itself moves in `points.ledger`; here stands what it is moved for."""

from payouts.tables.accounts import (
    bank_accounts,
    bank_lists,
    payout_profiles,
    payout_terms,
    registration_days,
)
from payouts.tables.decisions import payout_stops, payout_verdicts
from payouts.tables.reversals import payout_reversal_lines, payout_reversals
from payouts.tables.runs import payout_objections, payout_runs, payouts

__all__ = [
    "bank_accounts",
    "bank_lists",
    "payout_objections",
    "payout_profiles",
    "payout_reversal_lines",
    "payout_reversals",
    "payout_runs",
    "payout_stops",
    "payout_terms",
    "payout_verdicts",
    "payouts",
    "registration_days",
]
