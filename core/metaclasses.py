"""Metaclasses: ``class`` is a function call, and here is the function.

The compiler turns a class statement into a call of ``__build_class__``.  Written in
Python it has five steps.  Two of them ask the metaclass: for the namespace of the
body, and for the class.  Hooks that need no metaclass run inside that second call, in
``type.__new__``; ``python -m core.metaclasses MODULE:CLASS`` shows which did for yours.

Topics: 04, 01
Read:  core/04_metaprogramming.md, section "Metaclasses"
Run:   python -m core.metaclasses
Try:   let ``Timetable.__call__`` return ``super().__call__(*args)`` at once: each
       call makes an edition of its own, and what was printed in July says July.
But:   only CPython refuses a metaclass that loses ``__classcell__``; and the tool sees
       no hook that C calls in C, like ``type.__new__`` if the metaclass is ``type``.
Source: The Python Language Reference, "Metaclasses"; PEP 3115, PEP 487, PEP 560.
"""

import builtins
import dis
import inspect
import pkgutil
import sys
from abc import ABCMeta
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from types import FrameType, FunctionType
from typing import Any
from unittest.mock import patch

import click

__all__ = ["Timetable", "build_class", "cli", "explain", "most_derived", "recorded"]


# -- The class statement, as a function ---------------------------------------


def build_class(body: FunctionType, name: str, /, *bases: Any, **keywords: Any) -> Any:
    """What a class statement calls; its block is ``body``, a function."""
    real = resolved(bases)
    metaclass = keywords.pop("metaclass", type(real[0]) if real else type)
    if isinstance(metaclass, type):
        metaclass = most_derived(name, metaclass, real)
    # A metaclass may be any callable, and then need not prepare anything.
    prepare: Any = getattr(metaclass, "__prepare__", lambda *_, **__: {})
    namespace = prepare(name, real, **keywords)
    if not hasattr(namespace, "__getitem__"):
        raise TypeError(f"__prepare__ must return a mapping, got {namespace!r}")
    exec(body.__code__, body.__globals__, namespace, closure=body.__closure__)
    if real is not bases:
        namespace["__orig_bases__"] = bases
    return metaclass(name, real, namespace, **keywords)


def resolved(bases: tuple[Any, ...]) -> tuple[Any, ...]:
    """The bases; one that is no class is replaced by the classes it stands for."""
    real: tuple[Any, ...] = ()
    for base in bases:
        stays = isinstance(base, type) or not hasattr(base, "__mro_entries__")
        real += (base,) if stays else base.__mro_entries__(bases)
    return bases if real == bases else real


def most_derived(name: str, metaclass: type, bases: tuple[Any, ...]) -> type:
    """The metaclass that derives from those of all bases.  Raises TypeError."""
    for each in map(type, bases):
        if metaclass in each.__mro__:
            metaclass = each
        elif each not in metaclass.__mro__:
            got = f"{metaclass.__name__} and {each.__name__}; derive a third"
            raise TypeError(f"{name} must have one metaclass, got {got}")
    return metaclass


# -- What only a metaclass can do ---------------------------------------------


class Rows(dict[str, Any]):
    def __setitem__(self, name: str, value: object) -> None:
        if name in self:
            raise ValueError(f"each row must have its own name, got {name} twice")
        super().__setitem__(name, value)


class Timetable(type):
    @classmethod
    def __prepare__(cls, name: str, bases: Any, /, **keywords: Any) -> Rows:
        return Rows()

    def __new__(mcls, name: str, bases: Any, rows: Any, **keywords: Any) -> Any:
        # The last chance for slots: they shape a class while it is made.
        return super().__new__(mcls, name, bases, {"__slots__": ()} | rows, **keywords)

    def __init__(cls, name: str, bases: Any, rows: Any, **keywords: Any) -> None:
        super().__init__(name, bases, rows)
        cls.edition: Any = None

    def __call__(cls, *args: Any) -> Any:
        if cls.edition is None:
            cls.edition = super().__call__(*args)
        return cls.edition

    def __len__(cls) -> int:
        return sum(isinstance(each, Train) for each in vars(cls).values())


class Plan(metaclass=Timetable):
    __slots__ = ("printed",)

    def __init_subclass__(cls: Any, *, year: int) -> None:
        cls.year = year

    def __init__(self, printed: str) -> None:
        self.printed = printed


class Train:
    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


# -- What ran while a class was made ------------------------------------------

HOOKS = {"__mro_entries__", "__prepare__", "__init_subclass__"}
UNSEEN = "no class statement was seen: imported before, made by a call, or renamed"
type Making = tuple[list[str], set[str], list[object]]  # hooks, names bound, class


def hook(frame: FrameType) -> str:
    """Name the hook or class body that begins here; "" for any other code."""
    code, name = frame.f_code, frame.f_code.co_name
    where = code.co_qualname.rpartition("<locals>.")[2]
    # Class bodies and modules are the code that keeps its names in a mapping.
    if not code.co_flags & inspect.CO_OPTIMIZED and name != "<module>":
        return f"the body of {where}"
    given = [*frame.f_locals.values(), None, None, None]
    if name == "__set_name__":
        return f"{where} of {given[2]}"
    # Every object has these two; a metaclass makes a class, or is given one.
    kind = {"__new__": given[0], "__init__": type(given[0])}.get(name)
    return where if name in HOOKS or type in getattr(kind, "__mro__", ()) else ""


@contextmanager
def recorded(build: Any = builtins.__build_class__) -> Iterator[dict[str, Making]]:
    """Put ``build`` behind every class statement, and record what each one does."""
    makings: dict[str, Making] = {}

    def record(body: FunctionType, *arguments: Any, **keywords: Any) -> Any:
        steps, at_work, made = list[str](), list[object](), list[object]()

        def profile(frame: FrameType, event: str, arg: object) -> None:
            this = arg if event.startswith("c_") else frame
            step = "type.__new__" if this is type.__new__ else ""
            if at_work and at_work[-1] is this:
                at_work.pop()
            elif step := step or (hook(frame) if event == "call" else ""):
                steps.append("  " * len(at_work) + step)
                at_work.append(this)

        bound = {i.argval for i in dis.Bytecode(body) if i.opname == "STORE_NAME"}
        makings[f"{body.__module__}:{body.__qualname__}"] = steps, bound, made
        outer = sys.getprofile()
        sys.setprofile(profile)
        try:
            made.append(build(body, *arguments, **keywords))
            return made[0]
        finally:
            sys.setprofile(outer)

    with patch.object(builtins, "__build_class__", record):
        yield makings


def explain(cls: type, making: Making) -> Iterator[str]:
    """Say which metaclass a class has and why, what ran, and who bound its names."""
    steps, bound, made = making
    meta = type(cls)
    like = [f"from its base {b.__name__}" for b in cls.__bases__ if type(b) is meta]
    why = "by default" if meta is type else [*like, "from its own statement"][0]
    yield f"{cls.__name__} has the metaclass {meta.__name__} {why}"
    yield from (f"  {step}" for step in steps or [UNSEEN])
    if made and made[0] is not cls:
        yield "  then another class took its place, as with @dataclass(slots=True)"
    if bound:
        yield f"bound by the body: {', '.join(n for n in vars(cls) if n in bound)}"
        yield f"by something else: {', '.join(n for n in vars(cls) if n not in bound)}"


# -- Demo and tool ------------------------------------------------------------


def outcome(act: Callable[..., Any], *args: object) -> str:
    try:
        return f"{act(*args).__name__}"
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def main() -> None:
    print("`__set_name__` and `__init_subclass__` run inside `type.__new__`")
    with recorded(build_class) as makings:

        class Summer(Plan, year=2027):
            ic_5 = Train()
            ic_61 = Train()

    for steps, *_ in makings.values():
        print("  " + "\n  ".join(steps))

    print("The body writes into what `__prepare__` returned, the class keeps a copy")
    rows = Timetable.__prepare__("Winter", ())
    rows["ic_5"] = Train()
    print(f"  ic_5 again -> {outcome(rows.__setitem__, 'ic_5', Train())}")
    winter = Timetable("Winter", (), rows)
    rows["ic_61"] = Train()
    print(f"  {len(rows) = }, {len(winter) = }")

    print("`__call__` on the metaclass decides whether `__init__` runs")
    print(f"  {Summer('May') is Summer('June') = }, {Summer('July').printed = }")
    print("What the metaclass defines, the class has and its instances have not")
    print(f"  {len(Summer) = }, {hasattr(Summer('May'), '__len__') = }")
    print("Two metaclasses need a third that derives from both")
    print(f"  {outcome(most_derived, 'Trip', type, (Plan, Sized))}")
    third = type("SizedTimetable", (Timetable, ABCMeta), {})
    print(f"  with a third: {outcome(most_derived, 'Trip', third, (Plan, Sized))}")


@click.command()
@click.argument("target", required=False, metavar="[MODULE:CLASS]")
def cli(target: str | None) -> None:
    """Import MODULE and show how CLASS was made; without them, run the demo."""
    if target is None:
        main()
        return
    with recorded() as makings:
        try:
            found = pkgutil.resolve_name(target)
        except (Exception, SystemExit) as error:  # your module runs here
            found = error
    if not isinstance(found, type):
        got = repr(found) if isinstance(found, BaseException) else type(found).__name__
        raise click.UsageError(f"MODULE:CLASS must name a class, got {got}")
    making = makings.get(f"{found.__module__}:{found.__qualname__}", ([], set(), []))
    for line in explain(found, making):
        click.echo(click.wrap_text(line, 88, subsequent_indent="    "))


if __name__ == "__main__":
    cli()
