"""The relay of media."""
