"""The guide to the kit (``python -m showcase``) and what it collects."""
