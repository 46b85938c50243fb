"""Before a talk: which rooms there are, who stands by, who waits."""
