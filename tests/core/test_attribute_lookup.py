"""The claims of core.attribute_lookup, one test each."""

import collections
import copy
import datetime as dt
import enum
import fractions
import functools
import gc
import http
import inspect
import os
import pathlib
import pkgutil
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribute_lookup import (
    Forwarding,
    Masking,
    Thermostat,
    cli,
    dot,
    getattribute,
    main,
    own_stops,
    route,
)

NAME = "knob"


class NonData:
    def __get__(self, instance: object, owner: type) -> Any:
        return self, instance, owner


class Data(NonData):
    def __set__(self, instance: object, value: object) -> None:
        raise NotImplementedError


class Deletable(NonData):
    def __delete__(self, instance: object) -> None:
        raise NotImplementedError


class SetOnly:
    def __set__(self, instance: object, value: object) -> None:
        raise NotImplementedError


class DeleteOnly:
    def __delete__(self, instance: object) -> None:
        raise NotImplementedError


class Failing:
    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError("from the descriptor")


class FailingData(Failing, Data):
    pass


def arguments(*args: object) -> Any:
    return args


def stops(obj: object, name: str) -> list[tuple[type | None, str]]:
    found = route(type(obj), name, own_stops(obj, name))
    return [(stop.owner, stop.kind) for stop in found]


# -- Laws: the lookup agrees with CPython's ----------------------------------


KINDS: list[Callable[[], object]] = [
    *(object, NonData, Data, Deletable, SetOnly, DeleteOnly, Failing, FailingData),
    lambda: lambda *args: args,
    lambda: property(arguments),
    lambda: classmethod(arguments),
    lambda: staticmethod(arguments),
]
held = st.sampled_from(KINDS).map(lambda make: make())


@st.composite
def namespaces(draw: st.DrawFn, slots: bool) -> dict[str, object]:
    """The body of a class: what it holds under NAME, if anything, and its hooks."""
    namespace = {NAME: draw(held)} if draw(st.booleans()) else {}
    if slots and draw(st.booleans()):
        can_hold = NAME not in namespace and draw(st.booleans())
        namespace["__slots__"] = (NAME,) if can_hold else ()
    if draw(st.integers(0, 3)) == 0:
        namespace["__getattr__"] = draw(st.sampled_from([arguments, Failing()]))
    return namespace


@st.composite
def classes(draw: st.DrawFn, root: type = object, metaclass: type = type) -> type:
    """The last of up to five classes, derived from each other at random."""
    made: list[type] = []
    for number in range(draw(st.integers(1, 5))):
        above = st.lists(st.sampled_from(made), unique=True, max_size=3)
        bases = (made and draw(above)) or [root]
        namespace = draw(namespaces(slots=root is object))
        try:
            cls = metaclass(f"C{number}", tuple(bases), namespace)
        except TypeError:  # no consistent order of these bases, or no common layout
            cls = metaclass(f"C{number}", (bases[0],), namespace)
        made.append(cls)
    return made[-1]


@st.composite
def instances(draw: st.DrawFn) -> object:
    """An object that may hold NAME in its dict or in a slot."""
    cls = draw(classes())
    obj: object = object.__new__(cls)
    slot = inspect.getattr_static(cls, NAME, None)
    if isinstance(slot, types.MemberDescriptorType) and draw(st.booleans()):
        slot.__set__(obj, "in the slot")
    if cls.__dictoffset__ and draw(st.booleans()):
        object.__getattribute__(obj, "__dict__")[NAME] = draw(held)
    return obj


def outcome(look: Callable[[Any, str], object], obj: object) -> object:
    """What a lookup does: its value, or whose error it raises, and in what context."""
    try:
        return look(obj, NAME)
    except AttributeError as error:
        whose = error.args == ("from the descriptor",)
        return AttributeError, whose, error.__context__


@settings(max_examples=300)
@given(instances())
def test_lookup_on_an_instance_agrees_with_cpython(obj: object) -> None:
    assert outcome(getattribute, obj) == outcome(object.__getattribute__, obj)
    assert outcome(dot, obj) == outcome(getattr, obj)


@settings(max_examples=300)
@given(st.data())
def test_lookup_on_a_class_agrees_with_cpython(data: st.DataObject) -> None:
    metaclass = data.draw(classes(root=type))
    cls = data.draw(classes(metaclass=metaclass))

    assert outcome(getattribute, cls) == outcome(type.__getattribute__, cls)
    assert outcome(dot, cls) == outcome(getattr, cls)


@given(instances())
def test_route_of_an_instance_ends_where_getattr_static_ends(obj: object) -> None:
    last = route(type(obj), NAME, own_stops(obj, NAME))[-1]

    assert last.value is inspect.getattr_static(obj, NAME, None)


@pytest.mark.parametrize(
    "obj",
    [
        pytest.param(collections.Counter("hall"), id="counter"),
        pytest.param(os.environ, id="environ"),
        pytest.param(dt.date(2026, 11, 20), id="date"),
        pytest.param(fractions.Fraction(1, 3), id="fraction"),
        pytest.param(http.HTTPStatus.OK, id="enum member"),
        pytest.param(ValueError("hall"), id="error"),
        pytest.param(types.SimpleNamespace(hall=1), id="namespace"),
        pytest.param(getattribute, id="function"),
        pytest.param(collections.Counter, id="class"),
        pytest.param(collections.abc.Mapping, id="abstract class"),
        pytest.param(http.HTTPStatus, id="enum"),
        pytest.param(enum.EnumType, id="metaclass"),
    ],
)
def test_dot_agrees_with_getattr_on_the_standard_library(obj: object) -> None:
    names = sorted({*dir(obj), *dir(type(obj)), "no_such_name"})
    missing = object()

    for name in names:
        try:
            found = dot(obj, name)
        except AttributeError:
            found = missing
        assert found == getattr(obj, name, missing), name

    assert len(names) > 20


# -- The order ---------------------------------------------------------------


def test_type_is_searched_before_the_instance() -> None:
    hall = Thermostat()
    vars(hall).update(target=99.0, reading=18.0)

    assert stops(hall, "target") == [(Thermostat, "data descriptor")]
    assert stops(hall, "reading") == [
        (Thermostat, "plain value"),
        (None, "plain value"),
    ]
    assert stops(hall, "boost") == [
        (Thermostat, "non-data descriptor"),
        (None, "nothing"),
        (Thermostat, "non-data descriptor"),
    ]
    assert (hall.target, hall.reading, hall.boost(2)) == (21.0, 18.0, 23.0)


def test_the_search_of_the_type_ends_at_the_first_class_that_holds_the_name() -> None:
    class Attic(Thermostat):
        def boost(self, degrees: float) -> float:
            return degrees

    assert stops(Attic(), "reading") == [
        (Attic, "nothing"),
        (Thermostat, "plain value"),
        (None, "nothing"),
        (Thermostat, "plain value"),
    ]
    assert stops(Attic(), "boost")[0] == stops(Attic(), "boost")[-1]
    assert stops(Attic(), "boost")[0] == (Attic, "non-data descriptor")


def test_a_descriptor_without_get_lets_the_instance_answer() -> None:
    class Room:
        knob = SetOnly()

    room = Room()
    assert room.knob is vars(Room)["knob"]
    vars(room)["knob"] = "instance"

    assert room.knob == dot(room, "knob") == "instance"


def test_get_with_delete_alone_makes_a_data_descriptor() -> None:
    class Room:
        knob = Deletable()

    room = Room()
    vars(room)["knob"] = "instance"

    assert room.knob == dot(room, "knob") == (vars(Room)["knob"], room, Room)


def test_descriptor_methods_are_looked_up_on_the_type_of_the_descriptor() -> None:
    class Room:
        knob = types.SimpleNamespace(__get__=arguments, __set__=arguments)

    room = Room()

    assert stops(room, "knob")[0] == (Room, "plain value")
    assert room.knob is dot(room, "knob") is vars(Room)["knob"]


def test_route_runs_nothing_that_it_finds() -> None:
    class Room:
        @property
        def knob(self) -> object:
            raise NotImplementedError

    assert stops(Room(), "knob") == [(Room, "data descriptor")]


def test_a_dict_that_getattr_invents_is_not_searched() -> None:
    class Room:
        __slots__ = ()

        def __getattr__(self, name: str) -> object:
            return {"knob": "invented"}

    assert vars(Room()) == {"knob": "invented"}
    assert stops(Room(), "knob")[-1] == (None, "nothing")


def test_a_getattribute_of_ones_own_replaces_the_search_and_keeps_getattr() -> None:
    class Room:
        knob = "class"

        def __getattribute__(self, name: str) -> object:
            if name == "knob":
                raise AttributeError
            return "replaced"

        def __getattr__(self, name: str) -> str:
            return "fallback"

    assert (Room().lamp, Room().knob) == ("replaced", "fallback")


# -- Methods -----------------------------------------------------------------


def test_a_method_call_is_a_lookup_a_bind_and_a_call() -> None:
    log: list[str] = []

    class Logged:
        def __get__(self, instance: object, owner: type) -> Callable[[], None]:
            log.append("bind")
            return lambda: log.append("call")

    class Room:
        knob = Logged()

        def __getattribute__(self, name: str) -> object:
            log.append("lookup")
            return super().__getattribute__(name)

    Room().knob()
    hall = Thermostat()

    assert log == ["lookup", "bind", "call"]
    assert hall.boost(2) == vars(Thermostat)["boost"].__get__(hall)(2)


def test_every_read_of_a_method_makes_a_new_object() -> None:
    hall = Thermostat()
    first, second = hall.boost, hall.boost

    assert first is not second
    assert first == second
    assert hash(first) == hash(second)


def test_a_call_with_its_arguments_written_out_makes_no_bound_method() -> None:
    class Probe:
        def bound(self, *args: object, **kwargs: object) -> int:
            every = gc.get_objects()
            return sum(type(o) is MethodType and o.__self__ is self for o in every)

    probe = Probe()

    assert (probe.bound(), probe.bound(1, x=2)) == (0, 0)
    nothing: dict[str, object] = {}
    assert (probe.bound(*nothing), probe.bound(**nothing)) == (1, 1)


def test_a_type_may_promise_that_its_get_does_nothing_but_bind() -> None:
    flag = 1 << 17  # Py_TPFLAGS_METHOD_DESCRIPTOR
    binding = types.FunctionType, types.MethodDescriptorType
    others: tuple[type, ...] = property, classmethod, staticmethod, NonData

    assert all(each.__flags__ & flag for each in binding)
    assert not any(each.__flags__ & flag for each in others)


def test_bound_methods_of_equal_objects_are_not_equal() -> None:
    class Room:
        def __eq__(self, other: object) -> bool:
            return True

        def knob(self) -> None: ...

    hall, attic = Room(), Room()

    assert hall == attic
    assert hall.knob != attic.knob


def test_a_function_stored_in_the_instance_is_not_bound() -> None:
    hall = Thermostat()
    vars(hall)["boost"] = arguments

    assert hall.boost(2) == dot(hall, "boost")(2) == (2,)
    assert stops(hall, "boost")[-1] == (None, "plain value")


def test_a_builtin_function_does_not_bind() -> None:
    class Room:
        written: Any = lambda *args: len(args)
        builtin: Any = len

    assert Room().written([]) == 2
    assert Room().builtin([]) == 0


def test_a_functools_partial_binds_from_python_3_14_on() -> None:
    class Room:
        knob = functools.partial(arguments, "first")

    room = Room()
    if sys.version_info >= (3, 14):
        assert room.knob() == dot(room, "knob")() == ("first", room)
    else:
        with pytest.warns(FutureWarning):
            assert room.knob() == ("first",)


# -- __getattr__ -------------------------------------------------------------


def test_trap_an_attributeerror_in_a_property_reaches_getattr() -> None:
    assert Masking().reading == 19.5
    assert Masking().temperature == dot(Masking(), "temperature") == 68.0


def test_ending_getattr_in_the_default_lookup_keeps_the_propertys_error() -> None:
    room = Forwarding()

    with pytest.raises(AttributeError) as caught:
        _ = room.temperature
    assert caught.value.name == "reeding"
    assert (room.pressure, room.target) == (1.4, 21.0)


def test_ending_getattr_in_the_default_lookup_runs_the_property_twice() -> None:
    runs: list[str] = []

    class Room(Forwarding):
        @property
        def temperature(self) -> float:
            runs.append("temperature")
            return super().temperature

    with pytest.raises(AttributeError):
        _ = Room().temperature
    assert len(runs) == 2


def test_a_type_checker_believes_in_a_getattr_that_returns_any(
    checker: Callable[[str], list[str]],
) -> None:
    typo = "class Room:\n    reading = 19.5\n    def f(self) -> float:\n"
    typo += "        return float(self.reeding)\n"
    hook = "    def __getattr__(self, name: str) -> Any: ...\n"

    assert [line[-14:] for line in checker(typo)] == ["[attr-defined]"]
    assert checker(f"from typing import Any\n{typo}{hook}") == []


def test_the_error_that_getattr_replaces_is_lost_even_as_a_context() -> None:
    class Room:
        @property
        def knob(self) -> object:
            raise AttributeError("the typo")

        def __getattr__(self, name: str) -> object:
            raise AttributeError("no such attribute")

    for look in (getattr, dot):
        with pytest.raises(AttributeError, match=r"^no such attribute$") as caught:
            look(Room(), "knob")
        assert caught.value.__context__ is None


def test_trap_a_getattr_that_forwards_everything_recurses_in_copy_copy() -> None:
    class Mirror:
        def __init__(self, original: object) -> None:
            self.original = original

        def __getattr__(self, name: str) -> object:
            return getattr(self.original, name)

    with pytest.raises(RecursionError):
        copy.copy(Mirror(Thermostat()))


def test_an_empty_slot_reaches_getattr() -> None:
    class Room:
        knob = "class"

    class Slotted(Room):
        __slots__ = ("knob",)

        def __getattr__(self, name: str) -> str:
            return f"fallback for {name}"

    assert Slotted().knob == dot(Slotted(), "knob") == "fallback for knob"


def test_a_getattr_stored_in_the_instance_is_never_called() -> None:
    hall = Thermostat()
    vars(hall)["__getattr__"] = arguments

    for look in (getattr, dot):
        with pytest.raises(AttributeError) as caught:
            look(hall, "pressure")
        assert (caught.value.name, caught.value.obj) == ("pressure", hall)


def test_hasattr_and_a_default_for_getattr_hide_attributeerror_alone() -> None:
    class Room:
        @property
        def typo(self) -> object:
            raise AttributeError

        @property
        def broken(self) -> object:
            raise ValueError

    assert not hasattr(Room(), "typo")
    assert getattr(Room(), "typo", "default") == "default"
    with pytest.raises(ValueError, match=r"^$"):
        hasattr(Room(), "broken")
    with pytest.raises(ValueError, match=r"^$"):
        getattr(Room(), "broken", "default")


# -- Classes -----------------------------------------------------------------


def test_on_a_class_its_own_mro_takes_the_place_of_the_instance() -> None:
    assert stops(Masking, "boost") == [
        (type, "nothing"),
        (object, "nothing"),
        (Masking, "nothing"),
        (Thermostat, "non-data descriptor"),
    ]
    assert [owner for owner, _ in stops(Thermostat, "mro")] == [
        type,
        Thermostat,
        object,
        type,
    ]
    assert Masking.boost is dot(Masking, "boost") is vars(Thermostat)["boost"]
    assert Thermostat.mro() == dot(Thermostat, "mro")() == [Thermostat, object]


def test_what_a_class_holds_is_bound_to_no_instance() -> None:
    class Room:
        knob = NonData()

    assert Room.knob == dot(Room, "knob") == (vars(Room)["knob"], None, Room)


def test_a_class_cannot_answer_for_its_own_name() -> None:
    class Room:
        __name__ = "attic"

    assert Room.__name__ == dot(Room, "__name__") == "Room"
    assert Room().__name__ == dot(Room(), "__name__") == "attic"


def test_inspect_getattr_static_overlooks_a_data_descriptor_of_the_metaclass() -> None:
    class Room:
        __name__ = "attic"

    last = route(type, "__name__", own_stops(Room, "__name__"))[-1]

    assert last.value is vars(type)["__name__"]
    assert inspect.getattr_static(Room, "__name__") == "attic"


def test_an_attribute_of_the_metaclass_is_not_seen_from_an_instance() -> None:
    class Meta(type):
        knob = "metaclass"

    class Room(metaclass=Meta): ...

    assert Room.knob == dot(Room, "knob") == "metaclass"
    assert not hasattr(Room(), "knob")


# -- Demo and tool -----------------------------------------------------------


def ask(*arguments: str) -> list[str]:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    return result.output.splitlines()


@pytest.fixture
def own_modules(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What a reader may have in the working directory."""
    (tmp_path / "own_lazy.py").write_text(
        "class Lazy:\n"
        "    def __new__(cls): raise RuntimeError\n"
        "    def __getattribute__(self, name): raise RuntimeError\n"
        "    def __getattr__(self, name): raise RuntimeError\n"
    )
    (tmp_path / "own_module.py").write_text(
        "import weakref\n"
        "from core.attribute_lookup import Thermostat\n"
        "numbers = list[int]\n"
        "class Hall(Thermostat):\n"
        "    temperature = 21.0\n"
        "class Attic(Hall): ...\n"
        "room = Attic()\n"
        "hall, proxy = super(Attic, room), weakref.proxy(room)\n"
        "def __getattr__(name): return name\n"
    )
    (tmp_path / "own_exits.py").write_text("raise SystemExit('no terminal')")
    (tmp_path / "own_raises.py").write_text("raise RuntimeError('no\\nserver')")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("own_lazy", "own_module"):
        sys.modules.pop(name, None)


def test_demo_shows_the_damage(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    printed = capsys.readouterr().out
    assert "Masking().reading = 19.5, Masking().temperature = 68.0\n" in printed
    assert "AttributeError, error.name = 'reeding'\n" in printed


def test_tool_without_arguments_runs_the_demo() -> None:
    assert ask()[0] == "The type is searched before the instance"


def test_tool_shows_a_class_for_its_instances_and_for_itself() -> None:
    assert ask("collections:Counter", "most_common") == [
        "'most_common' on an instance of collections:Counter, without making one",
        "    Counter        non-data descriptor (function), waits",
        "    the instance   unknown",
        "    Counter        non-data descriptor (function), answers",
        "'most_common' on collections:Counter itself",
        "    type           nothing",
        "    object         nothing",
        "    Counter        non-data descriptor (function), answers",
    ]


def test_tool_shows_one_route_for_an_instance() -> None:
    assert ask("os:environ", "encodekey") == [
        "'encodekey' on os:environ itself",
        "    _Environ        nothing",
        "    MutableMapping  nothing",
        "    Mapping         nothing",
        "    Collection      nothing",
        "    Sized           nothing",
        "    Iterable        nothing",
        "    Container       nothing",
        "    object          nothing",
        "    the instance    plain value (function), answers",
    ]


def test_tool_knows_that_no_instance_of_the_class_has_a_dict() -> None:
    assert "    the instance   nothing" in ask("datetime:date", "today")


def test_tool_says_when_nobody_answers_and_who_may_step_in(own_modules: None) -> None:
    assert ask("own_lazy:Lazy", "knob") == [
        "'knob' on an instance of own_lazy:Lazy, without making one",
        "    Lazy           nothing",
        "    object         nothing",
        "    the instance   unknown",
        "    or nobody on this route: AttributeError",
        "    but Lazy has its own __getattribute__",
        "    but Lazy has its own __getattr__",
        "'knob' on own_lazy:Lazy itself",
        "    type           nothing",
        "    object         nothing",
        "    Lazy           nothing",
        "    object         nothing",
        "    nobody on this route: AttributeError",
    ]


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(("own_module", "later"), id="module"),
        pytest.param(("random:randint", "__name__"), id="method"),
        pytest.param(("own_module:numbers", "append"), id="alias"),
        pytest.param(("own_module:hall", "temperature"), id="super"),
        pytest.param(("own_module:proxy", "temperature"), id="proxy"),
    ],
)
def test_tool_says_which_type_searches_in_its_own_way(
    question: tuple[str, str], own_modules: None
) -> None:
    target, name = question
    searcher = type(pkgutil.resolve_name(target)).__name__

    assert ask(target, name)[-2:] == [
        "    nobody on this route: AttributeError",
        f"    but {searcher} has its own __getattribute__",
    ]
    assert hasattr(pkgutil.resolve_name(target), name)


@pytest.mark.parametrize(
    "target", ["builtins:int", "builtins:dict", "builtins:ValueError", "enum:EnumType"]
)
def test_tool_knows_the_search_of_object_under_the_name_of_a_c_type(
    target: str,
) -> None:
    assert [line for line in ask(target, "no_such_name") if "its own" in line] == []


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["collections:Counter"], ""),
        (["collections:Counter", "total", "update"], ""),
        (["collections Counter", "total"], ": ValueError("),
        (["no_such_module:Counter", "total"], ": ModuleNotFoundError("),
        (["collections:Kounter", "total"], ": AttributeError("),
        (["own_raises:Hall", "target"], ": RuntimeError("),
        (["own_exits:Hall", "target"], ": SystemExit("),
    ],
)
def test_tool_refuses_a_bad_target_in_one_line(
    arguments: list[str], cause: str, own_modules: None
) -> None:
    result = CliRunner().invoke(cli, arguments)

    last = result.output.splitlines()[-1]
    problem = "Error: need importable MODULE:OBJECT and NAME"
    assert result.exit_code == 2
    assert last.startswith(f"{problem}, got {' '.join(arguments)!r}{cause}")
    assert cause or last.endswith("'")


def test_tool_run_as_a_program_shows_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core.attribute_lookup", "collections:Kounter", "total"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: ")
    assert "Traceback" not in done.stderr
