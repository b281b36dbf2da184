"""Reading the notes: sections, their prose, and the blocks that can be wrong.

A condition such as ``<!-- python >= 3.14 -->`` or a symbol such as
``<!-- source: core.descriptors:Cached.__get__ -->`` belongs to the fenced block
that follows it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["Block", "Section", "read_note", "read_section"]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text, first line of text in the file, and tag."""

    kind: str
    text: str
    line: int
    tag: str = ""


@dataclass(frozen=True)
class Section:
    """What stands under one ``##``: ``sentences`` are (line, prose) pairs."""

    note: Path
    title: str
    line: int
    text: str
    sentences: tuple[tuple[int, str], ...]
    also_true: tuple[tuple[int, str], ...]
    blocks: tuple[Block, ...]


@lru_cache
def read_note(note: Path) -> tuple[Section, ...]:
    """All sections of a note, in order."""
    text = note.read_text(encoding="utf-8")
    tokens = MarkdownIt().enable("table").parse(text)
    starts = [
        at
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]
    lines = text.splitlines(keepends=True)
    ends = [*starts[1:], len(tokens)]
    return tuple(
        _section(note, lines, tokens[start:end])
        for start, end in zip(starts, ends, strict=True)
    )


def read_section(note: Path, title: str) -> Section | None:
    """The section called ``title``, or None where the note has none."""
    return next((s for s in read_note(note) if s.title == title), None)


def _section(note: Path, lines: list[str], tokens: list[Token]) -> Section:
    first, last = _span(tokens)
    inline = [token for token in tokens[3:] if token.type == "inline"]
    return Section(
        note=note,
        title=tokens[1].content,
        line=first + 1,
        text="".join(lines[first:last]),
        sentences=tuple((_line(token), token.content) for token in inline),
        also_true=tuple(_also_true(tokens)),
        blocks=tuple(_blocks(tokens)),
    )


def _span(tokens: list[Token]) -> tuple[int, int]:
    maps = [token.map for token in tokens if token.map]
    return maps[0][0], max(end for _, end in maps)


def _line(token: Token) -> int:
    assert token.map is not None, "a block or inline token always has its lines"
    return token.map[0] + 1


def _also_true(tokens: list[Token]) -> list[tuple[int, str]]:
    """The bullets of the list that follows the paragraph **Also true.**"""
    found: list[tuple[int, str]] = []
    inside = False
    for token in tokens:
        if token.type == "inline" and not inside:
            inside = token.content.startswith("**Also true")
        elif token.type == "bullet_list_close":
            inside = False
        elif token.type == "inline":
            found.append((_line(token), token.content))
    return found


def _blocks(tokens: list[Token]) -> list[Block]:
    blocks = []
    tag = ""
    for token in tokens:
        if token.type == "fence":
            kind = token.info.strip()
            blocks.append(Block(kind, token.content, _line(token) + 1, tag))
        comment = re.fullmatch(r"<!-- *(.*?) *-->\s*", token.content)
        tag = comment[1] if token.type == "html_block" and comment else ""
    return blocks
