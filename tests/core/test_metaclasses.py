"""The claims of core.metaclasses, one test each."""

import builtins
import sys
from abc import ABCMeta
from collections.abc import Callable, Iterator, Sized
from pathlib import Path
from types import new_class
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from core import metaclasses
from core.metaclasses import (
    UNSEEN,
    Plan,
    Rows,
    Timetable,
    Train,
    build_class,
    cli,
    hook,
    main,
    most_derived,
    recorded,
)

BUILDERS = [
    pytest.param(build_class, id="lesson"),
    pytest.param(builtins.__build_class__, id="cpython"),
]


def run(statement: str, build: Any, **names: Any) -> Any:
    """Execute a class statement with ``build`` behind it; return its class."""
    names["__builtins__"] = {**vars(builtins), "__build_class__": build}
    names["__name__"] = "timetables"
    exec(statement, names)
    return names["Made"]


# -- The class statement -----------------------------------------------------

MADE = """
class Made(*bases, **keywords):
    log.append(f"the body, in a {type(locals()).__name__}")
    first, second = Named(), Named()
    def who(self):
        return __class__
"""


class World:
    """Classes made by one build function, and everything that their hooks note."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build = build
        self.log: list[str] = []
        self.metaclasses: list[Any] = [type]
        self.bases: list[Any] = [object]

    def derive_metaclass(self, pick: int) -> None:
        label, log = f"M{len(self.metaclasses)}", self.log

        class Own(dict[str, Any]): ...

        class Noting(self.metaclasses[pick % len(self.metaclasses)]):  # type: ignore[misc]
            @classmethod
            def __prepare__(cls, *given: Any, **keywords: Any) -> Any:
                log.append(f"{label}.__prepare__ {given} {keywords}")
                return Own(super().__prepare__(*given, **keywords))

            def __new__(mcls, *given: Any, **keywords: Any) -> Any:
                log.append(f"{label}.__new__ {sorted(given[2])} {keywords}")
                made = super().__new__(mcls, *given, **keywords)
                log.append(f"{label}.__new__ is done")
                return made

            def __init__(cls, *given: Any, **keywords: Any) -> None:  # noqa: N805
                log.append(f"{label}.__init__ {keywords}")
                super().__init__(*given, **keywords)

        Noting.__name__ = label
        self.metaclasses.append(Noting)

    def make(self, picks: list[int], meta: int | None, keywords: Any) -> None:
        """One class statement; a negative pick is a base that is no class."""
        bases = tuple(self.pick(each) for each in picks)
        if meta is not None:
            candidates = [*self.metaclasses, self.stand_in]
            keywords = {"metaclass": candidates[meta % len(candidates)], **keywords}
        names = {"log": self.log, "Named": self.named()}
        try:
            made = run(MADE, self.build, bases=bases, keywords=keywords, **names)
        except TypeError:
            self.log.append("refused")
            return
        self.log.append(f"{type(made)} {made}")
        if isinstance(made, type):
            self.log.append(f"{made.__mro__} {sorted(vars(made))} {made.__module__}")
            assert made().who() is made
            self.bases.append(made)

    def pick(self, number: int) -> Any:
        base = self.bases[number % len(self.bases)]
        return base if number >= 0 else self.alias(base, number)

    def alias(self, base: Any, number: int) -> Any:
        class Alias:
            def __mro_entries__(alias, bases: Any) -> tuple[Any, ...]:  # noqa: N805
                self.log.append(f"{len(bases)} bases")
                return (base,) * (number % 3)

        return Alias()

    def stand_in(self, name: str, bases: Any, namespace: Any, **keywords: Any) -> str:
        self.log.append(f"{name} {bases} {sorted(namespace)} {keywords}")
        return "no class at all"

    def named(self) -> type:
        log = self.log

        class Named:
            def __set_name__(self, owner: type, name: str) -> None:
                log.append(f"{name} of {owner.__qualname__}")

        return Named


@given(
    st.lists(st.integers(0, 3), max_size=4),
    st.lists(
        st.tuples(
            st.lists(st.integers(-6, 6), max_size=3),
            st.none() | st.integers(0, 5),
            st.just({}) | st.just({"season": "summer"}),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_the_rebuilt_class_statement_does_what_the_real_one_does(
    metaclasses: list[int], statements: list[tuple[list[int], int | None, Any]]
) -> None:
    worlds = World(build_class), World(builtins.__build_class__)
    for world in worlds:
        for pick in metaclasses:
            world.derive_metaclass(pick)
        for statement in statements:
            world.make(*statement)

    ours, real = (world.log for world in worlds)
    assert ours == real


@pytest.mark.parametrize("build", BUILDERS)
def test_set_name_and_init_subclass_run_inside_type_new(build: Any) -> None:
    with recorded(build) as makings:

        class Summer(Plan, year=2027):
            ic_5, ic_61 = Train(), Train()

    [(steps, *_)] = makings.values()
    assert steps == [
        "Timetable.__prepare__",
        "the body of Summer",
        "Timetable.__new__",
        "  type.__new__",
        "    Train.__set_name__ of ic_5",
        "    Train.__set_name__ of ic_61",
        "    Plan.__init_subclass__",
        "Timetable.__init__",
    ]


@pytest.mark.parametrize("build", BUILDERS)
def test_a_decorator_is_called_when_the_metaclass_has_finished(build: Any) -> None:
    log: list[str] = []

    class Noting(type):
        def __init__(cls, *given: Any) -> None:
            super().__init__(*given)
            log.append("Noting.__init__")

    def decorated(cls: type) -> type:
        log.append("the decorator")
        return cls

    statement = "@decorated\nclass Made(metaclass=Noting): ..."
    run(statement, build, decorated=decorated, Noting=Noting)

    assert log == ["Noting.__init__", "the decorator"]


def test_a_class_keyword_reaches_all_four_hooks() -> None:
    seen = []

    class Noting(type):
        @classmethod
        def __prepare__(cls, *given: Any, **keywords: Any) -> dict[str, object]:
            seen.append(keywords)
            return {}

        def __new__(mcls, *given: Any, **keywords: Any) -> Any:
            seen.append(keywords)
            return super().__new__(mcls, *given, **keywords)

        def __init__(cls, *given: Any, **keywords: Any) -> None:
            seen.append(keywords)
            super().__init__(*given)

    class Base(metaclass=Noting):
        def __init_subclass__(cls, **keywords: Any) -> None:
            seen.append(keywords)

    seen.clear()

    class Line(Base, gauge=1435): ...

    assert seen == [{"gauge": 1435}] * 4


@pytest.mark.parametrize("build", BUILDERS)
def test_a_base_that_is_no_class_is_replaced_before_a_metaclass_is_chosen(
    build: Any,
) -> None:
    class Ticket:
        def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
            return (Plan,)

    ticket = Ticket()
    made = run("class Made(ticket, year=2027): ...", build, ticket=ticket)

    assert (type(made), made.__bases__) == (Timetable, (Plan,))
    assert made.__orig_bases__ == (ticket,)

    # A class stands for itself, whatever its instances stand for.
    made = run("class Made(Ticket): ...", build, Ticket=Ticket)
    assert made.__bases__ == (Ticket,)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("entries", [[Train], Train, None])
def test_entries_that_are_no_tuple_are_refused(build: Any, entries: Any) -> None:
    class Ticket:
        def __mro_entries__(self, bases: tuple[Any, ...]) -> Any:
            return entries

    with pytest.raises(TypeError):
        run("class Made(ticket): ...", build, ticket=Ticket())


@pytest.mark.parametrize("build", BUILDERS)
def test_any_callable_can_stand_in_for_a_metaclass(build: Any) -> None:
    made = run("class Made(int, metaclass=lambda *given: given): ...", build)

    assert made[:2] == ("Made", (int,))
    assert made[2]["__qualname__"] == "Made"


@pytest.mark.parametrize("build", BUILDERS)
def test_a_stand_in_may_prepare_the_namespace(build: Any) -> None:
    def stand_in(name: str, bases: Any, rows: Any) -> Any:
        return rows

    stand_in.__prepare__ = lambda *given: Rows(prepared=True)  # type: ignore[attr-defined]
    made = run("class Made(metaclass=stand_in): ...", build, stand_in=stand_in)

    assert (type(made), made["prepared"]) == (Rows, True)


@pytest.mark.parametrize("build", BUILDERS)
def test_a_base_that_a_stand_in_made_brings_the_stand_in(build: Any) -> None:
    class Memo:
        def __init__(self, *given: Any) -> None:
            self.name, self.bases, _ = given

    first = run("class Made(metaclass=Memo): ...", build, Memo=Memo)
    second = run("class Made(first): ...", build, first=first)

    assert type(second) is Memo
    assert second.bases == (first,)


@pytest.mark.parametrize("build", BUILDERS)
def test_a_body_reads_the_variables_of_the_function_around_it(build: Any) -> None:
    platform = 7

    with recorded(build):

        class Summer:
            ic_5 = platform

    assert Summer.ic_5 == 7


def test_prepare_must_return_a_mapping() -> None:
    class Forgetful(type):
        @classmethod
        def __prepare__(cls, *given: Any, **_: Any) -> Any: ...

    statement = "class Made(metaclass=Forgetful): ..."
    with pytest.raises(
        TypeError, match=r"^__prepare__ must return a mapping, got None$"
    ):
        run(statement, build_class, Forgetful=Forgetful)
    with pytest.raises(TypeError):
        run(statement, builtins.__build_class__, Forgetful=Forgetful)


def test_a_metaclass_that_loses_classcell_is_refused() -> None:
    class Losing(type):
        def __new__(mcls, name: str, bases: Any, body: dict[str, Any]) -> Any:
            kept = {k: v for k, v in body.items() if k != "__classcell__"}
            return super().__new__(mcls, name, bases, kept)

    def without_super() -> object:
        class Line(metaclass=Losing): ...

        return Line

    def with_super() -> object:
        class Line(metaclass=Losing):
            def __repr__(self) -> str:
                return super().__repr__()

        return Line

    assert isinstance(without_super(), Losing)
    with pytest.raises(RuntimeError):
        with_super()


# -- What only a metaclass can do --------------------------------------------


def test_the_body_writes_into_what_prepare_returned_the_class_keeps_a_copy() -> None:
    given: list[Any] = []

    class Keeping(Timetable):
        def __init__(cls, *made_of: Any) -> None:  # noqa: N805
            super().__init__(*made_of)
            given.append(made_of[2])

    class Summer(metaclass=Keeping):
        ic_5 = Train()

    [rows] = given
    assert type(rows) is Rows
    assert "ic_5" in rows
    rows["ic_61"] = Train()
    assert not hasattr(Summer, "ic_61")


def test_a_name_bound_twice_is_refused_in_the_body_and_taken_by_the_class() -> None:
    statement = "class Made(metaclass=Timetable):\n    ic_5 = 1\n    ic_5 = 2"
    message = r"^each row must have its own name, got ic_5 twice$"
    with pytest.raises(ValueError, match=message):
        run(statement, builtins.__build_class__, Timetable=Timetable)

    class Summer(Plan, year=2027):
        ic_5: Any = Train()

    Summer.ic_5 = "late"
    assert Summer.ic_5 == "late"


def test_a_namespace_that_answers_for_missing_names_hides_the_builtins() -> None:
    class Counting(dict[str, Any]):
        def __missing__(self, name: str) -> int:
            if name.startswith("__"):
                raise KeyError(name)
            self[name] = len([each for each in self if each[0] != "_"])
            return int(self[name])

    class Stops(type):
        @classmethod
        def __prepare__(cls, *given: Any, **_: Any) -> Counting:
            return Counting()

    build = builtins.__build_class__
    line = run("class Made(metaclass=Stops): Aarau, Brugg, Baden", build, Stops=Stops)
    assert (line.Aarau, line.Brugg, line.Baden) == (0, 1, 2)

    line = run("class Made(metaclass=Stops): size = len", build, Stops=Stops)
    assert line.size == 0


def test_calling_a_metaclass_prepares_no_namespace() -> None:
    with recorded() as makings:
        called: Any = Timetable("Called", (), {})
        made: Any = new_class("Made", (), {"metaclass": Timetable})

    assert makings == {}
    assert type(called) is type(made) is Timetable
    assert most_derived("Made", type, (called,)) is Timetable

    class Strict(type):
        @classmethod
        def __prepare__(cls, *given: Any, **_: Any) -> Any:
            raise LookupError

    assert Strict("Called", (), {})
    with pytest.raises(LookupError):
        new_class("Made", (), {"metaclass": Strict})


def test_call_on_the_metaclass_decides_whether_init_runs() -> None:
    class Summer(Plan, year=2027): ...

    class Winter(Plan, year=2027): ...

    first, second = Summer("May"), Summer("June")
    assert first is second
    assert first.printed == "May"

    # Each class has an edition of its own, and type.__call__ is still there.
    assert Winter("October").printed == "October"
    assert type.__call__(Summer, "July").printed == "July"


def test_trap_a_singleton_made_in_new_is_initialised_by_every_call() -> None:
    class Reprinted:
        edition: Any = None

        def __new__(cls, printed: str) -> Any:
            cls.edition = cls.edition or super().__new__(cls)
            return cls.edition

        def __init__(self, printed: str) -> None:
            self.printed = printed

    first, second = Reprinted("May"), Reprinted("June")
    assert first is second
    assert first.printed == "June"


def test_what_the_metaclass_defines_the_class_has_and_its_instances_have_not() -> None:
    class Summer(Plan, year=2027):
        ic_5, ic_61 = Train(), Train()

        @classmethod
        def title(cls) -> str:
            return cls.__name__

    assert Summer.title() == Summer("May").title() == "Summer"
    assert len(Summer) == 2
    with pytest.raises(TypeError):
        len(Summer("May"))  # type: ignore[arg-type]
    assert not hasattr(Summer("May"), "__len__")


def test_a_property_of_the_metaclass_wins_over_an_attribute_of_the_class() -> None:
    class Titled(type):
        @property
        def title(cls) -> str:
            return f"the {cls.__name__} line"

    class Coast(metaclass=Titled):
        title = "an attribute"

    assert Coast.title == "the Coast line"
    assert Coast().title == "an attribute"


def test_a_descriptor_in_the_body_answers_for_class_until_somebody_assigns() -> None:
    class Title:
        def __get__(self, obj: object, owner: type) -> str:
            return f"the {owner.__name__} line"

        def __set__(self, obj: object, value: object) -> None:
            raise AttributeError

    class Coast:
        title: Any = Title()

    assert Coast.title == Coast().title == "the Coast line"
    with pytest.raises(AttributeError):
        Coast().title = "another"
    Coast.title = "another"
    assert Coast.title == "another"


def test_getitem_of_the_metaclass_wins_over_class_getitem() -> None:
    class Indexed(type):
        def __getitem__(cls, key: str) -> str:
            return f"metaclass: {key}"

    class Line:
        def __class_getitem__(cls, key: str) -> str:
            return f"class: {key}"

    class Indexing(Line, metaclass=Indexed): ...

    lines: list[Any] = [Line, Indexing]
    assert [line["ic_5"] for line in lines] == ["class: ic_5", "metaclass: ic_5"]


def test_a_special_method_set_on_the_class_works_at_once_on_an_instance_never() -> None:
    line: Any = type("Line", (), {})
    old = line()
    old.__call__ = lambda: "from the instance"
    with pytest.raises(TypeError):
        old()

    line.__call__ = lambda self: "from the class"
    assert old() == "from the class"

    # One floor up it is the same: a class is an instance of its metaclass.
    line.__len__ = lambda *_: 3
    assert len(old) == 3
    with pytest.raises(TypeError):
        len(line)


def test_a_built_in_type_takes_no_new_attribute() -> None:
    for name in ("__call__", "label"):
        with pytest.raises(TypeError):
            setattr(int, name, print)


def test_slots_can_be_added_until_type_new_and_not_in_init_subclass() -> None:
    class Line:
        def __init_subclass__(cls) -> None:
            setattr(cls, "__slots__", ())  # noqa: B010

    class Coast(Line): ...

    class Summer(metaclass=Timetable): ...

    assert hasattr(Coast(), "__dict__")
    assert not hasattr(Summer(), "__dict__")


# -- Which metaclass ---------------------------------------------------------


@pytest.mark.parametrize("build", BUILDERS)
def test_two_metaclasses_need_a_third_that_derives_from_both(build: Any) -> None:
    class Third(Timetable, ABCMeta): ...

    names = {"Plan": Plan, "Sized": Sized, "Third": Third}
    with pytest.raises(TypeError):
        run("class Made(Plan, Sized, year=1): ...", build, **names)

    made = run("class Made(Plan, Sized, year=1, metaclass=Third): ...", build, **names)
    assert type(made) is Third


def test_the_conflict_names_both_sides() -> None:
    message = (
        "^Trip must have one metaclass, got Timetable and ABCMeta; derive a third$"
    )
    with pytest.raises(TypeError, match=message):
        most_derived("Trip", type, (Plan, Sized))


@pytest.mark.parametrize("bases", [("Plan", "Child"), ("Child", "Plan")])
@pytest.mark.parametrize("build", BUILDERS)
def test_the_most_derived_metaclass_is_chosen_in_any_order_of_the_bases(
    build: Any, bases: tuple[str, str]
) -> None:
    class Derived(Timetable): ...

    class Line(metaclass=Derived): ...

    class Child(Line): ...

    class Side(metaclass=Timetable): ...

    names = {"Plan": Side, "Child": Child, "Timetable": Timetable}
    listed = ", ".join(bases)
    for statement in (
        f"class Made({listed}): ...",
        f"class Made({listed}, metaclass=type): ...",
        f"class Made({listed}, metaclass=Timetable): ...",
    ):
        assert type(run(statement, build, **names)) is Derived


def test_a_call_of_type_hands_over_to_the_most_derived_metaclass() -> None:
    made: Any = type("Made", (Plan,), {}, year=2027)

    assert type(made) is Timetable
    assert made.edition is None


# -- The recorder ------------------------------------------------------------


def test_recorded_puts_everything_back() -> None:
    build, profile = builtins.__build_class__, sys.getprofile()

    with pytest.raises(LookupError), recorded():

        class Line:
            raise LookupError

    assert builtins.__build_class__ is build
    assert sys.getprofile() is profile


def test_a_class_made_in_a_body_is_recorded_by_itself() -> None:
    with recorded() as makings:

        class Outer(metaclass=Timetable):
            class Inner(metaclass=Timetable): ...

    expected = [
        "Timetable.__prepare__",
        "the body of {}",
        "Timetable.__new__",
        "  type.__new__",
        "Timetable.__init__",
    ]
    assert {
        name.rpartition(">.")[2]: steps for name, (steps, *_) in makings.items()
    } == {
        name: [step.format(name) for step in expected]
        for name in ("Outer", "Outer.Inner")
    }


def frame_in(name: str, *given: object) -> Any:
    """The frame of a function with this name that was called with ``given``."""
    names: dict[str, Any] = {"sys": sys}
    parameters = ", ".join("abc"[: len(given)])
    exec(f"def {name}({parameters}): return sys._getframe()", names)
    return names[name](*given)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("__prepare__", ("Made", ()), "__prepare__"),
        ("__mro_entries__", (None, ()), "__mro_entries__"),
        ("__init_subclass__", (int,), "__init_subclass__"),
        ("__set_name__", (None, int, "ic_5"), "__set_name__ of ic_5"),
        ("__set_name__", ((None, int, "ic_5"),), "__set_name__ of None"),
        ("__new__", (Timetable, "Made"), "__new__"),
        ("__new__", (int, "1"), ""),
        ("__new__", (), ""),
        ("__init__", (Plan, "Made"), "__init__"),
        ("__init__", ("a string",), ""),
        ("timetable", (Timetable,), ""),
    ],
)
def test_hook_knows_what_belongs_to_the_making_of_a_class(
    name: str, given: tuple[object, ...], expected: str
) -> None:
    assert hook(frame_in(name, *given)) == expected


def test_hook_tells_a_class_body_from_a_module() -> None:
    class Made:
        frame = sys._getframe()

    assert hook(Made.frame) == "the body of Made"
    names: dict[str, Any] = {"sys": sys}
    exec("frame = sys._getframe()", names)
    assert hook(names["frame"]) == ""


def test_steps_are_indented_in_the_step_that_called_them() -> None:
    with recorded() as makings:

        class Made:
            # Nothing can watch a watcher at work, so it is driven by hand.
            note: Any = sys.getprofile()
            sys.setprofile(None)

    [(steps, *_)] = makings.values()
    outer, inner = frame_in("__new__", Timetable), frame_in("__init_subclass__", int)
    steps.clear()
    Made.note(outer, "call", None)
    Made.note(outer, "c_call", type.__new__)
    Made.note(outer, "c_call", len)
    Made.note(outer, "c_return", len)
    Made.note(inner, "call", None)
    Made.note(inner, "return", None)
    Made.note(outer, "c_exception", type.__new__)
    Made.note(frame_in("timetable"), "call", None)
    Made.note(inner, "call", None)

    assert steps == [
        "  __new__",
        "    type.__new__",
        "      __init_subclass__",
        "    __init_subclass__",
    ]


# -- Demo and tool -----------------------------------------------------------


def test_main_prints_the_order_and_what_each_hook_is_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def noting(body: Any, name: str, *rest: Any, **keywords: Any) -> Any:
        made.append(name)
        return build_class(body, name, *rest, **keywords)

    monkeypatch.setattr(metaclasses, "build_class", noting)
    main()

    assert made == ["Summer"]

    out = capsys.readouterr().out
    assert "  Timetable.__new__\n    type.__new__\n      Train.__set_name__" in out
    assert "  len(rows) = 2, len(winter) = 1" in out
    assert "Summer('July').printed = 'May'" in out
    assert "  with a third: SizedTimetable" in out


STATION = """
from dataclasses import dataclass

from core.metaclasses import Plan, Train

halts = 3

def halt(cls):
    cls.halts = halts
    return cls

@halt
class Summer(Plan, year=2027):
    ic_5 = Train()
    platforms = halts + 1
    bicycles = first_class = second_class = restaurant = wireless = True

class Base:
    def __init_subclass__(cls):
        cls.listed = True

class Coast(Base): ...

@dataclass(slots=True)
class Rook(Base):
    square: str

Called = type("Called", (Base,), {})
"""


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kit_station.py").write_text(STATION)
    yield tmp_path
    sys.modules.pop("kit_station", None)


def invoke(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.output.splitlines()


@pytest.mark.usefixtures("station")
def test_tool_tells_the_metaclass_the_steps_and_who_bound_what() -> None:
    code, lines = invoke("kit_station:Summer")
    # What is longer than a line of 88 goes on with four spaces.
    assert max(map(len, lines)) <= 88
    joined = "\n".join(lines).replace(",\n    ", ", ").splitlines()
    first, *steps, body, rest = joined

    assert code == 0
    assert first == "Summer has the metaclass Timetable from its base Plan"
    assert steps == [
        "  Timetable.__prepare__",
        "  the body of Summer",
        "  Timetable.__new__",
        "    type.__new__",
        "      Train.__set_name__ of ic_5",
        "      Plan.__init_subclass__",
        "  Timetable.__init__",
    ]
    assert body.startswith("bound by the body: ")
    assert rest.startswith("by something else: ")
    bound, others = ({*line.split(": ")[1].split(", ")} for line in (body, rest))
    assert {"ic_5", "platforms"} < bound
    assert {"__slots__", "year", "edition", "halts"} < others
    assert not bound & others


@pytest.mark.usefixtures("station")
@pytest.mark.parametrize(
    ("target", "metaclass", "steps"),
    [
        (
            "kit_station:Coast",
            "Coast has the metaclass type by default",
            ["  the body of Coast", "  Base.__init_subclass__"],
        ),
        (
            "kit_station:Rook",
            "Rook has the metaclass type by default",
            [
                "  the body of Rook",
                "  Base.__init_subclass__",
                "  then another class took its place, as with @dataclass(slots=True)",
            ],
        ),
        (
            "kit_station:Called",
            "Called has the metaclass type by default",
            [f"  {UNSEEN}"],
        ),
        (
            "core.metaclasses:Plan",
            "Plan has the metaclass Timetable from its own statement",
            [f"  {UNSEEN}"],
        ),
        (
            "builtins:int",
            "int has the metaclass type by default",
            [f"  {UNSEEN}"],
        ),
    ],
)
def test_tool_says_when_it_saw_no_class_statement(
    target: str, metaclass: str, steps: list[str]
) -> None:
    code, lines = invoke(target)

    assert code == 0
    assert lines[: len(steps) + 1] == [metaclass, *steps]
    # Nothing is said of a body that was not seen.
    assert any("bound" in line for line in lines) is ("body" in steps[0])


def test_tool_without_a_target_is_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    assert invoke() == (0, capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    ("source", "target", "got"),
    [
        ("", "kit_module", "module"),
        ("", "kit_module:Missing", "AttributeError("),
        ("", "kit_missing:Plan", "ModuleNotFoundError("),
        ("", "not a name", "ValueError("),
        ("plan = 1", "kit_module:plan", "int"),
        ("1 / 0", "kit_module:Plan", "ZeroDivisionError("),
        ("raise LookupError('no rails')", "kit_module:Plan", "LookupError('no rails')"),
        ("raise SystemExit(3)", "kit_module:Plan", "SystemExit(3)"),
    ],
)
def test_tool_says_in_one_line_what_it_got(
    station: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    target: str,
    got: str,
) -> None:
    monkeypatch.delitem(sys.modules, "kit_module", raising=False)
    (station / "kit_module.py").write_text(source)

    code, lines = invoke(target)

    assert code == 2
    said = f"Error: MODULE:CLASS must name a class, got {got}"
    assert lines[-1].startswith(said) if got.endswith("(") else lines[-1] == said
