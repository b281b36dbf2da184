"""The house rules: what must be true of every lesson, whatever it teaches."""

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

import pytest

from showcase.lessons import FOLDERS, Lesson, find_lessons
from showcase.notes import read_section
from tests.kit.demo_runs import Demos

LESSONS = find_lessons()
BUILDS = {"patterns", "interview"}
LONG = {"streaming_parsers", "mapreduce_demo", "mini_dag", "clean_architecture"}
CONFORMANCE = Path(__file__).with_name("conformance.toml").read_text(encoding="utf-8")

type Function = ast.FunctionDef | ast.AsyncFunctionDef

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


# -- The demo ----------------------------------------------------------------


@each_lesson
def test_demo_succeeds_and_writes_no_errors(lesson: Lesson, demos: Demos) -> None:
    run = demos(lesson.name)

    assert (run.exit_code, run.errors) == (0, "")


@each_lesson
def test_demo_prints_the_same_under_two_hash_seeds(
    lesson: Lesson, demos: Demos
) -> None:
    assert demos(lesson.name, "0").output == demos(lesson.name, "1").output


@each_lesson
def test_demo_takes_less_than_two_seconds_of_cpu(lesson: Lesson, demos: Demos) -> None:
    assert demos(lesson.name).cpu_seconds < 2


@each_lesson
def test_demo_fits_a_screen(lesson: Lesson, demos: Demos) -> None:
    lines = demos(lesson.name).output.splitlines()

    assert 3 <= len(lines) <= 40
    assert max(map(len, lines)) <= 88


@each_lesson
def test_demo_prints_three_to_five_headings_and_indents_all_else(
    lesson: Lesson, demos: Demos
) -> None:
    lines = demos(lesson.name).output.splitlines()

    assert 3 <= len(lesson.headings) <= 5
    assert tuple(line for line in lines if line[:1].strip()) == lesson.headings
    assert all(line.startswith("  ") for line in lines if line not in lesson.headings)


@each_lesson
def test_each_heading_is_followed_by_evidence(lesson: Lesson, demos: Demos) -> None:
    lines = demos(lesson.name).output.splitlines()
    bare = [
        line
        for line, following in pairwise([*lines, ""])
        if line in lesson.headings and not following.startswith("  ")
    ]

    assert bare == []


@each_lesson
def test_demo_shows_nothing_of_this_machine(lesson: Lesson, demos: Demos) -> None:
    output = demos(lesson.name).output

    assert re.findall(r"0x[0-9a-f]{6,}|/(?:home|root|tmp|usr|Users)/\S*", output) == []


# -- The text ----------------------------------------------------------------


@each_lesson
def test_docstring_has_its_fields(lesson: Lesson) -> None:
    assert re.fullmatch(r"[A-Z`].{9,}\.", lesson.title)
    assert set(lesson.topics) <= {f"{topic:02}" for topic in range(1, 11)}
    assert lesson.topics or lesson.folder == "interview"
    assert lesson.stated("Run") == f"python -m {lesson.name}"
    assert lesson.stated("Try")


@each_lesson
def test_note_has_the_section_that_the_docstring_names(lesson: Lesson) -> None:
    section = read_section(lesson.root / lesson.note, lesson.section)

    assert section, f"{lesson.note} has no section {lesson.section!r}"
    assert f"]({lesson.stem}.py)" in section.text
    assert f"](../tests/{lesson.folder}/test_{lesson.stem}.py)" in section.text
    assert "**Rule.**" in section.text
    assert "**When not to.**" in section.text


@each_lesson
def test_test_module_exists(lesson: Lesson) -> None:
    assert lesson.test_path.is_file()


@each_lesson
def test_length_is_that_of_a_lesson(lesson: Lesson) -> None:
    limit = 600 if lesson.stem in LONG else 350 if lesson.folder in BUILDS else 200
    own_tests = lesson.test_path.read_text(encoding="utf-8")
    if f'"{lesson.name}:' in CONFORMANCE or "pytest.mark.conformance" in own_tests:
        limit = max(limit, 250)  # it rebuilds a part of Python as a whole

    assert 60 <= len(lesson.source.splitlines()) <= limit


@each_lesson
def test_words_are_of_the_lesson_and_nothing_is_left_undone(lesson: Lesson) -> None:
    unwanted = (
        r"(?i)\b(?:foo|bar|baz|spam|todo|fixme|xxx)\b|pragma: no cover|__author__"
    )

    assert re.findall(unwanted, lesson.source) == []
    assert lesson.source.isascii()


# -- The code ----------------------------------------------------------------


@each_lesson
def test_module_ends_with_a_guard_that_runs_the_demo_or_the_tool(
    lesson: Lesson,
) -> None:
    names = {node.name for node in functions(lesson)}
    entry = "cli" if "cli" in names else "main"

    assert "main" in names
    assert ast.unparse(lesson.tree.body[-1]) == (
        f"if __name__ == '__main__':\n    {entry}()"
    )


@each_lesson
def test_importing_does_nothing(lesson: Lesson) -> None:
    quiet = (
        *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef),
        *(ast.ClassDef, ast.Assign, ast.AnnAssign, ast.TypeAlias, ast.If),
    )
    docstring, *body, _guard = lesson.tree.body

    assert isinstance(docstring, ast.Expr)
    assert [ast.unparse(node) for node in body if not isinstance(node, quiet)] == []


@each_lesson
def test_all_names_the_public_things(lesson: Lesson) -> None:
    listed = next(
        ast.literal_eval(node.value)
        for node in lesson.tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    defined = set(top_level_names(lesson))

    assert set(listed) <= defined


@each_lesson
def test_imports_are_the_standard_library_or_what_the_lesson_is_about(
    lesson: Lesson,
) -> None:
    tool = {"click"} if "cli" in {node.name for node in functions(lesson)} else set()
    allowed = sys.stdlib_module_names | tool | named_packages(lesson)

    assert set(imported_packages(lesson)) <= allowed


@each_lesson
def test_name_belongs_to_no_other_module(lesson: Lesson) -> None:
    assert lesson.stem not in sys.stdlib_module_names
    assert lesson.stem not in packages_distributions()
    assert [each.stem for each in LESSONS].count(lesson.stem) == 1


@each_lesson
def test_no_function_is_longer_than_thirty_lines(lesson: Lesson) -> None:
    assert {
        n.name: len_ for n in functions(lesson) if (len_ := code_lines(n)) > 30
    } == {}


@each_lesson
def test_nothing_sleeps_and_nothing_is_left_to_chance(lesson: Lesson) -> None:
    calls = [ast.unparse(node) for node in ast.walk(lesson.tree) if is_call(node)]
    chance = r"random\.(?!Random\()\w+\(|random\.Random\(\)"
    asleep = r"(?:time|asyncio)\.sleep\((?!0\))"

    assert [call for call in calls if re.match(f"{chance}|{asleep}", call)] == []


def test_nine_functions_in_ten_have_at_most_fifteen_lines() -> None:
    lengths = [code_lines(node) for lesson in LESSONS for node in functions(lesson)]

    assert statistics.quantiles(lengths, n=10)[-1] <= 15


# -- The house ---------------------------------------------------------------


def test_top_level_is_fixed() -> None:
    root = LESSONS[0].root
    fixed = {*FOLDERS, "showcase", "tests", "pyproject.toml", "README.md"}
    fixed |= {"ROADMAP.md", "LICENSE"}
    # What git ignores is no part of the kit.
    made = {"uv.lock", "build", "dist"}

    assert {p.name for p in root.iterdir() if p.name[0] != "."} - made == fixed


def test_topic_folders_are_flat() -> None:
    root = LESSONS[0].root
    folders = [p for f in FOLDERS for p in (root / f).iterdir() if p.is_dir()]

    assert [p.name for p in folders if p.name != "__pycache__"] == []


# -- What the checks above ask of a lesson -----------------------------------


def functions(lesson: Lesson) -> list[Function]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(lesson.tree) if isinstance(node, kinds)]


def code_lines(node: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    documented = ast.get_docstring(node) is not None
    start = node.body[0].end_lineno if documented else node.lineno - 1
    assert start is not None
    assert node.end_lineno is not None
    return node.end_lineno - start


def is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def imported_packages(lesson: Lesson) -> Iterator[str]:
    for node in ast.walk(lesson.tree):
        match node:
            case ast.Import(names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]


def named_packages(lesson: Lesson) -> set[str]:
    """The installed packages that the docstring speaks of: those it is about."""
    words = set(re.findall(r"\w+", lesson.docstring.lower()))
    return {package for package in packages_distributions() if package.lower() in words}


def top_level_names(lesson: Lesson) -> Iterator[str]:
    for node in lesson.tree.body:
        match node:
            case (
                ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name)
            ):
                yield name
            case ast.TypeAlias(name=ast.Name(name)):
                yield name
            case ast.Assign(targets=[ast.Name(name)]):
                yield name
            case ast.AnnAssign(target=ast.Name(name)):
                yield name
