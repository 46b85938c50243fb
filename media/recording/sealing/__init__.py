"""The encryption of recordings: written in a stream, read from anywhere."""
