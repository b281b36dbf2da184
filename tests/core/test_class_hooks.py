"""The claims of core.class_hooks, one test each."""

import abc
import functools
import gc
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.class_hooks import (
    ORDER,
    PLACES,
    answers,
    castle,
    in_a_base,
    main,
    rook,
    total_ordering,
)

type Checker = Callable[[str], list[str]]


# -- The four places -----------------------------------------------------------


def test_of_seven_needs_only_two_take_a_metaclass() -> None:
    rows = [answers(place) for place in PLACES]
    able = {need: [row[need] for row in rows] for need in rows[0]}

    assert [place.__name__ for place in PLACES] == [
        "in_a_decorator",
        "in_the_body",
        "in_a_base",
        "in_the_metaclass",
    ]
    assert able == {
        "hears of the class it stands in": [True, True, False, True],
        "hears of each subclass": [False, False, True, True],
        "is given class keywords": [False, False, True, True],
        "goes with an abstract base": [True, True, True, False],
        "can return another class": [True, False, False, True],
        "can give the class a len()": [False, False, False, True],
        "can say where the body writes": [False, False, False, True],
    }


def test_metaclass_that_derives_from_abcmeta_goes_with_an_abstract_base() -> None:
    class Pieces(abc.ABCMeta): ...

    class Piece(metaclass=Pieces): ...

    assert type(rook(Piece, abc.ABC)) is Pieces


def test_decorator_may_make_the_class_again_with_a_metaclass() -> None:
    class Pieces(type):
        def __len__(cls) -> int:
            return 64

    def in_pieces(cls: Any) -> Any:
        body = {
            n: v for n, v in vars(cls).items() if n not in ("__dict__", "__weakref__")
        }
        return Pieces(cls.__name__, cls.__bases__, body)

    @in_pieces
    class Piece:
        square = "a1"

    again: Any = Piece  # the checker still sees the first
    assert len(again) == len(rook(again)) == 64
    assert again.square == "a1"


def test_registry_fits_in_any_of_the_four_places() -> None:
    by_decorator: list[str] = []
    by_body: list[str] = []
    by_base: list[str] = []
    by_metaclass: list[str] = []

    def piece[C: type](cls: C) -> C:
        by_decorator.append(cls.__name__)
        return cls

    class Mark:
        def __set_name__(self, owner: type, name: str) -> None:
            by_body.append(owner.__name__)

    class Pieces(type):
        def __init__(cls, name: str, bases: Any, body: Any) -> None:
            super().__init__(name, bases, body)
            if bases:
                by_metaclass.append(name)

    class Piece(metaclass=Pieces):
        def __init_subclass__(cls) -> None:
            by_base.append(cls.__name__)

    @piece
    class Rook(Piece):
        mark = Mark()

    @piece
    class Bishop(Piece):
        mark = Mark()

    assert by_decorator == by_body == by_base == by_metaclass == ["Rook", "Bishop"]


def test_decorator_may_plant_the_hook_of_a_base() -> None:
    heard: list[str] = []

    def and_subclasses[C: type](cls: C) -> C:
        def plant(sub: type) -> None:
            heard.append(sub.__name__)

        cls.__init_subclass__ = classmethod(plant)  # type: ignore[assignment]
        return cls

    rook(and_subclasses(type("Piece", (), {})))

    assert heard == ["Rook"]


# -- __init_subclass__ ---------------------------------------------------------


def test_init_subclass_is_a_class_method_without_saying_so() -> None:
    class Piece:
        def __init_subclass__(cls) -> None: ...

    assert isinstance(vars(Piece)["__init_subclass__"], classmethod)

    # What is assigned later has to say so.
    def late(cls: type) -> None: ...

    piece: Any = Piece
    piece.__init_subclass__ = late
    with pytest.raises(TypeError):
        rook(piece)


def test_init_subclass_does_not_run_for_the_class_that_defines_it() -> None:
    heard: list[type] = []
    piece = in_a_base(heard.append)
    queen = rook(rook(piece))

    assert heard == [queen.__base__, queen]


@pytest.mark.parametrize("place", PLACES)
def test_class_keyword_that_nobody_takes_is_refused(
    place: Callable[..., Any],
) -> None:
    with pytest.raises(TypeError):
        rook(place(lambda cls: cls), colour="white")


def test_init_subclass_without_super_silences_the_next_one() -> None:
    heard: list[str] = []

    class Piece:
        def __init_subclass__(cls) -> None:
            heard.append(f"piece {cls.__name__}")

    class Mute:
        def __init_subclass__(cls) -> None: ...

    class Polite:
        def __init_subclass__(cls) -> None:
            super().__init_subclass__()

    rook(Mute, Piece)
    assert heard == []
    rook(Polite, Piece)
    assert heard == ["piece Rook"]


def test_init_subclass_finds_the_descriptors_named() -> None:
    class Field:
        name = ""

        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name

    found: list[str] = []

    class Record:
        def __init_subclass__(cls) -> None:
            found.extend(v.name for v in vars(cls).values() if isinstance(v, Field))

    class Move(Record):
        source, target = Field(), Field()

    assert found == ["source", "target"]


# -- Made twice ----------------------------------------------------------------


def test_trap_init_subclass_may_register_a_class_that_nobody_gets() -> None:
    made, by_base, by_decorator = castle()

    assert list(by_base) == ["R", "?"]
    ghost: Any = by_base["R"]
    assert not isinstance(ghost("a1"), made)
    assert not hasattr(ghost("a1"), "__slots__")

    assert by_base["?"] is made
    assert by_decorator == {"R": made}
    assert vars(made)["__slots__"] == ("square",)


def test_second_registration_under_the_same_key_overwrites_the_first() -> None:
    by_name: dict[str, type] = {}

    class Piece:
        def __init_subclass__(cls, letter: str = "?") -> None:
            # Not __qualname__: the second Rook is given its own only afterwards.
            by_name[cls.__name__] = cls

    @dataclass(slots=True)
    class Rook(Piece, letter="R"):
        square: str

    assert list(by_name.values()) == [Rook]


def test_subclasses_names_the_replaced_class_until_it_is_collected() -> None:
    class Piece: ...

    gc.disable()
    try:

        @dataclass(slots=True)
        class Rook(Piece):
            square: str

        assert len(Piece.__subclasses__()) == 2
    finally:
        gc.enable()
    gc.collect()
    assert Piece.__subclasses__() == [Rook]


def test_required_class_keyword_does_not_go_with_slots_of_a_dataclass() -> None:
    class Piece:
        def __init_subclass__(cls, *, letter: str) -> None: ...

    @dataclass
    class Rook(Piece, letter="R"):
        square: str

    with pytest.raises(TypeError):

        @dataclass(slots=True)
        class Bishop(Piece, letter="B"):
            square: str


# -- Who keeps a class alive ---------------------------------------------------


def left_in(registry: MutableMapping[str, type]) -> list[str]:
    """The names in the registry when nobody else knows the class any more."""

    def register(cls: type) -> None:
        registry[cls.__name__] = cls

    rook(in_a_base(register))
    gc.collect()
    return list(registry)


def test_registry_keeps_its_classes_alive_unless_it_is_weak() -> None:
    assert left_in({}) == ["Rook"]
    assert left_in(WeakValueDictionary()) == []


def test_subclasses_keeps_no_class_alive() -> None:
    piece = in_a_base(lambda cls: None)
    kept = rook(piece)
    rook(piece)
    gc.collect()

    assert piece.__subclasses__() == [kept]


def test_subclasses_names_the_direct_ones_only() -> None:
    piece = in_a_base(lambda cls: None)
    first = rook(piece)
    second = rook(first)

    assert piece.__subclasses__() == [first]
    assert first.__subclasses__() == [second]


# -- Square brackets on a class -------------------------------------------------


def test_square_brackets_on_a_class_need_no_metaclass() -> None:
    class Piece:
        def __class_getitem__(cls, square: str) -> str:
            return f"{cls.__name__} on {square}"

    piece: Any = Piece
    assert piece["a1"] == "Piece on a1"
    assert rook(piece)["h8"] == "Rook on h8"
    with pytest.raises(TypeError):
        piece()["a1"]


def test_class_getitem_yields_to_the_metaclass() -> None:
    class Pieces(type):
        def __getitem__(cls, square: str) -> str:
            return "the metaclass"

    class Piece(metaclass=Pieces):
        def __class_getitem__(cls, square: str) -> str:
            return "the class"

    assert Piece["a1"] == "the metaclass"


# -- total_ordering ---------------------------------------------------------------


def ordered(tool: Callable[[type], type], root: str) -> Any:
    """A class of numbers with one comparison of its own."""

    class Value:
        def __init__(self, pawns: int) -> None:
            self.pawns = pawns

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Value) and self.pawns == other.pawns

    def compare(self: Value, other: object) -> Any:
        if not isinstance(other, Value):
            return NotImplemented
        return getattr(self.pawns, root)(other.pawns)

    setattr(Value, root, compare)
    return tool(Value)


numbers = st.integers(-3, 3)


@pytest.mark.parametrize("root", ORDER)
@given(left=numbers, right=numbers)
def test_total_ordering_agrees_with_functools(root: str, left: int, right: int) -> None:
    ours, theirs = (
        ordered(tool, root) for tool in (total_ordering, functools.total_ordering)
    )
    for name in ORDER:
        answer = getattr(ours(left), name)(ours(right))
        assert answer is getattr(theirs(left), name)(theirs(right))
        assert answer is getattr(left, name)(right)
        assert getattr(ours(left), name)(right) is NotImplemented


@pytest.mark.parametrize("root", ORDER)
def test_class_decorator_reads_the_finished_class_and_fills_in_the_rest(
    root: str,
) -> None:
    bare = ordered(lambda cls: cls, root)
    own = vars(bare)[root]
    full = total_ordering(bare)

    assert full is bare
    assert vars(full)[root] is own
    assert set(ORDER) <= set(vars(full))

    # And leaves alone whatever is there already.
    written = {name: lambda self, other: True for name in (root, "__ge__")}
    some: type = total_ordering(type("Value", (), written))
    assert {name: vars(some)[name] for name in written} == written


def test_derived_comparison_asks_the_root_of_the_subclass() -> None:
    value = ordered(total_ordering, "__lt__")

    def lighter(self: Any, other: Any) -> bool:
        return bool(self.pawns > other.pawns)

    upside_down: Any = type("UpsideDown", (value,), {"__lt__": lighter})

    assert value(9) > value(5)
    assert upside_down(5) > upside_down(9)
    assert upside_down(9) <= upside_down(5)


def test_class_without_a_comparison_cannot_be_ordered() -> None:
    with pytest.raises(
        ValueError,
        match=r"^Piece must define one of __lt__, __le__, __gt__, __ge__$",
    ):
        total_ordering(type("Piece", (), {}))


def test_checker_does_not_see_what_a_class_decorator_adds(checker: Checker) -> None:
    snippet = """
from {module} import total_ordering

@total_ordering
class Value:
    def __init__(self, pawns: int) -> None: self.pawns = pawns
    def __lt__(self, other: "Value") -> bool: return self.pawns < other.pawns

Value(3) >= Value(1)
"""
    ours = checker(snippet.format(module="core.class_hooks"))

    assert [line.split(": ")[:2] for line in ours] == [["9", "error"]]
    assert ours[0].endswith("[operator]")
    # This one mypy knows by name: it has a plugin for it.
    assert checker(snippet.format(module="functools")) == []


# -- Demo -------------------------------------------------------------------------


def test_demo_says_which_rook_is_the_one(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    printed = capsys.readouterr().out
    assert "  by the base, is it yours? {'R': False, '?': True}\n" in printed
    assert "  by the decorator, is it yours? {'R': True}\n" in printed
    assert "'__le__': True, '__gt__': False" in printed
