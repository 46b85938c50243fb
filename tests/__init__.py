"""The tests, in the packages' own folders."""
