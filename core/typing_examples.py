"""Types: a checker compares the papers, and nobody opens the parcel.

Five lines of this file are refused by ``mypy --strict``, each for the reason in the
mark it bears, and each of them runs.  Four functions draw no complaint, and raise
whenever they are called.  Neither side is wrong: a type is a statement about the code,
made to a checker.  About the value at hand it says as much as the least careful line
that the value came through.

Topics: 05, 01
Read:  core/05_type_system.md, section "Types as statements"
Run:   python -m core.typing_examples
Try:   in ``trusted`` write ``object`` for ``Parcel`` after the colon: the demo prints
       the same, and ``mypy core/typing_examples.py`` refuses the line below.
But:   the verdicts are those of mypy; the note says where other checkers differ.
Source: the typing specification (typing.python.org); PEPs 484, 544, 589, 593, 705.
"""

import inspect
import json
import re
from collections.abc import Callable
from typing import (
    Annotated,
    Final,
    Literal,
    NewType,
    NotRequired,
    Protocol,
    ReadOnly,
    TypedDict,
    get_args,
)

__all__ = ["ACCEPTED", "REFUSED", "Parcel", "judged", "opened", "trusted"]


# -- The papers --------------------------------------------------------------

Number = NewType("Number", str)
Service = Literal["letter", "parcel"]


class Parcel(TypedDict):
    number: ReadOnly[Number]
    service: Service
    grams: Annotated[int, range(1, 30_001)]
    insured: NotRequired[int]  # sold at our counter, never sent in


class Gift(Parcel):
    ribbon: str


class Carrier(Protocol):
    def carry(self, parcel: Parcel, day: str) -> str: ...


def letter() -> Parcel:
    return {"number": Number("ES-1"), "service": "letter", "grams": 90}


# -- What the checker refuses, and Python runs -------------------------------
#
# A mark silences mypy about one line and one reason.  --strict complains of marks
# that silence nothing: as long as this file passes, each of them is a proof.


def misspelt_key(parcel: Parcel) -> object:
    parcel["garms"] = 120  # type: ignore[typeddict-unknown-key]
    return parcel["grams"]


def number_in_quotes(parcel: Parcel) -> object:
    parcel["grams"] = "90"  # type: ignore[typeddict-item]
    return parcel["grams"] * 2


def unheard_of_service(parcel: Parcel) -> object:
    parcel["service"] = "pallet"  # type: ignore[typeddict-item]
    return parcel["service"]


def read_only_written(parcel: Parcel) -> object:
    parcel["number"] = Number("ES-2")  # type: ignore[typeddict-readonly-mutated]
    return parcel["number"]


def final_raised(parcel: Parcel) -> object:
    limit: Final = 30_000
    limit = 90_000  # type: ignore[misc]
    return limit - parcel["grams"]


# -- What the checker accepts, and Python does not ---------------------------


def trusted(text: str) -> Parcel:
    # json.loads returns Any, which is accepted as anything.  Returned at once, it
    # would draw a complaint; a variable with the hoped-for type is the usual cure.
    parcel: Parcel = json.loads(text)
    return parcel


def opened(text: str) -> Parcel:
    """The parcel that ``text`` states; ValueError where it states anything else."""
    # The line of ``trusted``, with the one type that asks for proof.
    found: object = json.loads(text)
    match found:
        case {
            "number": str(number),
            "service": "letter" | "parcel" as service,
            "grams": int(grams),
            **rest,
        } if not rest and type(grams) is int:  # a bool is an instance of int
            return {"number": Number(number), "service": service, "grams": grams}
    raise ValueError(f"text must state a parcel, got {found!r}")


UNTRUE = '{"number": "7", "service": "letter", "grams": "90"}'


def any_from_outside(_: Parcel) -> object:
    return trusted(UNTRUE)["grams"] + 10


def key_that_may_be_missing(parcel: Parcel) -> object:
    return parcel["insured"]


def fee(number: str, service: str, grams: int, insured: int = 0) -> int:
    return grams + insured


def key_that_nobody_stated(parcel: Parcel) -> object:
    gift: Gift = {**parcel, "ribbon": "red"}
    stated: Parcel = gift
    return fee(**stated)


class Van:
    def carry(self, parcel: Parcel, weekday: str) -> str:
        return f"{parcel['number']} goes by van on {weekday}"


def parameter_renamed(parcel: Parcel) -> object:
    carrier: Carrier = Van()
    return carrier.carry(parcel, day="Monday")


type Case = Callable[[Parcel], object]

REFUSED: tuple[Case, ...] = (  # the stars keep the formatter from one name a line
    *(misspelt_key, number_in_quotes, unheard_of_service),
    *(read_only_written, final_raised),
)
ACCEPTED: tuple[Case, ...] = (
    *(any_from_outside, key_that_may_be_missing),
    *(key_that_nobody_stated, parameter_renamed),
)


def judged(case: Case) -> tuple[str, str]:
    """The mark in ``case``, which is mypy's verdict, and what Python makes of it."""
    mark = re.search(r"ignore\[(.+)\]", inspect.getsource(case))
    verdict = mark[1] if mark else "accepted"
    try:
        return verdict, repr(case(letter()))
    except (KeyError, TypeError) as error:
        return verdict, type(error).__name__


# -- Demo --------------------------------------------------------------------


def main() -> None:
    print("The checker refuses code that runs")
    for case in REFUSED:
        print("  {:26}{:28}{}".format(case.__name__, *judged(case)))

    print("The checker accepts code that fails")
    for case in ACCEPTED:
        print("  {:26}{:28}{}".format(case.__name__, *judged(case)))

    print("Only a look at the value stops a wrong one")
    print(f"  {trusted(UNTRUE)['grams'] = }")
    try:
        opened(UNTRUE)
    except ValueError as error:
        print(f"  opened(UNTRUE) -> {type(error).__name__}:\n    {error}")

    print("What is left of a type is for whoever asks")
    (allowed,) = Parcel.__annotations__["grams"].__metadata__
    heavy: Parcel = {**letter(), "grams": 90_000}
    print(f"  {type(heavy).__name__ = }, {type(heavy['number']).__name__ = }")
    print(f"  {get_args(Service) = }, {set(Parcel.__optional_keys__) = }")
    print(f"  {heavy['grams'] = }, {heavy['grams'] in allowed = }")


if __name__ == "__main__":
    main()
