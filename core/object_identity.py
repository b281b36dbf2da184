"""Identity: ``is`` asks for the object, and CPython chooses the object.

``status is 404`` is false on Python 3.14 and true on 3.15, for the same status
read from the same socket.  No rule changed; a cache grew.  Where a value cannot be
modified, Python may hand out any object that has it, an old one or a new one, and
a release may choose again.  So ``is`` tells you something only about objects whose
identity somebody promised to keep: None, classes, enum members, proper sentinels.

Topics: 01, 07
Read:  core/01_object_model.md, section "Object identity"
Run:   python -m core.object_identity
Try:   in ``in_two_units`` compile the literal once and run that code twice; a single
       row of the column "two units" still says two.  Which, and why must it?
Versions: the ints that exist once are -5 to 256 up to 3.14, -5 to 1024 on 3.15.
Source: The Python Language Reference, "Objects, values and types"; gh-133059.
"""

import copy
import itertools
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, Literal

__all__ = [
    "NEVER",
    "Due",
    "LeakyLoan",
    "Loan",
    "cached_ints",
    "found_by_is",
    "from_the_wire",
    "in_one_unit",
    "in_two_units",
    "kept_by",
]


# -- One value, met twice ----------------------------------------------------
#
# A unit is what one call of compile() sees: a module with all its functions, say.
# Literals are passed in as text, because this file is a single unit itself.


def in_one_unit(literal: str) -> bool:
    """Is a function's constant the same object as the module's?"""
    unit = f"here = {literal}\ndef there(): return {literal}"
    names: dict[str, Any] = {}
    exec(compile(unit, "<unit>", "exec"), names)
    return names["here"] is names["there"]()


def in_two_units(literal: str) -> bool:
    """Do two modules that write the same literal get the same object?"""
    first, second = (compile(literal, "<unit>", "eval") for _ in range(2))
    return eval(first) is eval(second)


def from_the_wire(literal: str) -> bool:
    """Do two messages that carry the same value yield the same object?"""
    message = pickle.dumps(eval(literal))
    return pickle.loads(message) is pickle.loads(message)


# -- The trap: numbers compared by identity ----------------------------------


def found_by_is(numbers: Iterable[int]) -> int:
    """How many loan numbers are found when each is typed in at the desk."""
    # Passes review because both sides are variables: the compiler warns only
    # about a literal, and the numbers in the tests are small.
    return sum(int(str(number)) is number for number in numbers)


def cached_ints() -> range:
    """The ints that this interpreter makes only once."""

    def is_new(number: int) -> bool:
        return int(str(number)) is not int(str(number))

    below = next(n for n in itertools.count(0, -1) if is_new(n))
    above = next(n for n in itertools.count(0) if is_new(n))
    return range(below + 1, above)


# -- The other direction: is a copy a new object? ----------------------------

COPIERS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


def kept_by(value: object) -> list[str]:
    """The ways of copying that return the original object."""
    return [name for name, copier in COPIERS.items() if copier(value) is value]


# -- Sentinels: an identity that is kept, and one that is not ----------------

NEVER = object()


@dataclass
class LeakyLoan:
    """A loan without a due date, until somebody copies it."""

    title: str
    due: date | object = NEVER

    def has_due_date(self) -> bool:
        # A copy of object() is another object(): after deepcopy() or a process
        # pool this answers True, and the next line calls due.isoformat().
        return self.due is not NEVER


class Due(Enum):
    NEVER = "never"


@dataclass
class Loan:
    """The same loan; its sentinel is kept by a copy and found again by pickle."""

    title: str
    due: date | Literal[Due.NEVER] = Due.NEVER

    def has_due_date(self) -> bool:
        return self.due is not Due.NEVER


# -- Demo --------------------------------------------------------------------


def _origins(literal: str) -> str:
    ways = in_one_unit, in_two_units, from_the_wire
    cells = ("one" if way(literal) else "two" for way in ways)
    return "  {:12}{:12}{:12}{}".format(literal, *cells)


def _copies(value: object) -> str:
    cells = ("same" if name in kept_by(value) else "new" for name in COPIERS)
    return "  {:18}{:10}{:10}{}".format(repr(value), *cells)


def main() -> None:
    print("Equal values are one object or two, depending on where they came from")
    print("  {:12}{:12}{:12}{}".format("", "one unit", "two units", "the wire"))
    for literal in ("None", "200", "100000", "'fiction'", "2.5", "(1, 2)", "()", "[]"):
        print(_origins(literal))

    print("A number typed in is found by `is` only while it is small")
    for first in (1, 5001):
        hits = found_by_is(range(first, first + 200))
        print(f"  loans {first} to {first + 199}: int(str(n)) is n for {hits} of 200")

    print("A copy of an immutable value may be the value itself")
    print("  {:18}{:10}{:10}{}".format("", *COPIERS))
    for value in ("late fee", (1, 2), Fraction(1, 3), frozenset({1}), [1, 2]):
        print(_copies(value))

    print("Lists, tuples, sets and dicts ask for identity before equality")
    fee = float("nan")
    fees = [fee, 2.5]
    print(f"  {fee == fee = }, {fee in fees = }, {fees == [fee, 2.5] = }")
    print(f"  {float('nan') in fees = }")

    print("A sentinel made by `object()` is lost in a copy, an enum member is kept")
    for loan in (LeakyLoan("Dune"), Loan("Dune")):
        answers = loan.has_due_date(), copy.deepcopy(loan).has_due_date()
        print(f"  {type(loan).__name__}: due date {answers[0]}, in a copy {answers[1]}")


if __name__ == "__main__":
    main()
