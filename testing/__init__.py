"""Testing and debugging: what the tools see and what they miss (topic 09)."""
