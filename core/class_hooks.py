"""Class hooks: a class has four places for one, and a registry fits in any of them.

Above the statement stands a decorator, in the body ``__set_name__``, in a base
``__init_subclass__``, in the metaclass all the rest.  They differ in whom they hear
of and in what they can still change; and only the decorator sees what you will get.

Topics: 04, 01
Read:  core/04_metaprogramming.md, section "Class hooks"
Run:   python -m core.class_hooks
Try:   take ``slots=True`` away: both registries then hold the class that you get.
Source: PEP 487, PEP 3129; python/cpython#91126; ``functools.total_ordering``.
"""

import abc
from collections.abc import Callable
from dataclasses import dataclass
from types import new_class
from typing import Any

__all__ = ["PLACES", "answers", "castle", "total_ordering"]

type Hook = Callable[[type], Any]


# -- Four places for a hook ---------------------------------------------------


def in_a_decorator(hook: Hook, namespace: type = dict) -> Any:
    @hook
    class Piece: ...

    return Piece


def in_the_body(hook: Hook, namespace: type = dict) -> Any:
    class Mark:
        def __set_name__(self, owner: type, name: str) -> None:
            hook(owner)

    class Piece:
        mark = Mark()

    return Piece


def in_a_base(hook: Hook, namespace: type = dict) -> Any:
    class Piece:
        def __init_subclass__(cls, letter: str = "", **rest: Any) -> None:
            super().__init_subclass__(**rest)
            hook(cls)

    return Piece


def in_the_metaclass(hook: Hook, namespace: type = dict) -> Any:
    class Pieces(type):
        @classmethod
        def __prepare__(cls, name: str, bases: Any, /, **keywords: Any) -> Any:
            # Nobody else is asked where the body shall write.
            return namespace()

        def __new__(cls, name: str, bases: Any, body: Any, letter: str = "") -> Any:
            return hook(super().__new__(cls, name, bases, body))

    class Piece(metaclass=Pieces): ...

    return Piece


PLACES = in_a_decorator, in_the_body, in_a_base, in_the_metaclass


# -- What each of them is told, and what it can do ----------------------------


class Board(dict[str, Any]): ...


def rook(*bases: type, **keywords: str) -> Any:
    """``class Rook(*bases, **keywords)``, with a body that notes where it writes."""
    return new_class("Rook", bases, keywords, lambda ns: ns.update(ground=type(ns)))


def works(act: Callable[[], object]) -> bool:
    try:
        return bool(act())
    except TypeError:
        return False


def answers(place: Callable[..., Any]) -> dict[str, bool]:
    heard: list[Any] = []

    def note(cls: type) -> type:
        heard.append(cls)
        return cls

    def measure(cls: Any) -> type:
        # What the class itself answers is looked up on its type.
        type(cls).__len__ = lambda _: 64
        return note(cls)

    piece, swapped = place(note), place(lambda _: Board)
    return {
        "hears of the class it stands in": piece in heard,
        "hears of each subclass": rook(piece) in heard,
        "is given class keywords": works(lambda: rook(piece, letter="R")),
        "goes with an abstract base": works(lambda: rook(piece, abc.ABC)),
        "can return another class": Board in (swapped, rook(swapped)),
        "can give the class a len()": works(lambda: len(rook(place(measure)))),
        "can say where the body writes": rook(place(note, Board)).ground is Board,
    }


# -- The trap: registered, and then made again --------------------------------


def castle() -> tuple[type, dict[str, type], dict[str, type]]:
    """Make a Rook; return it, and what a base and a decorator have registered."""
    by_base, by_decorator = dict[str, type](), dict[str, type]()

    class Piece:
        def __init_subclass__(cls, letter: str = "?") -> None:
            # Runs twice: with slots @dataclass makes a new class, without keywords.
            by_base[letter] = cls

    def register(cls: type) -> type:
        return by_decorator.setdefault("R", cls)

    @register
    @dataclass(slots=True)
    class Rook(Piece, letter="R"):
        square: str

    return Rook, by_base, by_decorator


# -- A decorator that fills in the rest ---------------------------------------

ORDER = "__lt__", "__le__", "__gt__", "__ge__"


def total_ordering[C](cls: type[C]) -> type[C]:
    """Derive the comparisons that ``cls`` lacks from one that it has, and ``==``."""
    own = [name for name in ORDER if getattr(cls, name) is not getattr(object, name)]
    if not own:
        raise ValueError(f"{cls.__name__} must define one of {', '.join(ORDER)}")
    for name in set(ORDER) - {*own}:
        setattr(cls, name, derived(cls, own[0], name))
    return cls


def derived(cls: type, root: str, name: str) -> Callable[[Any, Any], Any]:
    turned, or_equal = root[2] != name[2], name[3] == "e"  # l or g, e or t

    def compare(self: Any, other: Any) -> Any:
        # Asked of type(self), since a subclass may have a root of its own.
        answer = getattr(type(self), root)(self, other)
        if answer is NotImplemented:
            return answer
        if or_equal:
            return bool(answer) != turned or self == other
        return bool(answer) != turned and self != other

    compare.__name__, compare.__module__ = name, cls.__module__
    compare.__qualname__ = f"{cls.__qualname__}.{name}"
    return compare


# -- Demo ---------------------------------------------------------------------


def main() -> None:
    rows = [answers(place) for place in PLACES]
    print("Of seven needs only two take a metaclass")
    line = "  {:34}{:12}{:9}{:9}{}"
    print(line.format("", "decorator", "body", "base", "metaclass"))
    for need in rows[0]:
        print(line.format(need, *("yes" if row[need] else "-" for row in rows)))

    made, by_base, by_decorator = castle()
    print("`__init_subclass__` may register a class that nobody gets")
    for place, pieces in {"base": by_base, "decorator": by_decorator}.items():
        print(f"  by the {place}, is it yours?", {k: pieces[k] is made for k in pieces})

    @total_ordering
    @dataclass
    class Value:
        pawns: int

        def __lt__(self, other: "Value") -> bool:
            return self.pawns < other.pawns

    print("A class decorator reads the finished class and fills in the rest")
    equals = {name: getattr(Value(3), name)(Value(3)) for name in ORDER}
    print(f"  {equals = }")


if __name__ == "__main__":
    main()
