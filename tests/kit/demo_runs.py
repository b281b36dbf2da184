"""Running a demo as a reader does, and keeping all that it left."""

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import Protocol

from showcase.lessons import ROOT

__all__ = ["SEEDS", "DemoRun", "Demos", "run_demo", "untraced"]

SEEDS = ("0", "1")
LIMIT = 30.0  # seconds of wall clock, after which a demo is killed


@dataclass(frozen=True)
class DemoRun:
    exit_code: int
    output: str
    errors: str
    cpu_seconds: float


class Demos(Protocol):
    """The run of a lesson's demo, by name and hash seed."""

    def __call__(self, name: str, seed: str = ...) -> DemoRun: ...


def untraced() -> dict[str, str]:
    """The environment without what would start coverage in a child.

    A tracer allocates, takes time and is seen by sys.monitoring: what a demo counts,
    and what CPython's tests count, must not depend on it.  The lessons' own tests
    call every line in this process, but for the guard.
    """
    hidden = ("COVERAGE_", "COV_CORE_")
    return {name: v for name, v in os.environ.items() if not name.startswith(hidden)}


def run_demo(name: str, seed: str) -> DemoRun:
    env = {**untraced(), "PYTHONHASHSEED": seed, "COLUMNS": "88", "NO_COLOR": "1"}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", name],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        timer = threading.Timer(LIMIT, process.kill)
        timer.start()
        # wait4 rather than wait: it also says what CPU time this one child took.
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return DemoRun(
            process.returncode,
            output.read().decode(),
            errors.read().decode(),
            usage.ru_utime + usage.ru_stime,
        )
