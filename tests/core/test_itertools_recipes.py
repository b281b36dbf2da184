"""The claims of core.itertools_recipes, one test each."""

import copy
import itertools
import operator
import pickle
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.itertools_recipes import (
    Batched,
    Gate,
    GroupBy,
    Link,
    Product,
    TakeWhile,
    Train,
    appetite,
    main,
    tee,
)

type Tool = Callable[..., Any]

LETTERS = st.text("GLW", max_size=8)


def both(name: str, rebuild: Tool) -> pytest.MarkDecorator:
    """Run the test with the rebuild and with what it rebuilds."""
    tools = [rebuild, getattr(itertools, name)]
    return pytest.mark.parametrize(name, tools, ids=["rebuild", "itertools"])


# -- The same results, and as many items taken for each of them ----------------


class Counted(Iterator[str]):
    def __init__(self, items: Iterable[str]) -> None:
        self._items, self.taken = iter(items), 0

    def __next__(self) -> str:
        item = next(self._items)
        self.taken += 1
        return item


def progress(tool: Tool, items: str) -> list[object]:
    """The results, each with the number of items taken by then."""
    source = Counted(items)
    log: list[object] = []
    try:
        log.extend((result, source.taken) for result in tool(source))
    except ValueError as error:
        log.append(type(error))
    return [*log, source.taken]


def reading_groups(groupby: Tool, items: str, steps: list[int]) -> list[object]:
    """Ask for the next group (0), or read one item of the nth group so far."""
    source = Counted(items)
    groups = groupby(source, str.lower)
    seen: list[tuple[str, Iterator[str]]] = []
    log: list[object] = []
    for step in steps:
        if not step:
            seen.extend([group] if (group := next(groups, None)) else [])
            log.append(([key for key, _ in seen], source.taken))
        elif step <= len(seen):
            log.append((next(seen[step - 1][1], "over"), source.taken))
    return log


def reading_in_turns(tee: Tool, items: str, turns: list[int]) -> list[object]:
    source = Counted(items)
    readers = tee(source, 3)
    return [(next(readers[turn], "over"), source.taken) for turn in turns]


@given(LETTERS)
def test_takewhile_is_that_of_itertools(items: str) -> None:
    mine = progress(partial(TakeWhile, "G".__eq__), items)

    assert mine == progress(partial(itertools.takewhile, "G".__eq__), items)


@given(LETTERS, st.integers(-1, 4), st.booleans())
def test_batched_is_that_of_itertools(items: str, n: int, strict: bool) -> None:
    mine = progress(partial(Batched, n=n, strict=strict), items)

    assert mine == progress(partial(itertools.batched, n=n, strict=strict), items)


@given(st.text("GgL", max_size=8), st.lists(st.integers(0, 4)))
def test_groupby_is_that_of_itertools(items: str, steps: list[int]) -> None:
    mine = reading_groups(GroupBy, items, steps)

    assert mine == reading_groups(itertools.groupby, items, steps)


@given(LETTERS, st.lists(st.integers(0, 2)))
def test_tee_is_that_of_itertools(items: str, turns: list[int]) -> None:
    mine = reading_in_turns(tee, items, turns)

    assert mine == reading_in_turns(itertools.tee, items, turns)


@given(st.lists(st.text("GLW", max_size=3), max_size=3), st.sampled_from([-1, 1, 2]))
def test_product_is_that_of_itertools(pools: list[str], repeat: int) -> None:
    def product(tool: Tool, source: Counted) -> Any:
        return tool(source, *pools, repeat=repeat)

    mine = progress(partial(product, Product), "GL")

    assert mine == progress(partial(product, itertools.product), "GL")


def test_product_with_repeat_0_looks_at_its_input_in_the_rebuild_only() -> None:
    mine, theirs = Counted("GL"), Counted("GL")

    assert list(Product(mine, repeat=0)) == [()]
    assert list(itertools.product(theirs, repeat=0)) == [()]
    assert (mine.taken, theirs.taken) == (2, 0)


# -- What is kept --------------------------------------------------------------


@pytest.mark.parametrize(
    ("rebuild", "original", "answer"),
    [
        pytest.param(
            partial(TakeWhile, bool),
            partial(itertools.takewhile, bool),
            (0, 1, 0, 0),
            id="takewhile",
        ),
        pytest.param(
            partial(Batched, n=2),
            partial(itertools.batched, n=2),
            (0, 2, 0, 0),
            id="batched",
        ),
        pytest.param(GroupBy, itertools.groupby, (0, 1, 1, 1), id="groupby"),
        pytest.param(Product, itertools.product, (10, 10, 10, 10), id="product"),
    ],
)
def test_some_tools_keep_nothing_some_one_item_some_all_of_them(
    rebuild: Tool, original: Tool, answer: tuple[int, ...]
) -> None:
    assert appetite(rebuild) == answer
    assert appetite(original) == answer


def test_suspended_generator_keeps_what_its_names_hold() -> None:
    def batches(train: Iterator[object]) -> Iterator[object]:
        while batch := tuple(item for _, item in zip(range(2), train, strict=False)):
            yield batch

    assert appetite(lambda train: (wagon for wagon in train)) == (0, 1, 1, 1)
    assert appetite(lambda train: map(id, train)) == (0, 1, 0, 0)
    assert appetite(batches) == (0, 2, 2, 2)


def test_a_generator_checks_its_arguments_only_at_the_first_next() -> None:
    def batches(source: Any, n: int) -> Iterator[object]:
        if n < 1:
            raise ValueError("too small")
        yield from Batched(source, n)

    late = batches(None, 0)
    with pytest.raises(ValueError, match=r"^too small$"):
        next(late)
    for batched in (Batched, itertools.batched):
        with pytest.raises(ValueError):  # noqa: PT011 - the interpreter's wording
            batched("GL", 0)


def test_enumerate_zip_and_pairwise_keep_their_last_result() -> None:
    assert appetite(enumerate) == (0, 1, 1, 1)
    assert appetite(zip) == (0, 1, 1, 1)
    assert appetite(itertools.pairwise) == (0, 2, 2, 2)


def test_cycle_keeps_every_item_for_good() -> None:
    assert appetite(itertools.cycle) == (0, 1, 1, 4)


def test_islice_takes_what_it_skips() -> None:
    assert appetite(lambda train: itertools.islice(train, 3, None)) == (0, 4, 0, 0)


# -- What is lost --------------------------------------------------------------


@both("takewhile", TakeWhile)
def test_trap_takewhile_takes_the_item_that_ends_it_and_nobody_gets_it(
    takewhile: Tool,
) -> None:
    train = iter("GGLLG")

    assert list(takewhile("G".__eq__, train)) == ["G", "G"]
    assert list(train) == ["L", "G"]


@given(LETTERS)
def test_a_gate_loses_nothing(items: str) -> None:
    gate = Gate(items)
    first = list(gate.take_while("G".__eq__))

    assert first == list(itertools.takewhile("G".__eq__, items))
    assert "".join([*first, *gate]) == items


def test_trap_zip_takes_one_item_too_many_if_the_shorter_comes_second() -> None:
    first, second = iter("GLW"), iter("GLW")

    assert len(list(zip(first, "ab", strict=False))) == 2
    assert len(list(zip("ab", second, strict=False))) == 2
    assert (list(first), list(second)) == ([], ["W"])


def test_zip_strict_reports_the_difference_after_taking_the_item() -> None:
    first = iter("GLW")

    with pytest.raises(ValueError):  # noqa: PT011 - the interpreter's wording
        list(zip(first, "a", strict=True))
    assert list(first) == ["W"]


# -- groupby -------------------------------------------------------------------


@both("groupby", GroupBy)
def test_trap_a_group_is_over_when_the_next_one_begins(groupby: Tool) -> None:
    groups = groupby("GGLLG")
    _, first = next(groups)
    _, second = next(groups)

    assert (list(first), list(second)) == ([], ["L", "L"])
    assert [list(group) for _, group in list(groupby("GGLLG"))] == [[], [], []]


@both("groupby", GroupBy)
def test_groupby_compares_neighbours_only(groupby: Tool) -> None:
    assert [key for key, _ in groupby("GGLLG")] == ["G", "L", "G"]
    assert [key for key, _ in groupby(sorted("GGLLG"))] == ["G", "L"]


@both("groupby", GroupBy)
def test_groupby_calls_the_key_once_per_item(groupby: Tool) -> None:
    calls: list[str] = []

    def key(item: str) -> str:
        calls.append(item)
        return item

    list(groupby("GGLLG", key))

    assert calls == [*"GGLLG"]


@both("groupby", GroupBy)
def test_one_nan_object_is_one_key_and_two_are_two(groupby: Tool) -> None:
    nan = float("nan")

    assert len(list(groupby([nan, nan]))) == 1
    assert len(list(groupby([nan, float("nan")]))) == 2


def test_a_group_is_garbage_as_soon_as_it_is_dropped() -> None:
    groups = GroupBy(Train(2))
    last_seen = weakref.ref(next(groups)[1])

    assert last_seen() is None


# -- tee -----------------------------------------------------------------------


def test_tee_keeps_what_its_slowest_reader_has_still_to_read() -> None:
    train = Train(10)
    ahead, behind = tee(train)
    held = [len(train.held) for _ in range(10) if next(ahead)]
    held += [len(train.held) for _ in range(10) if next(behind)]

    assert held == [*range(1, 11), *range(9, -1, -1)]


@both("tee", tee)
def test_a_reader_that_is_dropped_frees_what_it_alone_had_to_read(tee: Tool) -> None:
    train = Train(200)
    ahead, behind = tee(train)
    for _ in range(150):
        next(ahead)
    assert len(train.held) == 150

    del behind
    assert len(train.held) < 100


def held_in_lockstep(tee: Tool) -> list[int]:
    train = Train(200)
    first, second = tee(train)
    return [len(train.held) for _ in range(200) if next(first) and next(second)]


def test_itertools_tee_frees_whole_blocks_of_items() -> None:
    held = held_in_lockstep(itertools.tee)
    falls = [before for before, after in itertools.pairwise(held) if after < before]

    assert held_in_lockstep(tee) == [0] * 200
    assert held[:10] == [*range(1, 11)]
    assert {max(held)} == set(falls)
    assert max(held) < 100


@both("tee", tee)
def test_two_readers_of_a_tee_at_once_are_a_runtimeerror(tee: Tool) -> None:
    started, release = threading.Event(), threading.Event()
    errors: list[str] = []

    def slow() -> str:
        started.set()
        release.wait()
        return ""

    first, second = tee(iter(slow, ""))

    def read() -> None:
        next(first, None)

    thread = threading.Thread(target=read)
    thread.start()
    started.wait()
    try:
        next(second)
    except RuntimeError as error:
        errors.append(type(error).__name__)
    finally:
        release.set()
        thread.join()

    assert errors == ["RuntimeError"]


def test_of_two_readers_who_come_to_a_place_only_the_first_takes_an_item() -> None:
    class Overtaken:
        """A lock that is had only after another reader has come and gone."""

        def __init__(self) -> None:
            self.others = [lambda: place.step()]

        def acquire(self, *, blocking: bool) -> bool:
            if self.others:
                self.others.pop()()
            return True

        def release(self) -> None: ...

    lock: Any = Overtaken()
    place = Link(iter("GL"), lock)
    item, after = place.step()

    assert (item, after.step()[0]) == ("G", "L")


@both("tee", tee)
def test_a_tee_may_feed_itself_with_what_it_has_given(tee: Tool) -> None:
    def fibonacci() -> Iterator[int]:
        yield from (1, 1)
        next(second)
        yield from map(operator.add, first, second)

    first, second, third = tee(fibonacci(), 3)

    assert list(itertools.islice(third, 8)) == [1, 1, 2, 3, 5, 8, 13, 21]


def test_a_tee_of_a_tee_starts_where_the_first_one_is() -> None:
    first, _ = tee("GLW")
    next(first)

    assert [*map(list, tee(first))] == [["L", "W"], ["L", "W"]]
    assert list(copy.copy(first)) == list(first) == ["L", "W"]


# -- By version ----------------------------------------------------------------


@both("batched", Batched)
def test_a_strict_batched_fails_at_the_short_batch_not_before(batched: Tool) -> None:
    batches = batched("GLW", 2, strict=True)

    assert next(batches) == ("G", "L")
    with pytest.raises(ValueError):  # noqa: PT011 - the interpreter's wording
        next(batches)


def test_map_can_be_strict_from_3_14_on() -> None:
    strict: Any = partial(map, operator.add, [1, 2], [3], strict=True)
    wanted = ValueError if sys.version_info >= (3, 14) else TypeError

    with pytest.raises(wanted):
        list(strict())


def test_from_3_14_on_itertools_objects_cannot_be_pickled() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for tool in (itertools.count(), itertools.chain("GL"), itertools.cycle("GL")):
            if sys.version_info >= (3, 14):
                with pytest.raises(TypeError):
                    pickle.dumps(tool)
            else:
                assert next(pickle.loads(pickle.dumps(tool))) == next(tool)


def test_built_in_iterators_can_still_be_pickled() -> None:
    for built_in in (enumerate("GL"), zip("GL"), map(str, "GL"), iter("GL")):
        assert list(pickle.loads(pickle.dumps(built_in))) == list(built_in)


# -- Errors and demo -----------------------------------------------------------


def test_errors_say_what_and_what_was_given() -> None:
    with pytest.raises(ValueError, match=r"^n must be at least 1, got 0$"):
        Batched("GL", 0)
    with pytest.raises(
        ValueError, match=r"^each batch must have 3 items, got \('G', 'L'\)$"
    ):
        next(Batched("GL", 3, strict=True))
    with pytest.raises(ValueError, match=r"^n must be at least 0, got -1$"):
        tee("GL", -1)
    with pytest.raises(ValueError, match=r"^repeat must be at least 0, got -1$"):
        Product("GL", repeat=-1)

    def feedback() -> Iterator[object]:
        yield next(second)

    first, second = tee(feedback())
    with pytest.raises(
        RuntimeError, match=r"^tee must be read by one reader at a time, got two$"
    ):
        next(first)


def test_demo_shows_the_lost_item_and_the_empty_groups(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    printed = capsys.readouterr().out
    assert "TakeWhile: GG, then LG\n  Gate:      GG, then LLG\n" in printed
    assert "late:    [('G', ''), ('L', ''), ('G', '')]\n" in printed
