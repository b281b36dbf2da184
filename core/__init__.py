"""The language itself (topics 01, 04, 05, 06)."""
