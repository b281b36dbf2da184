"""The claims of core.overloads_narrowing, one test each."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_overloads, overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import overloads_narrowing
from core.overloads_narrowing import (
    LeadLine,
    Sounding,
    charted,
    clearance,
    full_label,
    guarded_label,
    is_depth,
    is_wet,
    label,
    looks_wet,
    main,
    remark,
    shoaling_by_attribute,
    shoaling_by_local,
    silent_symbol,
    symbol,
)

type Checker = Callable[[str], list[str]]

LINE = """
class Line:
    depth: float | None = None

    def cast(self) -> float | None:
        self.depth = None
        return None
"""
MARKS = """
from dataclasses import dataclass
from typing import Literal, assert_never

type Mark = Literal["rock", "wreck", "buoy"]

@dataclass
class Rock:
    kind: Literal["rock"]
    dries: float

@dataclass
class Wreck:
    kind: Literal["wreck"]
    name: str
"""


def errors(verdict: list[str]) -> list[tuple[int, str]]:
    """Line and code of each error: the wording is the checker's own business."""
    found = (re.fullmatch(r"(\d+): error: .*\[([\w-]+)\]", line) for line in verdict)
    return [(int(each[1]), each[2]) for each in found if each]


def refused(checker: Checker, setting: str, snippet: str) -> list[tuple[int, str]]:
    """The errors in a snippet, its first line being 1, after a setting without any."""
    above = setting.count("\n")
    verdict = errors(checker(setting + snippet.removeprefix("\n")))
    return [(line - above, code) for line, code in verdict]


# -- The lesson itself -------------------------------------------------------


def test_checker_passes_the_file_of_which_four_lines_crash(
    checker: Checker, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Path(inspect.getfile(overloads_narrowing)).read_text()
    assert checker(f"# mypy: warn-unreachable\n{source}") == []

    main()

    crashes = re.findall(r"AttributeError|TypeError", capsys.readouterr().out)
    assert len(crashes) == 4


# -- Concluded ---------------------------------------------------------------


def test_trap_int_passes_for_float_until_isinstance_is_asked(checker: Checker) -> None:
    assert remark(12.5) == "12.5 m"
    with pytest.raises(AttributeError):
        remark(12)

    snippet = """
from typing import assert_type
def remark(sounding: float | str) -> None:
    if isinstance(sounding, float):
        assert_type(sounding, float)
    else:
        assert_type(sounding, str)
remark(12)
"""
    assert checker(snippet) == []


def test_int_that_the_union_names_is_not_forgotten(checker: Checker) -> None:
    snippet = """
def remark(sounding: int | float | str) -> str:
    if isinstance(sounding, float):
        return f"{sounding:.1f} m"
    return sounding.upper()
"""
    assert refused(checker, "", snippet) == [(4, "union-attr")]


def test_trap_attribute_stays_narrowed_after_a_call_that_changes_it(
    checker: Checker,
) -> None:
    assert shoaling_by_attribute(LeadLine(9.0, 7.5)) == 1.5
    with pytest.raises(TypeError):
        shoaling_by_attribute(LeadLine(9.0, None))

    snippet = """
def shoaling(line: Line) -> float:
    if line.depth is None:
        return 0.0
    line.cast()
    return 9.0 - line.depth
"""
    assert checker(LINE + snippet) == []
    another = snippet.replace("line.cast()", "line = Line()")
    assert refused(checker, LINE, another) == [(5, "operator")]


@given(st.lists(st.none() | st.integers(-9, 9), min_size=2, max_size=2))
def test_local_is_as_good_as_its_value(findings: list[int | None]) -> None:
    first, second = findings

    expected = None if first is None or second is None else first - second
    assert shoaling_by_local(LeadLine(*findings)) == expected
    if first is None:
        assert shoaling_by_attribute(LeadLine(*findings)) is None


def test_trap_assignment_by_nonlocal_goes_unnoticed(checker: Checker) -> None:
    snippet = """
def shoaling(depth: float | None) -> float:
    def cast() -> None:
        nonlocal depth
        depth = None
    if depth is None:
        return 0.0
    cast()
    return 9.0 - depth
"""
    assert checker(snippet) == []

    names: dict[str, Any] = {}
    exec(snippet, names)
    with pytest.raises(TypeError):
        names["shoaling"](7.5)


def test_attribute_stays_narrowed_over_an_await(checker: Checker) -> None:
    snippet = """
from collections.abc import Awaitable
async def shoaling(line: Line, others: Awaitable[None]) -> float:
    if line.depth is None:
        return 0.0
    await others
    return 9.0 - line.depth
"""
    assert checker(LINE + snippet) == []


def test_same_object_under_another_name_is_not_narrowed(checker: Checker) -> None:
    snippet = """
def shoaling(line: Line) -> float:
    if line.depth is None:
        return 0.0
    same = line
    return 9.0 - same.depth
"""
    assert refused(checker, LINE, snippet) == [(5, "operator")]


def test_second_call_is_not_narrowed_by_a_test_of_the_first(checker: Checker) -> None:
    snippet = """
def shoaling(line: Line) -> float:
    if line.cast() is None:
        return 0.0
    return 9.0 - line.cast()
"""
    assert refused(checker, LINE, snippet) == [(4, "operator")]


def test_check_repeated_after_the_call_counts_as_unreachable(checker: Checker) -> None:
    snippet = """
def shoaling(line: Line) -> float:
    if line.depth is None:
        return 0.0
    line.cast()
    if line.depth is None:
        return 0.0
    return 9.0 - line.depth
"""
    setting = "# mypy: warn-unreachable" + LINE
    assert refused(checker, setting, snippet) == [(6, "unreachable")]
    assert checker(LINE + snippet) == []


def test_branch_that_is_ruled_out_is_not_checked(checker: Checker) -> None:
    snippet = """
def remark(depth: float) -> str:
    if depth is None:
        return depth.no_such_method() + 1
    return str(depth)
"""
    assert checker(snippet) == []
    possible = snippet.replace("float", "float | None")
    assert (3, "attr-defined") in refused(checker, "", possible)


def test_nested_def_loses_the_narrowing_of_a_name_assigned_later(
    checker: Checker,
) -> None:
    narrowed = """
from collections.abc import Callable
def later(depth: float | None) -> Callable[[], float]:
    if depth is None:
        depth = 0.0
    def half() -> float:
        return depth / 2
"""
    kept, lost = "    return half\n", "    depth = None\n    return half\n"

    assert refused(checker, "", narrowed + kept) == []
    assert refused(checker, "", narrowed + lost) == [(6, "operator")]


def test_trap_lambda_keeps_the_narrowing_of_a_name_assigned_later(
    checker: Checker,
) -> None:
    snippet = """
from collections.abc import Callable
def later(depth: float | None) -> Callable[[], float]:
    if depth is None:
        depth = 0.0
    half = lambda: depth / 2
    depth = None
    return half
"""
    assert checker(snippet) == []

    names: dict[str, Any] = {}
    exec(snippet, names)
    with pytest.raises(TypeError):
        names["later"](9.0)()


def test_tag_narrows_the_object_that_carries_it(checker: Checker) -> None:
    snippet = """
def note(mark: Rock | Wreck) -> str:
    if mark.kind == "rock":
        return f"dries {mark.dries}"
    return mark.name
"""
    assert checker(MARKS + snippet) == []


def test_tag_copied_to_a_variable_narrows_nothing_else(checker: Checker) -> None:
    snippet = """
def note(mark: Rock | Wreck) -> str:
    kind = mark.kind
    if kind == "rock":
        return f"dries {mark.dries}"
    return mark.name
"""
    assert refused(checker, MARKS, snippet) == [(4, "union-attr"), (5, "union-attr")]


def test_truth_test_leaves_zero_with_none(checker: Checker) -> None:
    snippet = """
from typing import assert_type
def note(depth: float | None) -> None:
    if depth:
        assert_type(depth, float)
    else:
        assert_type(depth, float | None)
"""
    assert checker(snippet) == []


# -- Signed: TypeIs and TypeGuard --------------------------------------------


def test_trap_typeguard_is_believed_when_it_says_yes_typeis_also_when_it_says_no(
    checker: Checker,
) -> None:
    snippet = """
from typing import TypeGuard, TypeIs, assert_type
def is_wet(sounding: float | str) -> TypeIs[float]:
    return True
def looks_wet(sounding: float | str) -> TypeGuard[float]:
    return True
def note(sounding: float | str) -> None:
    if is_wet(sounding):
        assert_type(sounding, float)
    else:
        assert_type(sounding, str)
    if looks_wet(sounding):
        assert_type(sounding, float)
    else:
        assert_type(sounding, float | str)
"""
    assert checker(snippet) == []

    assert is_wet(-0.5) is looks_wet(-0.5) is False
    with pytest.raises(AttributeError):
        label(-0.5)
    assert guarded_label(-0.5) == "dries 0.5 m"


numbers = st.integers() | st.floats(allow_nan=False)


@given(numbers | st.text())
def test_honest_typeis_is_isinstance_under_another_name(sounding: Sounding) -> None:
    assert is_depth(sounding) == isinstance(sounding, float | int)
    assert full_label(sounding) == guarded_label(sounding)
    if not isinstance(sounding, str) and sounding <= 0:
        with pytest.raises(AttributeError):
            label(sounding)
    else:
        assert full_label(sounding) == label(sounding)


def test_typeis_must_name_a_subtype_and_typeguard_need_not(checker: Checker) -> None:
    snippet = """
from typing import TypeGuard, TypeIs
def is_text(soundings: list[object]) -> TypeIs[list[str]]:
    return all(isinstance(each, str) for each in soundings)
def has_text(soundings: list[object]) -> TypeGuard[list[str]]:
    return all(isinstance(each, str) for each in soundings)
"""
    assert refused(checker, "", snippet) == [(2, "narrowed-type-not-subtype")]


def test_guards_of_the_library_are_typeis_where_a_no_is_about_the_type(
    checker: Checker,
) -> None:
    snippet = """
import inspect
from collections.abc import Awaitable, Callable
from typing import assert_type
def note(cast: Callable[[], Awaitable[None]] | int) -> None:
    if not callable(cast):
        assert_type(cast, int)
def wait(cast: Awaitable[None] | int) -> None:
    if not inspect.isawaitable(cast):
        assert_type(cast, int)
def start(cast: Callable[[], Awaitable[None]]) -> None:
    if not inspect.iscoroutinefunction(cast):
        assert_type(cast, Callable[[], Awaitable[None]])
"""
    assert checker(snippet) == []

    async def cast() -> None: ...

    assert inspect.iscoroutinefunction(cast)
    assert not inspect.iscoroutinefunction(lambda: cast())


# -- Signed: overloads -------------------------------------------------------


def test_trap_overload_is_believed_and_never_run(checker: Checker) -> None:
    ran: list[type] = []

    @overload
    def twice(depth: int) -> int:
        ran.append(int)
        return depth

    @overload
    def twice(depth: str) -> str:
        ran.append(str)
        return depth

    def twice(depth: int | str) -> int | str:
        return str(depth) if isinstance(depth, int) else len(depth)

    number: int = twice(12)
    text: str = twice("twelve")
    assert [str(number), text, ran] == ["12", 6, []]
    assert isinstance(number, str)

    assert clearance("Channel", 2.0) == 10.5
    with pytest.raises(TypeError):
        clearance("Bank", 2.0)
    assert charted("Bank") is None


def test_body_is_checked_against_its_own_signature_alone(checker: Checker) -> None:
    snippet = """
from typing import overload
@overload
def twice(depth: int) -> int: ...
@overload
def twice(depth: str) -> str: ...
def twice(depth: int | str) -> int | str:
    return str(depth) if isinstance(depth, int) else len(depth)
"""
    assert checker(snippet) == []
    assert refused(checker, "", snippet.replace("len(depth)", "None")) == [
        (7, "return-value")
    ]


def test_get_overloads_returns_every_promise_and_signature_only_the_last_word() -> None:
    promises = [inspect.signature(each) for each in get_overloads(charted)]

    assert [each.return_annotation for each in promises] == [float, float | None]
    assert inspect.signature(charted).return_annotation == float | None


def test_missing_implementation_raises_notimplementederror(checker: Checker) -> None:
    snippet = """
from typing import overload
@overload
def twice(depth: int) -> int: ...
@overload
def twice(depth: str) -> str: ...
"""
    names: dict[str, Any] = {"__name__": "without_implementation"}
    exec(snippet, names)

    with pytest.raises(NotImplementedError):
        names["twice"](1)
    assert refused(checker, "", snippet) == [(2, "no-overload-impl")]


def test_overloads_that_contradict_each_other_are_refused(checker: Checker) -> None:
    snippet = """
from collections.abc import Sequence
from typing import overload
@overload
def depths(places: str) -> float: ...
@overload
def depths(places: Sequence[str]) -> list[float]: ...
def depths(places: Sequence[str]) -> float | list[float]:
    return 0.0
"""
    assert refused(checker, "", snippet) == [(4, "overload-overlap")]


# -- Ruled out ---------------------------------------------------------------


def test_what_checker_has_ruled_out_still_arrives_and_assert_never_stops_it() -> None:
    light = json.loads('"light"')

    assert silent_symbol(light) is None
    with pytest.raises(AssertionError):
        symbol(light)


def test_assert_never_raises_under_o_too() -> None:
    program = "from typing import assert_never; assert_never(1)"

    run = subprocess.run([sys.executable, "-O", "-c", program], stderr=subprocess.PIPE)
    assert run.returncode == 1
    assert b"AssertionError" in run.stderr


@pytest.mark.parametrize("mark", ["rock", "wreck", "buoy"])
def test_known_marks_have_one_symbol(mark: Any) -> None:
    assert symbol(mark) == silent_symbol(mark)
    assert len(symbol(mark)) == 1


def test_match_misses_a_case_in_silence_until_assert_never_is_its_last(
    checker: Checker,
) -> None:
    snippet = """
def draw(mark: Mark) -> None:
    match mark:
        case "rock":
            print("+")
        case "wreck":
            print("x")
"""
    last = "        case _:\n            assert_never(mark)\n"

    assert refused(checker, MARKS, snippet) == []
    assert refused(checker, MARKS, snippet + last) == [(8, "arg-type")]


def test_case_with_a_guard_leaves_its_class_unhandled(checker: Checker) -> None:
    snippet = """
def note(mark: Rock | Wreck) -> str:
    match mark:
        case Rock(dries=height) if height > 0:
            return f"dries {height}"
        case Wreck(name=name):
            return name
        case _:
            assert_never(mark)
"""
    assert refused(checker, MARKS, snippet) == [(8, "arg-type")]
    assert refused(checker, MARKS, snippet.replace(" if height > 0", "")) == []


def test_override_catches_the_misspelt_method(checker: Checker) -> None:
    snippet = """
from typing import override
class SlowLine(Line):
    @override
    def csat(self) -> float | None:
        return None
"""
    assert refused(checker, LINE, snippet) == [(4, "misc")]
    assert refused(checker, LINE, snippet.replace("    @override\n", "")) == []
