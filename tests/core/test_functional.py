"""The claims of core.functional, one test each."""

import abc
import collections
import collections.abc
import functools
import itertools
import operator
import pickle
import sys
import types
from bisect import bisect
from collections.abc import Callable, Container, Iterable, Iterator, Reversible, Sized
from threading import Barrier, BrokenBarrierError
from typing import Any, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.functional import (
    PRICES,
    Bill,
    LockedBill,
    SingleDispatch,
    attempt,
    calls,
    lineage,
    main,
    nearest,
    times_added_up,
)

type Dispatcher = Callable[[Any], Any]

# What mypy, which checks for the oldest Python of the kit, does not know yet.
newer: Any = functools

both = pytest.mark.parametrize(
    "singledispatch",
    [SingleDispatch, functools.singledispatch],
    ids=["rebuild", "functools"],
)
from_3_14 = pytest.mark.skipif(sys.version_info < (3, 14), reason="new in 3.14")


# -- How often? ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "tool", "often"),
    [
        pytest.param(abs, lambda f: sorted(PRICES, key=f), 8, id="sorted"),
        pytest.param(abs, lambda f: max(PRICES, key=f), 8, id="max"),
        pytest.param(abs, lambda f: bisect(sorted(PRICES), 6, key=f), 3, id="bisect"),
        pytest.param(operator.add, lambda f: functools.reduce(f, PRICES), 7, id="fold"),
        pytest.param(
            abs, lambda f: [*map(functools.cache(f), PRICES * 2)], 8, id="cache"
        ),
        pytest.param(abs, lambda f: map(f, PRICES), 0, id="map"),
        pytest.param(abs, lambda f: any(map(f, PRICES)), 1, id="any"),
        pytest.param(abs, lambda f: [f(price) for price in PRICES], 8, id="list"),
    ],
)
def test_the_tool_decides_how_often_your_function_is_called(
    function: Callable[..., Any], tool: Callable[[Any], object], often: int
) -> None:
    assert calls(function, tool) == often


@given(st.lists(st.integers()))
def test_sort_calls_its_key_once_per_item(items: list[int]) -> None:
    log: list[int] = []

    def key(item: int) -> int:
        log.append(item)
        return -item

    assert sorted(items, key=key) == sorted(items)[::-1]
    assert log == items


def test_sort_compares_only_after_the_last_key() -> None:
    log: list[str] = []

    class Weight(int):
        def __lt__(self, other: object) -> bool:
            log.append("compare")
            return int(self) < int(str(other))

    def key(item: int) -> Weight:
        log.append("key")
        return Weight(item)

    sorted([3, 1, 2], key=key)

    assert log[:3] == ["key"] * 3
    assert set(log[3:]) == {"compare"}


def test_trap_a_list_is_empty_to_the_key_that_sorts_it_and_must_not_change() -> None:
    goods = ["tea", "jam"]
    seen: list[list[str]] = []

    def look(item: str) -> str:
        seen.append(list(goods))
        return item

    def change(item: str) -> str:
        goods.append(item)
        return item

    goods.sort(key=look)
    assert seen == [[], []]
    with pytest.raises(ValueError):  # noqa: PT011 - the interpreter's wording
        goods.sort(key=change)


def test_map_calls_when_it_is_read_and_a_comprehension_at_once() -> None:
    log: list[int] = []

    lazy = map(log.append, [1, 2])
    assert log == []
    list(lazy)
    assert [log.append(n) for n in [3]] == [None]  # type: ignore[func-returns-value]
    assert log == [1, 2, 3]


# -- With which arguments? -----------------------------------------------------


def test_partial_reads_its_arguments_when_it_is_made_lambda_when_it_is_called() -> None:
    rate = 2
    by_partial: Callable[[int], int] = functools.partial(operator.mul, rate)
    by_lambda: Callable[[int], int] = lambda price: rate * price  # noqa: E731
    rate = 3

    assert (by_partial(10), by_lambda(10)) == (20, 30)


def test_a_partial_keeps_the_object_and_not_a_copy() -> None:
    basket = ["tea"]
    pieces = functools.partial(len, basket)
    basket.append("jam")

    assert pieces() == 2


def test_a_partial_of_a_partial_is_one_partial() -> None:
    nested = functools.partial(functools.partial(max, 1), 2)

    assert (nested.func, nested.args) == (max, (1, 2))


@from_3_14
def test_from_3_14_on_a_placeholder_keeps_a_place_free() -> None:
    square = newer.partial(pow, newer.Placeholder, 2)

    assert square(5) == 25
    with pytest.raises(TypeError):
        square()
    with pytest.raises(TypeError):
        newer.partial(pow, 2, newer.Placeholder)


def test_from_3_14_on_a_partial_in_a_class_binds_like_a_method() -> None:
    class Stall:
        sell: Any = functools.partial(lambda *args: args, "tea")

    stall = Stall()
    if sys.version_info >= (3, 14):
        assert stall.sell() == ("tea", stall)
    else:
        with pytest.warns(FutureWarning):
            assert stall.sell() == ("tea",)


def test_partials_and_operators_can_be_pickled_and_lambdas_cannot() -> None:
    for function in (functools.partial(operator.mul, 2), operator.itemgetter(1)):
        assert pickle.loads(pickle.dumps(function))([1, 2]) == function([1, 2])
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(lambda: None)


# -- Which one? ----------------------------------------------------------------


class Goods(list[str]): ...


@both
def test_an_ambiguous_dispatch_fails_at_the_call_not_at_the_registration(
    singledispatch: Dispatcher,
) -> None:
    label = singledispatch(str)
    label.register(Iterable, " + ".join)
    label.register(Sized, len)

    assert label(iter(["tea", "jam"])) == "tea + jam"
    with pytest.raises(RuntimeError, match=r"^Ambiguous dispatch: .+ or .+$"):
        label(["tea", "jam"])
    label.register(list, " and ".join)
    assert label(Goods(["tea", "jam"])) == "tea and jam"


def chosen(singledispatch: Dispatcher, cls: type, *registered: type) -> str:
    """The name of the class whose function is chosen, or that none is."""
    label = singledispatch(lambda _: "object")
    for each in registered:
        label.register(each, lambda _, name=each.__name__: name)
    try:
        return str(label.dispatch(cls)(None))
    except RuntimeError:
        return "refused"


def test_trap_functools_sees_some_ambiguities_in_one_order_of_registration_only() -> (
    None
):
    functools_says = functools.partial(chosen, functools.singledispatch, list)
    rebuild_says = functools.partial(chosen, SingleDispatch, list)

    assert functools_says(Reversible, Sized) == "Reversible"
    assert functools_says(Sized, Reversible) == "refused"
    assert rebuild_says(Reversible, Sized) == rebuild_says(Sized, Reversible)
    assert rebuild_says(Sized, Reversible) == "refused"


@pytest.mark.parametrize(
    "cls",
    [
        *(list, tuple, str, bytes, range, int, dict, set, frozenset),
        *(collections.deque, collections.ChainMap, collections.UserList),
        *(type({}.keys()), type({}.items()), types.GeneratorType),
    ],
)
def test_what_the_rebuild_chooses_functools_chooses_in_every_order(cls: type) -> None:
    names = set(collections.abc.__all__) - {"ByteString"}
    abcs = [getattr(collections.abc, name) for name in sorted(names)]
    accepting = [each for each in abcs if issubclass(cls, each)]

    for first, second in itertools.combinations(accepting, 2):
        mine = {
            chosen(SingleDispatch, cls, first, second),
            chosen(SingleDispatch, cls, second, first),
        }
        theirs = {
            chosen(functools.singledispatch, cls, first, second),
            chosen(functools.singledispatch, cls, second, first),
        }
        assert mine in ({"refused"}, theirs)
        assert mine == {"refused"} or "refused" not in theirs
        if issubclass(first, second) or issubclass(second, first):
            assert mine == theirs != {"refused"}


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[list[type], list[type]]:
    """Some classes, bases first; and those of them and of some ABCs to register."""
    names = st.sampled_from
    abcs: list[Any] = [abc.ABCMeta(name, (), {}) for name in "XYZ"]
    classes: list[type] = []
    for name in "ABCDE"[: draw(st.integers(1, 5))]:
        bases = draw(
            st.lists(names(classes), max_size=2, unique=True)
            if classes
            else st.just([])
        )
        try:
            classes.append(type(name, tuple(bases), {}))
        except TypeError:
            continue
        for each in draw(st.lists(names(abcs), max_size=2)):
            each.register(classes[-1])
    registered = draw(st.lists(names([*classes, *abcs]), min_size=1, unique=True))
    return classes, registered


@given(hierarchies())
def test_rebuild_and_functools_agree_on_unrelated_abcs(
    found: tuple[list[type], list[type]],
) -> None:
    classes, registered = found
    for cls in classes:
        mine = chosen(SingleDispatch, cls, *registered)
        assert mine == chosen(functools.singledispatch, cls, *registered)


def test_without_abcs_the_lineage_is_the_mro() -> None:
    for cls in (bool, collections.OrderedDict, collections.ChainMap):
        assert lineage(cls, [int, dict]) == list(cls.__mro__)


def test_an_abc_joins_behind_the_abcs_of_the_class_that_it_accepts() -> None:
    class Stall: ...

    class Shop(Sized, Stall):
        def __len__(self) -> int:
            return 0

    Container.register(Shop)

    assert lineage(Shop, [Container]) == [Shop, Sized, Container, Stall, object]
    assert nearest(Shop, [Stall, Container, object]) is Container
    assert nearest(Shop, [Sized, Container, object]) is Sized


def test_abcs_that_accept_each_other_stand_side_by_side() -> None:
    class First(abc.ABC):  # noqa: B024
        @classmethod
        def __subclasshook__(cls, other: type) -> bool:
            return True

    class Second(abc.ABC):  # noqa: B024
        @classmethod
        def __subclasshook__(cls, other: type) -> bool:
            return True

    assert lineage(list, [First, Second]) == [list, First, Second, abc.ABC, object]


@both
def test_a_union_registers_each_of_its_classes(singledispatch: Dispatcher) -> None:
    def number(goods: int | None) -> str:
        return "number"

    label = singledispatch(lambda goods: "goods")
    label.register(number)
    label.register(Union[str, bytes])(lambda goods: "text")  # noqa: UP007

    values = (1, None, "tea", b"tea", 1.5)
    assert " ".join(map(label, values)) == "number number text text goods"


@both
def test_a_type_with_arguments_is_refused(singledispatch: Dispatcher) -> None:
    def numbers(goods: list[int]) -> str:
        return "numbers"

    label = singledispatch(str)
    for target in (list[int], list[int] | str):
        with pytest.raises(TypeError):
            label.register(target, str)
    for function in (numbers, lambda goods: "no annotation", 42):
        with pytest.raises(TypeError):
            label.register(function)


@both
def test_a_search_is_repeated_after_an_abc_has_accepted_a_class(
    singledispatch: Dispatcher,
) -> None:
    class Stall: ...

    label = singledispatch(str)
    label.register(Sized, lambda goods: "sized")
    assert label.dispatch(Stall) is str

    Sized.register(Stall)
    assert label(Stall()) == "sized"


@both
def test_a_search_is_made_once_per_class(singledispatch: Dispatcher) -> None:
    asked: list[type] = []

    class Asking(abc.ABCMeta):
        def __subclasscheck__(cls, other: type) -> bool:
            asked.append(other)
            return True

    class Asked(metaclass=Asking): ...

    class Fresh: ...

    label = singledispatch(str)
    label.register(Asked, lambda goods: "asked")
    assert label(Fresh()) == "asked"
    before = len(asked)

    assert label(Fresh()) == "asked"
    assert before == len(asked) > 0


@both
def test_a_later_registration_counts_at_once(singledispatch: Dispatcher) -> None:
    label = singledispatch(str)
    assert label(7) == "7"

    def double(goods: int) -> int:
        return 2 * goods

    assert label.register(int)(double) is double
    assert label(7) == 14


# -- In how many threads? ------------------------------------------------------


def test_trap_threads_that_meet_in_a_cached_property_all_compute_it() -> None:
    bill = Bill(PRICES, Barrier(4))

    assert times_added_up(bill, 4) == 4
    assert bill.total == vars(bill)["total"] == sum(PRICES)


class Patience(Barrier):
    """Waits for the others, and goes on without them after a while."""

    def wait(self, timeout: float | None = None) -> int:
        try:
            return super().wait(0.2)
        except BrokenBarrierError:
            return 0


def test_a_lock_in_front_of_it_lets_one_thread_compute() -> None:
    bill = LockedBill(PRICES, Patience(2))

    assert times_added_up(bill, 4) == 1
    assert bill.total == sum(PRICES)


def test_a_cached_property_needs_an_instance_dict() -> None:
    class Slotted:
        __slots__ = ()

        @functools.cached_property
        def total(self) -> int:
            return 1

    with pytest.raises(TypeError):
        _ = Slotted().total


def test_trap_a_cached_generator_function_hands_out_one_spent_generator() -> None:
    @functools.cache
    def goods() -> Iterator[str]:
        yield "tea"

    assert list(goods()) == ["tea"]
    assert list(goods()) == []


def test_trap_a_cached_function_gives_every_caller_the_same_object() -> None:
    @functools.cache
    def goods() -> list[str]:
        return ["tea"]

    goods().append("jam")

    assert goods() == ["tea", "jam"]


# -- Folding -------------------------------------------------------------------


def test_sum_is_not_a_reduce_with_add() -> None:
    prices = [0.1] * 10

    assert sum(prices) == 1.0
    assert functools.reduce(operator.add, prices) < 1.0
    assert functools.reduce(operator.add, ["tea", "jam"]) == "teajam"
    with pytest.raises(TypeError):
        sum(["tea", "jam"], "")


def test_trap_reduce_with_an_operator_in_place_changes_the_initial_value() -> None:
    start = ["tea"]

    functools.reduce(operator.iadd, [["jam"], ["figs"]], start)

    assert start == ["tea", "jam", "figs"]


def test_adding_up_lists_copies_the_sum_so_far_each_time() -> None:
    copied: list[int] = []

    class Counting(list[int]):
        def __add__(self, other: list[int]) -> Any:  # type: ignore[override]
            copied.append(len(self))
            return Counting([*self, *other])

    assert sum([[1]] * 8, Counting()) == [1] * 8
    assert sum(copied) == 0 + 1 + 2 + 3 + 4 + 5 + 6 + 7


def test_reduce_takes_its_initial_value_by_name_from_3_14_on() -> None:
    fold = functools.partial(newer.reduce, operator.add, [1, 2], initial=3)

    if sys.version_info >= (3, 14):
        assert fold() == 6
    else:
        with pytest.raises(TypeError):
            fold()


@pytest.mark.skipif(sys.version_info < (3, 15), reason="PEP 798: new in 3.15")
def test_from_3_15_on_a_comprehension_can_unpack() -> None:
    flat = "[*goods for goods in [['tea'], ['jam', 'figs']]]"
    merged = "{**prices for prices in [{'tea': 3}, {'jam': 4}]}"

    assert eval(flat) == ["tea", "jam", "figs"]
    assert eval(merged) == {"tea": 3, "jam": 4}


# -- Errors and demo -----------------------------------------------------------


def test_a_refused_type_is_named() -> None:
    message = r"^register must get a class or a union of them, got list\[int\]$"
    with pytest.raises(TypeError, match=message):
        SingleDispatch(str).register(list[int], str)


def test_attempt_lets_other_errors_pass() -> None:
    assert attempt(str, 1) == "1"
    with pytest.raises(KeyError):
        attempt({"jam": 4}.__getitem__, "tea")


def test_demo_shows_the_refusal_and_the_cure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    printed = capsys.readouterr().out
    assert "  list > Iterable > Sized > object: RuntimeError\n" in printed
    assert "  list is registered: tea and jam\n" in printed
    assert "Bill(PRICES, Barrier(3))) = 3\n" in printed
