"""The claims of core.runtime_types, one test each."""

import importlib
import inspect
import math
import sys
import typing
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    NotRequired,
    Protocol,
    ReadOnly,
    TypedDict,
)

import pytest
from annotated_types import Gt, MinLen
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.runtime_types import (
    Burr,
    Grinder,
    Pestle,
    Remote,
    Shot,
    evaluations,
    faults,
    lookups,
    main,
    neighbours,
    passes_without_clean,
    pydantic_faults,
)

LAZY = sys.version_info >= (3, 14)
lazy_only = pytest.mark.skipif(not LAZY, reason="annotations are lazy from 3.14 on")


def module(source: str) -> dict[str, Any]:
    """The names that a module with this source defines."""
    names: dict[str, Any] = {"__name__": "module_of_a_test"}
    exec(compile(source, "<module>", "exec", dont_inherit=True), names)
    return names


# -- Annotations -------------------------------------------------------------


def test_annotation_is_evaluated_by_def_or_its_first_reader_never_by_a_call() -> None:
    by_def, by_call, by_readings = evaluations()

    assert by_call == 0
    assert by_def + by_readings == 1


def test_up_to_3_13_def_evaluates_annotations_and_later_first_reader() -> None:
    by_def, _, by_readings = evaluations()

    assert (by_def, by_readings) == ((0, 1) if LAZY else (1, 0))


def test_bare_name_may_be_defined_after_the_def_from_3_14_on() -> None:
    source = "def pull(grams: Later): ...\nLater = int"

    if LAZY:
        assert module(source)["pull"].__annotations__ == {"grams": int}
    else:
        with pytest.raises(NameError):
            module(source)


def test_name_bound_again_changes_the_annotation_from_3_14_on() -> None:
    source = "Unit = int\ndef pull(grams: Unit): ...\nUnit = str"
    pull = module(source)["pull"]

    assert pull.__annotations__ == {"grams": str if LAZY else int}


def test_trap_quoted_name_is_looked_up_in_the_module_not_where_it_stands() -> None:
    bare, quoted = neighbours()

    assert typing.get_type_hints(bare)["roast"].__name__ == "Roast"
    with pytest.raises(NameError):
        typing.get_type_hints(quoted)


@pytest.mark.parametrize("first", ["", "from __future__ import annotations\n"])
def test_future_import_quotes_every_annotation(first: str) -> None:
    source = f"""{first}
def make():
    class Roast: ...
    def pull(roast: Roast): ...
    return pull
"""
    pull = module(source)["make"]()

    if first:
        assert pull.__annotations__ == {"roast": "Roast"}
        with pytest.raises(NameError):
            typing.get_type_hints(pull)
    else:
        assert typing.get_type_hints(pull)["roast"].__name__ == "Roast"


ONE_MISSING = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from decimal import Decimal
def sell(grams: int, price: 'Decimal'): ...
"""


def test_one_name_that_only_the_checker_imports_spoils_all_hints() -> None:
    sell = module(ONE_MISSING)["sell"]

    with pytest.raises(NameError):
        typing.get_type_hints(sell)
    assert sell.__annotations__ == {"grams": int, "price": "Decimal"}


@lazy_only
def test_forwardref_marks_the_missing_name_and_evaluates_the_others() -> None:
    annotations = importlib.import_module("annotationlib")
    sell = module(ONE_MISSING.replace("'", ""))["sell"]
    hints = annotations.get_annotations(sell, format=annotations.Format.FORWARDREF)

    assert hints["grams"] is int
    assert type(hints["price"]) is annotations.ForwardRef
    assert hints["price"].__forward_arg__ == "Decimal"
    with pytest.raises(NameError):
        annotations.get_annotations(sell, format=annotations.Format.VALUE)


@lazy_only
def test_string_gives_the_text_even_where_a_name_is_missing() -> None:
    annotations = importlib.import_module("annotationlib")
    sell = module(ONE_MISSING.replace("'", ""))["sell"]

    texts = annotations.get_annotations(sell, format=annotations.Format.STRING)
    assert texts == {"grams": "int", "price": "Decimal"}


@lazy_only
@pytest.mark.parametrize("name", ["VALUE", "FORWARDREF", "STRING"])
def test_reading_annotations_may_run_code_in_every_format(name: str) -> None:
    annotations = importlib.import_module("annotationlib")
    wanted: list[object] = []

    def annotate(form: object) -> dict[str, object]:
        wanted.append(form)
        return {}

    pull: Any = lambda grams: None  # noqa: E731
    pull.__annotate__ = annotate
    annotations.get_annotations(pull, format=annotations.Format[name])

    assert wanted


def test_metaclass_is_given_a_function_for_annotations_from_3_14_on() -> None:
    given_names: set[str] = set()

    class Meta(type):
        def __new__(cls, name: str, bases: tuple[type, ...], names: Any) -> Any:
            given_names.update(names)
            return super().__new__(cls, name, bases, names)

    class Bag(metaclass=Meta):
        grams: int

    assert Bag.__annotations__ == {"grams": int}
    assert ("__annotations__" in given_names) == (not LAZY)
    assert ("__annotate_func__" in given_names) == LAZY


def test_get_type_hints_walks_the_mro_and_get_annotations_does_not() -> None:
    class Bag:
        grams: int

    class Blend(Bag):
        beans: str

    assert typing.get_type_hints(Blend) == {"beans": str, "grams": int}
    assert inspect.get_annotations(Blend) == {"beans": str}


# -- Protocols ---------------------------------------------------------------


def test_trap_isinstance_with_protocol_compares_names_and_errs_both_ways() -> None:
    pestle: Any = Pestle()
    assert isinstance(pestle, Grinder)
    assert Pestle().grind() == "some"
    with pytest.raises(TypeError):
        pestle.grind(18)

    assert not isinstance(Remote(), Grinder)
    assert Remote().grind(18) == Burr().grind(18) == "18 g"


def test_class_itself_passes_for_an_instance() -> None:
    assert isinstance(Burr, Grinder)


class Half:
    grind = Burr.grind

    def __init__(self) -> None:
        self.clean = print


@pytest.mark.parametrize(
    ("value", "members"),
    [
        pytest.param(Burr(), 0, id="in the class"),
        pytest.param(SimpleNamespace(grind=1, clean=1), 2, id="in the instance"),
        pytest.param(Half(), 2, id="one in each"),
        pytest.param(object(), 1, id="nowhere"),
    ],
)
def test_trap_yes_from_class_is_remembered_all_else_is_looked_for_again(
    value: object, members: int
) -> None:
    assert [lookups(value, Grinder) for _ in range(3)] == [members] * 3

    assert passes_without_clean(asked_before=True)
    assert not passes_without_clean(asked_before=False)


@given(st.integers(1, 6))
def test_members_in_the_instance_are_looked_for_one_by_one(count: int) -> None:
    names = [f"part_{n}" for n in range(count)]
    fields = "".join(f"    {name}: int\n" for name in names)
    protocol = (
        f"from typing import *\n@runtime_checkable\nclass Kit(Protocol):\n{fields}"
    )

    kit = module(protocol)["Kit"]
    assert lookups(SimpleNamespace(**dict.fromkeys(names, 1)), kit) == count


def test_plain_class_is_checked_without_a_look_up() -> None:
    assert lookups(Burr(), Burr) == lookups(Pestle(), Burr) == 0


def test_method_added_later_is_seen_by_isinstance_and_not_by_issubclass() -> None:
    class Mill:
        grind = Burr.grind

    assert not isinstance(Mill(), Grinder)
    Mill.clean = Burr.clean  # type: ignore[attr-defined]

    assert isinstance(Mill(), Grinder)
    assert not issubclass(Mill, Grinder)


@typing.runtime_checkable
class Labelled(Protocol):
    label: str


def test_isinstance_runs_no_property() -> None:
    class Bag:
        @property
        def label(self) -> str:
            raise RuntimeError("the property ran")

    assert isinstance(Bag(), Labelled)


def test_annotation_without_a_value_is_no_member() -> None:
    class Bag:
        label: str

    bag = Bag()
    assert not isinstance(bag, Labelled)
    bag.label = "Sumatra"
    assert isinstance(bag, Labelled)


def test_field_set_to_none_is_a_member_and_a_method_set_to_none_is_none() -> None:
    assert not isinstance(SimpleNamespace(grind=None, clean=None), Grinder)
    assert isinstance(SimpleNamespace(label=None), Labelled)


def test_protocol_with_a_field_refuses_issubclass() -> None:
    labelled: Any = Labelled

    with pytest.raises(TypeError):
        issubclass(Burr, labelled)


def test_protocol_below_a_runtime_protocol_warns_from_3_15_on_unless_decorated() -> (
    None
):
    class Precise(Grinder, Protocol):
        def weigh(self) -> int: ...

    precise: Any = Precise
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not isinstance(Burr(), precise)
    assert bool(caught) == (sys.version_info >= (3, 15))

    assert not isinstance(Burr(), typing.runtime_checkable(precise))


# -- Validators --------------------------------------------------------------


class Order(TypedDict):
    shots: list[Shot]
    name: NotRequired[Annotated[str, MinLen(1)] | None]


SHOT = {"grams": 18, "roast": "dark"}

# A hint, values that both validators judge alike, values that only pydantic refuses.
SUBSET = [
    pytest.param(int, [18, "18", 18.0, None], [True], id="int"),
    pytest.param(float, [18, 18.5, math.nan, "18.5"], [True, 10**400], id="float"),
    pytest.param(str, ["dark", b"dark"], [], id="str"),
    pytest.param(bool, [True, 1], [], id="bool"),
    pytest.param(Literal["dark", 1], ["dark", "DARK", 1, 2], [], id="literal"),
    pytest.param(int | None, [None, 1, "18"], [False], id="union"),
    pytest.param(list[int], [[], [1, "2", 3, None], (1, 2)], [[1, True]], id="list"),
    pytest.param(Annotated[int, Gt(0)], [1, 0, "1"], [True], id="gt"),
    pytest.param(Annotated[float, Gt(0)], [0.5, math.nan], [], id="gt of a float"),
    pytest.param(Annotated[str, MinLen(1)], ["nutty", "n", "", 1], [], id="min_length"),
    pytest.param(Annotated[int, "a remark", Gt(0)], [1, 0], [], id="unknown metadata"),
    pytest.param(
        Shot,
        [SHOT, {}, [], SHOT | {"grams": 0, "roast": "burnt"}, SHOT | {"notes": []}],
        [SHOT | {"grams": True}],
        id="typed dict",
    ),
    pytest.param(
        Order,
        [
            {"shots": [SHOT, {"grams": -1}], "name": None},
            {"shots": [SHOT | {"notes": ["nutty", "", 1]}], "name": ""},
            {"shots": [SHOT | {"unheard": "of"}]},
        ],
        [],
        id="nested",
    ),
]


@pytest.mark.parametrize(("hint", "alike", "refused_by_pydantic"), SUBSET)
def test_two_validators_read_one_annotated_alike_and_differ_over_true(
    hint: Any, alike: list[Any], refused_by_pydantic: list[Any]
) -> None:
    for value in alike:
        assert set(faults(hint, value)) == set(pydantic_faults(hint, value))
    for value in refused_by_pydantic:
        assert faults(hint, value) == []
        assert pydantic_faults(hint, value) != []


@pytest.mark.parametrize(
    ("hint", "value"), [(1, True), (1, 1.0), (True, 1), (True, 1.0)]
)
def test_literal_goes_by_type_here_and_by_equality_in_pydantic(
    hint: Any, value: object
) -> None:
    assert faults(Literal[hint], value) == [()]
    assert pydantic_faults(Literal[hint], value) == []


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        *[("int", True), ("int", "18"), ("int", 18.0), ("float", 18), ("bool", 1)],
        *[("Literal[1]", 1), ("Literal[1]", True), ("Literal[1]", 1.0)],
        *[("int | None", None), ("list[int]", [True]), ("list[int]", ["18"])],
    ],
)
def test_faults_goes_by_what_the_checker_accepts(
    checker: Callable[[str], list[str]], hint: str, value: object
) -> None:
    kind = eval(hint)

    accepted = checker(f"from typing import Literal\nit: {hint} = {value!r}") == []
    assert (faults(kind, value) == []) == accepted


@pytest.mark.parametrize("text", ["\ud800", "dark\udfff"])
def test_lone_surrogate_has_no_length_in_pydantic(text: str) -> None:
    assert faults(str, text) == pydantic_faults(str, text) == []
    assert faults(Annotated[str, MinLen(1)], text) == []
    assert pydantic_faults(Annotated[str, MinLen(1)], text) == [()]


class Recipe(TypedDict):
    grams: ReadOnly[int]


Grams = NewType("Grams", int)
type Weight = int


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        *[(list, [1]), (list[Any], [1]), (Any, 1), (complex, 1), (dict, {})],
        *[(tuple[int, str], ("a", 1)), (set[int], {"a"}), (dict[str, int], {"a": 1})],
        *[(Recipe, {"grams": 1}), (Grams, 1), (Weight, 1), (int | set[int], 1)],
        *[(type[int], int), (Annotated[bytes, MinLen(1)], b"")],
    ],
    ids=str,
)
def test_faults_refuses_a_hint_that_it_does_not_know(hint: Any, value: object) -> None:
    with pytest.raises(
        TypeError, match=r"^hint must be PLAIN, list\[T\] or a TypedDict, got .+$"
    ):
        faults(hint, value)


def test_union_has_one_fault_here_and_one_for_each_member_in_pydantic() -> None:
    assert faults(list[int | str], [1, "2", 3.0]) == [(2,)]
    assert pydantic_faults(list[int | str], [1, "2", 3.0]) == [(2, "int"), (2, "str")]


HINTS = (int, float, str, bool, int | None, list[str], Shot, Order)
json_values = st.recursive(
    st.none() | st.integers(-99, 99) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {"grams": inner, "roast": st.sampled_from(["dark", "burnt"])},
            optional={"notes": inner},
        )
        | st.fixed_dictionaries({"shots": inner}, optional={"name": inner})
    ),
)


@pytest.mark.parametrize("hint", HINTS, ids=str)
@given(data=st.data())
def test_validators_agree_on_json_without_bools_huge_integers_and_surrogates(
    hint: Any, data: st.DataObject
) -> None:
    value = data.draw(json_values)

    assert set(faults(hint, value)) == set(pydantic_faults(hint, value))


@pytest.mark.parametrize("hint", [*HINTS, Annotated[int, Gt(0)]], ids=str)
@given(data=st.data())
def test_hypothesis_draws_from_an_annotation_what_both_validators_accept(
    hint: Any, data: st.DataObject
) -> None:
    value = data.draw(st.from_type(hint))

    assert faults(hint, value) == pydantic_faults(hint, value) == []


def test_pydantic_converts_unless_it_is_strict() -> None:
    assert TypeAdapter(int).validate_python("18") == 18
    assert pydantic_faults(int, "18") == [()]

    assert type(TypeAdapter(float).validate_python(18, strict=True)) is float


# -- Demo --------------------------------------------------------------------


def test_main_shows_where_the_validators_differ(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    rows = [row for row in capsys.readouterr().out.splitlines() if " g, " in row]
    verdicts = [row.partition(": ")[2].split(", pydantic ") for row in rows]
    assert [ours == theirs for ours, theirs in verdicts] == [True, True, True, False]
