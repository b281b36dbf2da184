"""CPython's own tests judge the rebuilds; the rows are in conformance.toml."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.kit.conformance_runner import (
    Excuse,
    Report,
    Target,
    report,
    ships_tests,
    targets,
)

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(
        not ships_tests(), reason="this interpreter ships no `test` package"
    ),
]
TARGETS = targets()


@pytest.fixture(scope="session")
def reports(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Report]]]:
    """All selected targets, side by side on all cores, from the first use on."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    chosen = {call.params.get("target") for call in calls if call}
    with ThreadPoolExecutor(os.process_cpu_count()) as pool:
        yield {
            name: pool.submit(report, target)
            for name, target in TARGETS.items()
            if name in chosen
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("target", TARGETS)
def test_rebuild_passes_the_tests_of_cpython(
    target: str, reports: dict[str, Future[Report]]
) -> None:
    problems = reports[target].result().problems()

    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


# -- The frame itself: a row that claims too much is red -----------------------

CLASS = "PropertyUnreachableAttributeWithName"
SOUND = Target(
    "sound",
    "test.test_property",
    [CLASS],
    preset={"property": "core.descriptors:Property"},
)


def test_a_sound_row_is_green() -> None:
    found = report(SOUND)

    assert found.problems() == []
    assert found.summary()["passed"] == 3


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param(
            replace(SOUND, tests=["PropertyTest"]),
            "test.test_property has no class PropertyTest; did you mean PropertyTests?",
            id="misspelt class",
        ),
        pytest.param(
            replace(SOUND, tests=[f"{CLASS}.test_get"]),
            f"{CLASS} has no test_get; did you mean test_get_property?",
            id="misspelt test",
        ),
        pytest.param(
            replace(SOUND, module="test.test_properties"),
            "there is no module test.test_properties",
            id="misspelt module",
        ),
        pytest.param(
            replace(SOUND, patch={"functools:cached": "core.descriptors:Cached"}),
            "has no attribute 'cached'",
            id="misspelt place",
        ),
        pytest.param(
            replace(SOUND, preset={"proprety": "core.descriptors:Property"}),
            "core.descriptors:Property was never entered: test.test_property bypassed",
            id="bypassed rebuild",
        ),
        pytest.param(
            replace(SOUND, tests=[CLASS, "PropertySub"]),
            "PropertySub: no test that passed entered a rebuild",
            id="class without tests",
        ),
        pytest.param(
            Target(
                "unsound",
                "test.test_functools",
                ["TestCachedProperty.test_cached"],
                patch={"functools:cached_property": "core.descriptors:StaticMethod"},
            ),
            "in test_cached\n    self.assertEqual(item.cost, 2)",
            id="wrong rebuild",
        ),
        pytest.param(
            replace(SOUND, excused={f"{CLASS}.test_get_property": Excuse("hard")}),
            f"{CLASS}.test_get_property is excused for 'hard', which is no category",
            id="invented category",
        ),
        pytest.param(
            replace(
                SOUND, excused={f"{CLASS}.test_get_property": Excuse("error wording")}
            ),
            f"{CLASS}.test_get_property is excused, but passed",
            id="excused test that passes",
        ),
        pytest.param(
            replace(SOUND, excused={f"{CLASS}.test_got": Excuse("error wording")}),
            f"{CLASS}.test_got is excused, but does not exist",
            id="excused test that does not exist",
        ),
    ],
)
def test_a_row_that_claims_too_much_is_red(row: Target, problem: str) -> None:
    assert problem in "\n".join(report(row).problems())


def test_an_excuse_holds_on_its_versions_only() -> None:
    assert Excuse("error wording", python=">= 3.13").applies()
    assert not Excuse("error wording", python="< 3.13").applies()
    assert not Excuse("error wording", python="== 3.12.1").applies()
