"""The claims of core.abstract_bases, one test each."""

import abc
import builtins
import collections.abc
import contextlib
import gc
import importlib.util
import inspect
import weakref
from collections.abc import Callable, Sequence, Sized
from dataclasses import make_dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol, runtime_checkable
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import abstract_bases
from core.abstract_bases import (
    ABCMeta,
    ApiError,
    LeakyError,
    Retryable,
    abstractmethod,
    classes_asked,
    main,
    update_abstractmethods,
)

type Checker = Callable[[str], list[str]]

each_metaclass = pytest.mark.parametrize(
    "meta",
    [pytest.param(ABCMeta, id="lesson"), pytest.param(abc.ABCMeta, id="cpython")],
)


def marked(*_: object) -> None: ...


marked.__isabstractmethod__ = True  # type: ignore[attr-defined]


def update(cls: Any) -> Any:
    is_ours = isinstance(cls, ABCMeta)
    return (update_abstractmethods if is_ours else abc.update_abstractmethods)(cls)


def refused(cls: Any) -> bool:
    try:
        cls()
    except TypeError:
        return True
    return False


# -- A set of names ----------------------------------------------------------


@each_metaclass
def test_object_new_checks_abstract_methods_exception_new_does_not(meta: Any) -> None:
    plain = meta("Plain", (), {"status": marked})
    error = meta("Error", (Exception,), {"status": marked})

    assert plain.__abstractmethods__ == error.__abstractmethods__ == {"status"}
    with pytest.raises(TypeError):
        object.__new__(plain)
    assert type(Exception.__new__(error)) is error
    assert (refused(plain), refused(error)) == (True, False)


def test_an_error_that_looks_itself_is_refused_until_it_has_a_status() -> None:
    class ForgottenError(LeakyError): ...

    class RefusedError(ApiError): ...

    class ThrottledError(ApiError):
        status = 429

        def __init__(self, reason: str, *, wait: float) -> None:
            self.wait = wait

    assert ForgottenError().status is None
    with pytest.raises(TypeError, match=r"^RefusedError must define status$"):
        RefusedError("no room")
    throttled = ThrottledError("too many", wait=0.5)
    assert (throttled.status, throttled.args) == (429, ("too many",))


@each_metaclass
def test_of_the_built_in_types_object_alone_looks(meta: Any) -> None:
    arguments: dict[type, tuple[Any, ...]] = {
        **dict.fromkeys((BaseExceptionGroup, ExceptionGroup), ("", [KeyError()])),
        **dict.fromkeys((enumerate, reversed), ((),)),
        **dict.fromkeys((filter, map), (len, ())),
        **dict.fromkeys((classmethod, staticmethod), (len,)),
        type: ("Name", (), {}),
    }
    public = {v for name, v in vars(builtins).items() if not name.startswith("_")}
    looked, lookers = [], []
    for base in (each for each in public if isinstance(each, type)):
        try:
            made = meta("Made", (base,), {"status": marked})
        except TypeError:  # bool, range and others are not to be derived from
            continue
        looked.append(base)
        try:
            base.__new__(made, *arguments.get(base, ()))
        except TypeError:
            lookers.append(base)

    assert len(looked) > 80
    assert lookers == [object]


def test_a_plain_class_with_abstractmethods_is_refused_as_well() -> None:
    class Plain: ...

    Plain.__abstractmethods__ = {"status"}  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        Plain()

    # Each class is asked for its own set, and this one was given none.
    class Below(Plain): ...

    assert Below()


@each_metaclass
def test_abstractness_is_computed_when_the_class_is_made_and_not_again(
    meta: Any,
) -> None:
    base = meta("Base", (), {"status": marked})
    late = meta("Late", (base,), {})
    late.status = 503
    assert refused(late)
    assert not refused(update(late))

    del late.status
    assert not refused(late)
    assert refused(update(late))


def test_a_dataclass_looks_again_for_the_methods_that_it_adds() -> None:
    base = abc.ABCMeta("Ordered", (), {"__lt__": marked})

    place: Any = make_dataclass("Place", [("row", int)], bases=(base,), order=True)
    assert place(1) < place(2)


@each_metaclass
def test_an_update_does_not_reach_the_subclasses(meta: Any) -> None:
    base = meta("Base", (), {"status": marked})
    below = meta("Below", (base,), {})
    base.status = 503
    update(base)

    assert (refused(base), refused(below)) == (False, True)
    assert not refused(update(below))


def test_an_update_leaves_other_classes_alone() -> None:
    class Plain: ...

    assert update(Plain) is update_abstractmethods(Plain) is Plain
    assert "__abstractmethods__" not in vars(Plain)


@each_metaclass
def test_in_init_subclass_a_class_is_not_yet_abstract(meta: Any) -> None:
    made = []

    def note(cls: Any, *, wanted: bool) -> None:
        made.append(cls())
        assert wanted

    namespace = {"status": marked, "__init_subclass__": classmethod(note)}
    base = meta("Base", (), namespace)
    below = meta("Below", (base,), {}, wanted=True)

    assert [type(each) for each in made] == [below]
    assert refused(below)


@each_metaclass
def test_a_property_is_abstract_while_one_of_its_functions_is(meta: Any) -> None:
    def plain(*_: object) -> None: ...

    for functions in ((marked, plain), (plain, marked), (plain, plain, marked)):
        assert refused(meta("Made", (), {"status": property(*functions)}))
    assert not refused(meta("Made", (), {"status": property(plain, plain, plain)}))
    for wrapper in (classmethod, staticmethod):
        assert refused(meta("Made", (), {"status": wrapper(marked)}))


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 5), max_size=2),
            st.dictionaries(st.sampled_from("abc"), st.booleans()),
        ),
        max_size=6,
    )
)
def test_the_names_are_those_that_cpython_notes(
    plan: list[tuple[list[int], dict[str, bool]]],
) -> None:
    known: list[tuple[Any, Any]] = [(object, object)]
    for picks, body in plan:
        namespace = {n: marked if is_marked else 1 for n, is_marked in body.items()}
        pairs = [known[pick % len(known)] for pick in picks]
        ours, real = (tuple(pair[side] for pair in pairs) for side in (0, 1))
        try:
            twin = abc.ABCMeta("Made", real, dict(namespace))
        except TypeError:
            with pytest.raises(TypeError):
                ABCMeta("Made", ours, dict(namespace))
            continue
        made = ABCMeta("Made", ours, dict(namespace))
        assert made.__abstractmethods__ == twin.__abstractmethods__
        assert inspect.isabstract(made) == inspect.isabstract(twin)
        known.append((made, twin))


# -- isinstance: registrations -----------------------------------------------


@each_metaclass
def test_a_registered_class_passes_isinstance_unchecked_and_except_ignores_it(
    meta: Any,
) -> None:
    outage = meta("Outage", (Exception,), {"status": marked})
    assert outage.register(TimeoutError) is TimeoutError

    error = TimeoutError()
    assert isinstance(error, outage)
    assert outage not in TimeoutError.__mro__
    assert not hasattr(error, "status")
    assert abstract_bases.catches(TimeoutError, error)
    assert not abstract_bases.catches(outage, error)


@each_metaclass
def test_except_and_split_go_by_the_mro_too(meta: Any) -> None:
    outage = meta("Outage", (Exception,), {})
    outage.register(TimeoutError)
    group = ExceptionGroup("both", [TimeoutError(), outage()])

    mine, others = group.split(outage)
    assert mine
    assert others
    assert [type(each) for each in mine.exceptions] == [outage]
    assert [type(each) for each in others.exceptions] == [TimeoutError]

    def catch_outages() -> None:
        try:
            raise group
        except* outage:
            pass

    with pytest.raises(ExceptionGroup) as left:
        catch_outages()
    assert [type(each) for each in left.value.exceptions] == [TimeoutError]


@each_metaclass
def test_contextlib_suppress_believes_a_registration(meta: Any) -> None:
    outage = meta("Outage", (Exception,), {})
    outage.register(TimeoutError)

    with contextlib.suppress(outage):
        raise TimeoutError
    with pytest.raises(outage):
        raise TimeoutError


@each_metaclass
def test_registering_refuses_what_is_no_class_and_circles(meta: Any) -> None:
    above = meta("Above", (), {})
    below = meta("Below", (above,), {})

    with pytest.raises(TypeError):
        above.register(42)
    with pytest.raises(RuntimeError):
        below.register(above)
    assert above.register(below) is below


def test_our_refusals_say_what_they_got() -> None:
    above = ABCMeta("Above", (), {})
    below = ABCMeta("Below", (above,), {})

    with pytest.raises(TypeError, match=r"^Can only register classes, got 42$"):
        above.register(42)
    message = "^Cannot register Above with Below, a subclass of it$"
    with pytest.raises(RuntimeError, match=message):
        below.register(above)
    message = r"^issubclass\(\) must be given a class, got 42$"
    with pytest.raises(TypeError, match=message):
        issubclass(42, above)  # type: ignore[arg-type]


@each_metaclass
def test_the_claim_of_class_is_believed(meta: Any) -> None:
    outage = meta("Outage", (), {})

    assert isinstance(Mock(spec=outage), outage)
    outage.register(Mock)
    assert isinstance(Mock(spec=int), outage)


@each_metaclass
def test_a_registration_keeps_no_class_alive(meta: Any) -> None:
    outage = meta("Outage", (), {})
    brief = outage.register(type("Brief", (), {}))
    assert issubclass(brief, outage)
    gone = weakref.ref(brief)
    del brief
    gc.collect()

    assert gone() is None
    assert not isinstance(42, outage)


@each_metaclass
def test_in_init_subclass_cpython_answers_from_the_cache_of_the_base(meta: Any) -> None:
    seen = []

    def ask(cls: Any) -> None:
        seen.append(issubclass(int, cls))

    base = meta("Base", (), {"__init_subclass__": classmethod(ask)})
    base.register(int)
    assert issubclass(int, base)
    meta("Below", (base,), {})

    # Known as python/cpython#116093; the rebuild gives each class its own in time.
    assert seen == [meta is abc.ABCMeta]


# -- isinstance: hooks -------------------------------------------------------


def hook(answer: Callable[[Any, Any], Any]) -> Any:
    return classmethod(answer)


@each_metaclass
def test_the_hook_is_asked_before_the_mro(meta: Any) -> None:
    def has_wait(cls: Any, other: Any) -> bool:
        return callable(getattr(other, "wait", None))

    retryable = meta("Retryable", (), {"__subclasshook__": hook(has_wait)})
    stranger = type("Stranger", (), {"wait": marked})
    heir = meta("Heir", (retryable,), {"wait": None})
    retryable.register(int)

    assert isinstance(stranger(), retryable)
    assert not issubclass(heir, retryable)
    assert retryable in heir.__mro__
    assert not issubclass(int, retryable)


def test_the_hook_of_the_lesson_asks_for_wait() -> None:
    class Delay:
        def wait(self) -> float:
            return 0.5

    never = ABCMeta("Never", (Retryable,), {"wait": None})

    class Polite(Retryable):
        def wait(self) -> float:
            return 5.0

    assert isinstance(Delay(), Retryable)
    assert isinstance(Polite(), Retryable)
    assert not issubclass(never, Retryable)
    assert not isinstance(Delay(), Polite)


@each_metaclass
def test_trap_a_hook_without_a_guard_speaks_for_every_subclass(meta: Any) -> None:
    def unguarded(cls: Any, other: Any) -> bool:
        return hasattr(other, "close")

    def guarded(cls: Any, other: Any) -> Any:
        return unguarded(cls, other) if cls.__name__ == "Closeable" else NotImplemented

    has_close = type("Window", (), {"close": marked})
    for answer, believed in ((unguarded, True), (guarded, False)):
        closeable = meta("Closeable", (), {"__subclasshook__": hook(answer)})
        file = meta("File", (closeable,), {"read": marked})
        assert issubclass(has_close, closeable)
        assert issubclass(has_close, file) is believed


def test_sized_asks_for_a_method_sequence_for_a_registration() -> None:
    class Shelf:
        def __len__(self) -> int:
            return 3

        def __getitem__(self, place: int) -> str:
            return "abc"[place]

    assert isinstance(Shelf(), Sized)
    assert not isinstance(Shelf(), Sequence)

    Sequence.register(Shelf)
    assert isinstance(Shelf(), Sequence)
    assert not hasattr(Shelf(), "index")

    assert "__subclasshook__" in vars(Sized)
    assert "__subclasshook__" not in vars(Sequence)


def test_hooks_of_collections_abc_never_answer_false() -> None:
    bases = [getattr(collections.abc, name) for name in collections.abc.__all__]
    hooks = [each.__subclasshook__ for each in bases if hasattr(each, "register")]

    assert {hook(cls) for hook in hooks for cls in (int, list, dict)} == {
        True,
        NotImplemented,
    }


def test_case_knows_the_sequences_that_abcmeta_has_flagged() -> None:
    def is_sequence(value: object) -> bool:
        match value:
            case [*_]:
                return True
        return False

    registered = type("Registered", (), {})
    assert not is_sequence(registered())
    Sequence.register(registered)
    assert is_sequence(registered())

    # The flag has a name in the body of Sequence, which only C can act upon.
    real: Any = abc.ABCMeta("Shelf", (), {"__abc_tpflags__": 1 << 5})
    ours: Any = ABCMeta("Shelf", (), {"__abc_tpflags__": 1 << 5})
    assert (is_sequence(real()), is_sequence(ours())) == (True, False)


# -- isinstance: what it costs -----------------------------------------------


def family(meta: Any, size: int) -> tuple[list[str], list[Any]]:
    """Classes below one root, and who was asked: each hook notes its class."""
    asked: list[str] = []

    def note(cls: Any, other: Any) -> Any:
        asked.append(cls.__name__)
        return NotImplemented

    made = [meta("Sensor0", (), {"__subclasshook__": hook(note)})]
    for number in range(1, size):
        made.append(meta(f"Sensor{number}", (made[(number - 1) // 2],), {}))
    return asked, made


@each_metaclass
@pytest.mark.parametrize("size", [1, 10, 31])
def test_the_first_question_goes_to_every_subclass_the_next_to_a_cache(
    meta: Any, size: int
) -> None:
    asked, sensors = family(meta, size)

    assert not isinstance(3.5, sensors[0])
    assert sorted(asked) == sorted(each.__name__ for each in sensors)

    asked.clear()
    assert not any(isinstance(3.5, each) for each in sensors)
    assert asked == []


@pytest.mark.parametrize(
    ("meta", "token"),
    [
        pytest.param(ABCMeta, abstract_bases.get_cache_token, id="lesson"),
        pytest.param(abc.ABCMeta, abc.get_cache_token, id="cpython"),
    ],
)
def test_one_registration_anywhere_voids_every_no(meta: Any, token: Any) -> None:
    asked, sensors = family(meta, 10)
    isinstance(3.5, sensors[0])
    isinstance(sensors[9](), sensors[0])
    asked.clear()
    before = token()

    meta("Elsewhere", (), {}).register(type("Unknown", (), {}))
    isinstance(3.5, sensors[0])
    isinstance(sensors[9](), sensors[0])
    assert len(asked) == 10
    assert token() != before


@each_metaclass
def test_a_cached_answer_outlives_its_reason_a_no_until_some_class_is_registered(
    meta: Any,
) -> None:
    def has_wait(cls: Any, other: Any) -> bool:
        return hasattr(other, "wait")

    retryable = meta("Retryable", (), {"__subclasshook__": hook(has_wait)})
    delay: Any = type("Delay", (), {})
    assert not issubclass(delay, retryable)

    delay.wait = marked
    assert not issubclass(delay, retryable)
    meta("Elsewhere", (), {}).register(type("Unknown", (), {}))
    assert issubclass(delay, retryable)

    del delay.wait
    meta("Elsewhere", (), {}).register(type("Unknown", (), {}))
    assert issubclass(delay, retryable)


@each_metaclass
def test_an_instance_of_the_very_class_asks_nobody(meta: Any) -> None:
    asked, sensors = family(meta, 3)

    assert isinstance(sensors[0](), sensors[0])
    assert asked == []
    assert isinstance(sensors[1](), sensors[0])
    assert asked == ["Sensor0"]


def test_classes_asked_counts_what_the_hooks_note() -> None:
    asked, sensors = family(ABCMeta, 10)

    assert classes_asked(lambda: isinstance(3.5, sensors[0])) == len(asked) == 10


# -- The same answers --------------------------------------------------------


class Twin:
    """Classes made by one metaclass, and what they answer."""

    def __init__(self, meta: Any) -> None:
        self.meta = meta
        self.classes: list[Any] = [int, str]

    def derive(self, picks: list[int], accepts: int) -> bool:
        def answer(cls: Any, other: Any) -> Any:
            number = self.classes.index(other) if other in self.classes else 0
            return True if accepts and number % accepts == 1 else NotImplemented

        bases = tuple(self.classes[pick % len(self.classes)] for pick in picks)
        namespace = {"__subclasshook__": hook(answer)} if accepts < 5 else {}
        try:
            made = self.meta("Made", bases, namespace)
        except TypeError:
            return False
        self.classes.append(made)
        return True

    def register(self, one: int, other: int) -> str:
        """What came of it: other with one, if one is abstract."""
        abstract = [each for each in self.classes if isinstance(each, self.meta)]
        if not abstract:
            return "nothing to register with"
        try:
            abstract[one % len(abstract)].register(
                self.classes[other % len(self.classes)]
            )
        except RuntimeError:
            return "a circle"
        return "registered"

    def relation(self) -> list[bool]:
        return [issubclass(a, b) for a in self.classes for b in self.classes]


numbers = st.integers(0, 9)


@given(
    st.lists(st.tuples(st.lists(numbers, max_size=2), numbers), min_size=2, max_size=7),
    st.lists(st.tuples(numbers, numbers), max_size=6),
)
def test_the_rebuild_gives_the_answers_of_cpython_about_finished_classes(
    derivations: list[tuple[list[int], int]], registrations: list[tuple[int, int]]
) -> None:
    ours, real = Twin(ABCMeta), Twin(abc.ABCMeta)
    for derivation in derivations:
        assert ours.derive(*derivation) == real.derive(*derivation)
    assert ours.relation() == real.relation()
    for pair in registrations:
        assert ours.register(*pair) == real.register(*pair)
        assert ours.relation() == real.relation()


@pytest.fixture
def rebuilt_collections(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A second collections.abc, whose classes are made by the lesson's ABCMeta."""
    spec = importlib.util.find_spec("_collections_abc")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(abc, "ABCMeta", ABCMeta)
    monkeypatch.setattr(abc, "abstractmethod", abstractmethod)
    spec.loader.exec_module(module)
    return module


def test_collections_abc_built_on_the_rebuild_gives_the_same_answers(
    rebuilt_collections: ModuleType,
) -> None:
    values = [*vars(builtins).values(), type(iter([])), type({}.keys()), type(marked)]
    classes = [value for value in values if isinstance(value, type)]
    names = [name for name in collections.abc.__all__ if name != "ByteString"]
    assert len(classes) > 100
    assert len(names) >= 24

    for name in names:
        ours, real = getattr(rebuilt_collections, name), getattr(collections.abc, name)
        if not isinstance(real, type):
            continue
        assert type(ours) is ABCMeta
        assert ours.__abstractmethods__ == vars(real)["__abstractmethods__"]
        assert [c for c in classes if issubclass(c, ours)] == [
            c for c in classes if issubclass(c, real)
        ]


# -- Against a protocol, and before a type checker ---------------------------


@runtime_checkable
class Waiting(Protocol):
    def wait(self) -> float: ...


def test_a_runtime_protocol_looks_at_the_instance_a_hook_at_its_class() -> None:
    given_late = SimpleNamespace(wait=lambda: 0.5)

    assert isinstance(given_late, Waiting)
    assert not isinstance(given_late, Retryable)
    with pytest.raises(TypeError):
        isinstance(given_late, Plain)  # type: ignore[misc]


class Plain(Protocol):
    def wait(self) -> float: ...


SNIPPET = """
from abc import ABC, abstractmethod
from typing import Protocol

class Retryable({base}):
    @abstractmethod
    def wait(self) -> float: ...

{register}
class Delay:
    def wait(self) -> float:
        return 0.5

def retry(what: Retryable) -> None: ...

retry(Delay())
"""


ABSTRACT = """
from abc import ABC, abstractmethod

class LeakyError(Exception, ABC):
    @property
    @abstractmethod
    def status(self) -> int: ...

made = LeakyError()
"""


def codes(report: list[str]) -> list[tuple[str, str]]:
    """The line and the error code of each complaint."""
    errors = [line for line in report if ": error: " in line]
    return [(line.partition(":")[0], line.rpartition("  ")[2]) for line in errors]


def test_a_type_checker_sees_a_protocol_and_no_registration(checker: Checker) -> None:
    registered = SNIPPET.format(base="ABC", register="@Retryable.register")
    structural = SNIPPET.format(base="Protocol", register="")

    assert codes(checker(registered)) == [("16", "[arg-type]")]
    assert checker(structural) == []


def test_a_type_checker_refuses_the_abstract_exception_that_runs(
    checker: Checker,
) -> None:
    assert codes(checker(ABSTRACT)) == [("9", "[abstract]")]

    names: dict[str, Any] = {}
    exec(ABSTRACT, names)
    assert names["made"].status is None

    # The abstractmethod of the lesson is a stranger to the checker.
    ours = "from core.abstract_bases import LeakyError\nLeakyError()"
    assert checker(ours) == []


# -- Demo --------------------------------------------------------------------


def test_main_shows_who_looks_and_who_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()
    first = capsys.readouterr().out
    main()

    # Registrations made by one run must not be seen by the next.
    assert capsys.readouterr().out == first
    assert "  LeakyError() -> made, status None\n  ApiError() -> TypeError" in first
    assert "isinstance(error, outage) = True, hasattr(error, 'status') = False" in first
    assert "catches(outage, error) = False" in first
