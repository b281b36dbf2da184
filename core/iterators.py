"""Iterators: a loop hears an item or the end, and never why it ended.

The end is an exception, and whoever raises it is believed: one ``next()`` without a
default, in a function given to ``map``, cuts the result short and nobody is told.
Nor does an iterator say whether it was empty or is used up, or who else draws from it.
``loop``, ``iterate`` and ``backwards`` are ``for``, ``iter`` and ``reversed`` by hand.

Topics: 06
Read:  core/06_iterators_functional.md, section "Iterators"
Run:   python -m core.iterators
Try:   call ``body`` inside the ``try`` of ``loop``: a bug in it may now be the end.
But:   ``iter`` refuses C types whose ``[]`` takes keys alone, as of a regex match.
Source: PEP 234; Objects/iterobject.c and Objects/enumobject.c in CPython.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["BREAK", "Calls", "Guide", "Positions", "backwards", "iterate", "loop"]

type Action = Callable[..., object]
MISSING: Any = object()
BREAK = object()  # what the body of a loop returns to leave it


# -- for, iter() and reversed() ----------------------------------------------


def special(obj: object, name: str) -> Any:
    """A method as syntax finds it: on the type, then bound to the object."""
    found = next((vars(c)[name] for c in type(obj).__mro__ if name in vars(c)), MISSING)
    bind = getattr(type(found), "__get__", None)
    return bind(found, obj, type(obj)) if bind else found


def loop(items: Any, body: Action, otherwise: Action = lambda: None) -> None:
    """``for item in items: body(item)``, with ``else: otherwise()``."""
    iterator = iterate(items)
    while True:
        try:
            item = special(iterator, "__next__")()
        except StopIteration:
            otherwise()
            return
        # Outside the try: the iterator is believed, the body is not.
        if body(item) is BREAK:
            return


def iterate(items: Any, sentinel: object = MISSING) -> Any:
    """``iter(items)``, or ``iter(call, sentinel)``.  Raises TypeError."""
    name = type(items).__name__
    if sentinel is not MISSING:
        if callable(items):
            return Calls(items, sentinel)
        raise TypeError(f"{name} must be callable to be called until a sentinel")
    make = special(items, "__iter__")
    if make is MISSING and special(items, "__getitem__") is not MISSING:
        return Positions(items)
    if make is MISSING or make is None:
        raise TypeError(f"{name} must have __iter__ or __getitem__ to be iterated")
    iterator = make()
    if special(iterator, "__next__") is MISSING:
        raise TypeError(f"{name}.__iter__ must return an iterator, got {iterator!r}")
    return iterator


def backwards(items: Any) -> Any:
    """``reversed(items)``.  Raises TypeError."""
    make = special(items, "__reversed__")
    if make is MISSING and special(items, "__getitem__") is not MISSING:
        return Positions(items, len(items) - 1, -1)
    if make is MISSING or make is None:
        raise TypeError(f"{type(items).__name__} must have positions to be reversed")
    return make()


# -- Two iterators that are told the end by others ---------------------------


class Positions(Iterator[Any]):
    """Whatever has ``__getitem__``, at 0, 1, 2, ... or from the last one back."""

    def __init__(self, items: Any, start: int = 0, step: int = 1) -> None:
        self._items, self._at, self._step = items, start, step

    def __next__(self) -> Any:
        if self._at < 0:
            raise StopIteration
        try:
            item = special(self._items, "__getitem__")(self._at)
        except (IndexError, StopIteration):
            # Perhaps there is no such position.  Perhaps there is, and ten calls
            # further down somebody took the first item of an empty list.
            self._at = -1
            raise StopIteration from None
        self._at += self._step
        return item


class Calls(Iterator[Any]):
    """The answers of a function, up to the first that equals the sentinel."""

    def __init__(self, call: Action, sentinel: object) -> None:
        self._call: Action | None = call
        self._sentinel = sentinel

    def __next__(self) -> Any:
        if self._call is None:
            raise StopIteration
        try:
            answer = self._call()
        except StopIteration:
            answer = self._sentinel
        # The call may itself have asked us for items, and come to the end.
        ended = self._call is None or answer is self._sentinel
        if ended or self._sentinel == answer:
            self._call = None
            raise StopIteration
        return answer


# -- A trail, and three ways to lose a part of it ----------------------------

WAY = ["Alpe", "Bard", "Cime", "Dosso"]
BEDS = {"Alpe": 24, "Bart": 60, "Cime": 16, "Dosso": 40}


def beds(hut: str) -> int:
    # No hut of this name: a StopIteration, which others may take for their end.
    return next(number for name, number in BEDS.items() if name == hut)


class Guide:
    """The beds of the huts, from lines such as ``Alpe,24``."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def __getitem__(self, position: int) -> int:
        # One IndexError is the end, the other is a line without a comma.
        return int(self.lines[position].split(",")[1])


def shares(sizes: Iterable[int]) -> list[float]:
    total = sum(sizes)
    # Of an iterator nothing is left for this second pass.  Were `sizes` a
    # Collection, a type checker would let nobody pass one.
    return [size / total for size in sizes]


# -- Demo --------------------------------------------------------------------


def outcome(call: Action) -> object:
    try:
        return call()
    except (RuntimeError, StopIteration) as error:
        return type(error).__name__


def visited(items: Iterable[object], change: Action) -> list[object]:
    """What a loop sees of ``items`` if each round ends with ``change(item)``."""
    seen: list[object] = []
    try:
        for item in items:
            seen.append(item)
            change(item)
    except RuntimeError as error:
        seen.append(type(error).__name__)
    return seen


def main() -> None:
    print("A StopIteration that leaves __next__ is the end, whoever raised it")
    print(f"  comprehension: {outcome(lambda: [beds(hut) for hut in WAY])}")
    print(f"  generator:     {outcome(lambda: tuple(beds(hut) for hut in WAY))}")
    print(f"  map:           {outcome(lambda: list(map(beds, WAY)))}")
    print("Iteration by position takes any IndexError for the end")
    print(f"  {list(iterate(Guide('Alpe,24', 'Bard', 'Cime,16'))) = }")
    print("Used up looks just like empty")
    few, walk = [24, 16, 40], iter(WAY)
    print(f"  {shares(few) = }, {shares(iter(few)) = }")
    print(f"  {'Cime' in walk = }, {'Alpe' in walk = }, {list(walk) = }")
    print("Two loops over one iterator share its position")
    walk = iter(WAY)
    print(f"  nested: {[(first, second) for first in walk for second in walk]}")
    print(f"  zip(walk, walk): {list(zip(walk := iter(WAY), walk, strict=True))}")
    print("What a loop sees of a change is up to the iterator")
    print(f"  list, remove:     {visited(huts := WAY.copy(), huts.remove)}")
    print(f"    from the end:   {visited(backwards(huts := WAY.copy()), huts.remove)}")
    print(f"  deque, remove:    {visited(line := deque(WAY), line.remove)}")
    sizes = dict.fromkeys(WAY, 0)
    print(f"  dict, new values: {visited(sizes, lambda hut: sizes.update({hut: 9}))}")
    print(f"    pop:            {visited(sizes, sizes.pop)}")


if __name__ == "__main__":
    main()
