"""The claims of core.data_model, one test each."""

import abc
import operator
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import make_dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data_model import Drifting, Restated, Span, Tagged, binary_op, main, turns

type Operation = tuple[Callable[[Any, Any], Any], str, str]

OPERATIONS: list[Operation] = [
    (operator.add, "__add__", "__radd__"),
    (operator.mul, "__mul__", "__rmul__"),
    (operator.sub, "__sub__", "__rsub__"),
    (operator.and_, "__and__", "__rand__"),
    (operator.eq, "__eq__", "__eq__"),
    (operator.ne, "__ne__", "__ne__"),
    (operator.lt, "__lt__", "__gt__"),
    (operator.le, "__le__", "__ge__"),
    (operator.gt, "__gt__", "__lt__"),
    (operator.ge, "__ge__", "__le__"),
]

spans = st.builds(
    lambda start, length: Span(start, start + length),
    st.integers(0, 9),
    st.integers(0, 9),
)


def outcome(operate: Callable[..., Any], *operands: object) -> object:
    """The answer and its type, or the class of the error."""
    try:
        answer = operate(*operands)
    except TypeError:
        return TypeError
    return type(answer), answer


# -- The type, never the instance --------------------------------------------


def test_an_operator_asks_the_type_never_the_instance() -> None:
    tagged = Tagged(0, 9)
    vars(tagged).update(
        __len__=lambda: 99,
        __call__=lambda text: "mine",
        __add__=lambda by: "mine",
        __contains__=lambda position: False,
    )

    assert len(tagged) == 9
    assert tagged("the quick") == "the quick"
    assert tagged + 1 == Span(1, 10)
    assert 8 in tagged


@pytest.mark.parametrize(
    "syntax",
    [
        pytest.param(len, id="container"),
        pytest.param(iter, id="iteration"),
        pytest.param(lambda asked: 1 in asked, id="membership"),
        pytest.param(lambda asked: asked[0], id="item"),
        pytest.param(lambda asked: -asked, id="unary"),
        pytest.param(lambda asked: asked + 1, id="numeric"),
        pytest.param(lambda asked: 1 + asked, id="reflected"),
        pytest.param(lambda asked: asked == 1, id="equality"),
        pytest.param(lambda asked: asked < 1, id="ordering"),
        pytest.param(hash, id="hash"),
        pytest.param(bool, id="truth"),
        pytest.param(lambda asked: f"{asked}", id="format"),
        pytest.param(lambda asked: asked(), id="call"),
        pytest.param(operator.index, id="index"),
    ],
)
def test_no_attribute_hook_sees_an_operator_a_call_or_a_len(
    syntax: Callable[[Any], Any],
) -> None:
    hooked: list[str] = []

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            hooked.append(name)
            return super().__getattribute__(name)

    class Watched(metaclass=Meta):
        __len__ = __hash__ = __index__ = lambda self: 7
        __getitem__ = __add__ = __radd__ = __eq__ = __lt__ = lambda self, other: True
        __contains__ = __getitem__
        __call__ = __bool__ = __neg__ = lambda self: True
        __format__ = lambda self, spec: "7"  # noqa: E731

        def __iter__(self) -> Iterator[int]:
            return iter(())

        def __getattribute__(self, name: str) -> Any:
            hooked.append(name)
            return super().__getattribute__(name)

        def __getattr__(self, name: str) -> Any:
            raise NotImplementedError

    watched = Watched()
    hooked.clear()

    syntax(watched)

    assert hooked == []


def test_bases_class_patterns_and_class_subscripts_use_ordinary_lookup() -> None:
    on_demand: dict[str, Any] = {
        "keys": lambda: ["word"],
        "__mro_entries__": lambda bases: (Span,),
        "__class_getitem__": lambda item: item,
        "__match_args__": ("start",),
    }

    class Forwarding(type):
        def __getattr__(cls, name: str) -> Any:
            return on_demand[name]

    class Tape(metaclass=Forwarding):
        start = 4

        def __getattr__(self, name: str) -> Any:
            return on_demand[name]

        def __getitem__(self, key: str) -> int:
            return self.start

    tape: Any = Tape()

    class Below(tape): ...  # type: ignore[misc]

    assert dict(**tape) == {"word": 4}
    assert Below.__bases__ == (Span,)
    assert Tape[4] == 4  # type: ignore[misc]
    match tape:
        case Tape(start):
            assert start == 4


def test_isinstance_believes_class_as_well_as_the_type() -> None:
    class Impostor:
        @property  # type: ignore[misc]
        def __class__(self) -> type:
            return Span

    impostor: Any = Impostor()

    assert type(impostor) is Impostor
    assert isinstance(impostor, Span)
    assert isinstance(impostor, Impostor)
    assert isinstance(Mock(spec=Span), Span)
    with pytest.raises(TypeError):
        len(impostor)


# -- The dispatch ------------------------------------------------------------

ANSWERS = ["absent", "declines", "answers", "answers unbound", "None"]
KINSHIP = ["same object", "same type", "right below", "left below", "registered"]


class Meta(abc.ABCMeta):
    """Its operators are those of the classes, not of their instances."""

    __add__ = __and__ = __rsub__ = __lt__ = lambda cls, other: "the metaclass"


class Unbound:
    """A callable that is no descriptor, so syntax passes it the argument alone."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *operands: object) -> Any:
        return self._function(*operands)


def class_of(name: str, base: type, answers: dict[str, str], log: list[str]) -> type:
    """A class whose methods give these answers and note that they were asked."""

    def method(attribute: str, answer: str) -> Any:
        def asked(*operands: object) -> Any:
            log.append(f"{name}.{attribute} of {len(operands)}")
            return NotImplemented if answer == "declines" else f"{name}.{attribute}"

        bound = {"None": None, "answers unbound": Unbound(asked)}
        return bound.get(answer, asked)

    members = {key: method(key, a) for key, a in answers.items() if a != "absent"}
    return Meta(name, (base,), members)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation[1])
@settings(max_examples=300)
@given(data=st.data())
def test_model_and_cpython_ask_the_same_types_in_the_same_order(
    operation: Operation, data: st.DataObject
) -> None:
    operate, name, reflected = operation
    log: list[str] = []
    kinship = data.draw(st.sampled_from(KINSHIP))
    answers = st.fixed_dictionaries(
        {key: st.sampled_from(ANSWERS) for key in (name, reflected)}
    )
    older = class_of("Older", object, data.draw(answers), log)
    below = kinship in {"right below", "left below"}
    newer = class_of("Newer", older if below else object, data.draw(answers), log)
    if kinship == "registered":
        older.register(newer)  # type: ignore[attr-defined]
    if kinship.startswith("same"):
        newer = older
    left, right = (newer(), older()) if kinship == "left below" else (older(), newer())
    if kinship == "same object":
        right = left
    vars(left)[name] = vars(right)[reflected] = lambda other: "asked the instance"

    expected = outcome(operate, left, right), log.copy()
    log.clear()

    assert (outcome(binary_op, left, right, name, reflected), log) == expected


# Not None: to ``__get__`` it means "on the class", so it binds no method to it.
BUILT_IN = [1, True, 2.5, 1j, Fraction(1, 3), Decimal(2), "a", [1], (1,), {1}]
BUILT_IN += [frozenset({1}), timedelta(1), date(2026, 11, 20), Tagged(0, 1)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation[1])
def test_model_gives_the_answers_of_cpython_for_built_in_types(
    operation: Operation,
) -> None:
    operate, name, reflected = operation

    for left, right in product(BUILT_IN, repeat=2):
        modelled = outcome(binary_op, left, right, name, reflected)
        assert modelled == outcome(operate, left, right), (left, right)


def test_model_names_both_types_when_nobody_answers() -> None:
    message = "^__add__ must be answered by Span or str, got NotImplemented$"

    with pytest.raises(TypeError, match=message):
        binary_op(Span(0, 1), "x", "__add__", "__radd__")


def test_a_subclass_on_the_right_that_overrides_is_asked_first() -> None:
    word, tagged = Span(4, 9), Tagged(0, 7, "adjective")
    log: list[str] = []
    base = class_of("Base", object, {"__add__": "answers", "__radd__": "answers"}, log)
    silent: Any = class_of("Silent", base, {}, log)
    loud: Any = class_of("Loud", base, {"__radd__": "answers"}, log)

    assert word & tagged == Span(4, 7)
    assert (word & tagged).label == "adjective"
    assert (tagged & word).label == "adjective"
    assert base() + silent() == "Base.__add__"
    assert base() + loud() == "Loud.__radd__"


def test_a_comparison_asks_a_subclass_first_even_if_it_overrides_nothing() -> None:
    asked: list[str] = []

    class Base:
        def __lt__(self, other: object) -> bool:
            asked.append(f"{type(self).__name__} <")
            return True

        def __gt__(self, other: object) -> bool:
            asked.append(f"{type(self).__name__} >")
            return True

    class Below(Base): ...

    assert Base() < Below()
    assert asked == ["Below >"]


def test_a_registered_subclass_is_not_asked_first() -> None:
    class Base(metaclass=abc.ABCMeta):  # noqa: B024
        def __add__(self, other: object) -> str:
            return "Base"

    @Base.register
    class Registered:
        def __radd__(self, other: object) -> str:
            return "Registered"

    registered: Any = Registered()

    assert issubclass(Registered, Base)
    assert Base() + registered == "Base"


def test_notimplemented_hands_the_question_to_the_other_type() -> None:
    assert 4 + Span(4, 9) == Span(8, 13)
    assert Span(4, 9).__add__("x") is NotImplemented  # type: ignore[operator]
    with pytest.raises(TypeError):
        "x" + Span(4, 9)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("operation", "times"),
    [
        pytest.param((operator.add, "__add__", "__radd__"), 1, id="arithmetic"),
        pytest.param((operator.eq, "__eq__", "__eq__"), 2, id="comparison"),
    ],
)
def test_operands_of_one_type_are_asked_once_by_arithmetic_twice_by_comparison(
    operation: Operation, times: int
) -> None:
    operate, name, reflected = operation
    log: list[str] = []
    shy = class_of("Shy", object, {name: "declines", reflected: "declines"}, log)

    outcome(operate, shy(), shy())

    assert len(log) == len(turns(shy(), shy(), name, reflected)) == times


def test_when_both_sides_decline_equality_falls_back_on_identity() -> None:
    shy: Any = class_of("Shy", object, {"__eq__": "declines"}, [])
    one, other = shy(), shy()

    assert one == one
    assert one != other
    assert (Span(4, 9) == "4:9") is False


def test_an_exception_ends_the_search() -> None:
    class Abrupt:
        def __add__(self, other: object) -> str:
            raise NotImplementedError

    class Willing:
        def __radd__(self, other: object) -> str:
            return "willing"

    assert 1 + Willing() == "willing"
    with pytest.raises(NotImplementedError):
        Abrupt() + Willing()


def test_list_concatenation_is_asked_after_the_right_operand() -> None:
    class Willing:
        def __radd__(self, other: object) -> str:
            return "willing"

    willing: Any = Willing()

    assert operator.add([1], willing) == "willing"
    with pytest.raises(TypeError):
        binary_op([1], willing, "__add__", "__radd__")


def test_truth_of_notimplemented_is_a_warning_on_3_13_and_an_error_from_3_14() -> None:
    if sys.version_info < (3, 14):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert bool(NotImplemented)
        assert [each.category for each in caught] == [DeprecationWarning]
    else:
        with pytest.raises(TypeError):
            bool(NotImplemented)


# -- Absent, and None --------------------------------------------------------


class Tape:
    def __getitem__(self, position: int) -> str:
        return "fox"[position]


def test_what_is_absent_is_asked_in_other_words_none_forbids() -> None:
    assert not Span(4, 4)
    assert Span(4, 9)
    with pytest.raises(TypeError):
        hash(Restated(4, 9))


def test_truth_is_asked_of_bool_before_len() -> None:
    class Shelf:
        def __len__(self) -> int:
            return 0

    class Reserved(Shelf):
        def __bool__(self) -> bool:
            return True

    assert not Shelf()
    assert Reserved()
    assert object()


def test_iteration_falls_back_on_getitem_which_iterable_does_not_see() -> None:
    tape: Any = Tape()

    assert list(tape) == ["f", "o", "x"]
    assert "o" in tape
    assert not isinstance(tape, Iterable)


@pytest.mark.parametrize(
    "syntax",
    [
        pytest.param(iter, id="__iter__"),
        pytest.param(lambda tape: "f" in tape, id="__contains__"),
    ],
)
def test_iter_or_contains_set_to_none_blocks_the_fallback(
    syntax: Callable[[Any], Any],
) -> None:
    class Sealed(Tape):
        __iter__ = __contains__ = None

    with pytest.raises(TypeError):
        syntax(Sealed())


def refusal(operation: Callable[[Any], Any], operand: object) -> str:
    with pytest.raises(TypeError) as caught:
        operation(operand)
    return str(caught.value)


@pytest.mark.parametrize(
    ("syntax", "checks"),
    [
        pytest.param(len, False, id="len"),
        pytest.param(lambda asked: asked + 1, False, id="numeric"),
        pytest.param(lambda asked: 1 + asked, False, id="reflected"),
        pytest.param(lambda asked: asked < 1, False, id="ordering"),
        pytest.param(lambda asked: asked[0], False, id="item"),
        pytest.param(hash, True, id="hash"),
        pytest.param(iter, True, id="iteration"),
        pytest.param(reversed, True, id="reversal"),
        pytest.param(lambda asked: 1 in asked, True, id="membership"),
    ],
)
def test_most_operators_do_not_check_for_none_and_simply_call_it(
    syntax: Callable[[Any], Any], checks: bool
) -> None:
    class Closed:
        __len__ = __add__ = __radd__ = __lt__ = __getitem__ = None
        __hash__ = __iter__ = __reversed__ = __contains__ = None  # type: ignore[assignment]

    called = refusal(lambda nothing: nothing(), None)
    assert (refusal(syntax, Closed()) == called) is not checks


def test_a_class_that_states_eq_gets_none_for_hash_even_below_a_hashable_base() -> None:
    assert hash(Span(4, 9)) == hash((4, 9))
    assert vars(Restated)["__hash__"] is None
    assert vars(make_dataclass("Plain", ["start"]))["__hash__"] is None


def test_in_place_operators_fall_back_on_the_plain_ones_and_bind_the_answer() -> None:
    log: list[str] = []
    declines = {"__iadd__": "declines", "__add__": "declines"}
    value = class_of("Left", object, declines, log)()
    value += class_of("Right", object, {"__radd__": "answers"}, log)()

    assert value == "Right.__radd__"
    assert log == ["Left.__iadd__ of 2", "Left.__add__ of 2", "Right.__radd__ of 2"]

    pair: Any = ([1],)
    with pytest.raises(TypeError):
        pair[0] += [2]
    assert pair == ([1, 2],)


def test_without_iadd_the_old_object_stays_what_it_was() -> None:
    word = kept = Span(4, 9)
    word += 4

    assert (word, kept) == (Span(8, 13), Span(4, 9))


# -- Equality and hash -------------------------------------------------------


def test_trap_a_key_that_moves_is_lost_in_its_own_set() -> None:
    drifting = Drifting(4, 9)
    marked = {drifting}
    drifting += 4

    assert drifting in list(marked)
    assert drifting not in marked
    assert Drifting(4, 9) not in marked
    assert Drifting(8, 13) not in marked


def test_a_key_that_cannot_move_is_found() -> None:
    word = Span(4, 9)
    marked = {word}
    word += 4

    assert Span(4, 9) in marked


def test_equal_keys_keep_the_first_key_and_the_last_value() -> None:
    table: dict[object, str] = {1: "int", 1.0: "float", True: "bool"}  # noqa: F601

    assert [(type(key), value) for key, value in table.items()] == [(int, "bool")]


def test_the_hash_of_minus_one_is_that_of_minus_two() -> None:
    assert hash(-1) == hash(-2) == -2


# -- The laws of a value -----------------------------------------------------


@given(spans, spans)
def test_equal_spans_hash_alike_and_exactly_one_order_holds(a: Span, b: Span) -> None:
    assert a != b or hash(a) == hash(b)
    assert [a < b, a == b, a > b].count(True) == 1
    assert (a <= b) is not (a > b)


@given(spans, spans)
def test_intersection_is_membership_in_both(a: Span, b: Span) -> None:
    assert a & b == b & a
    assert [n in a & b for n in range(20)] == [n in a and n in b for n in range(20)]


@given(spans, st.integers(0, 9))
def test_a_shift_is_undone_by_its_opposite(span: Span, by: int) -> None:
    assert by + span + -by == span
    assert len(by + span) == len(span)


@given(spans)
def test_calling_a_span_cuts_as_many_characters_as_it_is_long(span: Span) -> None:
    assert len(span("the quick brown fox")) == len(span)


def test_a_format_spec_reaches_both_ends() -> None:
    assert f"{Span(4, 9)} {Span(4, 9):03d}" == "4:9 004:009"


def test_whatever_answers_index_moves_a_span_and_a_float_does_not() -> None:
    class Third:
        def __index__(self) -> int:
            return 3

    assert Span(0, 1) + Third() == Span(3, 4)
    with pytest.raises(TypeError):
        Span(0, 1) + 3.0  # type: ignore[operator]


@pytest.mark.parametrize(("start", "stop"), [(-1, 4), (9, 4)])
def test_a_span_ends_after_it_starts(start: int, stop: int) -> None:
    message = rf"^span must fit 0 <= start <= stop, got {start}:{stop}$"

    with pytest.raises(ValueError, match=message):
        Span(start, stop)


@pytest.mark.parametrize("operate", [operator.lt, operator.and_])
def test_spans_decline_what_is_no_span(operate: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError):
        operate(Span(4, 9), (4, 9))


def test_demo_shows_who_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    shown = capsys.readouterr().out
    assert "word & tagged asks Tagged.__rand__, Span.__and__" in shown
    assert "word == 4 asks Span.__eq__, int.__eq__: False" in shown
