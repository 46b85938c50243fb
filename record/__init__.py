"""What staff did, and what they must look at."""
