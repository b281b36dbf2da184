"""The claims of core.object_identity, one test each."""

import array
import collections
import copy
import importlib
import math
import os
import pickle
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.object_identity import (
    NEVER,
    Due,
    LeakyLoan,
    Loan,
    cached_ints,
    found_by_is,
    from_the_wire,
    in_one_unit,
    in_two_units,
    kept_by,
    main,
)

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


class Shelf(tuple[int, ...]):
    """A subclass of an immutable type, with an instance ``__dict__``."""


# -- One value, met twice ----------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "objects"),
    [
        *((name, "one one one") for name in ("None", "True", "...", "NotImplemented")),
        ("200", "one one one"),
        ("100000", "one two two"),
        ("'fiction'", "one one two"),
        ("2.5", "one two two"),
        ("b'978'", "one two two"),
        ("'\xe9'", "one one one"),
        ("'\u0416'", "one two two"),
        ("b'x'", "one one two"),
        ("(1, 2)", "one two two"),
        ("()", "one one one"),
        ("[]", "two two two"),
    ],
)
def test_equal_values_are_one_object_or_two_depending_on_where_they_came_from(
    literal: str, objects: str
) -> None:
    ways = in_one_unit, in_two_units, from_the_wire

    assert " ".join("one" if way(literal) else "two" for way in ways) == objects


@pytest.mark.skipif(FREE_THREADED, reason="there every string constant is shared")
def test_string_with_a_space_is_not_shared_by_two_units() -> None:
    assert in_two_units("'late_fee'")
    assert not in_two_units("'late fee'")


def test_one_unit_is_one_call_of_compile_and_not_one_line() -> None:
    names: dict[str, Any] = {}
    exec("a = 100000; b = 100000", names)
    assert names["a"] is names["b"]
    exec("a = 100000", names)
    exec("b = 100000", names)
    assert names["a"] is not names["b"]


def test_new_repl_compiles_each_statement_and_the_old_one_each_line() -> None:
    # The new REPL needs a terminal; this is the part of it that compiles.
    console = importlib.import_module("_pyrepl.console").InteractiveColoredConsole
    names: dict[str, Any] = {}
    console(names).push("a = 100000; b = 100000")
    assert names["a"] is not names["b"]

    old = subprocess.run(
        [sys.executable, "-iq"],
        input="a = 100000; b = 100000\nprint(a is b)\n",
        env={**os.environ, "PYTHON_BASIC_REPL": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert old.stdout == "True\n"


def test_numpy_true_is_not_true() -> None:
    flag: Any = np.True_

    assert flag == True  # noqa: E712
    assert flag is not True


def test_equal_constants_of_different_type_or_sign_stay_apart() -> None:
    names: dict[str, Any] = {}
    exec("ints, floats, bools = (1,), (1.0,), (True,)\nzeros = 0.0, -0.0", names)

    assert names["ints"] == names["floats"] == names["bools"]
    assert [type(names[name][0]) for name in ("ints", "floats", "bools")] == [
        int,
        float,
        bool,
    ]
    assert [math.copysign(1, zero) for zero in names["zeros"]] == [1, -1]


def test_two_empty_tuples_are_one_object_and_two_empty_frozensets_are_two() -> None:
    empty: list[int] = []

    assert tuple(empty) is tuple(empty)
    assert frozenset(empty) == frozenset(empty)
    assert frozenset(empty) is not frozenset(empty)


def test_equal_strings_that_passed_through_sys_intern_are_one_object() -> None:
    first, second = (" ".join(words) for words in [("late", "fee")] * 2)

    assert first is not second
    assert sys.intern(first) is sys.intern(second)


def test_id_may_be_used_again_once_its_object_is_gone() -> None:
    assert len({id(object()) for _ in range(1000)}) < 1000

    alive = [object() for _ in range(1000)]
    assert len({id(each) for each in alive}) == 1000


# -- Numbers compared by identity --------------------------------------------


def test_trap_number_typed_in_is_found_by_is_only_while_it_is_small() -> None:
    assert found_by_is(range(1, 201)) == 200
    assert found_by_is(range(5001, 5201)) == 0


def test_cached_ints_are_5_to_256_and_5_to_1024_from_3_15() -> None:
    last = 1024 if sys.version_info >= (3, 15) else 256

    assert cached_ints() == range(-5, last + 1)


def test_trap_status_compared_with_404_by_is_works_from_3_15() -> None:
    assert found_by_is([404]) == (sys.version_info >= (3, 15))


@given(st.integers(-2000, 2000))
def test_only_the_cached_ints_are_found_by_is(number: int) -> None:
    assert found_by_is([number]) == (number in cached_ints())


def warns(expression: str) -> bool:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile(expression, "<unit>", "eval")
    return [warning.category for warning in caught] == [SyntaxWarning]


def test_compiler_warns_about_is_with_a_literal_and_not_with_a_name() -> None:
    assert warns("status is 404")
    assert warns("status is not ()")
    assert not warns("status is NOT_FOUND")
    assert not warns("status is None")


def test_up_to_3_13_the_warning_covers_negative_literals() -> None:
    assert warns("status is -1") == (sys.version_info < (3, 14))


# -- Copies ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "ways"),
    [
        ("late fee", ["copy", "deepcopy"]),
        ((1, 2), ["copy", "deepcopy"]),
        ((1, [2]), ["copy"]),
        (frozenset({1}), ["copy"]),
        (date(2026, 11, 20), []),
    ],
)
def test_copy_of_an_immutable_value_may_be_the_value_itself(
    value: object, ways: list[str]
) -> None:
    assert kept_by(value) == ways


@pytest.mark.parametrize("value", [[1, 2], {1: 2}, {1, 2}, bytearray(b"12")])
def test_copy_of_a_list_dict_set_or_bytearray_is_always_new(value: object) -> None:
    assert kept_by(value) == []


@pytest.mark.parametrize(
    ("constructor", "value"),
    [
        (str, "late fee"),
        (bytes, b"978"),
        (int, 100_000),
        (float, 2.5),
        (tuple, (1, 2)),
        (frozenset, frozenset({1})),
        (Decimal, Decimal("2.50")),
    ],
)
def test_constructor_may_return_its_argument(
    constructor: Callable[[object], object], value: object
) -> None:
    assert constructor(value) is value


def test_tuple_is_kept_by_copy_and_an_instance_of_its_subclass_is_not() -> None:
    plain, shelf = (1, 2), Shelf((1, 2))

    assert "copy" in kept_by(plain)
    assert kept_by(shelf) == []
    assert plain[:] is plain
    assert type(shelf[:]) is tuple


# -- Containers --------------------------------------------------------------


class Asked:
    """Equal to everything, and counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __eq__(self, other: object) -> bool:
        self.times += 1
        return True

    __hash__ = None  # type: ignore[assignment]


def test_lists_tuples_sets_and_dicts_ask_for_identity_before_equality() -> None:
    asked, fees = Asked(), [math.nan, 2.5]
    nan = float("nan")

    assert asked in [asked, None]
    assert asked.times == 0
    assert None in [asked, None]
    assert asked.times == 1

    assert math.nan != math.nan
    assert math.nan in fees
    assert fees.count(math.nan) == 1
    assert fees == [math.nan, 2.5]
    assert {math.nan: "due"}[math.nan] == "due"
    for kind in (tuple, set, frozenset, dict.fromkeys, collections.deque):
        assert nan in kind([nan])
        assert kind([nan]) == kind([nan])
        assert float("nan") not in kind([nan])
    assert nan in {"due": nan}.values()
    assert {"due": nan} == {"due": nan}
    assert float("nan") not in fees


FEES = [math.nan, 2.5]


@pytest.mark.parametrize("fees", [array.array("d", FEES), np.array(FEES)], ids=type)
def test_arrays_ask_for_equality_alone(fees: Any) -> None:
    assert math.nan not in fees
    assert 2.5 in fees


@given(st.floats(), st.lists(st.floats()))
def test_membership_is_any_identical_or_equal(fee: float, fees: list[float]) -> None:
    fees.append(fee)

    for each in (fee, float("nan"), 2.5):
        assert (each in fees) == any(each is e or each == e for e in fees)


def test_equality_can_be_overridden_and_identity_cannot() -> None:
    assert ANY == None  # noqa: E711
    assert ANY is not None


# -- Sentinels ---------------------------------------------------------------


def test_trap_sentinel_made_by_object_is_lost_in_copy_enum_member_is_kept() -> None:
    leaky, loan = LeakyLoan("Dune"), Loan("Dune")

    assert not leaky.has_due_date()
    assert copy.deepcopy(leaky).has_due_date()
    assert not loan.has_due_date()
    assert not copy.deepcopy(loan).has_due_date()
    assert Loan("Dune", due=date(2026, 11, 20)).has_due_date()
    assert kept_by(NEVER) == []


class Lost(Enum):
    NEVER = object()


def test_enum_member_is_pickled_by_its_value() -> None:
    assert Due.NEVER.__reduce_ex__(4) == (Due, ("never",))

    message = pickle.dumps(Lost.NEVER)
    with pytest.raises(ValueError, match="Lost"):
        pickle.loads(message)
    assert kept_by(Due.NEVER) == ["copy", "deepcopy", "pickle"]


@pytest.mark.parametrize(
    "value", [None, True, ..., NotImplemented, Due.NEVER, Loan, len]
)
def test_singletons_enum_members_classes_and_functions_are_kept_by_every_copy(
    value: object,
) -> None:
    assert kept_by(value) == ["copy", "deepcopy", "pickle"]


def test_main_shows_that_only_the_list_is_never_shared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows if row[1:] == ["two"] * 3] == ["[]"]
    assert [row[:2] for row in rows if row[-3:] == ["new"] * 3] == [["[1,", "2]"]]
