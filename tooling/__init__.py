"""Packaging, environments, command lines, logging, configuration (topic 08)."""
