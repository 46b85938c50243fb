"""Finding rooms: what people typed, what they filter by, and what they looked at before."""
