"""How web processes steer media processes: one connection each; both prove the secret."""
