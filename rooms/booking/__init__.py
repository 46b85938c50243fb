"""Booked time: timetables, slots, reservations, requests and their talks."""
