"""The staff's desk: cases in a list, who looks after each, and decisions that can be undone."""
