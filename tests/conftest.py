"""One Hypothesis profile for the kit, and a record of what ran on which interpreter."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings

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
