"""Design patterns and architecture, as Python has them (topic 10)."""
