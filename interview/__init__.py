"""Five builds that interviews ask for, as a senior engineer would ship them."""
