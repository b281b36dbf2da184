"""Closures: a function keeps variables, and its text says which.

A lift gets a button for each floor, and every button goes to the top: it keeps the
variable of the loop, not the number that was in it.  Which variables a function keeps
is read off its text before anything runs.  So its ``exec`` comes too late to set one,
the class around it is skipped, and an object lives on for a line that never runs.
``owner`` is this reading; in the standard library it finds what the compiler finds.

Topics: 01, 04, 06
Read:  core/06_iterators_functional.md, section "Closures"
Run:   python -m core.closures
Try:   let ``owner`` not skip the class: it finds the 3 floors of ``Car`` for its
       method, and CPython still returns the 12 of the building.
But:   annotations, type parameters, aliases, ``__class__``, ``__private``: own rules.
Source: "Naming and binding" in the Python reference; PEP 227, PEP 709.
"""

import ast
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Scope", "captures", "owner", "read", "separate", "shaft", "shared"]


# -- The trap: one variable for all the buttons ------------------------------


def shared(floors: Iterable[int]) -> list[Callable[[], int]]:
    # A lambda keeps `floor`, the variable, and all the rounds have one.
    return [lambda: floor for floor in floors]  # noqa: B023


def separate(floors: Iterable[int]) -> list[Callable[[], int]]:
    def button(floor: int) -> Callable[[], int]:
        # Every call makes its variables anew.
        return lambda: floor

    return [button(floor) for floor in floors]


# -- What a text says about names --------------------------------------------

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(eq=False)
class Scope:
    """A text with variables of its own: module, class, function, comprehension."""

    node: ast.AST
    outer: list["Scope"] = field(default_factory=list)  # from near to far
    inner: list["Scope"] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    binds: dict[str, str] = field(default_factory=dict)  # as "own", Global or Nonlocal


def read(source: str) -> Scope:
    """The scope of a module, with those inside it.  Raises SyntaxError."""
    module = Scope(ast.parse(source))
    for node in ast.walk(module.node):
        for left_out in ("annotation", "returns", "type_params"):
            vars(node).pop(left_out, None)
    visit(module.node, module)
    return module


def visit(node: ast.AST, here: Scope) -> None:
    note(node, here)
    if isinstance(node, (*COMPREHENSIONS, *FUNCTIONS, ast.ClassDef)):
        for part in list(take_outside(node)):
            visit(part, here)
        here.inner.append(Scope(node, [here, *here.outer]))
        here = here.inner[-1]
    for part in ast.iter_child_nodes(node):
        visit(part, here)


def take_outside(node: ast.AST) -> Iterator[ast.AST]:
    """Take out what is evaluated in the scope around, before this one begins."""
    if isinstance(node, COMPREHENSIONS):
        yield vars(node.generators[0]).pop("iter")  # of the first `for`, no other
    for name in ("decorator_list", "bases", "keywords"):
        yield from vars(node).pop(name, [])
    for name in ("defaults", "kw_defaults"):
        yield from filter(None, vars(getattr(node, "args", node)).pop(name, []))


def note(node: ast.AST, here: Scope) -> None:
    bound: str | None = None
    match node:
        case ast.Name(name, ast.Load()):
            here.uses.add(name)
        case ast.Global(names) | ast.Nonlocal(names):
            here.binds |= dict.fromkeys(names, type(node).__name__)
        case ast.NamedExpr(ast.Name(bound)):
            while isinstance(here.node, COMPREHENSIONS):
                here.binds[bound] = "Nonlocal"
                here = here.outer[0]
        case ast.alias(name, asname):
            bound = asname or name.partition(".")[0]
        case ast.Name(bound) | ast.arg(bound) | ast.MatchMapping(rest=bound):
            pass
        case _:  # def, class, `except ... as` and `case ... as` call it name
            bound = getattr(node, "name", None)
    if bound is not None:
        here.binds.setdefault(bound, "own")


# -- Whose variable a name is ------------------------------------------------


def owner(name: str, scope: Scope) -> Scope:
    """Whose variable a name in the text of ``scope`` is; the module's, or a builtin."""
    *path, module = [scope, *scope.outer]
    for here in path:
        if isinstance(here.node, ast.ClassDef) and here is not scope:
            continue
        if here.binds.get(name) == "own":
            return here
        if here.binds.get(name) == "Global":
            break
    return module


def captures(scope: Scope) -> set[tuple[str, Scope]]:
    """What it takes from functions around it: its ``co_freevars``, with the owners."""
    named = {(name, owner(name, scope)) for name in {*scope.uses, *scope.binds}}
    # What an inner function needs, the one around has to keep for it.
    named = named.union(*map(captures, scope.inner))
    return {(name, its) for name, its in named if its is not scope and its.outer}


# -- Demo --------------------------------------------------------------------

floors = 12  # of the building


class Car:
    floors = 3
    stops = [floors for _ in range(floors)]  # noqa: RUF012

    def top(self) -> int:
        return floors


def shaft(name: str, plan: set[str]) -> list[Callable[[], str]]:
    def sign() -> str:
        return name

    def draw() -> str:
        return ", ".join(sorted(plan))

    def label(*, full: bool = False) -> str:
        # Nobody asks for the full label; to mention draw is enough.
        return f"{name}: {draw()}" if full else name

    return [sign, draw, label]


def alone(nth: int) -> str:
    """What is left of a plan when only the nth closure of its shaft is kept."""
    plan = {"car", "counterweight"}
    watch, closure = weakref.ref(plan), shaft("Lift A", plan)[nth]
    del plan
    return f"{closure.__name__}() = {closure()!r}, plan alive: {watch() is not None}"


def main() -> None:
    print("A closure holds a variable, not its value")
    for make in (shared, separate):
        buttons = make(range(3))
        cells = {id(cell) for press in buttons for cell in press.__closure__ or ()}
        print(f"  {make.__name__}: {[press() for press in buttons]}, {len(cells) = }")

    print("Functions and comprehensions look past the class around them")
    print(f"  {Car.stops = }, {Car().top() = }")
    car = read(inspect.getsource(Car)).inner[0]
    for scope in (car, *car.inner):
        kind, whose = (type(s.node).__name__ for s in (scope, owner("floors", scope)))
        print(f"  floors in {kind}: that of the {whose}")

    print("exec cannot change a local, the frame can")
    floor = 0
    exec("floor = 1")
    locals()["floor"] = 2
    print(f"  after exec and locals(): {floor = }")
    sys._getframe().f_locals["floor"] = 3
    print(f"  after f_locals: {floor = }")

    print("A closure keeps alive what it names, even on a line that never runs")
    for nth, scope in enumerate(read(inspect.getsource(shaft)).inner[0].inner):
        print(f"  {alone(nth)}, names {sorted(n for n, _ in captures(scope))}")


if __name__ == "__main__":
    main()
