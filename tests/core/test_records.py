"""The claims of core.records, one test each."""

import copy
import dataclasses
import functools
import itertools
import platform
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, make_dataclass
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from core.records import (
    KINDS,
    QUESTIONS,
    VALUES,
    Place,
    Reading,
    answers,
    cli,
    lightest,
    main,
    measure,
    weigh,
)

each_kind = pytest.mark.parametrize("name", KINDS)

ANSWERS = {
    "dataclass": "writes, own ==, weakref",
    "slots dataclass": "writes, typos, own ==",
    "frozen dataclass": "hashes, typos, own ==, weakref, guards",
    "sealed dataclass": "hashes, typos, own ==, guards",
    "NamedTuple": "hashes, typos, unpacks, guards",
    "TypedDict": "writes, json",
    "pydantic": "writes, typos, own ==, weakref, checks, casts",
    "watched pydantic": "writes, typos, own ==, weakref, checks, casts, guards",
    "frozen pydantic": "hashes, typos, own ==, weakref, checks, guards",
}


class Offset:
    """Mutable, and hashable by identity."""

    def __init__(self) -> None:
        self.celsius = 0.0


# -- What each kind answers --------------------------------------------------


@each_kind
def test_each_kind_gives_its_own_answers(name: str) -> None:
    yes = answers(KINDS[name])

    assert ", ".join(each for each in QUESTIONS if each in yes) == ANSWERS[name]


def test_each_kind_is_the_lightest_for_some_need() -> None:
    chosen = {name: lightest(*answers(kind))[0] for name, kind in KINDS.items()}

    assert chosen == {name: name for name in KINDS}


def test_only_the_plain_pydantic_model_is_matched_by_another_of_its_weight() -> None:
    matched = {
        name
        for name, kind in KINDS.items()
        for other in lightest(*answers(kind))[1:]
        if weigh(KINDS[other]) == weigh(kind)
    }

    assert matched == {"pydantic"}
    assert answers(KINDS["pydantic"]) < answers(KINDS["watched pydantic"])


def test_no_kind_answers_everything_with_yes() -> None:
    assert lightest(*QUESTIONS) == []
    assert len(lightest()) == len(KINDS)


def test_slots_save_bytes_and_frozen_costs_none() -> None:
    weight = {name: weigh(kind) for name, kind in KINDS.items()}

    assert weight["slots dataclass"] < weight["NamedTuple"] < weight["dataclass"]
    assert weight["dataclass"] < weight["TypedDict"] < weight["pydantic"]
    assert weight["pydantic"] > 4 * weight["dataclass"]
    assert weight["slots dataclass"] == weight["sealed dataclass"]
    assert weight["dataclass"] == weight["frozen dataclass"]


# -- What it equals ----------------------------------------------------------


@given(st.tuples(st.floats(), st.floats()))
def test_a_namedtuple_equals_any_tuple_with_equal_items(
    values: tuple[float, float],
) -> None:
    reading: tuple[float, ...] = Reading(*values)

    assert reading == values
    assert reading == Place(*values)
    assert {Place(*values): "found"}[reading] == "found"


def test_records_of_two_dataclasses_or_two_models_differ_even_with_equal_fields() -> (
    None
):
    for make in (make_dataclass, model):
        one, other = (make(name, VALUES) for name in ("Reading", "Place"))

        assert one(celsius=12.0, humidity=80.0) == one(celsius=12.0, humidity=80.0)
        assert one(celsius=12.0, humidity=80.0) != other(celsius=12.0, humidity=80.0)


def model(name: str, fields: Iterable[str]) -> Any:
    types: dict[str, Any] = dict.fromkeys(fields, float)
    return create_model(name, **types)


def test_the_parameters_of_a_generic_model_do_not_count() -> None:
    class Box[T](BaseModel):
        content: T

    assert Box[int] is not Box[float]
    assert Box[int](content=1) == Box[float](content=1)


# -- What it checks ----------------------------------------------------------


@each_kind
def test_only_pydantic_checks_a_value_and_a_later_one_only_if_told_to(
    name: str,
) -> None:
    kind = KINDS[name]

    if "pydantic" in name:
        with pytest.raises(ValidationError):
            kind(celsius="cold", humidity=80.0)
    else:
        kind(celsius="cold", humidity=80.0)
    told_to = name == "watched pydantic"
    assert ({"writes", "guards"} <= answers(kind)) is told_to


def test_pydantic_makes_a_number_of_a_string_unless_strict() -> None:
    assert KINDS["pydantic"](celsius="12.0", humidity=80.0).celsius == 12.0
    with pytest.raises(ValidationError):
        KINDS["frozen pydantic"](celsius="12.0", humidity=80.0)


def test_a_refused_assignment_keeps_the_old_value() -> None:
    reading = KINDS["watched pydantic"](**VALUES)

    with pytest.raises(ValidationError):
        reading.celsius = "cold"
    assert reading.celsius == 12.0


@pytest.mark.parametrize("name", [name for name in KINDS if "pydantic" in name])
def test_copy_replace_skips_the_checks_of_a_pydantic_model(name: str) -> None:
    reading = KINDS[name](**VALUES)

    assert copy.replace(reading, celsius="cold").celsius == "cold"
    with pytest.raises(ValidationError):
        type(reading).model_validate(reading.model_dump() | {"celsius": "cold"})


@pytest.mark.parametrize("name", [name for name in KINDS if "pydantic" in name])
def test_model_construct_and_a_write_to_dict_skip_the_checks_as_well(name: str) -> None:
    reading: Any = KINDS[name](**VALUES)
    vars(reading)["celsius"] = "cold"

    assert reading.celsius == "cold"
    assert type(reading).model_construct(celsius="cold").celsius == "cold"


def test_an_attrs_class_checks_what_its_fields_say_on_assignment_too() -> None:
    attrs: Any = pytest.importorskip("attrs")

    @attrs.define
    class Reading:
        celsius: float = attrs.field(converter=float)
        humidity: float = attrs.field(validator=attrs.validators.le(100))
        note: float = 0.0

    kind: Any = Reading
    reading = kind("12.0", 80.0, "cold")
    assert (reading.celsius, reading.note) == (12.0, "cold")
    with pytest.raises(ValueError):  # noqa: PT011
        reading.celsius = "cold"
    with pytest.raises(ValueError):  # noqa: PT011
        reading.humidity = 101.0
    assert (reading.celsius, reading.humidity) == (12.0, 80.0)
    assert weigh(Reading) < weigh(KINDS["pydantic"]) / 4


def test_copy_replace_runs_the_post_init_of_a_dataclass() -> None:
    @dataclass(frozen=True)
    class Checked:
        humidity: float

        def __post_init__(self) -> None:
            if not 0 <= self.humidity <= 100:
                raise ValueError(f"humidity must be a percentage, got {self.humidity}")

    with pytest.raises(ValueError, match=r"^humidity must be a percentage, got 101$"):
        copy.replace(Checked(80), humidity=101)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "TypedDict"])
def test_copy_replace_leaves_the_original_alone(name: str) -> None:
    original = KINDS[name](**VALUES)
    changed = copy.replace(original, celsius=13.0)

    assert type(changed) is type(original)
    assert (original.celsius, changed.celsius) == (12.0, 13.0)
    assert changed.humidity == 80.0


def test_copy_replace_knows_no_dict_and_so_no_typeddict() -> None:
    with pytest.raises(TypeError):
        copy.replace(KINDS["TypedDict"](**VALUES), celsius=13.0)


# -- What it shares ----------------------------------------------------------


def test_frozen_stops_at_the_first_level() -> None:
    @dataclass(frozen=True)
    class Log:
        entries: list[float]

    log = Log([12.0])
    log.entries.append(13.0)

    assert log.entries == [12.0, 13.0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        log.entries = []  # type: ignore[misc]


def test_object_setattr_writes_to_a_frozen_dataclass() -> None:
    reading = KINDS["frozen dataclass"](**VALUES)
    object.__setattr__(reading, "celsius", 13.0)

    assert reading.celsius == 13.0


def test_trap_a_hashable_mutable_default_is_shared_by_every_instance() -> None:
    factory = Offset()

    @dataclass(frozen=True)
    class Record:
        offset: Offset = factory

    class Row(NamedTuple):
        offset: Offset = factory

    class Model(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        offset: Offset = factory

    for kind in (Record, Row, Model):
        roof, cellar = kind(), kind()
        roof.offset.celsius += 0.5
        assert cellar.offset.celsius == roof.offset.celsius > 0
    assert factory.celsius == 1.5


def test_dataclass_refuses_list_as_default_namedtuple_shares_it_model_copies_it() -> (
    None
):
    class Row(NamedTuple):
        entries: list[float] = []  # noqa: RUF012

    class Model(BaseModel):
        entries: list[float] = []

    with pytest.raises(ValueError):  # noqa: PT011
        make_dataclass("Record", [("entries", list, [])])
    assert Row().entries is Row().entries
    assert Model().entries is not Model().entries


# -- What the decorator does -------------------------------------------------


def test_dataclass_with_slots_is_a_second_class() -> None:
    class Reading:
        celsius: float

    assert dataclass(Reading) is Reading
    assert dataclass(slots=True)(Reading) is not Reading


def test_init_subclass_sees_a_dataclass_with_slots_twice() -> None:
    registry: list[type] = []

    class Registered:
        def __init_subclass__(cls) -> None:
            registry.append(cls)

    @dataclass(slots=True)
    class Reading(Registered):
        celsius: float

    abandoned, kept = registry
    assert abandoned is not Reading
    assert kept is Reading


class Named:
    def name(self) -> str:
        return "named"


def opaque(method: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda self: method(self)


def polite(method: Callable[[Any], str]) -> Callable[[Any], str]:
    return functools.wraps(method)(opaque(method))


@pytest.mark.skipif(sys.version_info < (3, 14), reason="mended in 3.14")
@pytest.mark.parametrize(
    ("decorate", "shows"),
    [
        pytest.param(lambda method: method, True, id="plain"),
        pytest.param(polite, True, id="wraps"),
        pytest.param(opaque, False, id="no wraps"),
    ],
)
def test_from_3_14_on_super_finds_the_second_class_if_a_method_shows_the_cell(
    decorate: Callable[..., Any], shows: bool
) -> None:
    @dataclass(slots=True)
    class Reading(Named):
        @decorate
        def name(self) -> str:
            return f"{super().name()} reading"

    @dataclass(slots=True)
    class Helped(Named):
        @decorate
        def name(self) -> str:
            return f"{super().name()} reading"

        def shows_the_cell(self) -> type:
            return __class__  # type: ignore[name-defined, no-any-return]

    assert Helped().name() == "named reading"
    if shows:
        assert Reading().name() == "named reading"
    else:
        with pytest.raises(TypeError):
            Reading().name()


@pytest.mark.parametrize(("name", "times"), [("dataclass", 0), ("frozen dataclass", 2)])
def test_a_frozen_dataclass_sets_each_field_by_object_setattr(
    name: str, times: int
) -> None:
    kind: Any = KINDS[name]
    calls: list[object] = []
    monitoring, tool = sys.monitoring, 4
    code, call = kind.__init__.__code__, sys.monitoring.events.CALL
    monitoring.use_tool_id(tool, "count")
    monitoring.register_callback(tool, call, lambda *event: calls.append(event[2]))
    monitoring.set_local_events(tool, code, call)
    try:
        kind(**VALUES)
    finally:
        monitoring.set_local_events(tool, code, 0)
        monitoring.register_callback(tool, call, None)
        monitoring.free_tool_id(tool)

    assert calls == [object.__setattr__] * times


# -- What it costs, and the tool ---------------------------------------------


def ticking(*deltas: int) -> Callable[[], float]:
    """A clock by which the runs take these times, again and again."""
    steps = itertools.chain.from_iterable(
        (0, delta) for delta in itertools.cycle(deltas)
    )
    return itertools.accumulate(steps).__next__


def test_measure_takes_the_least_of_five_runs_for_the_same_work() -> None:
    _python, _legend, *rows = measure(1000, ticking(9, 1, 5, 3, 7))
    jobs = {row[:16].rstrip(): row[17:].split("  ") for row in rows}
    plain = ["construct", "equal", "read"]

    assert list(jobs) == list(KINDS)
    for name, cells in jobs.items():
        work = [*plain, "hash"] if "hashes" in answers(KINDS[name]) else plain
        assert cells == [f"{job} 1000000 (1.0x)" for job in work]


def test_measure_gives_ratios_to_the_first_kind() -> None:
    _python, _legend, first, second, *_ = measure(1000, ticking(*[1] * 15, *[2] * 15))

    assert first.endswith("read 1000000 (1.0x)")
    assert second.endswith("read 2000000 (2.0x)")


def test_tool_says_on_which_interpreter_it_measured() -> None:
    result = CliRunner().invoke(cli, ["--measure", "--number", "1"])

    assert result.exit_code == 0
    assert platform.python_version() in result.output.splitlines()[0]
    assert len(result.output.splitlines()) == 2 + len(KINDS)


def test_tool_refuses_to_count_to_nothing() -> None:
    result = CliRunner().invoke(cli, ["--measure", "--number", "0"])

    assert result.exit_code == 2


def test_tool_without_a_flag_is_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    shown = capsys.readouterr().out

    assert "hashes + weakref: frozen dataclass" in shown
    assert re.findall(r"^  (\d) ", shown, re.MULTILINE) == [*"113446777"]
    assert CliRunner().invoke(cli, []).output == shown
