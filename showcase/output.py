"""Showing things: tables and colour in a terminal, plain lines everywhere else."""

from collections.abc import Sequence
from functools import cache

import click
from rich.console import Console

__all__ = ["console", "show_markdown", "show_python", "show_table"]


@cache
def console() -> Console:
    """The terminal, as NO_COLOR, FORCE_COLOR and its width make it."""
    return Console(highlight=False)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table in a terminal; elsewhere a line a row, in columns."""
    cells = [[str(cell) for cell in row] for row in rows]
    if console().is_terminal:
        from rich.table import Table

        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in cells:
            table.add_row(*row)
        console().print(table)
        return
    lines = [[*columns], *cells]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for row in lines:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())


def show_markdown(text: str) -> None:
    if console().is_terminal:
        from rich.markdown import Markdown

        console().print(Markdown(text))
    else:
        click.echo(text)


def show_python(source: str) -> None:
    if console().is_terminal:
        from rich.syntax import Syntax

        console().print(Syntax(source, "python", background_color="default"))
    else:
        click.echo(source)
