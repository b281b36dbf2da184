"""The claims of core.typing_examples, one test each."""

import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    Self,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import typing_examples
from core.typing_examples import (
    ACCEPTED,
    REFUSED,
    UNTRUE,
    Case,
    Gift,
    Number,
    Parcel,
    Service,
    Van,
    fee,
    judged,
    letter,
    main,
    opened,
    trusted,
)

type Checker = Callable[[str], list[str]]

LESSON = inspect.getsource(typing_examples)
MARK = re.compile(r"  # type: ignore\[(.+)\]")
STATED = st.fixed_dictionaries(
    {
        "number": st.text() | st.none(),
        "service": st.sampled_from(["letter", "parcel", "pallet"]),
        "grams": st.integers() | st.text() | st.booleans(),
    },
    optional={"ribbon": st.text(), "insured": st.integers()},
)


def refusals(report: list[str]) -> dict[int, str]:
    """Line and code of each error that the checker reports."""
    found = (re.fullmatch(r"(\d+): error: .*\[([\w-]+)\]", line) for line in report)
    return {int(each[1]): each[2] for each in found if each}


def stated(snippet: str) -> dict[int, str]:
    """Line and code of each ``# E: code``: what the snippet says will be refused."""
    lines = enumerate(snippet.splitlines(), 1)
    return {number: line.split("# E: ")[1] for number, line in lines if "# E:" in line}


# -- Verdict and outcome -----------------------------------------------------


def test_checker_refuses_code_that_runs(checker: Checker) -> None:
    marks = {
        number: mark[1]
        for number, line in enumerate(LESSON.splitlines(), 1)
        if (mark := MARK.search(line))
    }

    assert checker(LESSON) == []
    assert refusals(checker(MARK.sub("", LESSON))) == marks
    assert [judged(case)[0] for case in REFUSED] == list(marks.values())
    assert [case(letter()) for case in REFUSED] == [90, "9090", "pallet", "ES-2", 89910]


def test_mark_that_silences_nothing_is_an_error(checker: Checker) -> None:
    needed = 'grams: int = "90"  # type: ignore[assignment]'
    idle = "grams: int = 90  # type: ignore[assignment]"
    mistaken = 'grams: int = "90"  # type: ignore[arg-type]'

    assert checker(needed) == []
    assert refusals(checker(idle)) == {1: "unused-ignore"}
    assert refusals(checker(mistaken)) == {1: "assignment"}


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.__name__)
def test_trap_checker_accepts_code_that_fails(case: Case) -> None:
    # That the lesson passes, these functions included, is the test above.
    assert MARK.search(inspect.getsource(case)) is None
    assert judged(case) in {("accepted", "TypeError"), ("accepted", "KeyError")}
    with pytest.raises((KeyError, TypeError)):
        case(letter())


def test_what_failed_runs_with_what_was_stated() -> None:
    assert fee(**letter()) == 90
    assert Van().carry(letter(), "Monday") == "ES-1 goes by van on Monday"


def test_any_is_refused_when_returned_and_accepted_through_a_variable(
    checker: Checker,
) -> None:
    snippet = """
import json

def at_once(text: str) -> dict[str, int]:
    return json.loads(text)  # E: no-any-return

def through_a_variable(text: str) -> dict[str, int]:
    weights: dict[str, int] = json.loads(text)
    return weights
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_object_is_refused_until_it_is_tested(checker: Checker) -> None:
    snippet = """
def double(found: object) -> int:
    found + found  # E: operator
    found["grams"]  # E: index
    if isinstance(found, int):
        return found + found
    return found  # E: return-value
"""
    assert refusals(checker(snippet)) == stated(snippet)
    parcel = "    parcel: {} = json.loads(text)"
    assert LESSON.count(parcel.format("Parcel")) == 1
    untested = LESSON.replace(parcel.format("Parcel"), parcel.format("object"))
    assert list(refusals(checker(untested)).values()) == ["return-value"]


def test_class_pattern_tells_the_checker_a_type_and_a_value_pattern_does_not(
    checker: Checker,
) -> None:
    snippet = """
from typing import Literal

def opened(found: object, services: list[Literal["letter"]]) -> None:
    match found:
        case {"grams": int(grams)}:
            services.append(grams)  # E: arg-type
        case {"service": "pallet" as service}:
            services.append(service)
"""
    assert refusals(checker(snippet)) == stated(snippet)


# -- A look at the value -----------------------------------------------------


def test_only_look_at_the_value_stops_a_wrong_one() -> None:
    assert dict(trusted(UNTRUE)) == json.loads(UNTRUE)
    assert isinstance(trusted(UNTRUE)["grams"], str)
    with pytest.raises(ValueError, match=r"^text must state a parcel, got \{.*'90'\}$"):
        opened(UNTRUE)
    for service in get_args(Service):
        stated_in_full = {**letter(), "service": service}
        assert dict(opened(json.dumps(stated_in_full))) == stated_in_full


@pytest.mark.parametrize(
    "wrong",
    [
        *[{"number": 7}, {"service": "pallet"}, {"grams": None}, {"grams": True}],
        *[{"grams": 90.0}, {"ribbon": "red"}, {"insured": 100}],
    ],
    ids=str,
)
def test_opened_refuses_each_item_that_is_not_as_stated(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ValueError, match=r"^text must state a parcel, got \{.*\}$"):
        opened(json.dumps({**letter(), **wrong}))
    with pytest.raises(ValueError, match=r"^text must state a parcel, got \[\]$"):
        opened("[]")


@given(STATED)
def test_what_is_opened_is_a_parcel_or_an_error(found: object) -> None:
    text = json.dumps(found)
    try:
        parcel = opened(text)
    except ValueError:
        return
    assert parcel == found
    assert parcel.keys() == Parcel.__required_keys__
    assert isinstance(parcel["number"], str)
    assert type(parcel["grams"]) is int
    assert parcel["service"] in get_args(Service)


# -- TypedDict ---------------------------------------------------------------


def test_value_of_a_longer_typeddict_passes_for_a_shorter_one(checker: Checker) -> None:
    snippet = """
from typing import TypedDict

class Parcel(TypedDict):
    grams: int

class Gift(Parcel):
    ribbon: str

written: Parcel = {"grams": 90, "ribbon": "red"}  # E: typeddict-unknown-key
gift: Gift = {"grams": 90, "ribbon": "red"}
parcel: Parcel = gift
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_typeddict_passes_for_a_mapping_and_not_for_a_dict(checker: Checker) -> None:
    snippet = """
from collections.abc import Mapping
from typing import Any, TypedDict

class Parcel(TypedDict):
    grams: int

parcel: Parcel = {"grams": 90}
read: Mapping[str, object] = parcel
write: dict[str, Any] = parcel  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


READ_ONLY_VIEW = """
from typing import ReadOnly, TypedDict

class Parcel(TypedDict):
    grams: int

class Shown(TypedDict):
    grams: ReadOnly[int]

parcel: Parcel = {"grams": 90}
shown: Shown = parcel
shown["grams"] = 91  # E: typeddict-readonly-mutated
parcel["grams"] = 92
"""


def test_readonly_binds_one_view_of_a_dict_and_not_the_dict(checker: Checker) -> None:
    assert refusals(checker(READ_ONLY_VIEW)) == stated(READ_ONLY_VIEW)

    names: dict[str, Any] = {}
    exec(READ_ONLY_VIEW, names)
    assert names["shown"] == {"grams": 92}


def test_isinstance_refuses_a_typeddict_and_a_newtype(checker: Checker) -> None:
    for refused in (Parcel, Number):
        with pytest.raises(TypeError):
            isinstance(letter(), cast(Any, refused))

    snippet = """
from typing import NewType, TypedDict

class Parcel(TypedDict):
    grams: int

Number = NewType("Number", str)
isinstance({}, Parcel)  # E: misc
isinstance("", Number)  # E: misc
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_typeddict_can_be_closed_from_3_15_on() -> None:
    source = "from typing import TypedDict\nclass Closed(TypedDict, {}): grams: int"

    for option in ("closed=True", "extra_items=int"):
        names: dict[str, Any] = {}
        if sys.version_info >= (3, 15):
            exec(source.format(option), names)
            assert names["Closed"](grams=90, ribbon=1) == {"grams": 90, "ribbon": 1}
        else:
            with pytest.raises(TypeError):
                exec(source.format(option), names)


# -- Protocol ----------------------------------------------------------------

LABELLED = """
from dataclasses import dataclass
from typing import Protocol

class Labelled(Protocol):
    label: str

class Readable(Protocol):
    @property
    def label(self) -> str: ...

@dataclass(frozen=True)
class Crate:
    label: str

def relabel(item: Labelled) -> None:
    item.label = item.label.upper()

def read(item: Readable) -> str:
    return item.label

print(read(Crate("glass")))
relabel(Crate("glass"))  # E: arg-type
"""


def test_frozen_dataclass_meets_a_property_of_a_protocol_and_no_plain_attribute(
    checker: Checker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusals(checker(LABELLED)) == stated(LABELLED)

    with pytest.raises(AttributeError):
        exec(LABELLED, {"__name__": "labelled"})
    assert capsys.readouterr().out == "glass\n"


def test_positional_only_parameter_of_a_protocol_may_have_any_name(
    checker: Checker,
) -> None:
    snippet = """
from typing import Protocol

class Carrier(Protocol):
    def carry(self, day: str, /) -> None: ...

class Van:
    def carry(self, weekday: str) -> None: ...

carrier: Carrier = Van()
carrier.carry("Monday")
carrier.carry(day="Monday")  # E: call-arg

class Callback(Protocol):
    def __call__(self, day: str) -> None: ...

callback: Callback = Van().carry  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_method_set_to_none_does_not_meet_a_protocol(checker: Checker) -> None:
    snippet = """
from typing import Protocol

class Carrier(Protocol):
    def carry(self, day: str) -> None: ...

class Parked:
    carry = None

carrier: Carrier = Parked()  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


INHERITED = """
from typing import Protocol

class Carrier(Protocol):
    def carry(self, day: str) -> str: ...
    def name(self) -> str:
        return "a carrier"

class Raft(Carrier):
    pass

raft = Raft()  # E: abstract
"""


def test_class_that_inherits_from_a_protocol_inherits_its_empty_bodies(
    checker: Checker,
) -> None:
    assert refusals(checker(INHERITED)) == stated(INHERITED)

    names: dict[str, Any] = {}
    exec(INHERITED, names)
    assert names["raft"].name() == "a carrier"
    assert names["raft"].carry("Monday") is None
    with pytest.raises(TypeError):
        names["Carrier"]()


# -- Literal, Annotated, unions ----------------------------------------------


def test_literal_compares_values_with_their_types_in_any_order() -> None:
    assert Literal["letter", "parcel"] == Literal["parcel", "letter"]
    assert Literal[0] != Literal[False]


def test_type_parts_left_at_run_time_stand_on_the_class() -> None:
    class Sorter:
        limit: Final[int] = 30_000

        def kept(self) -> Self:
            return self

    made: Any = Number
    assert Parcel.__readonly_keys__ == {"number"}
    assert made.__supertype__ is str
    assert Sorter.__annotations__ == {"limit": Final[int]}
    assert Sorter.kept.__annotations__ == {"return": Self}


def test_final_name_holds_a_literal_where_a_variable_holds_a_str(
    checker: Checker,
) -> None:
    snippet = """
from typing import Final, Literal

def send(service: Literal["letter", "parcel"]) -> None: ...

variable = "letter"
constant: Final = "letter"
send(variable)  # E: arg-type
send(constant)
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_get_type_hints_drops_the_metadata_unless_asked_for_it() -> None:
    nested: Any = Annotated[Annotated[int, "grams"], range(1, 30_001)]
    assert nested.__metadata__ == ("grams", range(1, 30_001))

    bare = get_type_hints(Parcel)
    hints = get_type_hints(Parcel, include_extras=True)
    assert bare["grams"] is int
    assert hints["grams"].__metadata__ == (range(1, 30_001),)


def test_what_is_left_of_a_type_is_for_whoever_asks(checker: Checker) -> None:
    parcel: Parcel = {**letter(), "grams": 90_000}
    (allowed,) = Parcel.__annotations__["grams"].__metadata__

    assert parcel["grams"] not in allowed
    assert opened(json.dumps(parcel)) == parcel
    assert [type(each).__name__ for each in (parcel, parcel["number"])] == [
        "dict",
        "str",
    ]
    assert Parcel.__required_keys__ == {"number", "service", "grams"}
    assert Parcel.__readonly_keys__ == {"number"}
    assert Gift.__mro__ == (Gift, dict, object)
    snippet = """
from typing import Annotated

grams: Annotated[int, range(1, 30_001)] = 90_000
"""
    assert refusals(checker(snippet)) == {}


def test_union_by_equals_one_by_union_and_is_of_its_class_from_3_14_on() -> None:
    by_bar: Any = int | str
    by_name: Any = Union[int, str]  # noqa: UP007

    assert by_bar == by_name
    one_class = sys.version_info >= (3, 14)
    assert (type(by_bar) is type(by_name)) == one_class
    assert isinstance(by_name, types.UnionType) == one_class
    assert get_origin(by_bar) is types.UnionType
    assert get_origin(by_name) is Union


# -- What is left of the rest ------------------------------------------------


def test_cast_and_a_newtype_return_their_argument() -> None:
    value, text = object(), "for Ada"

    assert cast(int, value) is value
    assert id(Number(text)) == id(text)


def test_final_and_override_set_a_flag_and_enforce_nothing(checker: Checker) -> None:
    snippet = """
from typing import final, override

class Stamp:
    @final
    def print(self) -> str:
        return "genuine"

class Forgery(Stamp):
    def print(self) -> str:  # E: misc
        return "forged"

    @override
    def prnit(self) -> str:  # E: misc
        return "?"
"""
    assert refusals(checker(snippet)) == stated(snippet)

    names: dict[str, Any] = {}
    exec(snippet, names)
    assert names["Forgery"]().print() == "forged"
    assert names["Stamp"].print.__final__
    assert names["Forgery"].prnit.__override__


def test_self_keeps_the_subclass_and_the_name_of_the_class_loses_it(
    checker: Checker,
) -> None:
    snippet = """
from typing import Self

class Queue:
    def named(self) -> "Queue":
        return self

    def kept(self) -> Self:
        return self

    def rebuilt(self) -> Self:
        return Queue()  # E: return-value

class Express(Queue):
    def rush(self) -> str:
        return "rushed"

Express().kept().rush()
Express().named().rush()  # E: attr-defined
"""
    assert refusals(checker(snippet)) == stated(snippet)
    exec(snippet, {"__name__": "queue"})


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("evaluate_forward_ref", (3, 14), (4,)),
        ("TypeForm", (3, 15), (4,)),
        ("disjoint_base", (3, 15), (4,)),
        ("no_type_check_decorator", (3,), (3, 15)),
    ],
)
def test_typing_has_typeform_and_disjoint_base_from_3_15_on(
    name: str, since: tuple[int, ...], until: tuple[int, ...]
) -> None:
    assert hasattr(typing, name) == (since <= sys.version_info < until)


def test_dataclass_stores_what_it_is_given() -> None:
    @dataclass
    class Crate:
        grams: int
        limit: Final[int] = 30_000

    crate: Any = Crate(cast(Any, "90"))
    crate.limit = 90_000

    assert (crate.grams, crate.limit) == ("90", 90_000)


# -- Demo --------------------------------------------------------------------


def test_main_shows_no_outcome_that_its_verdict_foretells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    lines = capsys.readouterr().out.splitlines()
    rows = {row[0]: row[1:] for line in lines if len(row := line.split()) == 3}
    raised = {name for name, row in rows.items() if row[1].endswith("Error")}
    accepted = {name for name, row in rows.items() if row[0] == "accepted"}
    assert len(rows) >= 9
    assert raised == accepted == {case.__name__ for case in ACCEPTED}
