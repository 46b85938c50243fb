"""A cast's day: what there is to do, what they earned and with whom, what they noted."""
