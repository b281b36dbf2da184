"""The guide as its users meet it: commands, pipes, narrow terminals, wrong input."""

import functools
import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import showcase.cli
import showcase.output
from showcase.cli import cli
from showcase.lessons import ROOT, find_lessons, find_topics

LESSON = '''"""{title}: a lesson.

Topics: 01
Read:  core/01_kit.md, section "{title}"
"""

{body}
'''
NOTE = """# 01 · Kit

## Good

Tea is hot.

**Also true.**
- Coffee is hotter.

More words.

## Bad
"""


def guide(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="python -m showcase")


def write_kit(root: Path, **bodies: str) -> Path:
    (root / "core").mkdir()
    # Without it, ``core`` here would be a namespace package, and lose to the real one.
    (root / "core/__init__.py").touch()
    (root / "core/01_kit.md").write_text(NOTE, encoding="utf-8")
    for name, body in bodies.items():
        text = LESSON.format(title=name.capitalize(), body=body)
        (root / f"core/{name}.py").write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 60 columns, as FORCE_COLOR makes one of a pipe."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")


@pytest.fixture(autouse=True)
def fresh_console() -> None:
    showcase.output.console.cache_clear()


def look_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the guide look at another kit."""
    monkeypatch.setattr(
        showcase.cli, "find_topics", functools.partial(find_topics, root)
    )
    monkeypatch.setattr(
        showcase.cli, "find_lessons", functools.partial(find_lessons, root)
    )


# -- The map and the lists ---------------------------------------------------


def test_without_a_command_it_shows_the_topics_and_what_to_type_next() -> None:
    result = guide()

    assert result.exit_code == 0
    assert "01  Object model" in result.output
    assert "uv run -m showcase tour" in result.output


def test_list_has_every_lesson_of_the_topic() -> None:
    names = [lesson["lesson"] for lesson in json.loads(guide("list", "--json").output)]

    assert sorted(names) == sorted(lesson.name for lesson in find_lessons())
    assert guide("list", "--topic", "1").output == guide("list", "--topic=01").output


def test_a_pipe_gets_plain_lines() -> None:
    command = [sys.executable, "-m", "showcase", "list"]
    env = {k: v for k, v in os.environ.items() if k != "FORCE_COLOR"}
    output = subprocess.run(command, cwd=ROOT, env=env, capture_output=True).stdout

    header, *lines = output.splitlines()
    assert header.split() == [b"topic", b"lesson", b"title"]
    assert len(lines) == len(find_lessons())
    assert b"\x1b" not in output


def test_list_claims_gives_lesson_test_and_line_of_each() -> None:
    rows = json.loads(guide("list", "--claims", "--json").output)

    assert {tuple(row) for row in rows} == {("lesson", "claim", "test", "note")}
    assert {
        "lesson": "core.descriptors",
        "claim": "A data descriptor sees every write",
        "test": "test_data_descriptor_sees_every_write",
    }.items() <= next(r for r in rows if "sees every write" in r["claim"]).items()


def test_list_of_no_claims_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(write_kit(tmp_path, bad="pass"), monkeypatch)

    assert guide("list", "--claims").output == ""


def test_list_imports_no_topic_and_nothing_slow() -> None:
    script = (
        "import sys\n"
        "from showcase.cli import cli\n"
        "cli(['list'], standalone_mode=False)\n"
        "topics = {'core', 'perf', 'concurrency', 'patterns', 'testing'}\n"
        "assert not (topics | {'markdown_it', 'pydantic'}) & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.usefixtures("terminal")
def test_a_narrow_terminal_gets_tables_that_fit() -> None:
    for command in ((), ("list",)):
        output = click.unstyle(guide(*command).output)
        table = output.partition("Next:")[0]

        assert "topic" in table
        assert max(map(len, table.splitlines())) <= 60


def test_no_color_is_obeyed_in_a_terminal(
    terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    colour = re.compile(r"\x1b\[[\d;]*3[0-8][;m]")
    assert colour.search(guide("show", "descriptors").output)

    monkeypatch.setenv("NO_COLOR", "1")
    showcase.output.console.cache_clear()
    assert not colour.search(guide("show", "descriptors").output)


# -- Search ------------------------------------------------------------------


def test_search_says_where() -> None:
    result = guide("search", "SEES EVERY WRITE")

    assert result.exit_code == 0
    assert "core/descriptors.py:" in result.output
    assert "core/01_object_model.md:" in result.output


def test_search_that_finds_nothing_says_so_and_exits_1() -> None:
    result = guide("search", "no such words anywhere")

    assert result.exit_code == 1
    assert "is nowhere in the lessons" in result.output


# -- The tour ----------------------------------------------------------------


def test_tour_runs_every_lesson_and_counts_by_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(write_kit(tmp_path, good="print('Tea is hot')"), monkeypatch)
    result = guide("tour")

    assert result.exit_code == 0
    header, row, *_ = result.output.splitlines()
    assert header.split() == ["topic", "lessons", "claims", "time", "failed"]
    assert row.split()[:4] == ["01", "Kit", "1", "1"]
    assert "lessons: 1 ran, 0 failed" in result.output


def test_tour_shows_the_last_lines_of_what_fails_and_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "print('Tea is cold', flush=True)\nraise SystemExit('no kettle')"
    look_at(write_kit(tmp_path, good="pass", bad=bad), monkeypatch)
    result = guide("tour")

    assert result.exit_code == 1
    assert "core.bad: exit code 1\n  Tea is cold\n  no kettle\n" in result.output
    assert "lessons: 2 ran, 1 failed" in result.output


def test_tour_kills_what_hangs_with_all_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = (
        "import signal, subprocess, sys\n"
        "wait = 'import signal; signal.pause()'\n"
        "child = subprocess.Popen([sys.executable, '-c', wait])\n"
        "print(child.pid, flush=True)\n"
        "signal.pause()"
    )
    look_at(write_kit(tmp_path, bad=hang), monkeypatch)
    result = guide("tour", "--timeout", "2")

    assert result.exit_code == 1
    _, _, told = result.output.partition("core.bad: killed: still running after 2 s\n")
    assert ends(int(told.split()[0]))


def test_tour_for_programs_is_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(write_kit(tmp_path, bad="raise SystemExit(3)"), monkeypatch)
    result = guide("tour", "--json")

    (row,) = json.loads(result.output)
    assert result.exit_code == 1
    assert row["reason"] == "exit code 3"
    assert (row["lesson"], row["passed"], row["exit_code"]) == ("core.bad", False, 3)


def test_ctrl_c_ends_the_tour_and_leaves_no_process(tmp_path: Path) -> None:
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    wait = f"import os, signal\nopen({str(fifo)!r}, 'w').write(str(os.getpid()))\n"
    write_kit(tmp_path, good=wait + "signal.pause()")
    script = (
        "import functools, pathlib, sys, showcase.cli as guide\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "guide.find_topics = functools.partial(guide.find_topics, root)\n"
        "guide.cli(['tour'])"
    )
    tour = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Reading returns when the lesson has started, written, and closed its end.
    lesson = int(fifo.read_text())
    tour.send_signal(signal.SIGINT)
    _, errors = tour.communicate(timeout=30)

    assert (tour.returncode, errors) == (130, "interrupted: all lessons were ended\n")
    assert ends(lesson)


def ends(pid: int) -> bool:
    """Whether the process has ended or, having been killed, does so at once."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    readable, _, _ = select.select([process], [], [], 30)
    os.close(process)
    return bool(readable)


# -- One lesson --------------------------------------------------------------


def test_show_gives_note_section_source_and_output() -> None:
    result = guide("show", "core.descriptors")

    assert result.exit_code == 0
    assert result.output.startswith("## Descriptors\n")
    assert find_source("descriptors") in result.output
    assert "\n$ python -m core.descriptors\n" in result.output


def find_source(stem: str) -> str:
    return next(each.source for each in find_lessons() if each.stem == stem)


def test_show_of_a_lesson_without_a_section_gives_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(write_kit(tmp_path, other="raise SystemExit('cold')"), monkeypatch)
    result = guide("show", "other")

    assert result.exit_code == 1
    assert result.output.endswith("$ python -m core.other\ncold\n")


def test_test_runs_pytest_on_the_lesson_and_passes_its_exit_code_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    passing = guide("test", "descriptors", "-q", "-k", "sees_every_write")
    assert passing.exit_code == 0
    assert "1 passed" in capfd.readouterr().out

    assert guide("test", "descriptors", "-q", "-k", "no_such_test").exit_code == 5


@pytest.mark.parametrize("command", ["show", "test"])
def test_an_unknown_lesson_is_a_usage_error_that_names_the_nearest(
    command: str,
) -> None:
    result = guide(command, "core.descriptor")

    assert result.exit_code == 2
    assert "no lesson is called 'core.descriptor'; nearest: core.descriptors" in (
        result.output
    )


def test_a_name_like_no_other_is_sent_to_the_list() -> None:
    assert "nearest: none, see 'list'" in guide("show", "xyzzyx").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tour", "--timeout", "0"], "0.0 is not in the range x>0"),
        (["tour", "--topic", "99"], "no topic '99'; choose from 01"),
        (["nothing"], "No such command 'nothing'"),
    ],
)
def test_wrong_input_is_a_usage_error(arguments: list[str], message: str) -> None:
    result = guide(*arguments)

    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_every_command_has_help() -> None:
    for name, command in cli.commands.items():
        assert guide(name, "--help").exit_code == 0
        assert command.help


def test_health_prints_the_table_and_writes_it_only_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("before\n\n| | |\n|---|---|\n\nafter\n")
    (tmp_path / "ROADMAP.md").write_text("- [ ] core.descriptors: how\n- [x] Other\n")
    monkeypatch.setattr(showcase.cli, "ROOT", tmp_path)

    table = guide("health").output
    assert "| Lessons that run |" in table
    assert table not in (tmp_path / "README.md").read_text()

    guide("health", "--write")
    assert (tmp_path / "README.md").read_text() == f"before\n\n{table}\nafter\n"
    assert (tmp_path / "ROADMAP.md").read_text() == (
        "- [x] [core.descriptors](core/descriptors.py)"
        " ([note](core/01_object_model.md#descriptors),"
        " [tests](tests/core/test_descriptors.py)): how\n- [x] Other\n"
    )
