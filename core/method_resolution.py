"""Method resolution: ``super()`` is the next in line, not the parent.

The MRO of a class is a line: the class and all classes above it, each once.  When
``Chorus`` writes ``super()``, nobody can say yet whom it calls: the class behind
``Chorus`` in the line of the *object*, which a class written years later decides.
Who names a parent instead steps out of the line, and leaves out whoever stands
between.  For yours: ``python -m core.method_resolution MODULE:CLASS [METHOD]``.

Topics: 01
Read:  core/01_object_model.md, section "Method resolution"
Run:   python -m core.method_resolution
Try:   let ``line_behind`` forget ``list(bases)``: a class may then name Rig
       before Chorus, and gets the two the other way round without a word.
But:   order is not all: ``type`` also refuses conflicting layouts and metaclasses.
Source: M. Simionato, "The Python 2.3 Method Resolution Order"; PEP 3135.
"""

import dis
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from types import CellType, FunctionType
from typing import Any

import click

__all__ = ["after", "cli", "line_behind", "reborn"]

# -- A rig: effects plug in on top of the amp, wired in four ways ------------


class Rig:
    def __init__(self) -> None:
        self.plugged = ["amp"]


class Delay(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.plugged.append("delay")


class Chorus(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.plugged.append("chorus")


class Board(Chorus, Delay): ...


class Soldered(Rig):
    def __init__(self) -> None:
        # Straight to the amp, past whatever a subclass puts in between.
        Rig.__init__(self)
        self.plugged.append("chorus")


class SolderedBoard(Soldered, Delay): ...


class Rewired(Soldered, Delay):
    def __init__(self) -> None:
        Soldered.__init__(self)
        # Delay hands on to Rig, and Rig starts again from a bare amp.
        Delay.__init__(self)


# -- C3: who stands where ----------------------------------------------------


def line_behind(bases: Sequence[type]) -> list[type]:
    """The MRO behind a class with these ``__bases__``.  Raises TypeError if none."""
    lines = [[base, *line_behind(base.__bases__)] for base in bases] + [list(bases)]
    result: list[type] = []
    while lines := [line for line in lines if line]:
        behind_another = {cls for line in lines for cls in line[1:]}
        heads = dict.fromkeys(line[0] for line in lines)
        free = [cls for cls in heads if cls not in behind_another]
        if not free:
            got = " and ".join(cls.__name__ for cls in heads)
            raise TypeError(f"bases must form one line, got {got} behind each other")
        # Where several are free, the line of the first base goes on.
        result.append(free[0])
        lines = [line[1:] if line[0] is free[0] else line for line in lines]
    return result


# -- super(): a place in the line, and an object -----------------------------


def after(here: type, obj: object, name: str) -> Any:
    """What ``super(here, obj).name`` gives.  Raises AttributeError."""
    line = type(obj).__mro__
    for cls in line[line.index(here) + 1 :]:
        if name in vars(cls):
            found = vars(cls)[name]
            bind = getattr(type(found), "__get__", None)
            return bind(found, obj, type(obj)) if bind else found
    raise AttributeError(f"{name!r} must stand behind {here.__name__}, got nothing")


def reborn(method: Callable[..., Any], cls: type) -> Callable[..., Any]:
    """The method as if written in cls; it may close over ``__class__`` alone."""
    code, scope, defaults = method.__code__, method.__globals__, method.__defaults__
    cells = (CellType(cls),)
    return FunctionType(code, scope, None, defaults, cells, method.__kwdefaults__)


# -- Tool mode: the line of a class of yours ---------------------------------


def load(target: str) -> type:
    wanted = f"MODULE:CLASS must name a class, got {target!r}"
    try:
        found = pkgutil.resolve_name(target)
    except KeyboardInterrupt:
        raise
    # Your module runs here; SystemExit and pytest's Skipped are no Exceptions.
    except BaseException as error:
        why = f"{type(error).__name__}({str(error)!r})"
        raise click.UsageError(f"{wanted}: {why}") from error
    if isinstance(found, type):
        return found
    raise click.UsageError(f"{wanted}, a {type(found).__name__}")


def role(cls: type, method: str) -> str:
    if method not in vars(cls):
        return ""
    found = getattr(vars(cls)[method], "fget", vars(cls)[method])
    code = dis.Bytecode(getattr(inspect.unwrap(found), "__code__", ""))
    # Not co_names, which has attributes too, such as ``self.__class__``.
    loads = {each.argval for each in code if each.opname == "LOAD_GLOBAL"}
    used = loads | {*code.codeobj.co_freevars}
    return f": {method}" + (" -> super()" if used & {"super", "__class__"} else "")


def mermaid(labels: dict[type, str]) -> Iterator[str]:
    at = {cls: f"c{n}" for n, cls in enumerate(labels, 1)}
    yield "flowchart BT"
    for cls, label in labels.items():
        yield f'    {at[cls]}["{label.replace("<", "#lt;").replace(">", "#gt;")}"]'
        yield from (f"    {at[cls]} --> {at[b]}" for b in cls.__bases__ if b in at)


# -- Demo --------------------------------------------------------------------


def verdict(*bases: type) -> str:
    try:
        return " > ".join(cls.__name__ for cls in line_behind(bases))
    except TypeError as error:
        return f"{type(error).__name__}: {error}"


def main() -> None:
    print("The class at the bottom decides what super() means above it")
    for cls in (Chorus, Board):
        line = " > ".join(each.__name__ for each in cls.__mro__)
        print(f"  {line}: {cls().plugged}")

    print("A parent called by name leaves the sibling out")
    print(f"  {SolderedBoard().plugged = }")

    print("Every parent called by name runs the base twice")
    print(f"  {Rewired().plugged = }")

    print("C3 keeps every order that it is given, or refuses the class")
    print(f"  (Delay, Chorus): {verdict(Delay, Chorus)}")
    print(f"  (Board, Rig): {verdict(Board, Rig)}")
    print(f"  (Rig, Board): {verdict(Rig, Board)}")

    print("Zero-argument super() is a cell and a first argument")
    print(f"  {Chorus.__init__.__code__.co_freevars = }")
    print(f"  {Soldered.__init__.__code__.co_freevars = }")
    board = Board()
    reborn(Chorus.__init__, Delay)(board)
    print(f"  with Delay in the cell: {board.plugged = }")


@click.command
@click.argument("target", metavar="MODULE:CLASS", required=False)
@click.argument("method", default="")
@click.option("--mermaid", "graph", is_flag=True, help="Draw the graph of the bases.")
def cli(target: str | None, method: str, graph: bool) -> None:
    """Print the MRO of a class; at METHOD, who has one and who names super()."""
    if target is None:
        main()
        return
    mro = load(target).__mro__
    if method and not any(method in vars(cls) for cls in mro):
        raise click.UsageError(f"METHOD must stand in the MRO, got {method!r}")
    labels = {c: f"{n} {c.__qualname__}{role(c, method)}" for n, c in enumerate(mro, 1)}
    for line in mermaid(labels) if graph else labels.values():
        click.echo(line)


if __name__ == "__main__":
    cli()
