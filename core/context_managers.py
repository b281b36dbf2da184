"""Context managers: on the way out ``with`` asks, and any true answer ends the error.

``__exit__`` is told what happened and asked whether that is dealt with.  A generator
answers by catching the error or not, a stack of exits asks a list of managers.

Topics: 01, 06, 10
Read:  core/01_object_model.md, section "Context managers"
Run:   python -m core.context_managers
Try:   in ``within``, look for ``__exit__`` after ``enter()``; which claim fails?
But:   no decorating, no async twins; ``__exit__(OSError, None, None)`` is no error.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any, Self

__all__ = ["Exits", "Gate", "TalkingGate", "managed", "special", "within"]

type Raised = BaseException | None


# -- The statement, written as a function ------------------------------------


def special(manager: object, name: str) -> Any:
    """What the interpreter uses as ``manager.name``: found on the type, then bound."""
    for owner in type(manager).__mro__:
        if name in vars(owner):
            method = vars(owner)[name]
            bind = getattr(type(method), "__get__", None)
            return bind(method, manager, type(manager)) if bind else method
    raise TypeError(f"the context manager {type(manager).__name__} must have {name}")


def within(manager: Any, body: Callable[[Any], object]) -> None:
    """``with manager as value: body(value)``, step by step."""
    enter, leave = special(manager, "__enter__"), special(manager, "__exit__")
    value = enter()
    try:
        body(value)
    # BaseException: a cancellation or Ctrl-C must shut the gates as well.
    except BaseException as error:
        if not leave(type(error), error, error.__traceback__):
            raise
    else:
        leave(None, None, None)


# -- The trap: a gate across a canal reports, and its exit passes that on ----


class TalkingGate:
    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def __enter__(self) -> Self:
        self.log.append(f"open {self.name}")
        return self

    def shut(self) -> bool:
        self.log.append(f"shut {self.name}")
        return True

    def __exit__(self, *details: object) -> bool | None:
        # True says "it moved"; `with` hears "the error is dealt with", any error.
        return self.shut()


class Gate(TalkingGate):
    def __exit__(self, *details: object) -> None:
        self.shut()


# -- A generator as manager --------------------------------------------------


class Generated[T]:
    """Enters by running a generator to its yield, leaves by running it on."""

    def __init__(self, gen: Generator[T], name: str) -> None:
        self.gen, self._name = gen, name

    def __enter__(self) -> T:
        if inspect.getgeneratorstate(self.gen) != inspect.GEN_CREATED:
            raise RuntimeError(f"{self._name} must be called anew, got a used manager")
        for value in self.gen:
            return value
        raise RuntimeError(f"{self._name} must yield once per call, got no yield")

    def __exit__(self, kind: Any, error: Raised, traceback: Any) -> bool:
        try:
            if error is None:
                next(self.gen)
            else:
                self.gen.throw(error)
        except StopIteration:
            return error is not None
        except BaseException as raised:
            # A StopIteration cannot leave a generator unless wrapped (PEP 479).
            wrapped = isinstance(error, StopIteration) and raised.__cause__ is error
            if error is None or not (raised is error or wrapped):
                raise
            # `with` raises it again; its traceback need not tell of this detour.
            error.__traceback__ = traceback
            return False
        self.gen.close()
        raise RuntimeError(f"{self._name} must yield once per call, got another yield")


def managed[**P, T](func: Callable[P, Generator[T]]) -> Callable[P, Generated[T]]:
    """A generator function with one yield becomes a function that makes managers."""

    @functools.wraps(func)
    def build(*args: P.args, **kwargs: P.kwargs) -> Generated[T]:
        return Generated(func(*args, **kwargs), func.__name__)

    return build


# -- A stack of exits: the nesting is a list ---------------------------------


def chain(error: Raised) -> Iterator[BaseException]:
    """The error, and those that were being handled when it was raised."""
    while error is not None:
        yield error
        error = error.__context__


def settle(leave: Callable[..., object], pending: Raised) -> Raised:
    """End one block whose body raised ``pending``; what goes on from there?"""
    if pending is None:
        leave(None, None, None)
        return None
    context, traceback = pending.__context__, pending.__traceback__
    try:
        # Handled here and now, it is the context of whatever `leave` raises.
        raise pending
    except BaseException:
        pending.__context__, pending.__traceback__ = context, traceback
        return None if leave(type(pending), pending, traceback) else pending


class Exits:
    """The exits of any number of managers, called last in, first out."""

    def __init__(self) -> None:
        self._exits: list[Any] = []
        self._outer: Raised = None

    def __enter__(self) -> Self:
        self._outer = sys.exception()  # what the code around us is handling
        return self

    def enter_context(self, manager: Any) -> Any:
        enter, leave = special(manager, "__enter__"), special(manager, "__exit__")
        value = enter()
        self._exits.append(leave)
        return value

    def push[X](self, leave: X) -> X:
        """Take over a manager that is already entered, or a bare exit function."""
        is_manager = hasattr(type(leave), "__exit__")
        self._exits.append(special(leave, "__exit__") if is_manager else leave)
        return leave

    def callback[F: Callable[..., Any]](self, call: F, /, *args: Any, **kw: Any) -> F:
        def leave(*_: object) -> None:
            call(*args, **kw)

        self._exits.append(leave)
        return call

    def pop_all(self) -> Self:
        """Move every exit to a new stack; leaving this one then calls none."""
        heir = type(self)()
        heir._exits, self._exits = self._exits, []
        return heir

    def close(self) -> None:
        self.__exit__(None, None, None)

    def __exit__(self, kind: Any, error: Raised, traceback: Any) -> bool:
        pending = error
        while self._exits:
            try:
                pending = settle(self._exits.pop(), pending)
            except BaseException as raised:
                # An earlier exit swallowed `error`, but our caller still handles it,
                # so it became the context; nested blocks are handling `_outer` here.
                swallowed = error is not None and pending is None
                for link in chain(raised) if swallowed else ():
                    if link.__context__ is error:
                        link.__context__ = self._outer
                pending = raised
        if pending is None or pending is error:
            return pending is not error
        context = pending.__context__
        try:
            raise pending
        finally:
            pending.__context__ = context


# -- Demo --------------------------------------------------------------------


@managed
def jammed(name: str) -> Generator[None]:
    try:
        yield
    finally:
        raise OSError(f"{name} gate jammed")


def fate(outer: Any, inner: Any = None) -> str:
    """What comes out of the block, and what it came after."""
    try:
        with outer, inner or Exits():  # an empty stack asks nobody
            raise OSError("boat crashed")
    except OSError as error:
        return " after ".join(map(str, chain(error)))
    except TypeError:
        return "refused"
    return "no error"


def main() -> None:
    print("With finds both methods on the type before it calls either")
    log: list[str] = []
    weir = type("Weir", (), {"__enter__": lambda _: log.append("open weir")})()
    weir.__exit__ = lambda *details: log.append("shut weir")
    print(f"  {fate(weir)}, {log = }")
    print("Any true answer from __exit__ swallows the error")
    for gate in (TalkingGate("head", []), Gate("head", [])):
        print(f"  {type(gate).__name__}: {fate(gate)}, {gate.log = }")
    print("The error of the body arrives at the yield")
    print(f"  {fate(jammed('head')) = }")
    print("A stack of exits unwinds like nested with statements")
    exits = Exits()
    for name in ("head", "tail"):
        exits.enter_context(jammed(name))
    print(f"  stack:  {fate(exits)}")
    print(f"  nested: {fate(jammed('head'), jammed('tail'))}")


if __name__ == "__main__":
    main()
