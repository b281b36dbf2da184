"""Running lessons: each in a process of its own, as many at once as there are cores."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from showcase.lessons import Lesson

__all__ = ["Outcome", "run_all", "run_one"]


@dataclass(frozen=True)
class Outcome:
    """How a lesson ended; ``exit_code`` is None where it was killed at the limit."""

    lesson: Lesson
    exit_code: int | None
    output: str
    seconds: float

    @property
    def passed(self) -> bool:
        return self.exit_code == 0

    @property
    def reason(self) -> str:
        """Why it failed, in a line; "" where it passed."""
        if self.exit_code is None:
            return f"killed: still running after {self.seconds:.0f} s"
        return "" if self.passed else f"exit code {self.exit_code}"

    def last_lines(self, count: int = 8) -> list[str]:
        return self.output.splitlines()[-count:]


async def run_one(lesson: Lesson, limit: float) -> Outcome:
    """Run one demo; kill it, and whatever it started, after ``limit`` seconds."""
    started = time.perf_counter()
    exit_code = None
    # A file takes both streams in the order in which they were written, and still
    # has what a lesson said before it hung.
    with tempfile.TemporaryFile() as output:
        process = await _start(lesson, output)
        try:
            async with asyncio.timeout(limit):
                exit_code = await process.wait()
        except TimeoutError:
            pass
        finally:
            await _end(process)
        seconds = time.perf_counter() - started
        output.seek(0)
        return Outcome(lesson, exit_code, output.read().decode(), seconds)


async def run_all(
    lessons: Iterable[Lesson],
    limit: float,
    on_done: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run all demos, ``on_done`` as each ends; outcomes in the order of ``lessons``."""
    slots = asyncio.Semaphore(os.process_cpu_count() or 1)

    async def run(lesson: Lesson) -> Outcome:
        async with slots:
            outcome = await run_one(lesson, limit)
        on_done(outcome)
        return outcome

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(lesson)) for lesson in lessons]
    return [task.result() for task in tasks]


async def _start(lesson: Lesson, output: IO[bytes]) -> asyncio.subprocess.Process:
    # A session of its own: the lesson's children die with it, and Ctrl-C in the
    # terminal reaches only us, who then end every lesson.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", lesson.name),
        cwd=lesson.root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing of the process behind, whether or not it has ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
