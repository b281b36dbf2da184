"""The claims of core.closures, one test each."""

import ast
import gc
import inspect
import sys
import sysconfig
import types
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.closures import (
    Car,
    Scope,
    captures,
    main,
    owner,
    read,
    separate,
    shaft,
    shared,
)


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(source, names)
    return names


def cells(*functions: Callable[..., Any]) -> list[types.CellType]:
    return [cell for function in functions for cell in function.__closure__ or ()]


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code and all that is in it, but for what has type parameters."""
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType) and "<generic" not in const.co_name:
            yield from codes(const)


def scopes(scope: Scope) -> Iterator[Scope]:
    yield scope
    for inner in scope.inner:
        yield from scopes(inner)


class Plan: ...


# -- Variables, not values ---------------------------------------------------


def test_trap_a_closure_holds_a_variable_not_its_value() -> None:
    buttons = shared([0, 1, 2])
    assert [press() for press in buttons] == [2, 2, 2]

    cell, *others = cells(*buttons)
    assert all(other is cell for other in others)
    cell.cell_contents = 7
    assert [press() for press in buttons] == [7, 7, 7]


def test_every_call_makes_a_variable_of_its_own() -> None:
    buttons = separate(range(3))

    assert [press() for press in buttons] == [0, 1, 2]
    assert len(set(map(id, cells(*buttons)))) == 3


def test_a_default_keeps_the_value_in_a_parameter_that_callers_can_fill() -> None:
    buttons: list[Callable[..., Any]] = [lambda floor=floor: floor for floor in "012"]

    assert [press() for press in buttons] == ["0", "1", "2"]
    assert buttons[0]("event") == "event"


def test_rounds_of_a_comprehension_share_a_variable_its_runs_do_not() -> None:
    runs = [cells(*[lambda: n for n in range(2)]) for _ in "ab"]  # noqa: B023
    (a, b), (c, d) = runs

    assert a is b
    assert c is d
    assert a is not c


def test_a_generator_that_is_asked_between_its_rounds_shows_each_value() -> None:
    def buttons() -> Iterator[Callable[[], int]]:
        return (lambda: floor for floor in range(3))  # noqa: B023

    assert [press() for press in buttons()] == [0, 1, 2]
    assert [press() for press in list(buttons())] == [2, 2, 2]


def test_an_empty_cell_is_a_nameerror() -> None:
    def announce() -> str:
        return floor

    with pytest.raises(NameError) as caught:
        announce()
    assert caught.type is NameError

    floor = "roof"
    assert announce() == "roof"


def test_trap_the_name_of_an_except_clause_is_gone_when_its_closure_runs() -> None:
    try:
        raise LookupError("no such floor")
    except LookupError as error:  # noqa: F841

        def reason() -> str:
            return str(error)  # noqa: F821

        assert reason() == "no such floor"

    with pytest.raises(NameError):
        reason()


# -- Whose variable a name is ------------------------------------------------


@dataclass
class Block:
    """A def or class, and how it names a, b and c, itself or in a comprehension."""

    kind: str
    says: dict[str, str]
    inner: "list[Block]"

    def lines(self, label: str, reachable: frozenset[str]) -> Iterator[str]:
        yield f"{self.kind}:".replace("_", label)
        for name, how in self.says.items():
            if how == "global" or (how == "nonlocal" and name in reachable):
                yield f"  {how} {name}"
            elif how == "own":
                yield f"  {name} = {label!r}"
        yield from (f"  {line}" for line in self.reads(label))
        if "def" in self.kind:
            own = {name for name, how in self.says.items() if how == "own"}
            hidden = {name for name, how in self.says.items() if how == "global"}
            reachable = (reachable | own) - hidden
        for nth, block in enumerate(self.inner):
            inner = block.lines(f"{label}{nth}", reachable)
            yield from (f"  {line}" for line in inner)
        if "def" in self.kind:
            yield f"{label}()"

    def reads(self, label: str) -> Iterator[str]:
        yield "pass"
        for name, how in self.says.items():
            if how:
                yield f"seen[{label!r}, {name!r}] = {name}"
            for each, form in (("list", "[{}][0]"), ("lazy", "next({})")):
                read = f"{name} for {label}{each} in 'x'"
                yield f"seen['{label}{each}', {name!r}] = {form.format(read)}"


kinds = st.sampled_from(["def _()", "class _"])
ways = st.sampled_from(["", "use", "own", "global", "nonlocal"])
says = st.fixed_dictionaries(dict.fromkeys("abc", ways))
blocks = st.recursive(
    st.builds(Block, kinds, says, st.just([])),
    lambda inner: st.builds(Block, kinds, says, st.lists(inner, max_size=3)),
    max_leaves=6,
)


def label_of(scope: Scope) -> str:
    match scope.node:
        case ast.FunctionDef(name) | ast.ClassDef(name):
            return name
        case (
            ast.ListComp(generators=[ast.comprehension(ast.Name(name))])
            | ast.GeneratorExp(generators=[ast.comprehension(ast.Name(name))])
        ):
            return name
    return "module"


@given(blocks)
def test_the_text_decides_whose_variable_a_name_is(block: Block) -> None:
    source = "\n".join(["a = b = c = 'module'", *block.lines("s", frozenset())])
    seen: dict[tuple[str, str], str] = {}
    exec(source, {"seen": seen})

    found = {
        (label_of(scope), name): label_of(owner(name, scope))
        for scope in scopes(read(source))
        for name in {*scope.uses, *scope.binds} & set("abc")
        if scope.outer
    }

    assert found == seen


def qualified(scope: Scope) -> str:
    """As in ``co_qualname``, where the comprehensions are part of their functions."""
    inlined = ast.ListComp | ast.SetComp | ast.DictComp
    path = [scope, *scope.outer[:-1]]
    names = [
        {ast.Lambda: "<lambda>", ast.GeneratorExp: "<genexpr>"}.get(type(each.node))
        or getattr(each.node, "name", "")
        for each in reversed(path)
        if not isinstance(each.node, inlined)
    ]
    return ".".join(names)


def modelled(source: str) -> Counter[tuple[str, frozenset[str]]]:
    """Each function with what it captures, as the lesson finds it."""
    return Counter(
        (qualified(scope), frozenset(name for name, _ in captures(scope)))
        for scope in scopes(read(source))
    )


def compiled(source: str) -> Counter[tuple[str, frozenset[str]]]:
    """The same as the compiler found it, without what the lesson leaves out."""
    nodes = ast.walk(ast.parse(source))
    aliases = {node.name.id for node in nodes if isinstance(node, ast.TypeAlias)}
    implicit = {"__class__", "__classdict__", "__conditional_annotations__"}
    _, *inner = codes(compile(source, "<library>", "exec", dont_inherit=True))
    return Counter(
        (
            code.co_qualname.replace("<locals>.", ""),
            frozenset(code.co_freevars) - implicit,
        )
        for code in inner
        if code.co_name not in {"__annotate__", *aliases}
    )


def test_captures_agrees_with_the_compiler_on_the_standard_library() -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    closures = 0
    for path in filter(Path.is_file, sorted(library.glob("*.py"))):
        source = path.read_text(encoding="utf-8")
        found = compiled(source)
        closures += sum(times for (_, names), times in found.items() if names)
        # Not equal: the compiler drops functions from code that cannot run.
        assert found <= modelled(source), path.name

    assert closures > 250


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param("class Inner(metaclass=x): ...", id="keyword of a class"),
        pytest.param("def inner(*, k=x): return k", id="keyword-only default"),
        pytest.param("match x:\n  case {**x}: (lambda: x)()", id="rest of a mapping"),
        pytest.param("def inner():\n  import x.y\n  (lambda: x)()", id="import"),
        pytest.param("def inner():\n  (lambda: (x := 1))()", id="walrus"),
    ],
)
def test_captures_agrees_with_the_compiler_in_the_corners(inner: str) -> None:
    source = f"def outer(x):\n  def middle():\n{indent(inner, '    ')}"

    assert modelled(source) >= compiled(source)


def test_annotations_are_left_out() -> None:
    source = "def outer(x):\n  def inner(a: x) -> x: ..."

    assert modelled(source) >= compiled(source)


def test_functions_and_comprehensions_look_past_the_class_around_them() -> None:
    assert Car.floors == 3
    assert Car.stops == [12, 12, 12]
    assert Car().top() == 12

    module = read(inspect.getsource(Car))
    car, comprehension, top = scopes(module.inner[0])
    assert owner("floors", car) is car
    assert owner("floors", comprehension) is owner("floors", top) is module
    with pytest.raises(NameError):
        run("class Car:\n  floors = 3\n  stops = [floors for _ in range(floors)]")


def test_the_first_iterable_and_the_defaults_see_the_names_of_the_class() -> None:
    class Lift:
        rows = "xy"
        first = [row for row in rows]  # noqa: C416, RUF012
        lazy = list(row for row in rows)  # noqa: C400, RUF012

        def stops(self, default: str = rows) -> str:
            return default

    assert (Lift.first, Lift.lazy, Lift().stops()) == (["x", "y"], ["x", "y"], "xy")
    with pytest.raises(NameError):
        run("class Lift:\n  rows = 'xy'\n  grid = [1 for a in 'a' for b in rows]")


def test_a_class_body_that_binds_a_name_looks_past_the_function_around_it() -> None:
    names = run("""
floor = "module"
def build():
    floor = "function"
    class Reads:
        seen = floor
    class Binds:
        seen = floor
        floor = "class"
    return Reads.seen, Binds.seen
""")

    assert names["build"]() == ("function", "module")


def test_a_method_that_says_super_captures_its_class() -> None:
    class Lift:
        def shown(self) -> str:
            return super().__repr__()

        def plain(self) -> str:
            return "Lift"

    (cell,) = cells(Lift.shown)
    assert cell.cell_contents is Lift
    assert Lift.plain.__closure__ is None
    assert Lift().shown().endswith(">")
    assert Lift().plain() == "Lift"


def test_an_assignment_anywhere_makes_a_name_local_everywhere_in_its_function() -> None:
    names = run("""
trips = 1
def count():
    before = trips
    if False:
        trips = 2
    return before
""")

    with pytest.raises(UnboundLocalError):
        names["count"]()


def test_a_global_statement_holds_for_the_functions_inside_as_well() -> None:
    names = run("""
floor = "module"
def build():
    floor = "function"
    def part():
        global floor
        return [lambda: floor][0]()
    return part()
""")

    assert names["build"]() == "module"


@pytest.mark.parametrize("around", ["floor = 1\n", "class Lift:\n  floor = 1\n  "])
def test_nonlocal_finds_variables_of_functions_only(around: str) -> None:
    with pytest.raises(SyntaxError):
        run(f"{around}def go():\n    nonlocal floor")


# -- Comprehensions ----------------------------------------------------------


def test_a_comprehension_has_no_code_of_its_own_a_generator_expression_has() -> None:
    def inlined(floors: str) -> object:
        return [n for n in floors], {n for n in floors}, {n: n for n in floors}  # noqa: C416

    def apart(floors: str) -> Iterator[str]:
        return (n for n in floors)

    assert [code.co_name for code in codes(inlined.__code__)] == ["inlined"]
    assert [code.co_name for code in codes(apart.__code__)] == ["apart", "<genexpr>"]
    assert inlined("0") == (["0"], {"0"}, {"0": "0"})
    assert list(apart("0")) == ["0"]


def test_a_comprehension_hides_its_variable_a_walrus_does_not() -> None:
    floor = "outer"
    doubled = [top := 2 * floor for floor in range(3)]

    assert (floor, top, doubled) == ("outer", 4, [0, 2, 4])


# -- exec, locals(), the frame -----------------------------------------------


def test_exec_cannot_change_a_local_the_frame_can() -> None:
    floor = 0

    exec("floor = 1")
    locals()["floor"] = 2
    assert floor == 0

    sys._getframe().f_locals["floor"] = 3
    assert floor == 3


def test_in_a_function_each_call_of_locals_is_a_new_snapshot() -> None:
    floor = 0
    before = locals()
    floor += 1

    assert before is not locals()
    assert (before["floor"], locals()["floor"]) == (0, 1)


def test_a_write_through_the_frame_reaches_the_closures_too() -> None:
    floor = 0

    def where() -> int:
        return floor

    sys._getframe().f_locals["floor"] = 3

    assert where() == 3


def test_exec_with_two_namespaces_runs_a_class_body() -> None:
    source = "floor = 3\ndef where(): return floor"
    one: dict[str, Any] = {}
    exec(source, one)
    assert one["where"]() == 3

    two: dict[str, Any] = {}
    exec(source, {}, two)
    assert two["floor"] == 3
    with pytest.raises(NameError):
        two["where"]()


def test_a_string_for_eval_captures_nothing() -> None:
    def build() -> tuple[Callable[[], object], Callable[[], object]]:
        floor = 3

        def named() -> object:
            return eval("floor"), floor

        def unnamed() -> object:
            return eval("floor")

        return named, unnamed

    named, unnamed = build()

    assert named() == (3, 3)
    with pytest.raises(NameError):
        unnamed()


# -- What stays alive --------------------------------------------------------


def test_a_closure_keeps_alive_what_it_names_even_on_a_line_that_never_runs() -> None:
    alive = {}
    for nth in range(3):
        plan = {"car"}
        watch, closure = weakref.ref(plan), shaft("Lift A", plan)[nth]
        del plan
        alive[closure.__name__] = closure() and watch() is not None

    assert alive == {"sign": False, "draw": True, "label": True}


def test_the_text_tells_a_closure_from_its_sibling() -> None:
    build = read(inspect.getsource(shaft)).inner[0]
    captured = {qualified(each): captures(each) for each in build.inner}

    assert captured == {
        "shaft.sign": {("name", build)},
        "shaft.draw": {("plan", build)},
        "shaft.label": {("name", build), ("draw", build)},
    }


def test_what_an_inner_function_names_the_one_around_it_keeps() -> None:
    def build(plan: Plan) -> Callable[[], Callable[[], Plan]]:
        def outer() -> Callable[[], Plan]:
            return lambda: plan

        return outer

    plan = Plan()
    watch, outer = weakref.ref(plan), build(plan)
    del plan

    assert outer.__code__.co_freevars == ("plan",)
    assert outer()() is watch()


def test_one_closure_can_let_go_for_all() -> None:
    def build(plan: Plan | None) -> tuple[Callable[[], object], Callable[[], None]]:
        def close() -> None:
            nonlocal plan
            plan = None

        return lambda: plan, close

    plan = Plan()
    watch, (draw, close) = weakref.ref(plan), build(plan)
    del plan
    assert draw() is watch() is not None

    close()
    assert draw() is watch() is None


def test_an_inner_function_that_calls_itself_waits_for_the_collector() -> None:
    def build(plan: Plan) -> int:
        def depth(n: int) -> int:
            return depth(n - 1) + bool(plan) if n else 0

        return depth(3)

    plan = Plan()
    watch = weakref.ref(plan)
    gc.disable()
    try:
        assert build(plan) == 3
        del plan
        assert watch() is not None
        gc.collect()
        assert watch() is None
    finally:
        gc.enable()


# -- The demo ----------------------------------------------------------------


def test_demo_shows_the_text_and_what_follows_from_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    shown = capsys.readouterr().out
    assert "shared: [2, 2, 2], len(cells) = 1" in shown
    assert "floors in ListComp: that of the Module" in shown
    assert "after exec and locals(): floor = 0\n  after f_locals: floor = 3" in shown
    assert "sign() = 'Lift A', plan alive: False, names ['name']" in shown
    assert "label() = 'Lift A', plan alive: True, names ['draw', 'name']" in shown
