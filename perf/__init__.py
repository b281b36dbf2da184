"""What code costs, and the machinery that makes it cost (topics 02 and 07)."""
