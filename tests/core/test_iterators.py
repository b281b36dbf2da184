"""The claims of core.iterators, one test each."""

import ast
import copy
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.iterators import (
    BEDS,
    BREAK,
    WAY,
    Guide,
    Positions,
    backwards,
    beds,
    iterate,
    loop,
    main,
    shares,
    visited,
)

type Loop = Callable[[Any, Callable[[Any], object], Callable[[], object]], None]
type Checker = Callable[[str], list[str]]

RAISED = (StopIteration, RuntimeError, TypeError, LookupError)


def statement(
    items: Any, body: Callable[[Any], object], otherwise: Callable[[], object]
) -> None:
    """What ``loop`` stands for."""
    for item in items:
        if body(item) is BREAK:
            break
    else:
        otherwise()


def outcome(call: Callable[..., object], *arguments: object) -> object:
    try:
        return call(*arguments)
    except RAISED as error:
        return type(error)


# -- Classes made at random --------------------------------------------------

SOME_ANSWERS = [0, 1, 2.5, StopIteration, IndexError, KeyError, RuntimeError]

answers = st.lists(st.sampled_from(SOME_ANSWERS), max_size=5)
method = st.none() | st.just("absent") | answers
kinds = st.sampled_from(["absent", "None", "self", "other", "unbound", "7", "raises"])
rounds = st.lists(st.sampled_from([None, BREAK, StopIteration, KeyError]), max_size=6)


def scripted(name: str, script: list[Any], log: list[Any]) -> Callable[..., Any]:
    """Gives (or raises) one answer per call, and then raises StopIteration."""
    left = iter(script)

    def answer(*arguments: Any) -> Any:
        log.append((name, *arguments[1:]))
        given = next(left, StopIteration)
        if isinstance(given, type):
            raise given
        return given

    return answer


class Unbound:
    """A callable that is no descriptor, so it is called without the object."""

    def __init__(self, result: object) -> None:
        self._result = result

    def __call__(self) -> object:
        return self._result


def obj(log: list[Any], iter_kind: str = "absent", **methods: Any) -> Any:
    """An object whose class has these methods, and whose own dict lies about them."""
    members: dict[str, Any] = {}
    for name, script in methods.items():
        if script != "absent":
            given = None if script is None else scripted(name, script, log)
            members[f"__{name}__"] = given
    other = type("Other", (), {"__next__": scripted("other", [4, 5], log)})()

    def make(self: Any) -> object:
        log.append("iter")
        if iter_kind == "raises":
            raise KeyError
        return {"self": self, "other": other, "7": 7}[iter_kind]

    made: dict[str, Any] = {"None": None, "unbound": Unbound(other)}
    if iter_kind != "absent":
        members["__iter__"] = made.get(iter_kind, make)
    result = type("Made", (), members)()
    vars(result).update(dict.fromkeys(members, lambda *_: log.append("instance")))
    return result


@settings(max_examples=400)
@given(kinds, method, method, rounds)
def test_loop_and_the_statement_ask_the_same_and_see_the_same(
    iter_kind: str, next_: Any, getitem: Any, script: list[Any]
) -> None:
    def trace(run: Loop) -> list[Any]:
        log: list[Any] = []
        items = obj(log, iter_kind, next=next_, getitem=getitem)
        for _ in range(2):
            left = iter(script)

            def body(item: object, left: Iterator[Any] = left) -> object:
                log.append(item)
                given = next(left, None)
                if isinstance(given, type):
                    raise given
                return given

            log.append(outcome(run, items, body, lambda: log.append("else")))
        return log

    assert trace(loop) == trace(statement)


@given(kinds, method, method)
def test_iterate_does_what_iter_does(iter_kind: str, next_: Any, getitem: Any) -> None:
    def trace(make: Callable[[Any], Any]) -> list[Any]:
        log: list[Any] = []
        iterator = outcome(make, obj(log, iter_kind, next=next_, getitem=getitem))
        # Also past the end, where some iterators begin anew.
        return [*log, *(outcome(next, iterator) for _ in range(8)), *log]

    ours, theirs = trace(iterate), trace(iter)

    assert ours == theirs


same = st.sampled_from([0, 0.0, False, 1, float("nan"), "0"])


@given(st.lists(same | st.sampled_from([StopIteration, KeyError]), max_size=6), same)
def test_iterate_until_does_what_iter_with_a_sentinel_does(
    script: list[Any], sentinel: object
) -> None:
    def trace(make: Callable[..., Any]) -> list[Any]:
        log: list[Any] = []
        iterator = make(scripted("call", script, log), sentinel)
        return [*(repr(outcome(next, iterator)) for _ in range(8)), *log]

    assert trace(iterate) == trace(iter)


@given(method, method, method | st.integers(0, 4))
def test_backwards_does_what_reversed_does(
    reversed_: Any, getitem: Any, length: Any
) -> None:
    def trace(make: Callable[..., Any]) -> list[Any]:
        log: list[Any] = []
        len_ = [length] if isinstance(length, int) else length
        items = obj(log, reversed=reversed_, getitem=getitem, len=len_)
        iterator = outcome(make, items)
        if not hasattr(iterator, "__next__"):
            return [*log, iterator]
        return [*(outcome(next, iterator) for _ in range(6)), *log]

    assert trace(backwards) == trace(reversed)


# -- Who may say that it is the end ------------------------------------------


def test_trap_a_stopiteration_that_leaves_next_is_the_end_whoever_raised_it() -> None:
    assert list(map(beds, WAY)) == [24]
    assert list(filter(beds, WAY)) == ["Alpe"]
    with pytest.raises(StopIteration):
        [beds(hut) for hut in WAY]
    with pytest.raises(RuntimeError) as caught:
        tuple(beds(hut) for hut in WAY)
    assert isinstance(caught.value.__cause__, StopIteration)


def test_trap_iteration_by_position_takes_any_indexerror_for_the_end() -> None:
    guide = Guide("Alpe,24", "Bard", "Cime,16")

    assert list(iterate(guide)) == list(guide) == [24]  # type: ignore[call-overload]
    assert guide[2] == 16


def test_a_map_that_ended_on_a_missing_hut_goes_on_behind_it() -> None:
    numbers = map(beds, WAY)

    assert list(numbers) == [24]
    assert list(numbers) == [16, 40]


@pytest.mark.parametrize("run", [loop, statement])
def test_a_stopiteration_in_the_body_does_not_end_the_loop(run: Loop) -> None:
    ended: list[str] = []

    with pytest.raises(StopIteration):
        run(WAY, beds, lambda: ended.append("else"))

    assert ended == []


@pytest.mark.parametrize("make", [iterate, iter])
def test_iter_with_a_sentinel_takes_a_stopiteration_of_the_call_for_the_end(
    make: Callable[..., Iterator[int]],
) -> None:
    huts = iter(WAY)

    assert list(make(lambda: beds(next(huts)), None)) == [24]


@pytest.mark.parametrize("make", [iterate, iter])
def test_a_call_that_uses_up_its_own_iterator_is_not_heard(
    make: Callable[..., Iterator[str]],
) -> None:
    huts = iter(WAY)

    def call() -> str:
        if (hut := next(huts)) == "Bard":
            assert list(until_dosso) == ["Cime"]
        return hut

    until_dosso = make(call, "Dosso")

    assert list(until_dosso) == ["Alpe"]


def test_iter_refuses_a_regex_match_as_iterate_cannot() -> None:
    match: Any = re.match("(Al)pe", "Alpe")

    with pytest.raises(TypeError):
        iter(match)
    assert list(iterate(match)) == ["Alpe", "Al"]


def test_errors_say_what_is_missing() -> None:
    class Endless:
        def __iter__(self) -> int:
            return 7

    class Sealed(list[int]):
        __iter__ = __reversed__ = None  # type: ignore[assignment]

    refused: list[tuple[Callable[..., Any], list[Any], str]] = [
        (iterate, [7], "int must have __iter__ or __getitem__ to be iterated"),
        (iterate, [7, None], "int must be callable to be called until a sentinel"),
        (iterate, [Endless()], "Endless.__iter__ must return an iterator, got 7"),
        (
            iterate,
            [Sealed()],
            "Sealed must have __iter__ or __getitem__ to be iterated",
        ),
        (backwards, [{7}], "set must have positions to be reversed"),
        (backwards, [Sealed()], "Sealed must have positions to be reversed"),
    ]
    for call, arguments, message in refused:
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            call(*arguments)


# -- Used up -----------------------------------------------------------------


def test_trap_used_up_looks_just_like_empty() -> None:
    sizes = [24, 16, 40]
    walk = iter(WAY)

    assert shares(sizes) == [0.3, 0.2, 0.5]
    assert shares(iter(sizes)) == shares([]) == []
    assert "Cime" in walk
    assert list(walk) == ["Dosso"]
    assert "Dosso" not in walk


def test_a_checker_lets_an_iterator_pass_for_an_iterable_not_for_a_collection(
    checker: Checker,
) -> None:
    verdict = checker(
        "from collections.abc import Collection, Iterable\n"
        "def once(sizes: Iterable[int]) -> None: ...\n"
        "def twice(sizes: Collection[int]) -> None: ...\n"
        "once(iter([24]))\n"
        "twice(iter([24]))\n"
    )

    assert verdict[0].endswith("[arg-type]")
    assert {line.partition(":")[0] for line in verdict} == {"5"}


@pytest.mark.parametrize(
    ("items", "second"),
    [
        pytest.param(range(3), [0, 1, 2], id="range"),
        pytest.param({1: 2}.values(), [2], id="view"),
        pytest.param(zip("ab", "cd", strict=True), [], id="zip"),
        pytest.param(map(str, [1, 2]), [], id="map"),
        pytest.param(enumerate("ab"), [], id="enumerate"),
        pytest.param(reversed([1, 2]), [], id="reversed"),
    ],
)
def test_ranges_and_views_can_be_walked_again_zip_map_and_reversed_cannot(
    items: Any, second: list[object]
) -> None:
    list(items)

    assert list(items) == second


def test_a_list_iterator_that_is_used_up_misses_what_is_appended() -> None:
    huts = ["Alpe"]
    walk = iter(huts)
    assert list(walk) == ["Alpe"]

    huts.append("Bard")

    assert list(walk) == []


def test_a_text_file_goes_on_when_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "guide"
    path.write_text("Alpe\n", encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        assert list(reader) == ["Alpe\n"]

        with path.open("a", encoding="utf-8") as writer:
            writer.write("Bard\n")

        assert list(reader) == ["Bard\n"]


def test_in_an_iteration_by_position_an_error_leaves_the_position_where_it_was() -> (
    None
):
    class Sparse:
        def __getitem__(self, position: int) -> int:
            return {0: 24, 2: 16}[position]

    for walk in (iterate(Sparse()), iter(Sparse())):
        assert next(walk) == 24
        assert outcome(next, walk) is outcome(next, walk) is KeyError


# -- One position, two loops -------------------------------------------------


def test_two_loops_over_one_iterator_share_its_position() -> None:
    walk = iter(WAY)

    assert iter(walk) is walk
    assert [(a, b) for a in walk for b in walk] == [("Alpe", hut) for hut in WAY[1:]]
    assert len([(a, b) for a in WAY for b in WAY]) == 16


def test_trap_a_class_that_rewinds_in_iter_cuts_the_loop_around_it_short() -> None:
    class Trail:
        def __iter__(self) -> "Trail":
            self.at = 0
            return self

        def __next__(self) -> str:
            if self.at == len(WAY):
                raise StopIteration
            self.at += 1
            return WAY[self.at - 1]

    trail = Trail()

    assert list(trail) == list(trail) == WAY
    assert len([(a, b) for a in trail for b in trail]) == 4


def test_a_for_loop_asks_an_iterator_for_next_alone() -> None:
    class Walk:
        def __next__(self) -> str:
            raise StopIteration

    class Trail:
        def __iter__(self) -> Walk:
            return Walk()

    trail: Any = Trail()

    assert list(trail) == []
    assert outcome(iter, iter(trail)) is outcome(iterate, iterate(trail)) is TypeError


# -- Changes under the loop --------------------------------------------------


@pytest.mark.parametrize(
    ("items", "change", "seen"),
    [
        pytest.param(list(WAY), list.remove, ["Alpe", "Cime"], id="list"),
        pytest.param(bytearray(b"abcd"), bytearray.remove, [97, 99], id="bytearray"),
        pytest.param(deque(WAY), deque.remove, ["Alpe", "RuntimeError"], id="deque"),
        pytest.param(
            deque(WAY),
            lambda line, hut: line.rotate(),
            ["Alpe", "RuntimeError"],
            id="rotation",
        ),
        pytest.param(dict(BEDS), dict.pop, ["Alpe", "RuntimeError"], id="dict"),
        pytest.param({7}, lambda tags, tag: tags.add(8), [7, "RuntimeError"], id="set"),
        pytest.param(
            OrderedDict(BEDS),
            OrderedDict.move_to_end,
            ["Alpe", "RuntimeError"],
            id="OrderedDict",
        ),
        pytest.param(
            dict.fromkeys(WAY, 0),
            lambda sizes, hut: sizes.update({hut: 9}),
            WAY,
            id="values of a dict",
        ),
    ],
)
def test_what_a_loop_sees_of_a_change_is_up_to_the_iterator(
    items: Any, change: Callable[[Any, Any], object], seen: list[object]
) -> None:
    fresh = copy.copy(items)

    assert visited(fresh, lambda item: change(fresh, item)) == seen


def test_a_list_that_is_walked_backwards_may_lose_what_was_seen() -> None:
    for walk in (backwards, reversed):
        huts = list(WAY)

        assert visited(walk(huts), huts.remove) == WAY[::-1]
        assert huts == []


def test_a_list_that_shrinks_ends_its_reversed_at_once() -> None:
    for walk in (reversed, lambda huts: Positions(huts, len(huts) - 1, -1)):
        huts = list(WAY)
        assert list(walk(huts)) == WAY[::-1]
        back = walk(huts)
        huts.pop()

        assert list(back) == []


def test_a_set_notices_a_change_of_size_not_a_swap() -> None:
    tags = {1, 2, 3}

    def swap(tag: int) -> None:
        tags.remove(tag)
        tags.add(-abs(tag))

    assert "RuntimeError" not in visited(tags, swap)
    assert tags == {-1, -2, -3}


def test_reading_a_missing_key_of_a_defaultdict_breaks_the_loop_over_it() -> None:
    lists: defaultdict[str, list[str]] = defaultdict(list, Alpe=["Bard"])
    counts = Counter(Alpe=1)

    assert visited(lists, lambda hut: lists["Bard"]) == ["Alpe", "RuntimeError"]
    assert visited(counts, lambda hut: counts["Bard"]) == ["Alpe"]


# -- How many are left, and what is evaluated when ---------------------------


class Logged:
    """Three items, and a log of what it was asked for."""

    def __init__(self, log: list[str], length: object) -> None:
        self.log, self.length = log, length

    def __iter__(self) -> Iterator[int]:
        self.log.append("__iter__")
        return iter([1, 2, 3])

    def __len__(self) -> int:
        self.log.append("__len__")
        if isinstance(self.length, int):
            return self.length
        raise self.length  # type: ignore[misc]


def test_list_asks_for_a_length_before_it_takes_the_first_item() -> None:
    log: list[str] = []

    assert list(Logged(log, 3)) == [1, 2, 3]
    assert log == ["__iter__", "__len__"]
    with pytest.raises(ZeroDivisionError):
        list(Logged(log, ZeroDivisionError))


@pytest.mark.parametrize("length", [0, 1, 1000, TypeError])
def test_a_wrong_length_costs_no_item(length: object) -> None:
    assert list(Logged([], length)) == [1, 2, 3]


def test_a_generator_expression_asks_for_its_first_iterator_at_once_others_later() -> (
    None
):
    first: list[str] = []
    second: list[str] = []

    pairs = ((a, b) for a in Logged(first, 3) for b in Logged(second, 3))

    assert (first, second) == (["__iter__"], [])
    assert sum(1 for _ in pairs) == 9
    assert (first, second) == (["__iter__"], ["__iter__"] * 3)
    with pytest.raises(TypeError):
        (size for size in 7)  # type: ignore[attr-defined]


# -- The demo ----------------------------------------------------------------


def test_demo_loses_the_same_part_twice(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    printed = capsys.readouterr().out
    by_map, by_position = re.findall(r"map: +(.*)|16'\)\)\) = (.*)", printed)
    assert ast.literal_eval("".join(by_map)) == [24]
    assert by_map[0] == by_position[1]
