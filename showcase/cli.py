"""The guide: find a lesson, read it, run it, test it.

Each command imports what it needs when it is called, so that ``list`` answers at
once.  No lesson is ever imported here: a demo runs in a process of its own.
"""

import asyncio
import difflib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from showcase.lessons import ROOT, Lesson, Topic, find_lessons, find_topics

if TYPE_CHECKING:
    from showcase.tour import Outcome

__all__ = ["cli"]


class LessonName(click.ParamType[Lesson]):
    """``core.descriptors``, or ``descriptors`` where that is clear."""

    name = "lesson"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Lesson:
        lessons = find_lessons()
        named = [lesson for lesson in lessons if value in (lesson.name, lesson.stem)]
        if not named:
            near = _nearest(value, lessons)
            self.fail(f"no lesson is called {value!r}; nearest: {near}", param, ctx)
        return named[0]


def _nearest(value: str, lessons: Sequence[Lesson]) -> str:
    names = {lesson.stem: lesson.name for lesson in lessons}
    wanted = value.rpartition(".")[2]
    found = difflib.get_close_matches(wanted, names, n=3, cutoff=0.3)
    return ", ".join(names[stem] for stem in found) or "none, see 'list'"


def _check_topic(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> list[Topic]:
    topics = find_topics()
    if value is None:
        return topics
    key = value.zfill(2) if value.isdigit() else value
    chosen = [topic for topic in topics if topic.key == key]
    if not chosen:
        keys = ", ".join(topic.key for topic in topics)
        raise click.BadParameter(f"no topic {value!r}; choose from {keys}")
    return chosen


def topic_option[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    return click.option(
        "--topic",
        "topics",
        callback=_check_topic,
        metavar="NN",
        help="Only this topic, e.g. 01 or interview.",
    )(command)


@click.group(invoke_without_command=True)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Lessons on why Python behaves as it does: read, run, import, test."""
    if ctx.invoked_subcommand is None:
        _show_map()


def _show_map() -> None:
    from showcase.output import show_table

    rows = [
        (topic.key, topic.title, len(topic.lessons), topic.note)
        for topic in find_topics()
    ]
    show_table(("", "topic", "lessons", "note"), rows)
    click.echo(
        "\nNext:\n"
        "  uv run -m showcase tour                   run every lesson\n"
        "  uv run -m showcase list --topic 01        what a topic holds\n"
        "  uv run -m showcase show core.descriptors  note, source and output\n"
        "  uv run -m showcase test core.descriptors  prove its claims\n"
        "  uv run -m showcase search 'bound method'  where something is said"
    )


@cli.command("list")
@topic_option
@click.option("--claims", is_flag=True, help="Every claim, with its test and line.")
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def list_(topics: list[Topic], claims: bool, as_json: bool) -> None:
    """List the lessons, or all that they claim."""
    from showcase.output import show_table

    rows = _claim_rows(topics) if claims else _lesson_rows(topics)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        show_table(tuple(rows[0]), [tuple(row.values()) for row in rows])


def _lesson_rows(topics: Sequence[Topic]) -> list[dict[str, str]]:
    return [
        {
            "topic": topic.key,
            "lesson": lesson.name,
            "title": lesson.title.replace("``", "`"),
        }
        for topic in topics
        for lesson in topic.lessons
    ]


def _claim_rows(topics: Sequence[Topic]) -> list[dict[str, str]]:
    from showcase.claims import claims_of

    return [
        {
            "lesson": lesson.name,
            "claim": claim.text,
            "test": claim.test or "missing",
            "note": f"{lesson.note}:{claim.line or 'missing'}",
        }
        for topic in topics
        for lesson in topic.lessons
        for claim in claims_of(lesson)
    ]


@cli.command()
@click.argument("word")
def search(word: str) -> None:
    """Find WORD in titles, claims, notes and sources."""
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()}"
        for path in _searched_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if word.casefold() in line.casefold()
    ]
    if not found:
        click.echo(f"{word!r} is nowhere in the lessons; try a shorter word", err=True)
        raise click.exceptions.Exit(1)
    click.echo("\n".join(found))


def _searched_files() -> list[Any]:
    topics = find_topics()
    sources = [lesson.path for topic in topics for lesson in topic.lessons]
    return [*(ROOT / topic.note for topic in topics), *sources]


@cli.command()
@topic_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    help="Seconds after which a lesson is killed and reported.",
)
@click.option("--json", "as_json", is_flag=True, help="The outcomes for programs.")
def tour(topics: list[Topic], timeout: float, as_json: bool) -> None:
    """Run every lesson, side by side; exit 1 if one fails."""
    lessons = [lesson for topic in topics for lesson in topic.lessons]
    try:
        outcomes = _run_with_progress(lessons, timeout)
    except KeyboardInterrupt:
        click.echo("interrupted: all lessons were ended", err=True)
        raise click.exceptions.Exit(130) from None
    if as_json:
        click.echo(
            json.dumps([_outcome_row(outcome) for outcome in outcomes], indent=2)
        )
    else:
        _show_outcomes(topics, outcomes)
    raise click.exceptions.Exit(not all(outcome.passed for outcome in outcomes))


def _run_with_progress(lessons: Sequence[Lesson], timeout: float) -> list["Outcome"]:
    from rich.console import Console
    from rich.progress import Progress

    from showcase.tour import run_all

    errors = Console(stderr=True)
    with Progress(
        console=errors, transient=True, disable=not errors.is_terminal
    ) as bar:
        task = bar.add_task("lessons", total=len(lessons))
        return asyncio.run(run_all(lessons, timeout, lambda _: bar.advance(task)))


def _outcome_row(outcome: "Outcome") -> dict[str, object]:
    from showcase.claims import claims_of

    return {
        "lesson": outcome.lesson.name,
        "claims": len(claims_of(outcome.lesson)),
        "seconds": round(outcome.seconds, 2),
        "exit_code": outcome.exit_code,
        "passed": outcome.passed,
        "reason": outcome.reason,
    }


def _show_outcomes(topics: Sequence[Topic], outcomes: Sequence["Outcome"]) -> None:
    from showcase.output import show_table

    by_name = {outcome.lesson.name: _outcome_row(outcome) for outcome in outcomes}
    rows = [
        _topic_row(topic, [by_name[lesson.name] for lesson in topic.lessons])
        for topic in topics
    ]
    show_table(("", "topic", "lessons", "claims", "time", "failed"), rows)
    for outcome in outcomes:
        if not outcome.passed:
            click.echo(f"\n{outcome.lesson.name}: {outcome.reason}")
            click.echo("\n".join(f"  {line}" for line in outcome.last_lines()))
    failed = sum(not outcome.passed for outcome in outcomes)
    click.echo(f"\nlessons: {len(outcomes)} ran, {failed} failed")
    click.echo("Read one: uv run -m showcase show " + outcomes[0].lesson.name)


def _topic_row(topic: Topic, rows: Sequence[dict[str, Any]]) -> tuple[object, ...]:
    return (
        topic.key,
        topic.title,
        len(rows),
        sum(row["claims"] for row in rows),
        f"{sum(row['seconds'] for row in rows):.1f} s",
        sum(not row["passed"] for row in rows),
    )


@cli.command()
@click.argument("lesson", type=LessonName())
def show(lesson: Lesson) -> None:
    """Show LESSON: its note section, its source, and what its demo prints."""
    from showcase.notes import read_section
    from showcase.output import show_markdown, show_python
    from showcase.tour import run_one

    section = read_section(lesson.root / lesson.note, lesson.section)
    if section:
        show_markdown(section.text)
    show_python(lesson.source)
    outcome = asyncio.run(run_one(lesson, limit=20))
    click.echo(f"$ python -m {lesson.name}\n{outcome.output}", nl=False)
    raise click.exceptions.Exit(not outcome.passed)


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("lesson", type=LessonName())
@click.argument("pytest_options", nargs=-1)
def test(lesson: Lesson, pytest_options: tuple[str, ...]) -> None:
    """Run the tests of LESSON; options after it go to pytest."""
    command = [sys.executable, "-m", "pytest", str(lesson.test_path), *pytest_options]
    raise click.exceptions.Exit(subprocess.call(command, cwd=lesson.root))


@cli.command()
@click.option("--write", is_flag=True, help="Renew README.md and ROADMAP.md.")
def health(write: bool) -> None:
    """Count lessons, claims, conformance classes and Python versions."""
    from showcase.health import health_table, with_table, with_ticks

    click.echo(health_table())
    if write:
        for name, renew in (("README.md", with_table), ("ROADMAP.md", with_ticks)):
            page = ROOT / name
            page.write_text(renew(page.read_text("utf-8")), encoding="utf-8")
