"""Decorators: the name gets another object, and that one must answer for the old.

A wrapper is called in place of the function.  But calling an ``async def`` or a
generator function does none of its work: what is done around the call is over before
the work begins.  And a function is not only called; it is bound by the dot, asked for
its kind, read for its signature.  Of all that, ``wraps`` restores the label.

Topics: 04, 05, 06
Read:  core/04_metaprogramming.md, section "Decorators"
Run:   python -m core.decorators
Try:   take ``of_generator`` out of ``KINDS``: its row is the same on both sides then.
Source: PEP 318, PEP 612; ``functools.update_wrapper``.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from functools import update_wrapper, wraps
from types import MethodType
from typing import Any, Concatenate, Self, overload

__all__ = ["LooseTally", "Tally", "around_call", "around_work"]

type Manage = Callable[[], AbstractContextManager[object]]


# -- The trap: around the call ------------------------------------------------


def around_call[**P, R](manage: Manage) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(func: Callable[P, R]) -> Callable[P, R]:
        @wraps(func)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            with manage():
                # An async or generator function is not run by this, only called.
                return func(*args, **kwargs)

        return wrapper

    return decorate


# -- Around the work: each kind gets a wrapper of its kind --------------------


def of_coroutine(func: Any, manage: Manage) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with manage():
            return await func(*args, **kwargs)

    return wrapper


def of_generator(func: Any, manage: Manage) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with manage():
            return (yield from func(*args, **kwargs))

    return wrapper


def of_async_generator(func: Any, manage: Manage) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with manage():
            # No `yield from` here: closing is passed on, sending and throwing are not.
            async with aclosing(func(*args, **kwargs)) as items:
                async for item in items:
                    yield item

    return wrapper


KINDS: dict[Callable[[object], bool], Callable[[Any, Manage], Any]] = {
    inspect.iscoroutinefunction: of_coroutine,
    inspect.isgeneratorfunction: of_generator,
    inspect.isasyncgenfunction: of_async_generator,
}


def around_work[**P, R](manage: Manage) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(func: Any) -> Any:
        for is_of_kind, of_kind in KINDS.items():
            if is_of_kind(func):
                return wraps(func)(of_kind(func, manage))
        # A plain function does its work in the call.
        return around_call(manage)(func)

    return decorate


# -- An object in the place of a function -------------------------------------


class LooseTally[**P, R]:
    """Counts the calls of a function, unless that is a method."""

    def __init__(self, func: Callable[P, R]) -> None:
        self.func, self.count = func, 0
        update_wrapper(self, func)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        self.count += 1
        return self.func(*args, **kwargs)


class Tally[**P, R](LooseTally[P, R]):
    """The same for methods as well: the dot binds it, as it binds a function."""

    @overload
    def __get__(self, obj: None, owner: type) -> Self: ...
    @overload
    def __get__[S, **Q](
        self: "Tally[Concatenate[S, Q], R]", obj: S, owner: type
    ) -> Callable[Q, R]: ...
    def __get__(self, obj: object, owner: type) -> object:
        return self if obj is None else MethodType(self, obj)


# -- Demo: what is exposed in the light is spoilt -----------------------------


class Darkroom:
    def __init__(self) -> None:
        self.log: list[str] = []

    @contextmanager
    def dark(self) -> Iterator[None]:
        self.log.append("dark")
        try:
            yield
        finally:
            self.log.append("light")

    def function(self) -> str:
        self.log.append("expose")
        return "a print"

    async def coroutine(self) -> str:
        return self.function()

    def generator(self) -> Iterator[str]:
        yield self.function()

    async def async_generator(self) -> AsyncIterator[str]:
        yield self.function()

    @LooseTally
    def rinse(self, minutes: int) -> str:
        return f"rinsed for {minutes} minutes"

    @Tally
    def fix(self, minutes: int) -> str:
        return f"fixed for {minutes} minutes"


async def log_of(decorator: Callable[[Manage], Any], kind: str) -> str:
    room = Darkroom()
    returned = decorator(room.dark)(getattr(room, kind))()
    match kind:
        case "coroutine":
            await returned
        case "generator":
            list(returned)
        case "async_generator":
            [each async for each in returned]
    return " ".join(room.log)


def main() -> None:
    print("In three kinds of functions the call does none of the work")
    print("  {:18}{:24}{}".format("", "around_call", "around_work"))
    for kind in ("function", "coroutine", "generator", "async_generator"):
        logs = (log_of(each, kind) for each in (around_call, around_work))
        print("  {:18}{:24}{}".format(kind, *map(asyncio.run, logs)))

    room = Darkroom()

    @around_work(room.dark)
    @around_call(room.dark)
    async def develop(negative: str) -> str:
        return room.function()

    print("`wraps` restores the label, not the kind")
    print(f"  {develop.__name__}{inspect.signature(develop)}")
    print(f"  {inspect.iscoroutinefunction(develop) = }")
    asyncio.run(develop("no 7"))
    print(f"  {' '.join(room.log)}")

    print("An object with `__call__` alone is not bound")
    methods: list[Callable[..., str]] = [room.rinse, room.fix]
    for method in methods:
        try:
            print(f"  {method.__name__}: {method(5)}")
        except TypeError as error:
            print(f"  {method.__name__}: {type(error).__name__}")


if __name__ == "__main__":
    main()
