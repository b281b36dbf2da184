"""The data model: an operator is a question put to types, never to objects.

A type has four answers: a value; NotImplemented, "ask the other operand"; no such
method, "ask in other words"; and None, "no, and ask nobody else".  ``binary_op``
is this dispatch written down, and agrees with CPython on who is asked and when.

Topics: 01
Read:  core/01_object_model.md, section "Data model"
Run:   python -m core.data_model
Try:   delete ``Tagged.__rand__``: Span answers ``word & tagged``, and the demo
       stops at the label that is not there.
But:   it covers classes written in Python.  ``[1] + x`` is concatenation, a slot
       of its own in C, and asks ``x.__radd__`` before the list.
Versions: the truth of NotImplemented is a warning on 3.13, TypeError from 3.14.
Source: "Data model" in the Python reference; ``SLOT1BINFULL`` (Objects/typeobject.c)
       and ``do_richcompare`` (Objects/object.c).
"""

from dataclasses import dataclass, replace
from functools import total_ordering
from operator import index
from typing import Any, Self, SupportsIndex

__all__ = ["Drifting", "Span", "Tagged", "ask", "binary_op", "lookup", "turns"]

type Turn = tuple[object, str, object]  # the operand asked, its method, the argument

MISSING: Any = object()  # not None, which is an answer
COMPARISONS = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}


# -- The dispatch ------------------------------------------------------------


def lookup(cls: type, name: str) -> Any:
    """What an operator finds: no instance dict, no attribute hook, no metaclass."""
    return next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), MISSING)


def ask(operand: object, name: str, argument: object) -> Any:
    """One question.  A type without such a method has declined."""
    method = lookup(type(operand), name)
    if method is MISSING:
        return NotImplemented
    # Binding is such a question too, put to the type of the method.
    bind = lookup(type(method), "__get__")
    bound = method if bind is MISSING else bind(method, operand, type(operand))
    return bound(argument)


def turns(left: object, right: object, name: str, reflected: str) -> list[Turn]:
    """Who is asked for ``left OP right``, in this order, until one answers."""
    mine, theirs = (left, name, right), (right, reflected, left)
    comparing = name in COMPARISONS
    if type(left) is type(right):
        # Arithmetic leaves it at a refusal; a comparison asks the right one too.
        return [mine, theirs] if comparing else [mine]
    # Not issubclass(): a class that is only registered inherits nothing.
    below = type(left) in type(right).__mro__
    overrides = lookup(type(right), reflected) is not lookup(type(left), reflected)
    return [theirs, mine] if below and (comparing or overrides) else [mine, theirs]


def binary_op(left: object, right: object, name: str, reflected: str) -> Any:
    """``left OP right``.  Raises TypeError where everybody declines."""
    for operand, method, argument in turns(left, right, name, reflected):
        answer = ask(operand, method, argument)
        if answer is not NotImplemented:
            return answer
    if name in {"__eq__", "__ne__"}:
        return (left is right) == (name == "__eq__")
    names = f"{type(left).__name__} or {type(right).__name__}"
    raise TypeError(f"{name} must be answered by {names}, got NotImplemented")


# -- The trap: a key that moves ----------------------------------------------


@dataclass(unsafe_hash=True)
class Drifting:
    """A stretch of text that ``+=`` moves in place."""

    start: int
    stop: int

    def __iadd__(self, by: int) -> Self:
        # Every set that holds it filed it under the old hash, and still does.
        self.start, self.stop = self.start + by, self.stop + by
        return self


# -- A value that answers for itself -----------------------------------------


@total_ordering
@dataclass(frozen=True, eq=False)
class Span:
    """The positions ``start <= i < stop`` of a text."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.stop:
            raise ValueError(f"span must fit 0 <= start <= stop, got {self}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return (self.start, self.stop) == (other.start, other.stop)

    def __hash__(self) -> int:
        return hash((self.start, self.stop))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return (self.start, self.stop) < (other.start, other.stop)

    def __add__(self, by: SupportsIndex) -> Self:
        if not isinstance(by, SupportsIndex):
            return NotImplemented
        n = index(by)
        # No __iadd__: += asks __add__ instead, and the name gets a new span.
        return replace(self, start=self.start + n, stop=self.stop + n)

    __radd__ = __add__

    def __and__(self, other: "Span") -> Self:
        if not isinstance(other, Span):
            return NotImplemented
        start = max(self.start, other.start)
        return replace(self, start=start, stop=max(start, min(self.stop, other.stop)))

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, position: object) -> bool:
        return position in range(self.start, self.stop)

    def __call__(self, text: str) -> str:
        return text[self.start : self.stop]

    def __format__(self, spec: str) -> str:
        return f"{self.start:{spec}}:{self.stop:{spec}}"


@dataclass(frozen=True, eq=False)
class Tagged(Span):
    """A span with a remark, which is no part of its value."""

    label: str = ""

    # Span & Tagged: Span could answer, but knows nothing of labels.
    __rand__ = Span.__and__


class Restated(Span):
    # An equality of its own, even the same one: Python adds __hash__ = None.
    __eq__ = Span.__eq__


# -- Demo --------------------------------------------------------------------


def order(*operation: Any) -> str:
    return ", ".join(f"{type(asked).__name__}.{m}" for asked, m, _ in turns(*operation))


def main() -> None:
    word, tagged = Span(4, 9), Tagged(0, 9, label="adjective")

    print("An operator asks the type, never the instance")
    vars(tagged)["__contains__"] = lambda position: True
    print(f"  {tagged.__contains__(99) = }, {99 in tagged = }")

    print("A subclass on the right that overrides is asked first")
    print(f"  word & tagged asks {order(word, tagged, '__and__', '__rand__')}")
    print(f"  {(word & tagged).label = }")

    print("NotImplemented hands the question to the other type")
    print(f"  4 + word asks {order(4, word, '__add__', '__radd__')}: {4 + word}")
    print(f"  word == 4 asks {order(word, 4, '__eq__', '__eq__')}: {word == 4}")

    print("What is absent is asked in other words, None forbids")
    print(f"  {lookup(Span, '__bool__') is MISSING = }, {bool(Span(4, 4)) = }")
    try:
        hash(Restated(4, 9))
    except TypeError as error:
        print(f"  {Restated.__hash__ = }, hash(...) -> {type(error).__name__}")

    print("A key that moves is lost in its own set")
    drifting = Drifting(4, 9)
    marked = {drifting}
    drifting += 4
    print(f"  {drifting in marked = }, {drifting in list(marked) = }")


if __name__ == "__main__":
    main()
