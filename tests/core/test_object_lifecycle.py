"""The claims of core.object_lifecycle, one test each."""

import contextlib
import copy
import copyreg
import enum
import gc
import pickle
import re
import socket
import subprocess
import sys
import threading
import weakref
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.object_lifecycle import (
    Comet,
    Exposure,
    Immortal,
    Planet,
    Shared,
    Shutter,
    Star,
    construct,
    follow,
    main,
    repickle,
)


@pytest.fixture
def collector_off() -> Iterator[None]:
    """No collection but the ones that the test asks for."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    yield
    gc.collect()
    if enabled:
        gc.enable()


# -- Birth by call -----------------------------------------------------------


@pytest.mark.parametrize("call", [type.__call__, construct], ids=["type", "lesson"])
def test_init_runs_only_on_an_instance_of_the_class_that_was_called(
    call: Callable[..., Any],
) -> None:
    log: list[str] = []
    assert type(call(Star, "Vega", log)) is Star
    assert log == ["__new__", "__init__"]

    log.clear()
    assert type(call(Star, "Venus", log)) is Planet
    assert log == ["__new__"]


class Liar:
    """Claims to be of any class, by way of ``__class__``."""

    def __init__(self, claimed: type) -> None:
        self.claimed = claimed

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self.claimed


def observatory(result: str, returns: object, log: list[str]) -> type:
    """A class whose ``__new__`` makes this kind of result."""

    class Instrument:
        def __init__(self, *args: object, **kwargs: object) -> None:
            log.append(f"Instrument {args} {kwargs}")

    class Telescope(Instrument):
        def __init__(self, *args: object, **kwargs: object) -> None:
            log.append(f"Telescope {args} {kwargs}")
            return returns  # type: ignore[return-value]

    class Refractor(Telescope):
        def __init__(self, *args: object, **kwargs: object) -> None:
            log.append(f"Refractor {args} {kwargs}")

    made: dict[str, Callable[[], object]] = {
        "instance": lambda: object.__new__(Telescope),
        "subclass instance": lambda: object.__new__(Refractor),
        "base instance": lambda: object.__new__(Instrument),
        "liar": lambda: Liar(Telescope),
        "class": lambda: Telescope,
        "number": lambda: 7,
        "nothing": lambda: None,
    }
    if result != "default":
        Telescope.__new__ = lambda *_, **__: made[result]()  # type: ignore[assignment]
    return Telescope


def outcome(call: Callable[[], object], log: list[str]) -> tuple[str, list[str]]:
    log.clear()
    try:
        return type(call()).__name__, log[:]
    except TypeError as error:
        return type(error).__name__, log[:]


@given(
    result=st.sampled_from(
        [
            "default",
            "instance",
            "subclass instance",
            "base instance",
            "liar",
            "class",
            "number",
            "nothing",
        ]
    ),
    returns=st.sampled_from([None, None, 0, "ready"]),
    args=st.lists(st.integers(), max_size=2),
    kwargs=st.dictionaries(st.sampled_from(["lens", "mount"]), st.integers()),
)
def test_construct_does_what_type_call_does(
    result: str, returns: object, args: list[int], kwargs: dict[str, int]
) -> None:
    log: list[str] = []
    cls = observatory(result, returns, log)

    assert outcome(lambda: construct(cls, *args, **kwargs), log) == outcome(
        lambda: cls(*args, **kwargs), log
    )


@pytest.mark.parametrize("cls", [object, int, list, SimpleNamespace, Decimal, type])
@pytest.mark.parametrize("args", [(), ("37", 8), ("Dome", (), {})])
def test_construct_builds_builtins_too(cls: type, args: tuple[object, ...]) -> None:
    log: list[str] = []
    assert outcome(lambda: construct(cls, *args), log) == outcome(
        lambda: cls(*args), log
    )


def test_init_must_return_none() -> None:
    cls = observatory("instance", "ready", [])
    with pytest.raises(TypeError):
        cls()
    with pytest.raises(TypeError, match=r"^__init__ must return None, got 'ready'$"):
        construct(cls)


@pytest.mark.parametrize("call", [type.__call__, construct], ids=["type", "lesson"])
def test_trap_a_singleton_made_in_new_is_initialised_again_by_every_call(
    call: Callable[..., Any],
) -> None:
    class Dome:
        only: "Dome | None" = None

        def __new__(cls) -> "Dome":
            cls.only = cls.only or super().__new__(cls)
            return cls.only

        def __init__(self) -> None:
            self.visitors: list[str] = []

    dome = call(Dome)
    dome.visitors.append("Caroline")

    assert call(Dome) is dome
    assert dome.visitors == []


def test_the_type_of_the_result_chooses_the_init() -> None:
    log: list[str] = []
    observatory("subclass instance", None, log)(1)
    assert log == ["Refractor (1,) {}"]


# -- Birth by recipe ---------------------------------------------------------


def test_the_standard_recipe_for_a_copy_calls_no_init() -> None:
    star = Star("Vega", [])
    for clone in (copy.copy, copy.deepcopy, repickle):
        star.log.clear()
        twin = clone(star)
        assert twin is not star
        assert (twin.name, twin.log) == ("Vega", ["__new__"])


class Initialised:
    log: ClassVar[list[str]] = []

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.log.append("__init__")


class Eclipse(Initialised, Exception): ...  # noqa: N818


class Cluster(Initialised, set[object]): ...


class Filters(Initialised, deque[object]): ...


@pytest.mark.parametrize("kind", [Eclipse, Cluster, Filters])
@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, repickle])
def test_subclasses_of_exceptions_sets_and_deques_are_copied_by_calling_them(
    kind: Any, clone: Callable[[Any], Any]
) -> None:
    original = kind(["M31"])
    kind.log.clear()

    assert type(clone(original)) is kind
    assert kind.log == ["__init__"]


class Plate:
    asked: ClassVar[list[object]] = []

    def __reduce_ex__(self, protocol: Any) -> tuple[type, tuple[str]]:
        self.asked.append(protocol)
        return Shared, ("M31",)


class PlateOfItsOwn(Plate):
    def __copy__(self) -> None:
        self.asked.append("__copy__")

    def __deepcopy__(self, memo: object) -> None:
        self.asked.append("__deepcopy__")


def test_copy_deepcopy_and_copyreg_are_asked_before_reduce_ex(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked_of(plate: Plate) -> list[object]:
        plate.asked.clear()
        for clone in (copy.copy, copy.deepcopy, repickle):
            clone(plate)
        return plate.asked[:]

    def registered(plate: Plate) -> tuple[type, tuple[str]]:
        plate.asked.append("copyreg")
        return Shared, ("M31",)

    default = 5 if sys.version_info >= (3, 14) else 4
    assert asked_of(Plate()) == [4, 4, default]
    assert asked_of(PlateOfItsOwn()) == ["__copy__", "__deepcopy__", default]
    for kind in (Plate, PlateOfItsOwn):
        monkeypatch.setitem(copyreg.dispatch_table, kind, registered)
    assert asked_of(Plate()) == ["copyreg"] * 3
    assert asked_of(PlateOfItsOwn()) == ["__copy__", "__deepcopy__", "copyreg"]


@dataclass
class Plain:
    x: object
    y: object


@dataclass(slots=True)
class Slotted:
    x: object
    y: object


@dataclass(frozen=True, slots=True)
class Frozen:
    x: object
    y: object


class Both(Plain):
    __slots__ = ("z",)

    def __init__(self, x: object, y: object) -> None:
        super().__init__(x, y)
        self.z = x


class Bare:
    __slots__ = ("x", "y")

    def __init__(self, x: object, _: object) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bare) and (self.x, hasattr(self, "y")) == (
            other.x,
            hasattr(other, "y"),
        )

    __hash__ = None  # type: ignore[assignment]


class Filtered(Plain):
    """Keeps one attribute to itself, and remembers what it was given back."""

    def __getstate__(self) -> dict[str, object]:
        return {"x": self.x}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, y="restored")


class Catalogue(list[object]):
    def __init__(self, x: object, y: object) -> None:
        super().__init__([x, y])
        self.x = x


class Index(dict[str, object]):
    def __init__(self, x: object, y: object) -> None:
        super().__init__(x=x, y=y)
        self.x = x


@given(
    kind=st.sampled_from(
        [Plain, Slotted, Frozen, Both, Bare, Filtered, Catalogue, Index]
    ),
    x=st.lists(st.integers(), max_size=2),
    y=st.none() | st.text(max_size=2),
)
def test_following_the_recipe_is_copying(
    kind: Callable[[object, object], Any], x: list[int], y: str | None
) -> None:
    obj = kind(x, y)
    ours, theirs = follow(obj.__reduce_ex__(4)), copy.copy(obj)

    assert type(ours) is type(theirs) is type(obj)
    assert ours == theirs
    assert getattr(ours, "__dict__", None) == getattr(theirs, "__dict__", None)
    assert ours.x is theirs.x is x


@pytest.mark.parametrize(
    "obj",
    [
        Fraction(22, 7),
        OrderedDict(b=1, a=2),
        Counter("abba"),
        deque([1, 2], maxlen=3),
        Decimal("3.50"),
        PurePosixPath("m31/first.fits"),
        SimpleNamespace(a=1),
        range(3),
    ],
    ids=lambda obj: type(obj).__name__,
)
def test_following_works_for_recipes_of_the_standard_library(obj: Any) -> None:
    twin = follow(obj.__reduce_ex__(4))
    assert type(twin) is type(obj)
    assert twin == obj


def test_trap_a_shallow_copy_shares_what_init_opened_unless_reduce_opens_anew() -> None:
    first = Shared("M31")
    copy.copy(first).shutter.close()
    assert not first.shutter.is_open

    exposure = Exposure("M31")
    for clone in (copy.copy, copy.deepcopy, repickle):
        twin = clone(exposure)
        assert twin.target == "M31"
        assert twin.shutter.is_open
        twin.close()
        assert exposure.shutter.is_open


@pytest.mark.parametrize("clone", [copy.deepcopy, repickle])
def test_deepcopy_and_pickle_rebuild_what_init_opened_from_its_parts(
    clone: Callable[[Shared], Shared], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Shared("M31")
    opened: list[object] = []
    monkeypatch.setattr(Shutter, "__init__", lambda self: opened.append(self))
    twin = clone(first)
    twin.shutter.close()

    assert (first.shutter.is_open, twin.shutter.is_open) == (True, False)
    assert opened == []


def test_reduce_keeps_the_subclass() -> None:
    class Spectrum(Exposure): ...

    assert type(copy.copy(Spectrum("M31"))) is Spectrum


class Unplugged(Shared):
    def __getstate__(self) -> dict[str, object]:
        return {"target": self.target}


def test_trap_what_getstate_leaves_out_is_missing_from_the_copy() -> None:
    assert repickle(Unplugged("M31")).target == "M31"
    assert not hasattr(repickle(Unplugged("M31")), "shutter")
    assert not hasattr(copy.copy(Unplugged("M31")), "shutter")


class Numbered(int):
    def __new__(cls, prefix: str, number: int) -> "Numbered":
        return super().__new__(cls, number)

    def __init__(self, prefix: str, number: int) -> None:
        self.prefix = prefix


class Messier(Numbered):
    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.prefix, int(self)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, repickle])
def test_a_new_that_needs_arguments_asks_for_getnewargs(
    clone: Callable[[Any], Any],
) -> None:
    with pytest.raises(TypeError):
        clone(Numbered("M", 31))

    twin = clone(Messier("M", 31))
    assert (twin, twin.prefix) == (31, "M")


def test_the_state_of_slots_is_a_second_dict() -> None:
    bare, both = Bare([1], None), Both(1, 2)
    assert bare.__reduce_ex__(4)[2] == (None, {"x": [1]})
    assert both.__reduce_ex__(4)[2] == ({"x": 1, "y": 2}, {"z": 1})


@pytest.mark.parametrize(("state", "calls"), [(None, 0), ({}, 1), (0, 1)])
def test_setstate_is_not_called_for_a_state_of_none(state: object, calls: int) -> None:
    received: list[object] = []

    class Mirror:
        def __getstate__(self) -> object:
            return state

        def __setstate__(self, state: object) -> None:
            received.append(state)

    mirror: Any = Mirror()
    copy.copy(mirror)
    follow(mirror.__reduce_ex__(4))

    assert received == [state] * 2 * calls


def test_deepcopy_keeps_shared_parts_and_cycles() -> None:
    night = SimpleNamespace(plan=["M31"])
    night.backup, night.itself = night.plan, night

    for twin in (copy.deepcopy(night), repickle(night)):
        assert twin.plan is twin.backup
        assert twin.plan is not night.plan
        assert twin.itself is twin


def test_one_memo_is_what_keeps_shared_parts_shared() -> None:
    plan = ["M31"]
    nights = [SimpleNamespace(plan=plan), SimpleNamespace(plan=plan)]

    together = copy.deepcopy(nights)
    one_by_one = [copy.deepcopy(night) for night in nights]
    memo: dict[int, Any] = {}
    one_memo = [copy.deepcopy(night, memo) for night in nights]
    two_pickles = [repickle(night) for night in nights]

    assert together[0].plan is together[1].plan
    assert one_memo[0].plan is one_memo[1].plan
    assert one_by_one[0].plan is not one_by_one[1].plan
    assert two_pickles[0].plan is not two_pickles[1].plan


class Unknown(enum.Enum):
    MAGNITUDE = "magnitude"


class Opaque(enum.Enum):
    MAGNITUDE = object()


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, repickle])
def test_an_object_sentinel_loses_its_identity_and_an_enum_member_keeps_it(
    clone: Callable[[object], object],
) -> None:
    missing = object()
    assert clone(missing) is not missing
    assert clone(Unknown.MAGNITUDE) is Unknown.MAGNITUDE


def test_trap_an_enum_member_whose_value_is_object_does_not_unpickle() -> None:
    assert copy.deepcopy(Opaque.MAGNITUDE) is Opaque.MAGNITUDE
    written = pickle.dumps(Opaque.MAGNITUDE)
    with pytest.raises(ValueError):  # noqa: PT011 - the interpreter's wording
        pickle.loads(written)


def test_files_locks_and_sockets_refuse_to_be_copied(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file, socket.socket() as sock:
        for resource in (file, threading.Lock(), sock):
            for clone in (copy.copy, copy.deepcopy, repickle):
                with pytest.raises(TypeError):
                    clone(resource)


# -- Death -------------------------------------------------------------------


class Mortal:
    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.itself: object = None

    def __del__(self) -> None:
        self.log.append("__del__")


@pytest.mark.usefixtures("collector_off")
def test_outside_a_cycle_an_object_dies_inside_del() -> None:
    log: list[str] = []
    mortal = Mortal(log)
    del mortal
    assert log == ["__del__"]


@pytest.mark.usefixtures("collector_off")
def test_inside_a_cycle_it_waits_for_the_collector() -> None:
    log: list[str] = []
    mortal = Mortal(log)
    mortal.itself = mortal
    del mortal
    assert log == []

    gc.collect()
    assert log == ["__del__"]


@pytest.mark.usefixtures("collector_off")
def test_the_collector_leaves_nothing_in_gc_garbage() -> None:
    before = gc.garbage[:]
    mortal, other = Mortal([]), Mortal([])
    mortal.itself, other.itself = other, mortal
    del mortal, other

    assert gc.collect() >= 2
    assert gc.garbage == before


@pytest.mark.usefixtures("collector_off")
@pytest.mark.parametrize("cyclic", [False, True], ids=["alone", "cycle"])
def test_del_can_bring_its_object_back_once(cyclic: bool) -> None:
    sky: list[Any] = []
    comet = Comet(sky)
    if cyclic:
        vars(comet)["itself"] = comet

    del comet
    gc.collect()
    assert [type(seen) for seen in sky] == [Comet]

    last: list[str] = []
    weakref.finalize(sky[0], last.append, "gone")
    sky.clear()
    gc.collect()
    assert sky == []
    assert last == ["gone"]


def test_del_runs_even_after_an_init_that_failed() -> None:
    log: list[str] = []

    class Fogged(Mortal):
        def __init__(self, log: list[str]) -> None:
            self.log = log
            raise ValueError("the sky must be clear, got fog")

    with contextlib.suppress(ValueError):
        Fogged(log)
    assert log == ["__del__"]


def test_del_runs_for_a_copy_that_never_saw_init() -> None:
    log: list[str] = []
    mortal = Mortal(log)
    copy.copy(mortal)
    assert log == ["__del__"]


def test_an_error_in_del_reaches_only_the_unraisable_hook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ArithmeticError("lens cap")

    seen: list[type | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: seen.append(args.exc_type))
    Broken()
    assert seen == [ArithmeticError]


# -- Finalizers --------------------------------------------------------------


@pytest.mark.usefixtures("collector_off")
def test_trap_a_finalizer_that_is_a_bound_method_of_its_object_keeps_it_alive() -> None:
    exposure = Exposure("M31")
    shutter = exposure.shutter
    del exposure
    assert not shutter.is_open

    immortal = Immortal("M31")
    shutter, close = immortal.shutter, immortal.close
    del immortal
    gc.collect()
    assert shutter.is_open
    assert close.alive

    close()
    assert not shutter.is_open


@pytest.mark.usefixtures("collector_off")
def test_a_finalizer_runs_once_and_after_its_object_is_gone() -> None:
    seen: list[object] = []
    star = Planet()
    ref = weakref.ref(star)
    finalizer = weakref.finalize(star, lambda: seen.append(ref()))

    del star
    assert seen == [None]
    assert not finalizer.alive
    finalizer()
    assert seen == [None]


def test_a_finalizer_that_was_called_is_spent() -> None:
    exposure = Exposure("M31")
    exposure.close()
    assert not exposure.shutter.is_open

    shutter = exposure.shutter
    shutter.is_open = True
    exposure.close()
    del exposure
    assert shutter.is_open


@pytest.mark.usefixtures("collector_off")
def test_outside_a_cycle_a_comeback_keeps_the_finalizer_waiting() -> None:
    sky: list[Comet] = []
    log: list[str] = []
    comet = Comet(sky)
    finalizer = weakref.finalize(comet, log.append, "finalized")

    del comet
    assert (len(sky), log, finalizer.alive) == (1, [], True)
    sky.clear()
    assert log == ["finalized"]


@pytest.mark.usefixtures("collector_off")
def test_inside_a_cycle_the_finalizer_runs_before_del_can_object() -> None:
    sky: list[Any] = []
    log: list[int] = []
    comet = Comet(sky)
    vars(comet)["itself"] = comet
    weakref.finalize(comet, lambda: log.append(len(sky)))

    del comet
    gc.collect()
    assert (len(sky), log) == (1, [0])
    del sky[0].itself


@pytest.mark.usefixtures("collector_off")
def test_inside_a_cycle_del_finds_plain_weak_references_alive_only_from_3_15() -> None:
    class Pulsar:
        def __del__(self) -> None:
            found.append(ref() is not None)

    found: list[bool] = []
    pulsar: Any = Pulsar()
    pulsar.itself = pulsar
    ref = weakref.ref(pulsar)

    del pulsar
    gc.collect()
    assert found == [sys.version_info >= (3, 15)]


AT_EXIT = """
import weakref

class Dome: ...

dome = Dome()
weakref.finalize(dome, print, "opened first, closed last")
weakref.finalize(dome, print, "never at exit").atexit = False
weakref.finalize(dome, print, "opened last, closed first")
print("end of the program")
"""


def test_at_exit_the_living_are_finalized_newest_first() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", AT_EXIT], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [
        "end of the program",
        "opened last, closed first",
        "opened first, closed last",
    ]


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_process_that_is_killed_finalizes_nothing(end: str) -> None:
    program = AT_EXIT.replace("import weakref", "import os, weakref")
    last = 'print("end of the program", flush=True)'
    ran = subprocess.run(
        [sys.executable, "-c", f"{program}\n{last}\n{end}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines() == ["end of the program"] * 2


# -- The demo ----------------------------------------------------------------


def test_main_shows_the_same_facts_twice(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    first = capsys.readouterr().out
    main()

    assert capsys.readouterr().out == first
    assert "  Venus is a Planet, log = ['__new__']" in first
    assert "  Shared, made again by __newobj__\n" in first
    assert "  Exposure, made again by Exposure\n" in first
    assert re.findall(r"first\.shutter\.is_open = (\w+)", first) == ["False", "True"]
    assert "  back after the first death: 1\n" in first
    assert "  back after the second death: 0\n" in first
    assert "  open_after_del(Immortal) = True" in first
