"""Break it and see it go red: each lesson's ``Try:``, and each of the kit's own checks.

A row of ``tries.toml`` (one per lesson) or ``breakages.toml`` (one per check) names
a text, what replaces it, and the test that must fail.  It is tried on a copy.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from showcase.lessons import ROOT, find_lessons

HERE = Path(__file__).parent
TRIES = tomllib.loads((HERE / "tries.toml").read_text(encoding="utf-8"))
BREAKAGES = tomllib.loads((HERE / "breakages.toml").read_text(encoding="utf-8"))


def test_each_lesson_has_its_try() -> None:
    assert sorted(TRIES) == sorted(lesson.name for lesson in find_lessons())


@pytest.mark.mutation
@pytest.mark.parametrize("name", sorted(TRIES))
def test_what_the_docstring_says_to_try_turns_a_test_red(
    name: str, tmp_path: Path
) -> None:
    folder, _, stem = name.partition(".")
    row = {"file": f"{folder}/{stem}.py", **TRIES[name]}
    copy_kit(tmp_path)
    change(tmp_path, row)

    assert row["red"] in red_tests(tmp_path, f"tests/{folder}/test_{stem}.py")


@pytest.mark.mutation
@pytest.mark.parametrize("name", sorted(BREAKAGES))
def test_the_house_notices(name: str, tmp_path: Path) -> None:
    row = BREAKAGES[name]
    copy_kit(tmp_path)
    change(tmp_path, row)

    assert row["red"] in red_tests(tmp_path, "tests/kit", "-k", row["select"])


def copy_kit(target: Path) -> None:
    for each in ROOT.iterdir():
        if each.name[0] != "." and each.is_dir():
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(each, target / each.name, ignore=skip)
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
