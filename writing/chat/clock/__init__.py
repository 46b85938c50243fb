"""What happens to consultations by the clock: they lapse, days end, people are told."""
