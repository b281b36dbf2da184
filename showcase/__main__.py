"""``python -m showcase``."""

from showcase.cli import cli

if __name__ == "__main__":
    cli(prog_name="python -m showcase")
