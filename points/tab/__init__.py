"""Paying afterwards: the limit, bills, and what is given up. See docs/decisions/tab.md."""

from points.tab.limits import TabState, must_allow, open_tab, state_of
from points.tab.refusals import tab_not_taken

__all__ = ["TabState", "must_allow", "open_tab", "state_of", "tab_not_taken"]
