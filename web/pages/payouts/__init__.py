"""Pages on which casts are paid: their account, requests, notices."""
