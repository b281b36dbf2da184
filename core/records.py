"""Records: the same two fields, nine contracts.

A reading of 12 degrees and 80 percent equals a place at 12 north, 80 east, and
finds its entry in a dict, if both are NamedTuples.  That is no bug, it is what
you chose.  So put your questions to each kind, and take the lightest that is left.

Topics: 01, 05, 10
Read:  core/01_object_model.md, section "Records"
Run:   python -m core.records
Try:   give the slots dataclass ``weakref_slot=True``: who needs the plain one then?
But:   weights and answers are those of two floats.  For time, run ``--measure``.
Versions: ``super()`` in a dataclass with slots (3.10) works from 3.14 on.
Source: PEP 557, PEP 589; ``BaseModel.__replace__`` of pydantic.
"""

import json
import platform
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import replace
from dataclasses import make_dataclass
from operator import setitem
from timeit import Timer
from typing import Any, NamedTuple, TypedDict

import click
from pydantic import ConfigDict, create_model

__all__ = ["KINDS", "QUESTIONS", "answers", "cli", "lightest", "measure", "weigh"]

type Kind = Callable[..., Any]
type Clock = Callable[[], float]

# -- Nine kinds of one record ------------------------------------------------


class Reading(NamedTuple):
    celsius: float
    humidity: float


class Place(NamedTuple):
    north: float
    east: float


class Message(TypedDict):
    celsius: float
    humidity: float


FIELDS: dict[str, Any] = {"celsius": float, "humidity": float}
ITEMS = FIELDS.items()
VALUES = {"celsius": 12.0, "humidity": 80.0}
WATCHED = ConfigDict(validate_assignment=True)
STRICT = ConfigDict(strict=True, frozen=True)

KINDS: dict[str, Kind] = {
    "dataclass": make_dataclass("Plain", ITEMS),
    "slots dataclass": make_dataclass("Slotted", ITEMS, slots=True),
    "frozen dataclass": make_dataclass("Frozen", ITEMS, frozen=True),
    "sealed dataclass": make_dataclass("Sealed", ITEMS, slots=True, frozen=True),
    "NamedTuple": Reading,
    "TypedDict": Message,
    "pydantic": create_model("Model", **FIELDS),
    "watched pydantic": create_model("Watched", __config__=WATCHED, **FIELDS),
    "frozen pydantic": create_model("Strict", __config__=STRICT, **FIELDS),
}

# -- What to ask of them -----------------------------------------------------


def put(record: Any, name: str, value: object) -> None:
    (setitem if isinstance(record, dict) else setattr)(record, name, value)


def refuses(action: Callable[..., object], *args: object, **named: object) -> bool:
    with suppress(AttributeError, TypeError, ValueError):
        action(*args, **named)
        return False
    return True


# Each is put to a kind and to a record r of it; an error is a "no".
QUESTIONS: dict[str, Callable[[Kind, Any], bool]] = {
    "hashes": lambda kind, r: hash(r) == hash(kind(**VALUES)),
    "writes": lambda kind, r: not refuses(put, r, "celsius", 13.0),
    "typos": lambda kind, r: refuses(put, r, "celcius", 13.0),
    "own ==": lambda kind, r: r not in (VALUES, tuple(VALUES.values())),
    "unpacks": lambda kind, r: tuple(r) == tuple(VALUES.values()),
    "weakref": lambda kind, r: weakref.ref(r)() is r,
    "json": lambda kind, r: json.loads(json.dumps(r)) == VALUES,
    "checks": lambda kind, r: refuses(kind, celsius="cold", humidity=80.0),
    "casts": lambda kind, r: kind(celsius="12.0", humidity=80.0) == r,
    "guards": lambda kind, r: refuses(put, r, "celsius", "cold"),
}


def answers(kind: Kind) -> set[str]:
    """The questions that this kind answers with yes."""
    yes = set()
    for name, question in QUESTIONS.items():
        with suppress(TypeError, ValueError):
            if question(kind, kind(**VALUES)):
                yes.add(name)
    return yes


def weigh(kind: Kind, count: int = 100) -> int:
    """Bytes of one more record without its values, in the allocator's steps of 16."""
    # From its first instances a class learns how much room the others will need.
    first = [kind(**VALUES) for _ in range(count)]
    kept = first.copy()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(count):
        kept[n] = kind(**VALUES)
    traced = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return (round(traced / count / 8) + 1) // 2 * 16


def lightest(*needs: str) -> list[str]:
    """The kinds that answer every need with yes, the lightest first."""
    left = [name for name, kind in KINDS.items() if answers(kind) >= set(needs)]
    return sorted(left, key=lambda name: weigh(KINDS[name]))


# -- What they cost ----------------------------------------------------------


def timings(kind: Kind, number: int, clock: Clock) -> dict[str, float]:
    """Nanoseconds per operation.  The least of five runs: noise only ever adds."""
    a, b = (kind(**{name: value + 0 for name, value in VALUES.items()}) for _ in "ab")
    jobs = {"construct": "kind(celsius=12.0, humidity=80.0)", "equal": "a == b"}
    jobs["read"] = "a['celsius']" if isinstance(a, dict) else "a.celsius"
    jobs |= {} if refuses(hash, a) else {"hash": "hash(a)"}
    names = {"kind": kind, "a": a, "b": b}
    timers = {job: Timer(code, "", clock, names) for job, code in jobs.items()}
    return {j: min(t.repeat(5, number)) / number * 1e9 for j, t in timers.items()}


def measure(number: int, clock: Clock = time.process_time) -> Iterator[str]:
    """Rows of nanoseconds, and of ratios to the first kind that can do it."""
    yield f"{platform.python_implementation()} {platform.python_version()}"
    yield f"ns of CPU time, best of 5 x {number}, and ratio to the first"
    first: dict[str, float] = {}
    for name, kind in KINDS.items():
        costs = timings(kind, number, clock)
        first = costs | first
        cells = [f"{j} {ns:.0f} ({ns / first[j]:.1f}x)" for j, ns in costs.items()]
        yield f"{name:16} {'  '.join(cells)}"


# -- Demo --------------------------------------------------------------------


def table() -> Iterator[str]:
    yield f"{'place by weight':18} {' '.join(QUESTIONS)}"
    weights = [weigh(KINDS[name]) for name in lightest()]
    for name, weight in zip(lightest(), weights, strict=True):
        yes = answers(KINDS[name])
        cells = (("yes" if q in yes else "-").ljust(len(q)) for q in QUESTIONS)
        yield f"{weights.index(weight) + 1} {name:16} {' '.join(cells)}".rstrip()


def main() -> None:
    print("A NamedTuple equals any tuple with equal items")
    reading: tuple[float, ...] = Reading(12.0, 80.0)
    names: dict[tuple[float, ...], str] = {Place(12.0, 80.0): "Puducherry"}
    print(f"  {reading == Place(12.0, 80.0) = }, {names[reading] = }")

    print("Only pydantic checks a value, and a later one only if told to")
    print(f"  {lightest('checks') = }")
    print(f"  {lightest('checks', 'writes', 'guards') = }")

    print("copy.replace skips the checks of a pydantic model")
    strict = KINDS["frozen pydantic"]
    print(f"  {refuses(strict, celsius='cold', humidity=80.0) = }")
    print(f"  {replace(strict(**VALUES), celsius='cold').celsius = }")

    print("Each kind is the lightest for some need")
    print(*(f"  {row}" for row in table()), sep="\n")
    for needs in (["hashes"], ["hashes", "weakref"], ["checks", "hashes"]):
        print(f"  {' + '.join(needs)}: {lightest(*needs)[0]}")


@click.command
@click.option("--measure", "timed", is_flag=True, help="Time the kinds instead.")
@click.option("--number", default=100_000, type=click.IntRange(1), help="Calls timed.")
def cli(timed: bool, number: int) -> None:
    """Compare the kinds of records: what they answer, or what they cost."""
    print(*measure(number), sep="\n") if timed else main()


if __name__ == "__main__":
    cli()
