"""The ledger: each claim with its lesson, the test that proves it, and its sentence.

A claim is a heading of a lesson's demo or a sentence under **Also true.** in its
note section.  Nothing marks it in the code: claim, test name and sentence are
linked because all three say the same words.
"""

import ast
import re
from dataclasses import dataclass

from showcase.lessons import Lesson
from showcase.notes import Section, read_section

__all__ = ["Claim", "claims_of", "slug", "test_names"]


@dataclass(frozen=True)
class Claim:
    """``test`` and ``line`` (of the note) are None where nothing matches the claim."""

    text: str
    lesson: Lesson
    test: str | None
    line: int | None


def slug(sentence: str) -> str:
    """The words of a sentence as a test name has them.

    >>> slug("A data descriptor sees `every` write.")
    'data_descriptor_sees_every_write'
    """
    plain = re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", sentence.lower())
    words = re.findall(r"[^\W_]+", plain)
    return "_".join(word for word in words if word not in {"a", "an", "the"})


def test_names(lesson: Lesson) -> list[str]:
    """The tests of the lesson's test module, in order; none where it is missing."""
    if not lesson.test_path.exists():
        return []
    tree = ast.parse(lesson.test_path.read_text(encoding="utf-8"))
    tests = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, tests) and node.name.startswith("test_")
    ]


def claims_of(lesson: Lesson) -> list[Claim]:
    """The claims of a lesson: first its headings, then what is also true."""
    note = lesson.root / lesson.note
    section = read_section(note, lesson.section) if note.is_file() else None
    also = [text for _, text in section.also_true] if section else []
    tests = test_names(lesson)
    return [
        Claim(text, lesson, _test_for(text, tests), _line_of(text, section))
        for text in (*lesson.headings, *also)
    ]


def _says(text: str, claim: str) -> bool:
    """Whether ``text`` has the words of ``claim``, in order and side by side."""
    return f"_{slug(claim)}_" in f"_{slug(text)}_"


def _test_for(claim: str, tests: list[str]) -> str | None:
    return next((test for test in tests if _says(test, claim)), None)


def _line_of(claim: str, section: Section | None) -> int | None:
    sentences = section.sentences if section else ()
    return next((line for line, prose in sentences if _says(prose, claim)), None)
