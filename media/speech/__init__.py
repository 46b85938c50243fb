"""Speech for telephones: 8 kHz, one channel, 16 bits signed, little-endian; kept as μ-law."""
