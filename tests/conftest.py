"""What all tests share: a Hypothesis profile, a type checker, a record of what ran."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import mypy.api
import pytest
from hypothesis import settings

type Checker = Callable[[str], list[str]]

# Never red by chance, never by a slow machine.
settings.register_profile("kit", deadline=None, derandomize=True)
settings.load_profile("kit")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Append to the file KIT_RECORD what ran and what was skipped.

    A version-gated claim is worth nothing unless it ran on some interpreter:
    .ci/gated.py puts the records of all of them together.
    """
    record = os.environ.get("KIT_RECORD")
    if not record or (report.when != "call" and not report.skipped):
        return
    row = {
        "test": report.nodeid,
        "outcome": report.outcome,
        "gated": [at for name, at in report.user_properties if name == "gated"],
        "reason": report.longrepr[2] if isinstance(report.longrepr, tuple) else "",
    }
    with Path(record).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """``checker(snippet)``: what a type checker says, as ``"3: error: ... [code]"``.

    mypy --strict, for the oldest Python of the kit, in this process: after the first
    call its cache makes each a matter of milliseconds.
    """
    cache = tmp_path_factory.mktemp("mypy")
    options = ["--strict", "--python-version=3.13", "--no-error-summary"]

    def check(snippet: str) -> list[str]:
        # --config-file= keeps the project's own settings out of the answer.
        command = [*options, "--config-file=", f"--cache-dir={cache}", "-c", snippet]
        report, problem, _ = mypy.api.run(command)
        assert not problem, problem
        return [line.removeprefix("<string>:") for line in report.splitlines()]

    return check
