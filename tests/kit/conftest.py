"""What the kit's own checks share: every demo, run once for all of them."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from showcase.lessons import find_lessons
from tests.kit.demo_runs import SEEDS, DemoRun, Demos, run_demo


@pytest.fixture(scope="session")
def demos() -> Iterator[Demos]:
    """All demos under both seeds, side by side on all cores, from the first use on."""
    names = [lesson.name for lesson in find_lessons()]
    runs: dict[tuple[str, str], Future[DemoRun]] = {}
    with ThreadPoolExecutor(os.process_cpu_count()) as pool:
        for name in names:
            for seed in SEEDS:
                runs[name, seed] = pool.submit(run_demo, name, seed)

        def demo(name: str, seed: str = SEEDS[0]) -> DemoRun:
            return runs[name, seed].result()

        yield demo
        pool.shutdown(cancel_futures=True)
