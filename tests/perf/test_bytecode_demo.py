"""The claims of perf.bytecode_demo, one test each."""

import asyncio.base_events
import contextlib
import dis
import importlib
import inspect
import io
import re
import subprocess
import sys
import textwrap
import types
import warnings
from collections import Counter
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from perf.bytecode_demo import (
    cli,
    depths,
    executed,
    handlers,
    listing,
    main,
    nested,
    occupant,
    occupant_or_free,
    text,
)

MODULES = [asyncio.base_events, contextlib, inspect]
LIBRARY = [
    code
    for module in MODULES
    for code in nested(compile(inspect.getsource(module), module.__name__, "exec"))
]


def code_of(source: str, optimize: int = 0) -> CodeType:
    """The code of the function that ``source`` defines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        module = compile(textwrap.dedent(source), "made", "exec", optimize=optimize)
    return nested(module)[1]


def made(source: str, **names: object) -> Any:
    return FunctionType(code_of(source), {"__builtins__": __builtins__, **names})


def opnames(code: CodeType | str) -> list[str]:
    made = compile(code, "made", "eval") if isinstance(code, str) else code
    return [step.opname for step in dis.get_instructions(made)]


def ran(function: Any, *args: object) -> Counter[str]:
    code = function.__code__
    names = {step.offset: step.opname for step in dis.get_instructions(code)}
    counts = executed(code, lambda: function(*args))
    return Counter(names[offset] for offset in counts.elements())


# -- Whatever the compiler makes, the tables fit -----------------------------

SIMPLE = ["work(a)", "a = b.c[d]", "return a, b", "assert a, b", "raise a from b"]
SIMPLE += ["yield a", "x = [b for a in c if d]", "x = any(b for a in c)", "del a"]
SIMPLE += ["a = b if c else (d and b or not c)", "print(f'{a!r:>{b}}', *c, **d)"]
# Each ... stands for a block.
COMPOUND = [
    "if a:\n    ...\nelif b:\n    ...",
    "while a:\n    ...\n    if b: break\n    if c: continue\nelse:\n    ...",
    "for a in b:\n    ...\n    if c: continue\n    if d: break\nelse:\n    ...",
    "try:\n    ...\nexcept E:\n    ...",
    "try:\n    ...\nexcept E as a:\n    ...\nelse:\n    ...\nfinally:\n    ...",
    "try:\n    ...\nexcept* E:\n    b",
    "with a as b, c:\n    ...",
    "match a:\n  case [b, *c] if d:\n    ...\n  case {'k': E(b)} | b:\n    ...",
]
ASYNC = [
    "async for a in b:\n    ...\nelse:\n    ...",
    "async with a as b:\n    ...",
    "x = [await a async for a in b]",
]


@st.composite
def blocks(draw: st.DrawFn, shapes: list[str], deep: int = 3) -> str:
    block = draw(st.sampled_from(shapes if deep else SIMPLE))
    while hole := re.search(r"( *)\.\.\.", block):
        inner = textwrap.indent(draw(blocks(shapes, deep - 1)), hole[1])
        block = block.replace(hole[0], inner, 1)
    return "\n".join([block, *draw(st.lists(st.sampled_from(SIMPLE), max_size=2))])


@st.composite
def functions(draw: st.DrawFn) -> CodeType:
    is_async = draw(st.booleans())
    body = draw(blocks(SIMPLE[:3] + COMPOUND + ASYNC * is_async))
    if is_async:  # it yields, so it may not return a value
        body = body.replace("return a, b", "return")
    head = "async def" if is_async else "def"
    return code_of(f"{head} made(a, b, c, d):\n{textwrap.indent(body, '    ')}")


def table_of_dis(code: CodeType) -> list[tuple[int, ...]]:
    entries = dis.Bytecode(code).exception_entries  # type: ignore[attr-defined]
    return [(e.start, e.end, e.target, e.depth, int(e.lasti)) for e in entries]


@given(functions())
def test_instruction_has_one_stack_depth_whichever_path_leads_to_it(
    code: CodeType,
) -> None:
    for each in nested(code):
        assert {len(known) for known in depths(each).values()} == {1}


def test_the_same_holds_in_the_standard_library() -> None:
    for code in LIBRARY:
        assert {len(known) for known in depths(code).values()} == {1}


@given(functions())
def test_no_path_goes_deeper_than_co_stacksize(code: CodeType) -> None:
    for each in nested(code):
        assert min(map(min, depths(each).values())) >= 0
        assert max(map(max, depths(each).values())) <= each.co_stacksize


@given(functions())
def test_exception_table_is_read_as_dis_reads_it(code: CodeType) -> None:
    for each in nested(code):
        assert handlers(each) == table_of_dis(each)


def test_exception_table_of_long_functions_is_read_as_dis_reads_it() -> None:
    assert [handlers(code) for code in LIBRARY] == [*map(table_of_dis, LIBRARY)]


# -- try ---------------------------------------------------------------------


PLAIN = {
    "return": "return x[0]",
    "else": "y = x[0]\nz = y\nreturn z",
    "finally": "y = x[0]\nx = 0\nreturn y",
    "except*": "y = x[0]\nreturn y",
    "nested": "y = x[0]\nreturn y",
    "in a loop": "for y in x:\n  if y: continue\n  break",
}
GUARDED = {
    "return": "try:\n  return x[0]\nexcept E:\n  return None",
    "else": "try:\n  y = x[0]\nexcept E:\n  z = 1\nelse:\n  z = y\nreturn z",
    "finally": "try:\n  y = x[0]\nfinally:\n  x = 0\nreturn y",
    "except*": "try:\n  y = x[0]\nexcept* E:\n  y = 0\nreturn y",
    "nested": """
try:
  try:
    y = x[0]
  except E:
    y = 0
except E:
  y = 1
return y""",
    "in a loop": """
for y in x:
  try:
    if y: continue
  except E:
    pass
  break""",
}
ENTERED = {"nested": 2, "in a loop": 3}


@pytest.mark.parametrize("shape", PLAIN)
def test_entering_a_try_runs_a_nop_leaving_it_runs_nothing(shape: str) -> None:
    plain, guarded = (
        ran(made(f"def made(x):\n{textwrap.indent(bodies[shape], '  ')}"), [1, 2, 3])
        for bodies in (PLAIN, GUARDED)
    )

    assert guarded - plain == {"NOP": ENTERED.get(shape, 1)}
    assert plain - guarded == {}


def test_a_try_on_the_line_of_its_body_has_no_nop() -> None:
    inline = made("def made(x):\n    try: return x[0]\n    except E: return 0")
    apart = code_of(
        "def made(x):\n    try:\n        return x[0]\n    except E: return 0"
    )
    of_the_try = [s.opname for s in dis.get_instructions(apart) if s.line_number == 2]

    assert ran(inline, [1]) == ran(made("def made(x): return x[0]"), [1])
    assert of_the_try == ["NOP"]  # all that a debugger could stop at


def test_what_a_raise_leads_to_is_looked_up_in_a_table() -> None:
    code = occupant_or_free.__code__
    steps = {step.offset: step for step in dis.get_instructions(code)}
    start, stop, target, kept, lasti = handlers(code)[0]
    covered = {text(code, steps[at].positions) for at in steps if start <= at < stop}

    assert handlers(occupant.__code__) == []
    assert {"plan[row]", "plan[row][seat]"} <= covered
    assert (kept, lasti) == (0, 0)
    assert steps[target].opname == "PUSH_EXC_INFO"
    assert text(code, steps[target + 2].positions) == "KeyError"


def test_without_its_table_a_try_catches_nothing() -> None:
    bare = occupant_or_free.__code__.replace(co_exceptiontable=b"")

    assert occupant_or_free({}, "A", 2) == "free"
    with pytest.raises(KeyError):
        FunctionType(bare, globals())({}, "A", 2)


def test_a_raise_in_a_loop_keeps_the_iterator_on_the_stack() -> None:
    body = "try:\n        work(x)\n    except E:\n        pass"
    looped = code_of(f"def made(xs):\n  for x in xs:\n    {body}")
    around = code_of("""
        def made(xs):
            try:
                for x in xs:
                    work(x)
            except E:
                pass
    """)
    assert handlers(around)[0][3] == 0
    assert handlers(looped)[0][3] >= 1


def test_a_finally_body_is_compiled_once_for_each_way_out() -> None:
    code = code_of("""
        def made(x):
            try:
                if x:
                    return 1
                work()
            finally:
                release()
    """)
    releases = [s for s in dis.get_instructions(code) if s.argval == "release"]

    # By the return, by the end of the body, by an exception.
    assert len(releases) == 3


def test_trap_under_o_nothing_is_left_of_an_assert() -> None:
    source = """
        def admit(age):
            assert age >= 18, "too young"
            return age
    """
    kept, gone = (code_of(source, optimize=optimize) for optimize in (0, 1))

    assert "RAISE_VARARGS" in opnames(kept)
    assert opnames(gone) == opnames(code_of("def admit(age): return age"))
    assert "too young" not in gone.co_consts
    assert FunctionType(gone, {})(7) == 7


def test_docstrings_are_dropped_under_oo_alone() -> None:
    source = "def made():\n    'What it does.'"

    docs = [FunctionType(code_of(source, level), {}).__doc__ for level in (0, 1, 2)]

    assert docs == ["What it does.", "What it does.", None]


# -- Caches ------------------------------------------------------------------


def test_an_attribute_load_is_two_bytes_and_eighteen_of_cache() -> None:
    code = compile("seat.row", "made", "eval")
    load = next(s for s in dis.get_instructions(code) if s.opname == "LOAD_ATTR")
    cached = [(name, 2 * units) for name, units, _ in load.cache_info or ()]

    assert (load.cache_offset - load.offset, load.end_offset - load.cache_offset) == (
        2,
        18,
    )
    assert cached == [("counter", 2), ("version", 4), ("keys_version", 4), ("descr", 8)]


def test_a_resume_has_a_cache_from_3_15_on() -> None:
    resume = next(dis.get_instructions(compile("1", "made", "eval")))

    assert resume.opname == "RESUME"
    assert resume.end_offset == (4 if sys.version_info >= (3, 15) else 2)


class Seat:
    def __init__(self) -> None:
        self.row = "A"


def attribute_load(function: Any, *, adaptive: bool) -> dis.Instruction:
    steps = dis.get_instructions(function, adaptive=adaptive)
    return next(step for step in steps if step.opname.startswith("LOAD_ATTR"))


def test_co_code_shows_neither_cache_contents_nor_specialised_instructions() -> None:
    function, untouched = (made("def made(seat): return seat.row") for _ in range(2))
    for _ in range(100):
        function(Seat())
    before, now = (attribute_load(function, adaptive=yes) for yes in (False, True))

    assert (before.opname, now.opname) == ("LOAD_ATTR", "LOAD_ATTR_INSTANCE_VALUE")
    assert any(data.strip(b"\0") for _, _, data in now.cache_info or ())
    assert not any(function.__code__.co_code[before.cache_offset : before.end_offset])
    assert function.__code__.co_code == untouched.__code__.co_code


def test_get_instructions_ignores_show_caches() -> None:
    code = code_of("def made(seat): return seat.row")

    with_caches = list(dis.get_instructions(code, show_caches=True))

    assert with_caches == list(dis.get_instructions(code))
    printed = io.StringIO()
    dis.dis(code, file=printed, show_caches=True)
    assert "CACHE" in printed.getvalue()


# -- Lines and columns -------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "seat", "part"), [("B", 2, "plan[row]"), ("A", 9, "plan[row][seat]")]
)
def test_a_traceback_finds_the_failing_part_of_a_line_in_a_table(
    row: str, seat: int, part: str
) -> None:
    with pytest.raises(KeyError) as caught:
        occupant({"A": {2: "Ada"}}, row, seat)
    trace = caught.tb.tb_next
    assert trace is not None
    code = trace.tb_frame.f_code

    # One entry for every two bytes of code.
    positions = list(code.co_positions())
    assert len(positions) == len(code.co_code) // 2
    assert text(code, dis.Positions(*positions[trace.tb_lasti // 2])) == part


def module_at(path: Path, source: str) -> CodeType:
    path.write_text(source, encoding="utf-8")
    return nested(compile(source, str(path), "exec"))[1]


def test_columns_count_bytes_of_utf_8(tmp_path: Path) -> None:
    code = module_at(tmp_path / "own.py", "def made(café, b): return café['ü'] + b")
    add = [s for s in dis.get_instructions(code) if s.opname == "BINARY_OP"][-1]
    assert add.positions is not None

    assert text(code, add.positions) == "café['ü'] + b"
    start, stop = add.positions.col_offset, add.positions.end_col_offset
    assert start is not None
    assert stop is not None
    assert stop - start == len("café['ü'] + b") + 2


def test_text_of_a_longer_instruction_ends_with_its_line(tmp_path: Path) -> None:
    code = module_at(tmp_path / "own.py", "def made(a, b): return (a +\n    b)")
    add = next(s for s in dis.get_instructions(code) if s.opname == "BINARY_OP")

    assert text(code, add.positions) == "a +"


def test_no_debug_ranges_drops_columns_and_keeps_lines() -> None:
    ask = (
        "lines, _, *columns = zip(*compile('a +b', 's', 'eval').co_positions())\n"
        "print({1} <= {*lines}, {*columns[0], *columns[1]})"
    )

    answers = [
        subprocess.check_output([sys.executable, *options, "-c", ask], text=True)
        for options in ([], ["-X", "no_debug_ranges"])
    ]

    assert answers[0] != "True {None}\n"
    assert answers[1] == "True {None}\n"


def test_without_columns_there_is_no_text() -> None:
    code = occupant.__code__

    assert text(code, None) == ""
    assert text(code, dis.Positions(code.co_firstlineno, None, None, None)) == ""


def test_co_lnotab_is_gone_from_3_15_on() -> None:
    assert hasattr(CodeType, "co_lnotab") == (sys.version_info < (3, 15))


# -- By version --------------------------------------------------------------


def test_each_version_has_instructions_of_its_own() -> None:
    code = code_of("def made(a, b): return (a[b], 7, None)")
    shared = {"RESUME", "BUILD_TUPLE", "RETURN_VALUE"}
    own = {
        (3, 13): {"LOAD_FAST_LOAD_FAST", "BINARY_SUBSCR", "LOAD_CONST"},
        (3, 14): {
            *("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "BINARY_OP"),
            *("LOAD_SMALL_INT", "LOAD_CONST"),
        },
        (3, 15): {
            *("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "BINARY_OP"),
            *("LOAD_SMALL_INT", "LOAD_COMMON_CONSTANT"),
        },
    }

    assert set(opnames(code)) == shared | own[sys.version_info[:2]]


def loops_inline(name: str) -> bool:
    return "FOR_ITER" in opnames(code_of(f"def made(xs): return {name}(x for x in xs)"))


@pytest.mark.parametrize("name", ["any", "all", "tuple"])
def test_any_all_and_tuple_of_a_generator_expression_loop_inline_from_3_14_on(
    name: str,
) -> None:
    assert loops_inline(name) == (sys.version_info >= (3, 14))


@pytest.mark.parametrize("name", ["list", "set"])
def test_list_and_set_of_one_loop_inline_from_3_15_on(name: str) -> None:
    assert loops_inline(name) == (sys.version_info >= (3, 15))


@pytest.mark.parametrize("name", ["sum", "max", "sorted", "dict", "frozenset"])
def test_other_callers_of_a_generator_expression_loop_elsewhere(name: str) -> None:
    assert not loops_inline(name)


@pytest.mark.parametrize("name", ["any", "all", "tuple", "list", "set"])
def test_the_inline_loop_still_makes_the_generator(name: str) -> None:
    flags: list[int] = []

    def probe(x: object) -> object:
        flags.append(sys._getframe(1).f_code.co_flags)
        return x

    made(f"def made(xs): return {name}(probe(x) for x in xs)", probe=probe)([1])

    assert [flag & inspect.CO_GENERATOR for flag in flags] == [inspect.CO_GENERATOR]


def test_an_any_of_your_own_is_called_all_the_same() -> None:
    function = made("def made(xs): return any(x for x in xs)", any=list)

    assert function([0, 1]) == [0, 1]


# -- What runs ---------------------------------------------------------------


def test_each_instruction_is_counted_and_a_raise_ends_the_count() -> None:
    function = made("def made(xs):\n    for x in xs:\n        1 / x")

    assert ran(function, [1, 2, 4])["BINARY_OP"] == 3
    for _ in range(2):  # the second time, the tool is free again
        with pytest.raises(ZeroDivisionError):
            ran(function, [1, 0])
    assert sys.monitoring.get_tool(4) is None
    assert sys.monitoring.get_local_events(4, function.__code__) == 0


# -- The listing and the tool ------------------------------------------------


def only(pattern: str, rows: list[str]) -> str:
    (found,) = [row for row in rows if re.search(pattern, row)]
    return found


def test_listing_puts_code_and_tables_together() -> None:
    code = occupant_or_free.__code__
    rows = list(listing(code))
    start, stop, target, *_ = handlers(code)[0]
    error = f"{target} keep 0"

    assert rows[0].split()[-1] == "occupant_or_free"
    assert only(r"^ +\d+     try:$", rows)
    # Offset, cache, stack, where an error goes on, instruction, its source.
    assert only(rf"^ +\d+ +\+\d+ +2 +{error}  BINARY_\w+.* plan\[row\]\[seat\]$", rows)
    assert only(rf"^ +{start} +0 +{error}  LOAD_FAST\w+ plan, row +plan$", rows)
    assert only(rf"^ +{stop} +1 +RETURN_VALUE +return plan", rows)
    assert only(rf"^ +{target} +1 +\d+ keep 1  PUSH_EXC_INFO$", rows)


def test_listing_marks_what_no_path_leads_to() -> None:
    # Nothing in this body can raise, and still the handler is there.
    code = code_of("def made():\n    try: pass\n    except E: pass")

    assert re.search(r" - +\d+ keep 1  PUSH_EXC", only("PUSH_EXC", [*listing(code)]))


def test_listing_shows_names_of_code_objects_without_their_address() -> None:
    rows = list(listing(code_of("def made():\n    def row(): ...\n    return row")))

    assert only("<code object row", rows)
    assert not re.search("0x", "".join(rows))


def test_code_inside_code_is_found_at_any_depth() -> None:
    code = compile("lambda: (lambda: (x for x in y))", "made", "eval")

    names = [each.co_name for each in nested(code)]
    assert names == ["<module>", "<lambda>", "<lambda>", "<genexpr>"]


def test_listing_of_a_run_counts_it_and_shows_what_is_there_by_now() -> None:
    function = made("def made(seats):\n    for seat in seats:\n        seat.row")
    code = function.__code__
    counts = executed(code, lambda: function([Seat(), Seat()]))
    for _ in range(100):
        function([Seat()])
    before, after = list(listing(code)), list(listing(code, counts))
    load = only("LOAD_ATTR", after)

    assert re.match(r" +2x +\d+ +\+18 +[23] +LOAD_ATTR_INSTANCE_VALUE row", load)
    assert re.match(r" +\d+ +\+18 +[23] +LOAD_ATTR row", only("LOAD_ATTR", before))
    assert re.match(r" +0 ", only("RESUME", after))


def test_demo_finds_the_part_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["  B2: plan[row]", "  A9: plan[row][seat]"]
    assert "  with_try.total() - without.total() = 1, first = 'NOP'" in lines


OWN = """
import contextlib, functools
import unittest.mock

calls = []

def sold(seats):
    calls.append(1)
    return sum(seat > 2 for seat in seats)

class House:
    @classmethod
    def open(cls):
        return cls

@contextlib.contextmanager
def lights():
    yield "on"

twin = functools.partial(sold, [1])
double = unittest.mock.call
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """What a reader may have in the working directory."""
    (tmp_path / "own_seats.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "own_exit.py").write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_seats", raising=False)
    return importlib.import_module("own_seats")


def use(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_tool_without_a_target_runs_the_demo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    assert use().output == capsys.readouterr().out


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("own_seats:House.open", "House.open"),
        ("own_seats:lights", "lights"),
        ("own_seats.sold", "sold"),
        ("textwrap:TextWrapper.fill", "TextWrapper.fill"),
    ],
)
def test_tool_finds_methods_and_what_a_decorator_wraps(target: str, name: str) -> None:
    result = use(target)

    assert result.exit_code == 0
    assert result.output.splitlines()[0].endswith(f"  {name}")


@pytest.mark.usefixtures("own")
def test_tool_lists_the_code_inside_as_well() -> None:
    heads = [line.split()[-1] for line in use("own_seats:sold").output.splitlines()]

    assert {"sold", "sold.<locals>.<genexpr>"} <= {*heads}


def test_tool_evaluates_in_the_module_once_a_code_object_and_then_so_often(
    own: types.ModuleType,
) -> None:
    use("own_seats:sold")
    assert len(own.calls) == 0

    result = use("own_seats:sold", "--adaptive", "sold([1, 2, 3])", "--times", "5")

    assert result.exit_code == 0
    assert len(own.calls) == 2 + 5
    assert re.search(r"(?m)^ +3x .* COMPARE_OP", result.output)


def test_tool_lists_what_the_run_has_specialised(own: types.ModuleType) -> None:
    result = use("own_seats:sold", "--adaptive", "sold([1, 2, 3])")

    assert len(own.calls) == 2 + 100
    # Not the first instruction of a line: that one a debugger or coverage replaces.
    assert "COMPARE_OP_INT" in result.output


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["own_seats:bought"], "AttributeError"),
        (["own_nothing:sold"], "ModuleNotFoundError"),
        (["own_exit:sold"], "SystemExit"),
        (
            ["builtins:len"],
            r"TypeError\('a builtin_function_or_method has no bytecode'",
        ),
        (["own_seats:House"], r"TypeError\('a type has no bytecode'"),
        (["own_seats:twin"], r"TypeError\('a partial has no bytecode'"),
        (["own_seats:double"], "ValueError"),
        (["own_seats"], r"TypeError\('a module has no bytecode'"),
        (["own_seats:sold", "--adaptive", "1 +"], "SyntaxError"),
        (["own_seats:sold", "--adaptive", "sold(None)"], "TypeError"),
        (
            ["own_seats:sold", "--adaptive", "House"],
            r"ValueError\('EXPR does not run it",
        ),
    ],
)
def test_tool_refuses_what_it_cannot_list_in_one_line(
    arguments: list[str], cause: str
) -> None:
    result = use(*arguments)
    problem = result.output.splitlines()[-1]

    target, expression = arguments[0], arguments[2] if arguments[1:] else None
    got = re.escape(f"got {target!r} and {expression!r}: ")
    assert result.exit_code == 2
    need = "a MODULE:FUNCTION in Python, and an EXPR that runs it"
    assert re.match(rf"Error: need {need}, {got}{cause}", problem)


def test_tool_run_as_a_program_shows_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perf.bytecode_demo", "textwrap:undent"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
