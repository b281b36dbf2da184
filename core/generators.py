"""Generators: a ``yield`` leaves the function; others decide how it goes on, and if.

Calling a generator function makes a frame and runs none of it.  Its holder moves it on:
``next`` and ``send`` with a value, ``throw`` with an error, ``close`` with the order to
leave.  Where nobody does, the rest does not run, and ``finally`` belongs to the rest.
A ``for`` in between drops all that; ``delegate``, ``yield from`` by hand, drops none.

Topics: 06
Read:  core/06_iterators_functional.md, section "Generators"
Run:   python -m core.generators
Try:   delete ``del item``: two photos are alive at a time then, not one.
But:   an error that leaves ``delegate`` waits for the collector: the frame holds it.
Source: PEP 342, PEP 380, PEP 525; CLEANUP_THROW in Python/bytecodes.c of CPython.
"""

import asyncio
import inspect
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from typing import Any

__all__ = ["Photo", "RetractedError", "by_for", "delegate", "let_go", "lot"]


# -- One lot at an auction: every way to come back to a yield ----------------


class RetractedError(Exception):
    """The last bid does not count."""


def lot(name: str, log: list[str]) -> Generator[int, int | None, int]:
    """Yields the price, is sent bids; when it is sent None, returns the price."""
    bids = [0]
    try:
        while True:
            try:
                if (bid := (yield bids[-1])) is None:
                    return bids[-1]
                bids.append(bid)
            except RetractedError:
                bids = bids[:-1] or [0]
    finally:
        log.append(f"{name} leaves the stage")


# -- yield from, and the loop that it is taken for ---------------------------


def by_for[T](source: Iterable[T]) -> Generator[T, Any]:
    for item in source:  # noqa: UP028
        # What comes back to this yield is dropped: `source` hears next() and
        # nothing else, and what it returns is lost as well.
        yield item


def by_yield_from(source: Iterable[Any]) -> Generator[Any, Any, Any]:
    return (yield from source)


def resume(sub: Any, sent: Any, error: BaseException | None) -> Any:
    """Come back to ``sub`` the way somebody came back to us."""
    if error is None:
        return next(sub) if sent is None else sub.send(sent)
    if isinstance(error, GeneratorExit):
        # To leave is an order: we leave too, whatever `sub` makes of it.
        if hasattr(sub, "close"):
            sub.close()
    elif hasattr(sub, "throw"):
        return sub.throw(error)
    raise error


def delegate(source: Iterable[Any]) -> Generator[Any, Any, Any]:
    """``return (yield from source)``."""
    sub, sent, error = iter(source), None, None
    while True:
        try:
            item = resume(sub, sent, error)
        except StopIteration as end:
            return end.value
        error = None
        try:
            sent = yield item
        except BaseException as thrown:
            error = thrown


# -- A pipeline, and what is alive in it -------------------------------------


class Photo:
    def __init__(self, tally: Counter[str]) -> None:
        self.tally = tally
        tally["alive"] += 1
        tally["most"] = max(tally["most"], tally["alive"])

    def __del__(self) -> None:
        self.tally["alive"] -= 1


def let_go[T](source: Iterable[T]) -> Iterator[T]:
    for item in source:
        yield item
        # Otherwise the loop holds it until it has got the next one.
        del item


def most_alive(stage: Callable[..., Iterable[Any]], count: int) -> int:
    """How many photos are alive at once on their way through two such stages."""
    tally: Counter[str] = Counter()
    deque(stage(stage(Photo(tally) for _ in range(count))), maxlen=0)
    return tally["most"]


# -- Leaving a loop early ----------------------------------------------------


def calls(log: list[str]) -> Iterator[int]:
    try:
        yield 100
    finally:
        log.append("hung up")


async def async_calls(log: list[str]) -> AsyncGenerator[int]:
    try:
        yield 100
    finally:
        # Only a loop can run this, so whoever drops us has to leave it to one.
        await asyncio.sleep(0)
        log.append("hung up")


def leave(log: list[str], reserve: int = 100) -> list[str]:
    for bid in calls(log):
        if bid >= reserve:
            break
    log.append("next lot")
    return log


async def leave_async(log: list[str], reserve: int = 100) -> list[str]:
    async for bid in async_calls(log):
        if bid >= reserve:
            break
    log.append("next lot")
    return log


async def leave_closing(log: list[str], reserve: int = 100) -> list[str]:
    async with aclosing(async_calls(log)) as bids:
        async for bid in bids:
            if bid >= reserve:
                break
    log.append("next lot")
    return log


# -- Demo --------------------------------------------------------------------


def heard(sale: Generator[int, Any, Any]) -> Iterator[object]:
    """A sale with two bids, of which the last is retracted."""
    yield next(sale)
    try:
        yield sale.send(100)
        yield sale.send(150)
        yield sale.throw(RetractedError)
        yield next(sale)
    except StopIteration as end:
        yield f"sold for {end.value}"


def main() -> None:
    print("Calling a generator function runs none of it")
    log: list[str] = []
    vase = lot("vase", log)
    print(f"  {inspect.getgeneratorstate(vase) = }, {log = }")
    print(f"  {vase.close() = }, {log = }")
    print("A yield returns what is sent and raises what is thrown")
    bell = lot("bell", log)
    print(f"  {next(bell) = }, {bell.send(100) = }, {bell.send(150) = }")
    print(f"  {bell.throw(RetractedError) = }, {bell.close() = }, {log = }")
    print("`yield from` passes on what a for loop drops")
    for relay in (by_for, delegate, by_yield_from):
        print(f"  {relay.__name__ + ':':15}{[*heard(relay(lot('harp', [])))]}")
    print("A pipeline of for loops holds two items, however many pass")
    for stage in (list, by_for, let_go):
        counts = f"{most_alive(stage, 10)} of 10, {most_alive(stage, 1000)} of 1000"
        print(f"  {stage.__name__ + ':':15}{counts}")
    print("A dropped generator is closed at once, an asynchronous one later")
    print(f"  for:           {leave([])}")
    print(f"  async for:     {asyncio.run(leave_async([]))}")
    print(f"    in aclosing: {asyncio.run(leave_closing([]))}")


if __name__ == "__main__":
    main()
