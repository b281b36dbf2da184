"""Narrowing: a checker draws conclusions, and Python checks none of them.

Behind ``if line.depth is None: return`` mypy holds ``line.depth`` for a float, even
after the call that sets it to None.  What is no float it holds for a str, and lets 12
pass for a float.  These conclusions are its own; others it draws because a TypeIs or
an overload says so, and it does not look behind them.  This file passes ``mypy
--strict``, and each fails in it.  Only ``assert_never`` puts a conclusion to the test.

Topics: 05, 10
Read:  core/05_type_system.md, section "Overloads and narrowing"
Run:   python -m core.overloads_narrowing
Try:   let ``is_wet`` return ``TypeGuard[float]``: mypy then refuses ``label``.
But:   what a checker concludes from an ``if`` is its own choice: these are mypy's.
Source: PEP 742 (TypeIs), PEP 647 (TypeGuard), PEP 484 (overload).
"""

import json
from collections.abc import Callable
from typing import Literal, TypeGuard, TypeIs, assert_never, get_overloads, overload

__all__ = ["LeadLine", "Mark", "Sounding", "charted", "is_depth", "is_wet", "looks_wet"]

type Sounding = float | str  # metres of water, below zero where it dries; or a remark
type Mark = Literal["rock", "wreck", "buoy"]


# -- Concluded: what an isinstance, an `is None` proves ----------------------


def remark(sounding: Sounding) -> str:
    if isinstance(sounding, float):
        return f"{sounding:.1f} m"
    # A str, concludes the checker; but it lets a caller pass 12 for a float.
    return sounding.upper()


class LeadLine:
    """A weight on a line: each cast finds a depth in metres, or no bottom."""

    def __init__(self, *findings: float | None) -> None:
        self._findings = iter(findings)
        self.depth: float | None = None
        self.cast()

    def cast(self) -> float | None:
        self.depth = next(self._findings)
        return self.depth


def shoaling_by_attribute(line: LeadLine) -> float | None:
    """How many metres shallower the next cast is, None where that is unknown."""
    if line.depth is None:
        return None
    before = line.depth
    line.cast()
    # Another value under the same spelling: the checker goes by the spelling.
    return before - line.depth


def shoaling_by_local(line: LeadLine) -> float | None:
    before, after = line.depth, line.cast()
    if before is None or after is None:
        return None
    return before - after


# -- Signed: what a function's return type claims ----------------------------


def is_wet(sounding: Sounding) -> TypeIs[float]:
    # Every yes is true.  But no, said of -0.5, declares that number a str.
    return isinstance(sounding, float | int) and sounding > 0


def label(sounding: Sounding) -> str:
    if is_wet(sounding):
        return f"{sounding:.1f} m"
    return sounding.upper()


def looks_wet(sounding: Sounding) -> TypeGuard[float]:
    return isinstance(sounding, float | int) and sounding > 0


def guarded_label(sounding: Sounding) -> str:
    if looks_wet(sounding):
        return f"{sounding:.1f} m"
    # Nothing was concluded from the no, so the checker refuses .upper() up to here.
    if isinstance(sounding, str):
        return sounding.upper()
    return f"dries {-sounding:.1f} m"


def is_depth(sounding: Sounding) -> TypeIs[float]:
    # An honest one: yes to all that the checker takes for a float, no to all else.
    return isinstance(sounding, float | int)


def full_label(sounding: Sounding) -> str:
    if not is_depth(sounding):
        return sounding.upper()
    return f"{sounding:.1f} m" if sounding > 0 else f"dries {-sounding:.1f} m"


@overload
def charted(place: str, *, required: Literal[True]) -> float: ...
@overload
def charted(place: str, *, required: bool = False) -> float | None: ...
def charted(place: str, *, required: bool = False) -> float | None:
    # Checked against its own signature alone: that `required` goes unread, and the
    # first overload unkept, is nobody's business.
    return {"Channel": 12.5, "Ledge": -0.5}.get(place)


def clearance(place: str, draught: float) -> float:
    """Metres of water under a keel that is ``draught`` metres deep."""
    return charted(place, required=True) - draught


# -- Ruled out, and what comes all the same ----------------------------------


def silent_symbol(mark: Mark) -> str:
    # No return is missing here, says the checker: a fourth mark cannot be.
    match mark:
        case "rock":
            return "+"
        case "wreck":
            return "x"
        case "buoy":
            return "i"


def symbol(mark: Mark) -> str:
    match mark:
        case "rock":
            return "+"
        case "wreck":
            return "x"
        case "buoy":
            return "i"
        case _:
            assert_never(mark)


# -- Demo --------------------------------------------------------------------

SOUNDINGS: tuple[Sounding, ...] = (12.5, -0.5, "foul ground")
LABELS = {"TypeIs": label, "TypeGuard": guarded_label, "honest TypeIs": full_label}


def outcome[**P](call: Callable[P, object], *args: P.args, **named: P.kwargs) -> str:
    try:
        return repr(call(*args, **named))
    except (AssertionError, AttributeError, TypeError) as error:
        return type(error).__name__


def main() -> None:
    print("An int passes for a float until isinstance is asked")
    print(f"  remark(12.5): {outcome(remark, 12.5)}")
    print(f"  remark(12): {outcome(remark, 12)}")

    print("An attribute stays narrowed after a call that changes it")
    for shoaling in (shoaling_by_attribute, shoaling_by_local):
        found = outcome(shoaling, LeadLine(9.0, 7.5))
        lost = outcome(shoaling, LeadLine(9.0, None))
        print(f"  {shoaling.__name__}: {found}, with no bottom {lost}")

    print("A TypeGuard is believed when it says yes, a TypeIs also when it says no")
    print("  {:15} {:<10} {:<16} {}".format("", *SOUNDINGS))
    for kind, labels in LABELS.items():
        cells = [outcome(labels, sounding) for sounding in SOUNDINGS]
        print("  {:15} {:10} {:16} {}".format(kind, *cells))

    print("An overload is believed and never run")
    print(f"  {len(get_overloads(charted)) = }, {charted('Bank', required=True) = }")
    print(f"  clearance: {outcome(clearance, 'Channel', 2.0)} in the Channel, ", end="")
    print(f"{outcome(clearance, 'Bank', 2.0)} on the Bank")

    print("What the checker has ruled out still arrives, and `assert_never` stops it")
    for mark in json.loads('["wreck", "light"]'):
        silent, loud = outcome(silent_symbol, mark), outcome(symbol, mark)
        print(f"  {mark}: {silent} without assert_never, {loud} with it")


if __name__ == "__main__":
    main()
