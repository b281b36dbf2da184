"""The claims of core.generators, one test each."""

import asyncio
import gc
import inspect
import sys
import weakref
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing, suppress
from types import CodeType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.generators import (
    Photo,
    RetractedError,
    async_calls,
    by_for,
    by_yield_from,
    calls,
    delegate,
    leave,
    leave_async,
    leave_closing,
    let_go,
    lot,
    main,
    most_alive,
)

type Relay = Callable[[Any], Generator[Any, Any, Any]]

BOTH = pytest.mark.parametrize("relay", [delegate, by_yield_from])


# -- Nobody comes: what does not run -----------------------------------------


def test_calling_a_generator_function_runs_none_of_it() -> None:
    log: list[str] = []

    def sale() -> Generator[str]:
        log.append("opened")
        yield "vase"

    assert inspect.getgeneratorstate(waiting := sale()) == inspect.GEN_CREATED
    assert log == []
    assert next(waiting) == "vase"
    assert log == ["opened"]


@pytest.mark.parametrize(
    "leave_it",
    [
        pytest.param(lambda vase: vase.close(), id="closed"),
        pytest.param(lambda vase: None, id="dropped"),
        pytest.param(lambda vase: vase.throw(RetractedError), id="thrown at"),
    ],
)
def test_a_generator_that_never_started_runs_no_finally(
    leave_it: Callable[[Any], None],
) -> None:
    log: list[str] = []
    with suppress(RetractedError):
        leave_it(lot("vase", log))

    assert log == []
    with suppress(RetractedError):
        started = lot("bell", log)
        next(started)
        leave_it(started)
        del started
    assert log == ["bell leaves the stage"]


def test_trap_a_check_in_a_generator_function_comes_at_the_first_next() -> None:
    def late(lots: list[str]) -> Iterator[str]:
        if not lots:
            raise RetractedError
        yield from lots

    def early(lots: list[str]) -> Iterator[str]:
        if not lots:
            raise RetractedError
        return iter(lots)

    sale = late([])
    with pytest.raises(RetractedError):
        next(sale)
    with pytest.raises(RetractedError):
        early([])
    assert list(late(["vase"])) == list(early(["vase"])) == ["vase"]


def test_a_value_cannot_be_sent_before_the_first_yield() -> None:
    log: list[str] = []
    vase = lot("vase", log)

    with pytest.raises(TypeError):
        vase.send(100)

    assert inspect.getgeneratorstate(vase) == inspect.GEN_CREATED
    assert vase.send(None) == 0


# -- Somebody comes back -----------------------------------------------------


def test_a_yield_returns_what_is_sent_and_raises_what_is_thrown() -> None:
    log: list[str] = []
    bell = lot("bell", log)

    assert [next(bell), bell.send(100), bell.send(150)] == [0, 100, 150]
    assert bell.throw(RetractedError) == 100
    assert bell.throw(RetractedError) == bell.throw(RetractedError) == 0
    with pytest.raises(ZeroDivisionError):
        bell.throw(ZeroDivisionError)
    assert log == ["bell leaves the stage"]


def test_the_return_value_travels_in_the_stopiteration() -> None:
    bell = lot("bell", [])
    next(bell)
    bell.send(100)

    with pytest.raises(StopIteration) as end:
        next(bell)

    assert end.value.value == 100


def test_the_state_tells_where_the_frame_is() -> None:
    def introspective() -> Iterator[str]:
        yield inspect.getgeneratorstate(mirror)

    mirror: Any = introspective()
    states = [inspect.getgeneratorstate(mirror), next(mirror)]
    states.append(inspect.getgeneratorstate(mirror))
    assert mirror.gi_frame is not None
    mirror.close()

    assert [*states, inspect.getgeneratorstate(mirror)] == [
        "GEN_CREATED",
        "GEN_RUNNING",
        "GEN_SUSPENDED",
        "GEN_CLOSED",
    ]
    assert mirror.gi_frame is None


def test_a_generator_cannot_be_resumed_while_it_runs() -> None:
    def impatient() -> Iterator[int]:
        yield next(itself)

    itself = impatient()

    with pytest.raises(ValueError):  # noqa: PT011
        next(itself)


def test_trap_a_generator_that_has_raised_is_used_up() -> None:
    def prices(lines: list[str]) -> Iterator[int]:
        for line in lines:
            yield int(line)

    read = []
    pending = prices(["100", "a hundred", "150"])
    for _ in range(3):
        with suppress(ValueError, StopIteration):
            read.append(next(pending))

    assert read == [100]


@pytest.mark.parametrize("how", ["raised", "thrown"])
def test_a_stopiteration_cannot_leave_a_generator(how: str) -> None:
    def first(sizes: Iterable[int]) -> Iterator[int]:
        yield 0
        yield next(iter(sizes))

    waiting: Any = first([])
    next(waiting)

    with pytest.raises(RuntimeError) as caught:
        next(waiting) if how == "raised" else waiting.throw(StopIteration)

    assert isinstance(caught.value.__cause__, StopIteration)


def test_close_returns_what_the_generator_returns() -> None:
    def total() -> Generator[None, int, int]:
        bids = 0
        try:
            while True:
                bids += yield
        except GeneratorExit:
            return bids

    running = total()
    next(running)
    running.send(100)
    running.send(50)

    assert running.close() == 150
    assert running.close() is None


def test_a_generator_that_yields_on_its_way_out_makes_close_fail() -> None:
    def stubborn() -> Iterator[str]:
        try:
            yield "vase"
        finally:
            yield "one more"

    sale: Any = stubborn()
    next(sale)

    with pytest.raises(RuntimeError):
        sale.close()

    assert inspect.getgeneratorstate(sale) == inspect.GEN_SUSPENDED
    with pytest.raises(GeneratorExit):
        next(sale)


def test_a_suspended_generator_keeps_its_locals_alive() -> None:
    tally: Counter[str] = Counter()

    def show() -> Iterator[str]:
        photo = Photo(tally)
        yield "shown"
        del photo

    showing: Any = show()
    next(showing)
    assert tally["alive"] == 1

    showing.close()

    assert tally["alive"] == 0


# -- yield from --------------------------------------------------------------


@BOTH
def test_yield_from_passes_on_what_a_for_loop_drops(relay: Relay) -> None:
    log: list[str] = []
    harp = relay(lot("harp", log))

    assert [next(harp), harp.send(100), harp.send(150)] == [0, 100, 150]
    assert harp.throw(RetractedError) == 100
    with pytest.raises(StopIteration) as end:
        next(harp)
    assert end.value.value == 100
    assert log == ["harp leaves the stage"]


def test_trap_a_for_loop_hears_no_bid_and_gets_no_price() -> None:
    log: list[str] = []
    harp = by_for(lot("harp", log))
    next(harp)

    with pytest.raises(StopIteration) as end:
        harp.send(100)
    assert end.value.value is None

    drum = by_for(lot("drum", log))
    next(drum)
    with pytest.raises(RetractedError):
        drum.throw(RetractedError)


ERRORS = [RetractedError, StopIteration, GeneratorExit, RuntimeError]

steps = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.dictionaries(
            st.sampled_from(ERRORS),
            st.sampled_from(["go on", "return", KeyError, StopIteration]),
            max_size=3,
        ),
    ),
    max_size=4,
)
answers = st.lists(
    st.sampled_from([1, 2, KeyError, StopIteration, GeneratorExit]), max_size=5
)
methods = st.fixed_dictionaries(
    {"__next__": answers},
    optional={"send": answers, "throw": answers, "close": answers},
)
subs = st.one_of(
    st.lists(st.integers(0, 9), max_size=3),
    st.tuples(steps, st.sampled_from([None, 7, KeyError])),
    methods,
)


def close(outer: Generator[Any, Any, Any]) -> object:
    return outer.close()


moves = st.lists(
    st.sampled_from(
        [
            next,
            lambda outer: outer.send(None),
            lambda outer: outer.send(1),
            close,
            *(
                lambda outer, error=error: outer.throw(error("thrown"))
                for error in ERRORS
            ),
        ]
    ),
    max_size=7,
)


def program(steps: Any, result: Any, log: list[Any]) -> Generator[Any, Any, Any]:
    """A generator that yields, catches, raises and returns as it is told."""
    try:
        for value, handlers in steps:
            try:
                log.append(("was sent", (yield value)))
            except tuple(handlers) as error:
                log.append(("caught", type(error)))
                reaction = handlers[type(error)]
                if reaction == "return":
                    return value
                if isinstance(reaction, type):
                    raise reaction(value) from None
        if isinstance(result, type):
            raise result
        return result
    finally:
        log.append("left")


def scripted(name: str, script: list[Any], log: list[Any]) -> Callable[..., Any]:
    left = iter(script)

    def answer(self: object, *arguments: object) -> object:
        log.append((name, *map(repr, arguments)))
        given = next(left, StopIteration)
        if isinstance(given, type):
            raise given(name)
        return given

    return answer


def built(sub: Any, log: list[Any]) -> Any:
    if isinstance(sub, tuple):
        return program(sub[0], sub[1], log)
    if isinstance(sub, dict):
        members = {name: scripted(name, script, log) for name, script in sub.items()}
        return type("Sub", (), {**members, "__iter__": lambda self: self})()
    return sub


def told(error: BaseException | None) -> Iterator[object]:
    """An error and what it came from; not what the interpreter says about it."""
    while error is not None:
        own_words = isinstance(error, AttributeError | RuntimeError)
        yield type(error), () if own_words else error.args, type(error.__cause__)
        error = error.__context__


def trace(relay: Relay, sub: Any, moves: list[Callable[[Any], Any]]) -> list[Any]:
    """What everybody hears, until the generator is closed at last."""
    log: list[Any] = []
    outer = relay(built(sub, log))
    for move in [*moves, *[close] * 9]:
        try:
            log.append(move(outer))
        except BaseException as error:
            log.append([*told(error)])
    assert inspect.getgeneratorstate(outer) == inspect.GEN_CLOSED
    return log


@settings(max_examples=500)
@given(subs, moves)
def test_delegate_and_yield_from_agree_on_every_script(
    sub: Any, moves: list[Callable[[Any], Any]]
) -> None:
    def twice(relay: Relay) -> Relay:
        return lambda source: relay(relay(source))

    assert trace(delegate, sub, moves) == trace(by_yield_from, sub, moves)
    assert trace(twice(delegate), sub, moves) == trace(twice(by_yield_from), sub, moves)


@BOTH
def test_a_stopiteration_thrown_at_a_yield_from_over_a_list_becomes_its_value(
    relay: Relay,
) -> None:
    def auction() -> Generator[Any, Any, Any]:
        price = yield from relay([100, 150])
        yield f"sold for {price}"

    running = auction()
    next(running)

    assert running.throw(StopIteration(80)) == "sold for 80"


def test_an_error_that_leaves_delegate_waits_for_the_collector() -> None:
    def leaves_at_once(relay: Relay) -> bool:
        relayed, error = relay([100]), RetractedError()
        gone = weakref.ref(error)
        next(relayed)
        with suppress(RetractedError):
            relayed.throw(error)
        del relayed, error
        return gone() is None

    gc.collect()
    gc.disable()
    try:
        assert leaves_at_once(by_yield_from)
        assert not leaves_at_once(delegate)
    finally:
        gc.enable()


def test_each_item_resumes_each_frame_that_delegates() -> None:
    def nested(depth: int, count: int) -> Iterator[int]:
        if depth > 1:
            yield from nested(depth - 1, count)
        else:
            for item in range(count):  # noqa: UP028
                yield item

    def resumed(depth: int) -> int:
        return count_resumed(nested, lambda: deque(nested(depth, 100), maxlen=0))

    assert [resumed(depth) for depth in (1, 10, 100)] == [100, 1000, 10_000]


def count_resumed(function: Any, call: Callable[[], object]) -> int:
    """How often a frame of the function is resumed."""
    monitoring, count = sys.monitoring, 0
    event = monitoring.events.PY_RESUME
    tool = next(number for number in range(6) if not monitoring.get_tool(number))

    def resume(code: CodeType, offset: int) -> None:
        nonlocal count
        count += 1

    monitoring.use_tool_id(tool, "resumes")
    try:
        monitoring.register_callback(tool, event, resume)
        monitoring.set_local_events(tool, function.__code__, event)
        call()
    finally:
        monitoring.set_local_events(tool, function.__code__, 0)
        monitoring.free_tool_id(tool)
    return count


# -- Pipelines ---------------------------------------------------------------


@pytest.mark.parametrize("count", [10, 1000])
def test_a_pipeline_of_for_loops_holds_two_items_however_many_pass(count: int) -> None:
    assert most_alive(by_for, count) == 2
    assert most_alive(let_go, count) == 1
    assert most_alive(list, count) == count


@pytest.mark.parametrize("stages", [1, 2, 5])
def test_a_longer_pipeline_holds_no_more(stages: int) -> None:
    tally: Counter[str] = Counter()
    source: Iterable[Photo] = (Photo(tally) for _ in range(10))
    for _ in range(stages):
        source = by_for(source)

    assert tally["most"] == 0
    assert sum(1 for _ in source) == 10
    assert (tally["most"], tally["alive"]) == (2, 0)


def test_a_generator_is_as_large_for_ten_items_as_for_a_million() -> None:
    few, many = (n for n in range(10)), (n for n in range(10**6))

    assert sys.getsizeof(few) == sys.getsizeof(many)
    assert sys.getsizeof([*range(10)]) < sys.getsizeof([*range(1000)])


# -- Leaving early -----------------------------------------------------------


def test_a_dropped_generator_is_closed_at_once_an_asynchronous_one_later() -> None:
    assert leave([]) == ["hung up", "next lot"]
    assert asyncio.run(leave_async([])) == ["next lot", "hung up"]


def test_aclosing_closes_an_asynchronous_generator_in_place() -> None:
    assert asyncio.run(leave_closing([])) == ["hung up", "next lot"]


def test_a_dropped_asynchronous_generator_is_handed_to_a_hook() -> None:
    log: list[str] = []
    handed: list[AsyncGenerator[int]] = []
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(finalizer=handed.append)
    try:
        dropped = async_calls(log)
        with pytest.raises(StopIteration):
            dropped.__anext__().send(None)
        del dropped
    finally:
        sys.set_asyncgen_hooks(*hooks)

    closing: Any = handed[0].aclose()
    assert (closing.send(None), log) == (None, [])
    with pytest.raises(StopIteration):
        closing.send(None)
    assert log == ["hung up"]


def test_a_generator_that_comes_to_its_end_is_closed_in_either_case() -> None:
    at_the_end = ["hung up", "next lot"]

    assert leave([], reserve=999) == at_the_end
    assert asyncio.run(leave_async([], reserve=999)) == at_the_end
    assert asyncio.run(leave_closing([], reserve=999)) == at_the_end


def test_a_break_leaves_a_generator_open_that_has_a_name() -> None:
    log: list[str] = []
    held = calls(log)
    for _ in held:
        break

    assert log == []
    assert list(held) == []
    assert log == ["hung up"]


def test_a_kept_asynchronous_generator_is_closed_at_the_end_of_the_run() -> None:
    log: list[str] = []

    async def sale() -> AsyncGenerator[int]:
        held = async_calls(log)
        async for _ in held:
            break
        log.append("sold")
        return held

    kept = asyncio.run(sale())

    assert log == ["sold", "hung up"]
    del kept


def test_a_dropped_asynchronous_generator_is_closed_in_a_task_of_its_own() -> None:
    async def line(closed_in: asyncio.Future[object]) -> AsyncGenerator[int]:
        try:
            yield 100
        finally:
            closed_in.set_result(asyncio.current_task())

    async def sale() -> list[bool]:
        loop, here = asyncio.get_running_loop(), asyncio.current_task()
        closed, dropped = loop.create_future(), loop.create_future()
        async with aclosing(line(closed)) as bids:
            await anext(bids)
        async for _ in line(dropped):
            break
        return [await closed is here, await dropped is here]

    assert asyncio.run(sale()) == [True, False]


@pytest.mark.parametrize("body", ["return 1", "yield from ()"])
def test_an_asynchronous_generator_neither_returns_a_value_nor_delegates(
    body: str,
) -> None:
    with pytest.raises(SyntaxError):
        compile(f"async def line():\n    yield 1\n    {body}", "<line>", "exec")


# -- The demo ----------------------------------------------------------------


def test_demo_sells_the_harp_twice_for_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    lines = capsys.readouterr().out.splitlines()
    sold = {line.split(":")[0]: line for line in lines if "sold for" in line}
    assert "None" in sold["  by_for"]
    assert sold["  delegate"][17:] == sold["  by_yield_from"][17:]
