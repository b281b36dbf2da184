"""Finding the lessons: every script in a topic folder is one.

Nothing is imported and no list is kept: a lesson is read with ``ast``, and what
is known of it stands in its own docstring and in the note that it names.
"""

import ast
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["FOLDERS", "ROOT", "Lesson", "Topic", "find_lessons", "find_topics"]

ROOT = Path(__file__).parent.parent
FOLDERS = (
    "core",
    "perf",
    "concurrency",
    "patterns",
    "testing",
    "tooling",
    "interview",
)


@dataclass(frozen=True)
class Lesson:
    """One script, as its own text describes it."""

    folder: str
    stem: str
    root: Path = dataclasses.field(default=ROOT, repr=False)

    @property
    def name(self) -> str:
        return f"{self.folder}.{self.stem}"

    @property
    def path(self) -> Path:
        return self.root / self.folder / f"{self.stem}.py"

    @property
    def test_path(self) -> Path:
        return self.root / "tests" / self.folder / f"test_{self.stem}.py"

    @cached_property
    def source(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        try:
            return ast.parse(self.source, filename=str(self.path))
        except SyntaxError:
            # A reader is trying something; the docstring still says what it is.
            docstring = re.match(r'""".*?"""', self.source, re.DOTALL)
            return ast.parse(docstring[0] if docstring else "")

    @cached_property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def title(self) -> str:
        return self.docstring.partition("\n")[0]

    def stated(self, field: str) -> str:
        """What the docstring says after ``field:``, joined to one line; or ""."""
        found = re.search(
            rf"^{field}: *(.*(?:\n +.*)*)", self.docstring, flags=re.MULTILINE
        )
        return " ".join(found[1].split()) if found else ""

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.stated("Topics").replace(",", " ").split())

    @property
    def note(self) -> str:
        """The note's path from the root, as the field ``Read`` gives it."""
        return self.stated("Read").partition(",")[0]

    @property
    def section(self) -> str:
        return self.stated("Read").partition('section "')[2].rstrip('"')

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """What ``main`` prints at column 0 as a plain string, in order."""
        main = next(
            (node for node in self.tree.body if _is_function(node, "main")), None
        )
        return tuple(_printed_headings(main)) if main else ()


@dataclass(frozen=True)
class Topic:
    """One note and the lessons that have a section in it."""

    key: str
    title: str
    note: str
    lessons: tuple[Lesson, ...]


def find_lessons(root: Path = ROOT) -> list[Lesson]:
    """All lessons below ``root``, folder by folder."""
    return [
        Lesson(folder, path.stem, root)
        for folder in FOLDERS
        for path in sorted((root / folder).glob("*.py"))
        if path.stem != "__init__"
    ]


def find_topics(root: Path = ROOT) -> list[Topic]:
    """All notes below ``root`` by number, each with its lessons in reading order."""
    lessons = find_lessons(root)
    notes = [note for folder in FOLDERS for note in (root / folder).glob("*.md")]
    return sorted(
        (topic for note in notes if (topic := _topic(root, note, lessons))),
        key=lambda topic: topic.key,
    )


def _topic(root: Path, note: Path, lessons: list[Lesson]) -> Topic | None:
    relative = note.relative_to(root).as_posix()
    own = [lesson for lesson in lessons if lesson.note == relative]
    if not own:
        return None
    text = note.read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ").rpartition(" · ")[2]
    order = {name: at for at, name in enumerate(re.findall(r"(?m)^## (.+)$", text))}
    own.sort(key=lambda lesson: order.get(lesson.section, len(order)))
    number = note.stem.partition("_")[0]
    key = number if number.isdigit() else note.parent.name
    return Topic(key, title, relative, tuple(own))


def _is_function(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == name


def _printed_headings(main: ast.stmt) -> Iterator[str]:
    prints = [node for node in ast.walk(main) if isinstance(node, ast.Call)]
    for call in sorted(prints, key=lambda call: call.lineno):
        match call:
            case ast.Call(
                func=ast.Name("print"), args=[ast.Constant(value=str(text))]
            ) if text and not text.startswith(" "):
                yield text
