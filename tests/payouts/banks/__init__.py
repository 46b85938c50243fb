"""Tests of where casts are paid."""
