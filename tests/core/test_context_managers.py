"""The claims of core.context_managers, one test each."""

import asyncio
import contextlib
import inspect
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.context_managers import (
    Exits,
    Gate,
    TalkingGate,
    chain,
    main,
    managed,
    special,
    within,
)

type Block = Callable[[Any, Callable[[Any], object]], object]
type Managed = Callable[[Callable[..., Generator[Any]]], Callable[..., Any]]


def statement(manager: Any, body: Callable[[Any], object]) -> None:
    with manager as value:
        body(value)


def stacked(manager: Any, body: Callable[[Any], object]) -> None:
    with Exits() as exits:
        body(exits.enter_context(manager))


each_block = pytest.mark.parametrize(
    "block",
    [
        pytest.param(statement, id="statement"),
        pytest.param(within, id="function"),
        pytest.param(stacked, id="stack"),
    ],
)
each_decorator = pytest.mark.parametrize(
    "decorator",
    [
        pytest.param(managed, id="lesson"),
        pytest.param(contextlib.contextmanager, id="stdlib"),
    ],
)
each_stack = pytest.mark.parametrize(
    "stack",
    [
        pytest.param(Exits, id="lesson"),
        pytest.param(contextlib.ExitStack, id="stdlib"),
    ],
)


def crash(_: object = None) -> None:
    raise OSError("boat crashed")


class ShownExits(Exits):
    """For CPython's tests, which look into the list of exits (conformance.toml)."""

    @property
    def _exit_callbacks(self) -> list[tuple[bool, Any]]:
        return [(True, leave) for leave in self._exits]


# -- The statement -----------------------------------------------------------


class Watched:
    """A method that logs when it is looked up, and when it is called."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, obj: object, owner: type) -> Callable[..., None]:
        self.log.append(f"find {self.name}")
        return lambda *details: self.log.append(f"call {self.name}")


def watched(log: list[str]) -> Any:
    names = {"__enter__": Watched(log), "__exit__": Watched(log)}
    return type("WatchedGate", (), names)()


@each_block
def test_with_finds_both_methods_on_the_type_before_it_calls_either(
    block: Block,
) -> None:
    log: list[str] = []
    block(watched(log), lambda _: log.append("body"))

    assert sorted(log[:2]) == ["find __enter__", "find __exit__"]
    assert log[2:] == ["call __enter__", "body", "call __exit__"]


@each_block
@pytest.mark.parametrize("missing", ["__enter__", "__exit__"])
def test_a_method_of_the_instance_is_not_found(block: Block, missing: str) -> None:
    log: list[str] = []
    manager = watched(log)
    delattr(type(manager), missing)
    setattr(manager, missing, lambda *details: log.append("called"))

    with pytest.raises(TypeError):
        block(manager, log.append)
    assert not [line for line in log if not line.startswith("find ")]


@each_block
def test_a_class_in_place_of_its_instance_is_refused(block: Block) -> None:
    with pytest.raises(TypeError):
        block(Gate, crash)


def test_the_missing_method_is_named() -> None:
    message = r"^the context manager int must have __exit__$"
    with pytest.raises(TypeError, match=message):
        special(1, "__exit__")


def test_statement_looks_for_exit_first_from_3_14_on() -> None:
    log: list[str] = []
    statement(watched(log), lambda _: None)

    exit_first = ["find __exit__", "find __enter__"]
    assert log[:2] == (exit_first if sys.version_info >= (3, 14) else exit_first[::-1])


def test_an_error_in_enter_calls_no_exit() -> None:
    class Stuck(Gate):
        def __enter__(self) -> Self:
            raise OSError("stuck")

    gate = Stuck("head", [])
    for block in (statement, within, stacked):
        with pytest.raises(OSError, match=r"^stuck$"):
            block(gate, crash)
    assert gate.log == []


@pytest.mark.parametrize("answer", [None, True])
def test_leaving_by_return_or_break_or_continue_is_no_error(answer: object) -> None:
    told: list[object] = []

    class Asked(Gate):
        def __exit__(self, *details: object) -> Any:
            told.append(details)
            return answer

    def sail() -> str:
        for _ in range(2):
            with Asked("head", []):
                continue
        while True:
            with Asked("head", []):
                break
        with Asked("head", []):
            return "through"

    assert sail() == "through"
    assert told == [(None, None, None)] * 4


class Recorder:
    """Callable, and no descriptor: stored on a class, it is not bound."""

    def __init__(self, answer: object, log: list[object]) -> None:
        self.answer, self.log = answer, log

    def __call__(self, *details: object) -> object:
        self.log.append(details[:2])
        return self.answer


@given(
    wrap=st.sampled_from([lambda recorder: recorder, classmethod, staticmethod]),
    answer=st.sampled_from([None, False, True, 0, 1, "", "yes", [], [0]]),
    error=st.sampled_from([None, OSError(), KeyboardInterrupt(), GeneratorExit()]),
)
def test_the_function_and_the_statement_end_alike(
    wrap: Callable[[Any], Any], answer: object, error: BaseException | None
) -> None:
    def body(value: object) -> None:
        log.append(value)
        if error is not None:
            raise error

    ends: list[object] = []
    for block in (statement, within, stacked):
        log: list[object] = []
        call = wrap(Recorder(answer, log))
        manager = type("Manager", (), {"__enter__": call, "__exit__": call})()
        try:
            block(manager, body)
        except (OSError, KeyboardInterrupt, GeneratorExit) as raised:
            log.append(raised)
        ends.append([str(each).replace(repr(manager), "it") for each in log])

    assert ends[0] == ends[1] == ends[2]


# -- The trap ----------------------------------------------------------------


@each_block
@pytest.mark.parametrize("answer", [True, 1, "shut", [None]])
def test_any_true_answer_from_exit_swallows_the_error(
    block: Block, answer: object
) -> None:
    class Answering(Gate):
        def __exit__(self, *details: object) -> Any:
            return answer

    block(Answering("head", []), crash)


@each_block
def test_trap_a_reported_cleanup_swallows_the_error(block: Block) -> None:
    talking, silent = TalkingGate("head", []), Gate("head", [])
    block(talking, crash)
    with pytest.raises(OSError, match=r"^boat crashed$"):
        block(silent, crash)

    assert talking.log == silent.log == ["open head", "shut head"]


def test_type_checker_refuses_an_answer_from_an_exit_annotated_with_none(
    checker: Callable[[str], list[str]],
) -> None:
    talking, gate = inspect.getsource(TalkingGate), inspect.getsource(Gate)
    source = f"from typing import Self\n{talking}{gate}"
    (complaint,) = checker(source.replace("    self.shut()", "    return self.shut()"))

    assert checker(source) == []
    assert complaint.endswith("[return-value]")


# -- A generator as manager --------------------------------------------------


@each_decorator
@each_block
def test_the_error_of_the_body_arrives_at_the_yield(
    block: Block, decorator: Managed
) -> None:
    arrived: list[BaseException] = []

    @decorator
    def gate() -> Generator[str]:
        try:
            yield "head"
        except OSError as error:
            arrived.append(error)
            raise

    with pytest.raises(OSError, match=r"^boat crashed$") as caught:
        block(gate(), crash)
    assert arrived == [caught.value]


@each_decorator
def test_trap_without_finally_an_error_skips_what_stands_after_the_yield(
    decorator: Managed,
) -> None:
    log: list[str] = []

    @decorator
    def gate() -> Generator[None]:
        log.append("open")
        yield
        log.append("shut")

    statement(gate(), lambda _: None)
    assert log == ["open", "shut"]

    with pytest.raises(OSError, match=r"^boat crashed$"):
        statement(gate(), crash)
    assert log == ["open", "shut", "open"]


@each_decorator
def test_a_generator_that_catches_the_error_ends_it(decorator: Managed) -> None:
    @decorator
    def harbour() -> Generator[None]:
        with contextlib.suppress(OSError):
            yield

    statement(harbour(), crash)


@each_decorator
@pytest.mark.parametrize("yields", [0, 2, 3])
def test_a_managed_generator_must_yield_exactly_once(
    decorator: Managed, yields: int
) -> None:
    @decorator
    def gate() -> Generator[int]:
        yield from range(yields)

    with pytest.raises(RuntimeError):
        statement(gate(), lambda _: None)


def test_what_a_miscounted_generator_is_told() -> None:
    @managed
    def gate(yields: int) -> Generator[int]:
        for each in range(yields):
            with contextlib.suppress(OSError):
                yield each

    message = r"^gate must yield once per call, got no yield$"
    with pytest.raises(RuntimeError, match=message):
        statement(gate(0), crash)
    message = r"^gate must yield once per call, got another yield$"
    manager = gate(2)
    with pytest.raises(RuntimeError, match=message):
        statement(manager, crash)
    assert inspect.getgeneratorstate(manager.gen) == inspect.GEN_CLOSED
    message = r"^gate must be called anew, got a used manager$"
    with pytest.raises(RuntimeError, match=message):
        statement(manager, crash)


@each_decorator
def test_a_used_manager_cannot_be_entered_again(decorator: Managed) -> None:
    log: list[str] = []

    @decorator
    def gate() -> Generator[None]:
        log.append("open")
        yield
        log.append("shut")

    manager = gate()
    with manager:
        with pytest.raises((RuntimeError, AttributeError)):
            statement(manager, log.append)
        assert log == ["open"]
    with pytest.raises((RuntimeError, AttributeError)):
        statement(manager, log.append)
    assert log == ["open", "shut"]


def test_an_exit_told_of_a_class_alone_is_told_of_no_error() -> None:
    @managed
    def gate() -> Generator[None]:
        yield

    for manager in (gate(), Exits()):
        manager.__enter__()
        assert not manager.__exit__(OSError, None, None)


@each_decorator
def test_a_stopiteration_of_the_body_comes_out_as_it_was(decorator: Managed) -> None:
    @decorator
    def gate() -> Generator[None]:
        yield

    stop = StopIteration("last boat")
    with pytest.raises(StopIteration) as caught, gate():
        raise stop
    assert caught.value is stop


@pytest.mark.parametrize(("kind", "of"), [(None, "calm"), (OSError, "storm")])
def test_an_error_of_the_generator_itself_comes_out(
    kind: type[BaseException] | None, of: str
) -> None:
    @managed
    def gate() -> Generator[None]:
        try:
            yield
        finally:
            raise ValueError(of)

    with pytest.raises(ValueError, match=f"^{of}$"):
        statement(gate(), crash if kind else lambda _: None)


@contextlib.contextmanager
def gated(log: list[str]) -> Iterator[None]:
    log.append("open")
    yield
    log.append("shut")


AROUND, BEFORE = ["open", "boat", "shut"], ["open", "shut", "boat"]


def test_a_decorated_function_gets_a_new_run_for_each_call() -> None:
    log: list[str] = []

    @gated(log)
    def boat() -> None:
        log.append("boat")

    boat()
    boat()
    assert log == AROUND * 2


def test_a_decorated_generator_function_runs_inside_the_block_from_3_15_on() -> None:
    log: list[str] = []

    @gated(log)
    def boats() -> Iterator[str]:
        log.append("boat")
        yield "Emma"

    assert list(boats()) == ["Emma"]
    assert log == (AROUND if sys.version_info >= (3, 15) else BEFORE)


def test_a_decorated_coroutine_function_runs_inside_the_block_from_3_15_on() -> None:
    log: list[str] = []

    @gated(log)
    async def boat() -> None:
        log.append("boat")

    asyncio.run(boat())
    assert log == (AROUND if sys.version_info >= (3, 15) else BEFORE)


# -- A stack of exits --------------------------------------------------------


def names(error: BaseException | None) -> list[str]:
    """The error and its contexts, up to the first that comes back."""
    found: list[BaseException] = []
    for each in chain(error):
        if each in found:
            break
        found.append(each)
    return [str(each) for each in found]


def jam(name: str) -> None:
    raise OSError(f"{name} jammed")


def swallow(name: str, error: BaseException | None) -> bool:
    return True


def jam_anew(name: str, error: BaseException | None) -> None:
    jam(name)


def jam_twice(name: str, error: BaseException | None) -> None:
    try:
        jam(f"{name} hinge")
    finally:
        jam(f"{name} latch")


def jam_alone(name: str, error: BaseException | None) -> None:
    alone = OSError(f"{name} jammed alone")
    try:
        raise alone
    finally:
        alone.__context__ = None


def raise_again(name: str, error: BaseException | None) -> None:
    if error is not None:
        raise error


class Scripted:
    """A manager whose exit logs what it is told, then does as the script says."""

    def __init__(self, name: str, act: Callable[..., Any], log: list[object]) -> None:
        self.name, self.act, self.log = name, act, log

    def __enter__(self) -> None:
        self.log.append(f"open {self.name}")

    def __exit__(self, kind: Any, error: BaseException | None, _: Any) -> Any:
        self.log.append((self.name, error and str(error), names(error)))
        return self.act(self.name, error)


def quiet(name: str, error: BaseException | None) -> None: ...


ACTS = [quiet, swallow, jam_anew, jam_twice, jam_alone, raise_again]
scripts = st.lists(st.sampled_from(ACTS), max_size=5)


def nest(managers: Sequence[Scripted], body: Callable[[], None]) -> None:
    if not managers:
        return body()
    with managers[0]:
        return nest(managers[1:], body)


def stack_up(
    managers: Sequence[Scripted],
    body: Callable[[], None],
    stack: Callable[[], Any] = Exits,
) -> None:
    with stack() as exits:
        for manager in managers:
            exits.enter_context(manager)
        body()


def outcome(
    unwind: Callable[..., None], script: list[Any], crashes: bool, handling: bool
) -> tuple[list[object], list[str]]:
    """What the exits were told, and the error that came out with its contexts."""
    log: list[object] = []
    managers = [Scripted(f"gate {i}", act, log) for i, act in enumerate(script)]
    body = crash if crashes else lambda: None
    try:
        if handling:
            try:
                raise OSError("flood")
            except OSError:
                unwind(managers, body)
        else:
            unwind(managers, body)
    except OSError as error:
        return log, names(error)
    return log, []


@given(scripts, st.booleans(), st.booleans())
def test_a_stack_of_exits_unwinds_like_nested_with_statements(
    script: list[Any], crashes: bool, handling: bool
) -> None:
    nested = outcome(nest, script, crashes, handling)

    assert outcome(stack_up, script, crashes, handling) == nested


@given(scripts, st.booleans(), st.booleans())
def test_both_stacks_tell_their_exits_the_same_and_end_alike(
    script: list[Any], crashes: bool, handling: bool
) -> None:
    def standard(managers: Sequence[Scripted], body: Callable[[], None]) -> None:
        stack_up(managers, body, contextlib.ExitStack)

    def without_contexts(log: list[object], error: list[str]) -> list[object]:
        told = [each[:2] if isinstance(each, tuple) else each for each in log]
        return [*told, error[:1]]

    ours = outcome(stack_up, script, crashes, handling)
    theirs = outcome(standard, script, crashes, handling)
    assert without_contexts(*ours) == without_contexts(*theirs)


UNMENDED = {(3, 13): sys.maxsize, (3, 14): 10, (3, 15): 2}  # last release looked at

unmended = pytest.mark.skipif(
    sys.version_info[2] > UNMENDED.get(sys.version_info[:2], -1),
    reason="contextlib may be mended in this release (gh-102201)",
)


def error_out_of(stack: Callable[[], Any], *exits: Any, body: Any) -> OSError:
    def run() -> None:
        with stack() as open_stack:
            for leave in exits:
                open_stack.push(leave)
            body()

    with pytest.raises(OSError, match=r"jammed$") as caught:
        run()
    return caught.value


def exit_of(act: Callable[..., Any], name: str) -> Callable[..., Any]:
    return lambda kind, error, _: act(name, error)


@unmended
def test_after_a_quiet_body_the_standard_stack_forgets_all_but_the_last_error() -> None:
    exits = [exit_of(jam_anew, name) for name in ("head", "middle", "tail")]
    ours = error_out_of(Exits, *exits, body=lambda: None)
    theirs = error_out_of(contextlib.ExitStack, *exits, body=lambda: None)

    assert names(ours) == ["head jammed", "middle jammed", "tail jammed"]
    assert theirs.__context__ is None


@unmended
def test_with_the_standard_stack_an_error_can_become_its_own_context() -> None:
    exits = [exit_of(raise_again, "head"), exit_of(jam_anew, "tail")]
    ours = error_out_of(Exits, *exits, body=crash)
    theirs = error_out_of(contextlib.ExitStack, *exits, body=crash)

    assert names(ours) == ["tail jammed", "boat crashed"]
    assert theirs.__context__ is theirs


@each_block
def test_an_error_in_exit_carries_the_error_of_the_body_as_its_context(
    block: Block,
) -> None:
    manager = Scripted("head", jam_anew, [])
    with pytest.raises(OSError, match=r"^head jammed$") as caught:
        block(manager, crash)

    assert names(caught.value) == ["head jammed", "boat crashed"]
    assert manager.log == ["open head", ("head", "boat crashed", ["boat crashed"])]


@each_stack
def test_pop_all_transfers_the_exits_to_a_new_stack(stack: type[Exits]) -> None:
    log: list[str] = []
    own: Any = type("OwnStack", (stack,), {})
    with own() as exits:
        for name in ("head", "tail"):
            exits.enter_context(Gate(name, log))
        heir = exits.pop_all()
    assert log == ["open head", "open tail"]
    assert type(heir) is own

    heir.close()
    heir.close()
    assert log == ["open head", "open tail", "shut tail", "shut head"]


@each_stack
def test_the_result_of_a_callback_is_no_answer(stack: type[Exits]) -> None:
    gate = Gate("head", [])
    exits = stack()

    assert exits.callback(gate.shut) == gate.shut
    with pytest.raises(OSError, match=r"^boat crashed$"):
        statement(exits, crash)
    assert gate.log == ["shut head"]


@each_stack
def test_push_takes_an_entered_manager_or_a_bare_exit(stack: type[Exits]) -> None:
    told: list[object] = []

    def bare(kind: object, error: object, _: object) -> bool:
        told.append(kind)
        return True

    gate = Gate("head", [])
    with stack() as exits:
        assert exits.push(bare) is bare
        assert exits.push(gate) is gate
        crash()

    assert gate.log == ["shut head"]
    assert told == [OSError]


def test_no_frame_of_managed_or_exits_is_left_in_the_traceback_of_the_error() -> None:
    @managed
    def gate() -> Generator[None]:
        yield

    exits = Exits()
    for name in ("head", "tail"):
        exits.push(Gate(name, []))
    for manager in (gate(), exits):
        with pytest.raises(OSError, match=r"^boat crashed$") as caught:
            statement(manager, crash)

        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        assert [each.f_code.co_name for each in frames][1:] == ["statement", "crash"]


# -- With await --------------------------------------------------------------


class Lift:
    """A boat lift: leaving it takes until its trough is drained."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.boarded, self.leaving = asyncio.Event(), asyncio.Event()
        self.drained = asyncio.Event()

    async def __aenter__(self) -> None:
        self.boarded.set()

    async def __aexit__(self, kind: Any, error: Any, _: Any) -> None:
        self.log.append(kind.__name__)
        self.leaving.set()
        await self.drained.wait()
        self.log.append("drained")


async def cancelled_in(lift: Lift) -> asyncio.Task[None]:
    async def boat() -> None:
        async with lift:
            await asyncio.Event().wait()

    task = asyncio.create_task(boat())
    await lift.boarded.wait()
    task.cancel()
    await lift.leaving.wait()
    return task


def test_cancellation_runs_aexit_which_may_await() -> None:
    async def scenario() -> None:
        lift = Lift()
        task = await cancelled_in(lift)
        assert (lift.log, task.done()) == (["CancelledError"], False)

        lift.drained.set()
        await asyncio.wait([task])
        assert (lift.log, task.cancelled()) == (["CancelledError", "drained"], True)

    asyncio.run(scenario())


def test_a_second_cancellation_interrupts_the_waiting_aexit() -> None:
    async def scenario() -> None:
        lift = Lift()
        task = await cancelled_in(lift)
        task.cancel()
        await asyncio.wait([task])
        assert (lift.log, task.cancelled()) == (["CancelledError"], True)

    asyncio.run(scenario())


def test_async_with_refuses_a_manager_that_is_only_synchronous() -> None:
    async def opened(*details: object) -> None:
        gate.log.append("opened")

    gate: Any = Gate("head", [])
    gate.__aenter__ = gate.__aexit__ = opened  # on the instance: not found

    async def boat() -> None:
        async with gate:
            pass

    with pytest.raises(TypeError):
        asyncio.run(boat())
    assert gate.log == []


# -- The demo ----------------------------------------------------------------


def test_the_demo_tells_the_same_of_the_stack_and_of_the_nested_blocks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    stack, nested = capsys.readouterr().out.splitlines()[-2:]
    assert stack.split()[1:] == nested.split()[1:]
    assert nested.count(" after ") == 2
