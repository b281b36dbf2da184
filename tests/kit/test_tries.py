"""Break it and see it go red: each lesson's ``Try:``, and each of the kit's own checks.

A row of ``tries.toml`` (one per lesson) or ``breakages.toml`` (one per check) names
a text, what replaces it, and the test that must fail.  It is tried on a copy.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from showcase.lessons import ROOT, find_lessons

HERE = Path(__file__).parent
# Each waits for its turn, so it is the run of one copy that has a time limit.
WAIT = pytest.mark.timeout(3600)
TRIES = tomllib.loads((HERE / "tries.toml").read_text(encoding="utf-8"))
BREAKAGES = tomllib.loads((HERE / "breakages.toml").read_text(encoding="utf-8"))


def test_each_lesson_has_its_try() -> None:
    assert sorted(TRIES) == sorted(lesson.name for lesson in find_lessons())


@pytest.fixture(scope="session")
def broken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[set[str]]]]:
    """The red tests by row: all selected rows are tried side by side on all cores."""
    rows = {**{name: as_row(name) for name in TRIES}, **BREAKAGES}
    names = (getattr(item, "callspec", None) for item in request.session.items)
    chosen = {spec.params.get("name") for spec in names if spec}
    with ThreadPoolExecutor(os.process_cpu_count()) as pool:
        yield {
            name: pool.submit(try_on_a_copy, row, tmp_path_factory.mktemp("kit"))
            for name, row in rows.items()
            if name in chosen
        }


@WAIT
@pytest.mark.mutation
@pytest.mark.parametrize("name", sorted(TRIES))
def test_what_the_docstring_says_to_try_turns_a_test_red(
    name: str, broken: dict[str, Future[set[str]]]
) -> None:
    assert TRIES[name]["red"] in broken[name].result()


@WAIT
@pytest.mark.mutation
@pytest.mark.parametrize("name", sorted(BREAKAGES))
def test_the_house_notices(name: str, broken: dict[str, Future[set[str]]]) -> None:
    assert BREAKAGES[name]["red"] in broken[name].result()


def as_row(name: str) -> dict[str, Any]:
    """A lesson's row in the form of a breakage: its own test module is run."""
    folder, _, stem = name.partition(".")
    tests = f"tests/{folder}/test_{stem}.py"
    return {"file": f"{folder}/{stem}.py", "tests": tests, **TRIES[name]}


def try_on_a_copy(row: dict[str, Any], root: Path) -> set[str]:
    copy_kit(root)
    change(root, row)
    select = ["-k", row["select"]] if "select" in row else []
    red = red_tests(root, row.get("tests", "tests/kit"), *select)
    shutil.rmtree(root)
    return red


def copy_kit(target: Path) -> None:
    for each in ROOT.iterdir():
        if each.name[0] != "." and each.is_dir():
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(each, target / each.name, ignore=skip, dirs_exist_ok=True)
        elif each.is_file():
            shutil.copy(each, target / each.name)
    shutil.copytree(ROOT / ".ci", target / ".ci")
    mermaid = ROOT / ".cache" / "mermaid"
    if mermaid.is_dir():
        (target / ".cache").mkdir()
        (target / ".cache" / "mermaid").symlink_to(mermaid)


def change(root: Path, row: dict[str, Any]) -> None:
    path = root / row["file"]
    if row.get("delete"):
        path.unlink()
    elif "text" not in row:
        path.parent.mkdir(exist_ok=True)
        path.write_text(row["replacement"], encoding="utf-8")
    else:
        source = path.read_text(encoding="utf-8")
        found = source.count(row["text"])
        assert found == 1 or (found and row.get("first")), "the text must occur once"
        changed = source.replace(row["text"], row["replacement"], 1)
        path.write_text(changed, encoding="utf-8")


def red_tests(root: Path, *arguments: str) -> set[str]:
    """The names, parameters included, of the tests that fail in ``root``."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    lines = [line for line in done.stdout.splitlines() if "::" in line]
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return {line.partition("::")[2].partition(" - ")[0] for line in failed}
