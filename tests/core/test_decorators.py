"""The claims of core.decorators, one test each."""

import abc
import asyncio
import functools
import inspect
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
)
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decorators import (
    Darkroom,
    LooseTally,
    Tally,
    around_call,
    around_work,
    log_of,
    main,
)

type Checker = Callable[[str], list[str]]

KINDS = ["function", "coroutine", "generator", "async_generator"]
each_kind = pytest.mark.parametrize("kind", KINDS)
each_decorator = pytest.mark.parametrize("decorator", [around_call, around_work])


def logged(decorator: Callable[..., Any], kind: str) -> str:
    return asyncio.run(log_of(decorator, kind))


# -- The call and the work -----------------------------------------------------


def test_trap_in_three_kinds_of_functions_the_call_does_none_of_the_work() -> None:
    assert [logged(around_call, kind) for kind in KINDS] == [
        "dark expose light",
        "dark light expose",
        "dark light expose",
        "dark light expose",
    ]
    assert {logged(around_work, kind) for kind in KINDS} == {"dark expose light"}


@each_kind
def test_context_manager_as_a_decorator_agrees(kind: str) -> None:
    """The standard library goes around the work from 3.15 on."""
    ours = around_work if sys.version_info >= (3, 15) else around_call

    assert logged(lambda manage: manage(), kind) == logged(ours, kind)


def function() -> None:
    raise LookupError


async def coroutine() -> None:
    raise LookupError


def generator() -> Iterator[None]:
    yield
    raise LookupError


async def async_generator() -> AsyncIterator[None]:
    yield
    raise LookupError


async def use(returned: Any) -> None:
    if isinstance(returned, Awaitable):
        await returned
    elif isinstance(returned, AsyncIterator):
        [each async for each in returned]
    elif isinstance(returned, Iterator):
        list(returned)


@pytest.mark.parametrize("kind", [function, coroutine, generator, async_generator])
def test_only_around_the_work_the_manager_sees_every_error(
    kind: Callable[[], Any],
) -> None:
    seen: list[str] = []

    @contextmanager
    def transaction(name: str) -> Iterator[None]:
        try:
            yield
        except LookupError:
            seen.append(name)
            raise

    for decorator in (around_call, around_work):
        decorated = decorator(lambda: transaction(decorator.__name__))(kind)  # noqa: B023
        with pytest.raises(LookupError):
            asyncio.run(use(decorated()))

    both = ["around_call", "around_work"]
    assert seen == (both if kind is function else ["around_work"])


ASKED = [
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
]


@each_kind
def test_around_the_work_every_function_keeps_its_label_and_its_kind(kind: str) -> None:
    room = Darkroom()
    before = getattr(room, kind)
    after: Any = around_work(room.dark)(before)

    assert after.__name__ == kind
    assert after.__wrapped__ == before
    assert [is_a(after) for is_a in ASKED] == [is_a(before) for is_a in ASKED]


def echo() -> Generator[object, object, str]:
    got: object = None
    while got != "stop":
        try:
            got = yield got
        except ValueError:
            got = "caught"
    return "done"


def play(func: Callable[[], Any], history: list[tuple[str, Any]]) -> list[object]:
    items = func()
    outcomes: list[object] = [next(items)]
    for method, value in history:
        try:
            outcomes.append(getattr(items, method)(*value))
        except StopIteration as stop:
            outcomes.append(("stop", stop.value))
        except LookupError as error:
            outcomes.append(type(error))
        except ValueError as error:
            outcomes.append(type(error))
    items.close()
    return outcomes


STEPS = [
    ("send", ("ask",)),
    ("send", ("stop",)),
    ("throw", (ValueError(),)),
    ("throw", (LookupError(),)),
    ("close", ()),
]


@given(st.lists(st.sampled_from(STEPS), max_size=6))
def test_wrapped_generator_passes_on_send_throw_and_close(
    history: list[tuple[str, Any]],
) -> None:
    room = Darkroom()

    assert play(around_work(room.dark)(echo), history) == play(echo, history)
    assert room.log == ["dark", "light"]


def test_what_is_sent_to_a_wrapped_async_generator_is_lost() -> None:
    room = Darkroom()

    async def listen() -> AsyncGenerator[None, object]:
        try:
            while True:
                heard = yield
                room.log.append(str(heard))
        finally:
            room.log.append("closed")

    async def talk(func: Callable[[], AsyncGenerator[None, object]]) -> list[str]:
        room.log.clear()
        items = func()
        await anext(items)
        await items.asend("stop bath")
        await items.aclose()
        return room.log

    assert asyncio.run(talk(listen)) == ["stop bath", "closed"]
    wrapped = around_work(room.dark)(listen)
    assert asyncio.run(talk(wrapped)) == ["dark", "None", "closed", "light"]


def test_what_is_thrown_into_a_wrapped_async_generator_does_not_arrive() -> None:
    room = Darkroom()

    async def listen() -> AsyncGenerator[None]:
        try:
            yield
        except ValueError:
            room.log.append("caught")
            yield
        except GeneratorExit:
            room.log.append("closed")
            raise

    async def startle(func: Callable[[], AsyncGenerator[None]]) -> list[str]:
        room.log.clear()
        items = func()
        await anext(items)
        try:
            await items.athrow(ValueError())
        except ValueError:
            room.log.append("escaped")
        return room.log

    assert asyncio.run(startle(listen))[0] == "caught"
    wrapped = around_work(room.dark)(listen)
    assert asyncio.run(startle(wrapped)) == ["dark", "closed", "light", "escaped"]


def test_between_two_items_the_manager_stays_entered() -> None:
    room = Darkroom()

    @around_work(room.dark)
    def strip() -> Iterator[str]:
        yield "first"
        yield "second"

    items = strip()
    assert room.log == []
    next(items)
    room.log.append("look")
    next(items)
    assert room.log == ["dark", "look"]


def test_plain_function_that_returns_a_coroutine_passes_for_a_function() -> None:
    room = Darkroom()

    @around_work(room.dark)
    def develop() -> Any:
        return room.coroutine()

    asyncio.run(develop())
    assert room.log == ["dark", "light", "expose"]


# -- The label -----------------------------------------------------------------


def test_wraps_restores_the_label_not_the_kind() -> None:
    room = Darkroom()

    async def develop(negative: str) -> str:
        """Into the bath."""
        return room.function()

    hidden = around_call(room.dark)(develop)
    assert hidden.__name__ == "develop"
    assert hidden.__doc__ == "Into the bath."
    assert inspect.signature(hidden) == inspect.signature(develop)
    assert not inspect.iscoroutinefunction(hidden)

    asyncio.run(around_work(room.dark)(hidden)("no 7"))
    assert room.log == ["dark", "dark", "light", "light", "expose"]

    room.log.clear()
    shown = around_work(room.dark)(develop)
    asyncio.run(around_work(room.dark)(shown)("no 7"))
    assert room.log == ["dark", "dark", "expose", "light", "light"]


@each_decorator
def test_wrong_call_gets_into_the_wrapper_before_it_is_refused(
    decorator: Callable[..., Any],
) -> None:
    room = Darkroom()

    def fix(minutes: int) -> int:
        return minutes

    with pytest.raises(TypeError):
        decorator(room.dark)(fix)()
    assert room.log == ["dark", "light"]


@pytest.mark.parametrize("decorator", [around_call, around_work])
def test_marks_in_the_dict_of_a_function_are_copied_by_wraps(
    decorator: Callable[..., Any],
) -> None:
    room = Darkroom()

    def develop() -> Any:
        return room.coroutine()

    def fix() -> None: ...

    abstract: Any = decorator(room.dark)(abc.abstractmethod(fix))
    assert abstract.__isabstractmethod__ is True
    wrapped = around_call(room.dark)(inspect.markcoroutinefunction(develop))
    assert inspect.iscoroutinefunction(wrapped)


def test_signature_follows_wrapped_unless_there_is_a_signature_attribute() -> None:
    def fix(minutes: int) -> str:
        return f"fixed for {minutes} minutes"

    def wrapper(*args: Any, **kwargs: Any) -> str:
        return fix(*args, **kwargs)

    assert str(inspect.signature(wrapper)) == "(*args: Any, **kwargs: Any) -> str"
    labelled: Any = functools.wraps(fix)(wrapper)
    assert inspect.signature(labelled) == inspect.signature(fix)

    labelled.__signature__ = inspect.signature(lambda: None)
    assert str(inspect.signature(labelled)) == "()"


def test_wraps_copies_annotations_up_to_3_13_and_from_3_14_what_computes_them() -> None:
    def fix(minutes: int) -> None: ...

    label: Any = functools.wraps(fix)(lambda minutes: None)
    assert label.__annotations__ == {"minutes": int, "return": None}
    if sys.version_info < (3, 14):
        assert label.__annotations__ is fix.__annotations__
        return

    names: dict[str, Any] = {}
    exec("def develop(film: Film): ...", names)
    label = functools.wraps(names["develop"])(lambda film: None)
    with pytest.raises(NameError):
        _ = label.__annotations__
    names["Film"] = bytes
    assert label.__annotations__ == {"film": bytes}


# -- The line with the @ ---------------------------------------------------------


def test_decorators_are_evaluated_downwards_applied_upwards_once() -> None:
    log: list[str] = []

    def stage(name: str) -> Callable[[Any], Any]:
        log.append(f"make {name}")

        def decorate(func: Any) -> Any:
            log.append(f"apply {name}")
            return func

        return decorate

    @stage("upper")
    @stage("lower")
    def develop() -> None:
        log.append("call")

    assert log == ["make upper", "make lower", "apply lower", "apply upper"]
    develop()
    develop()
    assert log[4:] == ["call", "call"]


def test_name_is_bound_after_the_last_decorator() -> None:
    names: dict[str, Any] = {}

    def is_bound(func: Any) -> Any:
        names.setdefault("while decorating", "develop" in names)
        return Tally(func)

    names["is_bound"] = is_bound
    exec("@is_bound\ndef develop(n): return n and develop(n - 1)", names)
    assert names["while decorating"] is False

    # And so a recursive call goes through the decorator again.
    names["develop"](3)
    assert names["develop"].count == 4


def test_factory_without_its_parentheses_takes_the_function_for_its_argument(
    checker: Checker,
) -> None:
    def fix() -> str:
        return "fixed"

    # No error yet: this is a decorator now, and a call of it decorates.
    wrong: Any = around_work(fix)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        wrong()
    again = wrong(fix)
    with pytest.raises(TypeError):
        again()

    assert verdicts(
        checker,
        "from core.decorators import around_work",
        "@around_work",
        "def fix() -> None: ...",
    ) == [(2, "arg-type")]


# -- In a class --------------------------------------------------------------------


def test_trap_an_object_with_call_alone_is_not_bound() -> None:
    room: Any = Darkroom()

    with pytest.raises(TypeError):
        room.rinse(5)
    assert room.rinse is Darkroom.rinse
    assert Darkroom.rinse(room, 5) == "rinsed for 5 minutes"

    assert room.fix(5) == "fixed for 5 minutes"
    assert room.fix.__self__ is room
    assert room.fix.__name__ == "fix"
    assert isinstance(Darkroom.fix, Tally)


def test_unbound_object_may_take_the_first_argument_for_self() -> None:
    class Enlarger:
        @LooseTally
        def lens(self, millimetres: int = 50) -> tuple[object, int]:
            return self, millimetres

    enlarger: Any = Enlarger()

    assert enlarger.lens(80) == (80, 50)


def test_state_in_a_decorator_belongs_to_the_function_not_to_the_instance() -> None:
    first, second = Darkroom(), Darkroom()
    before = Darkroom.fix.count
    first.fix(5)
    second.fix(5)

    assert Darkroom.fix.count == before + 2
    assert vars(first) == vars(second) == {"log": []}


def test_object_in_place_of_a_function_is_of_no_kind_unless_marked_coroutine() -> None:
    room = Darkroom()
    tallies: list[Any] = [Tally(getattr(room, kind)) for kind in KINDS]

    assert not any(is_a(tally) for is_a in ASKED for tally in tallies)
    marks = [name for name in dir(inspect) if name.startswith("mark")]
    assert marks == ["markcoroutinefunction"]

    # Until it is marked, around_work takes it for a plain function.
    coroutine = tallies[KINDS.index("coroutine")]
    asyncio.run(around_work(room.dark)(coroutine)())
    assert room.log == ["dark", "light", "expose"]
    assert inspect.iscoroutinefunction(inspect.markcoroutinefunction(coroutine))


@each_decorator
def test_class_wrapped_in_a_function_is_no_class_any_more(
    decorator: Callable[..., Any],
) -> None:
    wrapped = decorator(Darkroom().dark)(Darkroom)

    assert isinstance(wrapped(), Darkroom)
    assert wrapped.__name__ == "Darkroom"
    with pytest.raises(TypeError):
        isinstance(wrapped(), wrapped)
    with pytest.raises(TypeError):
        type("Studio", (wrapped,), {})


@each_decorator
def test_classmethod_is_the_outermost_decorator(
    decorator: Callable[..., Any],
) -> None:
    decorate = decorator(Darkroom().dark)

    def made_by(cls: type) -> str:
        return cls.__name__

    class Film:
        outermost: Any = classmethod(decorate(made_by))
        inner: Any = decorate(classmethod(made_by))

    assert Film.outermost() == "Film"
    with pytest.raises(TypeError):
        Film.inner()


def test_staticmethod_is_the_outermost_decorator_too() -> None:
    def develop(minutes: int) -> int:
        return minutes

    class Film:
        outermost: Any = staticmethod(Tally(develop))
        inner: Any = Tally(staticmethod(develop))

    assert Film.outermost(5) == Film().outermost(5) == Film.inner(5) == 5
    with pytest.raises(TypeError):
        Film().inner(5)


# -- What a checker knows ------------------------------------------------------------


def verdicts(checker: Checker, *lines: str) -> list[tuple[int, str]]:
    """The line and the code of each error."""
    errors = [line for line in checker("\n".join(lines)) if ": error: " in line]
    return [
        (int(line.partition(":")[0]), line.rpartition("[")[2].rstrip("]"))
        for line in errors
    ]


@each_decorator
def test_checker_sees_no_difference_between_the_wrappers(
    decorator: Callable[..., Any], checker: Checker
) -> None:
    wrong, revealed = checker(f"""
from core.decorators import Darkroom, {decorator.__name__} as decorator
@decorator(Darkroom().dark)
async def fix(minutes: int) -> None: ...
async def use() -> None: await fix("5")
reveal_type(fix)
""")

    assert wrong.startswith("5: error: ")
    assert wrong.endswith("[arg-type]")
    kept = "def (minutes: int) -> typing.Coroutine[Any, Any, None]"
    assert revealed == f'6: note: Revealed type is "{kept}"'


def test_checker_knows_that_a_loosetally_is_not_bound(checker: Checker) -> None:
    assert verdicts(
        checker,
        "from core.decorators import Darkroom",
        "Darkroom().fix(5)",
        "Darkroom().fix('5')",
        "Darkroom().rinse(5)",
    ) == [(3, "arg-type"), (4, "call-arg"), (4, "arg-type")]


def test_concatenate_asks_for_a_first_parameter_that_is_positional_only(
    checker: Checker,
) -> None:
    snippet = """
from collections.abc import Callable
from typing import Concatenate

type Inner[**P, R] = Callable[Concatenate[str, P], R]

def in_bath[**P, R](func: Inner[P, R]) -> Inner[P, R]:
    def wrapper(bath: str, SLASH*args: P.args, **kwargs: P.kwargs) -> R:
        return func(bath, *args, **kwargs)
    return wrapper
"""
    assert verdicts(checker, snippet.replace("SLASH", "")) == [(10, "return-value")]
    assert checker(snippet.replace("SLASH", "/, ")) == []


# -- Demo ------------------------------------------------------------------------------


def test_demo_spoils_three_prints_of_four_and_then_one_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    printed = capsys.readouterr().out
    assert printed.count("dark light expose") == 3
    assert "  dark dark light light expose\n" in printed
    assert "  rinse: TypeError\n  fix: fixed for 5 minutes\n" in printed
