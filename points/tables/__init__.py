"""The money tables. What must never happen is forbidden here, not in the code that writes.

Points are integers; 1 point = 1 yen, tax included. Rows of `transfers`, `charges`, `lot_uses`,
`lot_moves`, `charge_returns` and `lot_backs` are written once: triggers and the
rights of the application's role refuse an update or a delete.
"""

from points.tables.decisions import adjustments, claims, spending_limits
from points.tables.lots import charge_returns, charges, lot_backs, lot_moves, lot_uses, lots
from points.tables.sales import (
    disputes,
    packs,
    payment_events,
    purchases,
    refunds,
    selling_rules,
)
from points.tables.tab import (
    tab_bill_lines,
    tab_bill_payments,
    tab_bills,
    tab_grounds,
    tab_payments,
    tab_write_offs,
    tabs,
)
from points.tables.wallets import TRANSFER_KINDS, holds, transfers, wallets

__all__ = [
    "TRANSFER_KINDS",
    "adjustments",
    "charge_returns",
    "charges",
    "claims",
    "disputes",
    "holds",
    "lot_backs",
    "lot_moves",
    "lot_uses",
    "lots",
    "packs",
    "payment_events",
    "purchases",
    "refunds",
    "selling_rules",
    "spending_limits",
    "tab_bill_lines",
    "tab_bill_payments",
    "tab_bills",
    "tab_grounds",
    "tab_payments",
    "tab_write_offs",
    "tabs",
    "transfers",
    "wallets",
]
