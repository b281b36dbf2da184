"""Slots: a class may fix the layout of its instances, if its whole MRO agrees.

An ordinary instance has no dict until somebody asks for one: its attributes lie in
the block that holds the object.  So what ``__slots__`` saves is not a dict.  And a
mixin that holds no data brings one back when it forgets its own ``__slots__ = ()``.
``python -m core.slots MODULE:CLASS`` says which class does that to one of yours.

Topics: 01, 02
Read:  core/01_object_model.md, section "Slots"
Run:   python -m core.slots
Try:   delete ``__slots__ = ()`` from ``Glow``: ``Ember`` has slots and a dict then.
Source: The Python Language Reference, "__slots__".
"""

import pickle
import pkgutil
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property
from inspect import ismemberdescriptor
from operator import attrgetter
from typing import Any

import click

__all__ = ["Glow", "LeakyGlow", "Particle", "added", "cost", "layout", "refused"]


# -- One particle, with and without the line ---------------------------------


class FreeParticle:
    def __init__(self, x: float, y: float, mass: float) -> None:
        self.x, self.y, self.mass = x, y, mass

    @cached_property
    def weight(self) -> float:
        return self.mass * 9.81


class Particle:
    __slots__ = ("mass", "x", "y")

    def __init__(self, x: float, y: float, mass: float) -> None:
        self.x, self.y, self.mass = x, y, mass

    @cached_property
    def weight(self) -> float:
        return self.mass * 9.81


class TrackedParticle(Particle):
    __slots__ = ("__dict__", "__weakref__")


# -- The trap: a mixin without data ------------------------------------------


class LeakyGlow:
    # No data, so nothing to declare, it seems.  But a class without __slots__ gives
    # its instances a dict, and with them those of every class below.
    colour = "red"


class Glow:
    __slots__ = ()
    colour = "red"


class Spark(LeakyGlow, Particle):
    __slots__ = ("heat",)


class Ember(Glow, Particle):
    __slots__ = ("heat",)


# -- Who adds what to an instance --------------------------------------------

# These offsets are 0 where instances have no such part, and inherited like it.
PARTS = [
    ("__dict__", attrgetter("__dictoffset__")),
    ("__weakref__", attrgetter("__weakrefoffset__")),
]
IN_C = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE, which a class statement never sets


def added(cls: type) -> list[str]:
    """What a class adds to its bases: the slots it declares, dict, weak references."""
    own = vars(cls).items() if "__slots__" in vars(cls) else ()
    slots = [name for name, value in own if ismemberdescriptor(value)]
    return slots + [p for p, at in PARTS if at(cls) and not any(map(at, cls.__bases__))]


def layout(cls: type) -> Iterator[str]:
    """Say which classes of the MRO bring the dict, then what each class adds."""
    culprits = [each for each in cls.__mro__ if "__dict__" in added(each)]
    if not culprits:
        yield f"{cls.__name__} has no __dict__"
    for each in culprits:
        reason = "asks for it" if "__slots__" in vars(each) else "declares no __slots__"
        reason = "is made in C" if each.__flags__ & IN_C else reason
        yield f"{cls.__name__} has a __dict__: {each.__name__} {reason}"
    width = max(16, *(len(each.__name__) for each in cls.__mro__))
    for each in reversed(cls.__mro__[:-1]):
        yield f"  {each.__name__:{width}} adds {', '.join(added(each)) or 'nothing'}"


# -- What an instance costs, and what it refuses -----------------------------


def cost(make: Callable[[], object], count: int = 1000) -> tuple[int, float]:
    """Blocks and bytes that one result of ``make`` holds on to, on average."""
    # One instance says little: the first ones of a class are larger, until it has
    # learnt how many attributes they have.
    kept: list[object] = [None] * count
    tracemalloc.start()
    for place in range(count):
        kept[place] = make()
    sizes = [trace.size for trace in tracemalloc.take_snapshot().traces]
    tracemalloc.stop()
    return round(len(sizes) / count), sum(sizes) / count


USES: dict[str, Callable[[Any], object]] = {
    "a new attribute": lambda particle: setattr(particle, "label", "A7"),
    "vars()": vars,
    "weakref.ref()": weakref.ref,
    "cached_property": lambda particle: particle.weight,
    "pickle": lambda particle: pickle.loads(pickle.dumps(particle)),
}


def refused(particle: object) -> list[str]:
    """The uses that raise."""
    refusals = []
    for name, use in USES.items():
        try:
            use(particle)
        except (AttributeError, TypeError):
            refusals.append(name)
    return refusals


# -- Demo and tool -----------------------------------------------------------


def main() -> None:
    free, slotted = FreeParticle(3, 4, 2), Particle(3, 4, 2)

    print("A slot is a data descriptor on the class")
    slot = vars(Particle)["x"]
    print(f"  {type(slot).__name__ = }, {slot.__get__(slotted) = }")
    slot.__set__(slotted, 7)
    print(f"  after slot.__set__(slotted, 7): {slotted.x = }")

    print("One class without `__slots__` brings the dict back")
    for line in (*layout(Spark), *layout(Ember)):
        print(f"  {line}")

    def asked() -> FreeParticle:
        vars(particle := FreeParticle(3, 4, 2))
        return particle

    print("An ordinary instance has no dict until somebody asks for it")
    makers = (lambda: Particle(3, 4, 2), lambda: FreeParticle(3, 4, 2), asked)
    (a, slots), (b, ordinary), (c, with_dict) = map(cost, makers)
    print(f"  blocks: {a} with slots, {b} without, {c} after vars()")
    print(f"  bytes: {slots < ordinary < with_dict = }")

    print("`sys.getsizeof` counts slots and overlooks ordinary attributes")
    print(f"  {sys.getsizeof(slotted) > sys.getsizeof(free) = }, {slots > ordinary = }")

    print("Slots refuse weak references and `cached_property`, not pickling")
    for each in (free, slotted, TrackedParticle(3, 4, 2)):
        print(f"  {type(each).__name__}: {', '.join(refused(each)) or 'nothing'}")


@click.command()
@click.argument("target", required=False, metavar="[MODULE:CLASS]")
def cli(target: str | None) -> None:
    """Say which class brings the dict into MODULE:CLASS; without it, run the demo."""
    if target is None:
        main()
        return
    advice = "write MODULE:CLASS, for instance fractions:Fraction"
    try:
        cls = pkgutil.resolve_name(target)
    except Exception as error:  # importing the module may raise anything
        raise click.UsageError(f"nothing found at {target!r}; {advice}") from error
    if not isinstance(cls, type) or cls.__flags__ & IN_C:
        kind = "type made in C" if isinstance(cls, type) else type(cls).__name__
        raise click.UsageError(f"{target!r} is a {kind}; {advice}")
    click.echo("\n".join(layout(cls)))


if __name__ == "__main__":
    cli()
