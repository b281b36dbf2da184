"""README.md, ROADMAP.md and .ci/run say the same, and say what is so."""

import re
import tomllib

import pytest

from showcase.health import (
    health_table,
    is_whole,
    versions_checked,
    with_table,
    with_ticks,
)
from showcase.lessons import ROOT, Lesson, find_lessons

README = (ROOT / "README.md").read_text(encoding="utf-8")
ROADMAP = (ROOT / "ROADMAP.md").read_text(encoding="utf-8")
COMMANDS = ["pip install uv && uv run -m showcase tour", "uv run --all-groups pytest"]


def test_readme_has_the_two_commands_and_no_other_block_of_shell() -> None:
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```$", README)

    assert [block.splitlines() for block in blocks] == [COMMANDS]


def test_ci_runs_the_two_commands_as_the_readme_has_them() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()

    assert [line.strip() for line in script if line.strip() in COMMANDS] == COMMANDS


def test_ci_runs_every_version_that_the_project_file_names() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    first, *others = versions_checked()

    assert f"covered {first}" in script
    assert f"for version in {' '.join(others)};" in script


def test_health_table_of_the_readme_is_what_is_counted() -> None:
    assert health_table() in README
    assert with_table(README) == README


def test_roadmap_ticks_what_is_whole_and_links_it() -> None:
    assert with_ticks(ROADMAP) == ROADMAP


def test_roadmap_names_every_lesson_once() -> None:
    named = re.findall(r"(?m)^- \[.\] \[?([a-z]+\.[a-z]\w+)", ROADMAP)

    assert sorted(named) == sorted(set(named))
    assert {lesson.name for lesson in find_lessons()} <= set(named)


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.name)
def test_lesson_is_ticked(lesson: Lesson) -> None:
    assert f"- [x] [{lesson.name}](" in ROADMAP


def test_ticks_need_a_test_and_a_sentence_for_each_claim() -> None:
    assert all(is_whole(lesson) for lesson in find_lessons())
    assert with_ticks("- [x] [core.missing](core/missing.py): this\n") == (
        "- [ ] core.missing: this\n"
    )


def test_project_file_repeats_resolution_by_date_and_names_no_registry() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)

    assert project["tool"]["uv"]["exclude-newer"]
    assert "index" not in project["tool"]["uv"]
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
