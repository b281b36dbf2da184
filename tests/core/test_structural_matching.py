"""The claims of core.structural_matching, one test each."""

import ast
import importlib.util
import unittest
from array import array
from collections import UserList, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple
from unittest.mock import Mock

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.structural_matching import (
    Pen,
    Plotter,
    Trial,
    doing,
    explain,
    is_mapping,
    is_sequence,
    main,
)

type Checker = Callable[[str], list[str]]


# -- Subjects that write down what they are asked ----------------------------

LOG: list[str] = []


class Row(Sequence[Any]):
    def __init__(self, *items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        LOG.append("len")
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        LOG.append(f"[{index}]")
        return self.items[index]

    def __iter__(self) -> Iterator[Any]:
        LOG.append("iter")
        return iter(self.items)


class Table(Mapping[Any, Any]):
    def __init__(self, **items: Any) -> None:
        self.items_ = items

    def __len__(self) -> int:
        LOG.append("len")
        return len(self.items_)

    def __getitem__(self, key: Any) -> Any:
        LOG.append(f"[{key!r}]")
        return self.items_[key]

    def __iter__(self) -> Iterator[Any]:
        LOG.append("iter")
        return iter(self.items_)

    def get(self, key: Any, default: Any = None) -> Any:
        LOG.append(f"get {key!r}")
        return self.items_.get(key, default)


class Dot:
    __match_args__ = ("x", "y")

    def __init__(self, x: Any, y: Any) -> None:
        self.at = {"x": x, "y": y}

    def __getattr__(self, name: str) -> Any:
        LOG.append(f".{name}")
        if name in {"x", "y"}:
            return self.at[name]
        raise AttributeError(name)


class Ink:
    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        LOG.append(f"== {other!r}")
        return self.value == other

    __hash__ = None  # type: ignore[assignment]


class K:
    one, a, odd, nothing = 1, "a", Ink(1), int | str


WORLD: dict[str, Any] = {"Dot": Dot, "K": K, "Row": Row}


# -- Any pattern, any subject ------------------------------------------------

values = st.sampled_from([0, 1, -1, 1.0, True, None, "a", "ab", b"a"])
subjects = st.recursive(
    values | st.builds(Ink, values),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(lambda items: Row(*items)),
        st.dictionaries(st.sampled_from(["a", "b", 1]), inner),
        st.dictionaries(st.sampled_from("ab"), inner).map(lambda d: Table(**d)),
        st.builds(Dot, inner, inner),
    ),
    max_leaves=6,
)
# A ``$`` is a name to be captured, another one each time.
anything = ["$", "$", "_", "0", "'a'", "None", "K.one", "K.a", "[]", "{}", "[*$]"]
anything += [
    "{'b': $}",
    "Dot(z=_)",
    "Dot($, $, $)",
    "Dot(_, x=_)",
    "int($)",
    "K.nothing()",
    "K.odd",
]
wraps = ["{}", "{}", "{}", "{}", "({} as $)", "(9 | {})", "({} | [_])"]
stars = st.sampled_from(["", "", "*_", "*$"])


@st.composite
def likely(draw: st.DrawFn, subject: Any) -> str:
    """A pattern for this subject: each part of it fits, more often than not."""
    pattern = draw(st.sampled_from(anything))
    if draw(st.integers(0, 3)):
        pattern = draw(shaped(subject))
    return draw(st.sampled_from(wraps)).format(pattern)


@st.composite
def shaped(draw: st.DrawFn, subject: Any) -> str:
    if isinstance(subject, Dot):
        x, y = draw(likely(subject.at["x"])), draw(likely(subject.at["y"]))
        forms = [
            "Dot({}, {})",
            "Dot({}, y={})",
            "Dot(x={}, y={})",
            "Dot({}, y={}, z=_)",
        ]
        return draw(st.sampled_from(forms)).format(x, y)
    if isinstance(subject, dict | Table):
        items = getattr(subject, "items_", subject).items()
        parts = [f"{key!r}: {draw(likely(value))}" for key, value in items]
        parts = parts[: draw(st.integers(0, 3))]
        return f"{{{', '.join([*parts, *draw(st.sampled_from([[], ['**$']]))])}}}"
    if isinstance(subject, list | tuple | Row):
        parts = [draw(likely(item)) for item in getattr(subject, "items", subject)]
        start, stop = sorted(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))))
        star = draw(stars)
        return (
            f"[{', '.join([*parts[:start], star, *parts[stop:]] if star else parts)}]"
        )
    value = subject.value if isinstance(subject, Ink) else subject
    return draw(st.sampled_from([repr(value), f"{type(value).__name__}($)", "$"]))


@st.composite
def puzzles(draw: st.DrawFn) -> tuple[str, Any]:
    subject = draw(subjects)
    first, *rest = draw(likely(subject)).replace("NoneType($)", "None").split("$")
    return first + "".join(f"n{i}{part}" for i, part in enumerate(rest)), subject


def compiled(case: str) -> Callable[[Any], dict[str, Any] | None] | None:
    """The case as CPython runs it: the names that it binds, None if it does not fit."""
    source = f"def run(it):\n match it:\n  case {case}: return locals()"
    world = dict(WORLD)
    try:
        exec(source, world)
    except SyntaxError:
        return None

    def run(subject: Any) -> dict[str, Any] | None:
        found = world["run"](subject)
        return found and {key: found[key] for key in found if key != "it"}

    return run


def modelled(case: str) -> Callable[[Any], dict[str, Any] | None]:
    def run(subject: Any) -> dict[str, Any] | None:
        trial = explain(case, subject, **WORLD)
        return trial.bound if trial.taken else None

    return run


def outcome(run: Callable[[Any], Any], subject: Any) -> tuple[Any, list[str]]:
    LOG.clear()
    try:
        found = run(subject)
    except (TypeError, ValueError) as error:
        found = type(error)
    return found, LOG.copy()


# -- The questions -----------------------------------------------------------


@settings(max_examples=1000)
@given(puzzles())
def test_explain_asks_what_cpython_asks_in_the_same_order(
    puzzle: tuple[str, Any],
) -> None:
    pattern, subject = puzzle
    real = compiled(pattern)
    assume(real)
    assert real

    assert outcome(modelled(pattern), subject) == outcome(real, subject)


@given(puzzles())
def test_each_question_answers_the_same_as_an_expression_of_its_own(
    puzzle: tuple[str, Any],
) -> None:
    pattern, subject = puzzle
    assume(compiled(pattern))
    world = {**WORLD, "it": subject, "is_sequence": is_sequence}
    try:
        asked = explain(pattern, subject, **WORLD).asked
    except (TypeError, ValueError):
        asked = []

    for question, answer in asked:
        if " fits " not in question:
            expression = compile(question, "<question>", "eval")
            assert bool(eval(expression, world | {"is_mapping": is_mapping})) == answer


# -- CPython's own tests, with the lesson in place of the compiler ------------


class Uncompiled(ast.NodeTransformer):
    """Each ``match`` becomes ``if``, and its patterns are tried by the lesson."""

    count = 0

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        self.generic_visit(node)
        self.count += 1
        nth = f"[{self.count}]"
        start = f"_it{nth}, _done{nth} = ({ast.unparse(node.subject)}), False"
        return ast.parse(start + "".join(self.tried(c, nth) for c in node.cases)).body

    def tried(self, case: ast.match_case, nth: str) -> str:
        parts = [*ast.walk(case.pattern)]
        used = {part.id for part in parts if isinstance(part, ast.Name)}
        names = {vars(part).get(key) for part in parts for key in ("name", "rest")}
        world = ", ".join(f"{name}={name}" for name in used)
        bound = (f"{name} = _trial{nth}.bound[{name!r}]" for name in names if name)
        return f"""
if not _done{nth}:
  _trial{nth} = _explain({ast.unparse(case.pattern)!r}, _it{nth}, {world})
  if _trial{nth}.taken:
    {"; ".join([*bound, "pass"])}
    if {ast.unparse(case.guard) if case.guard else True}:
      _done{nth} = True
{indent(ast.unparse(ast.Module(case.body)), " " * 6)}"""


def each_test(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for each in suite:
        yield from each_test(each) if isinstance(each, unittest.TestSuite) else [each]


@pytest.mark.conformance
def test_explain_passes_the_tests_that_cpython_has_for_match() -> None:
    spec: Any = pytest.importorskip("test.test_patma").__spec__
    source = Path(spec.origin).read_text(encoding="utf-8")
    tree = ast.fix_missing_locations(Uncompiled().visit(ast.parse(source)))
    module: Any = importlib.util.module_from_spec(spec)
    tried = []

    def tried_and_noted(*case: Any, **names: Any) -> Any:
        tried.append(case)
        return explain(*case, **names)

    vars(module).update(_explain=tried_and_noted, _it={}, _done={}, _trial={})
    exec(compile(tree, spec.origin, "exec"), vars(module))

    passed, failed = 0, []
    for test in each_test(unittest.defaultTestLoader.loadTestsFromModule(module)):
        tried.clear()
        result = test.run()
        assert result
        passed += bool(tried and result.wasSuccessful())
        failed += [] if result.wasSuccessful() else [test.id()]
    # What a tracer sees are the lines of the source, and those are others now.
    assert [name for name in failed if "TestTracing" not in name] == []
    assert passed > 250


# -- What a name does --------------------------------------------------------

UP = "up"


def test_a_bare_name_captures_a_dotted_name_compares() -> None:
    def lifts(command: list[str]) -> str:
        match command:
            case ["pen", Pen.UP]:
                return "lifts"
        return "does not"

    assert [lifts(["pen", to]) for to in ("up", "down")] == ["lifts", "does not"]
    assert explain("['pen', Pen.UP]", ["pen", "down"], Pen=Pen).taken is False
    assert explain("['pen', UP]", ["pen", "down"], UP=UP).bound == {"UP": "down"}


def test_trap_a_constant_in_a_pattern_is_assigned_to() -> None:
    def lifts(command: list[str]) -> str:
        match command:
            case ["pen", UP]:  # noqa: N806
                return f"lifts, and UP is {UP!r}"
        return "does not"

    assert lifts(["pen", "down"]) == "lifts, and UP is 'down'"
    assert UP == "up"


@pytest.mark.parametrize(
    ("cases", "refused"),
    [
        pytest.param("case UP: 0\n case 'down': 0", True, id="bare name"),
        pytest.param("case _: 0\n case 'down': 0", True, id="wildcard"),
        pytest.param("case UP | 'down': 0", True, id="first alternative"),
        pytest.param("case 'down': 0\n case UP: 0", False, id="last case"),
        pytest.param("case UP if 0: 0\n case 'down': 0", False, id="with a guard"),
        pytest.param("case [UP]: 0\n case ['down']: 0", False, id="inside a pattern"),
    ],
)
def test_a_name_before_the_last_case_is_a_syntaxerror_only_if_it_stands_alone(
    cases: str, refused: bool
) -> None:
    source = f"match 0:\n {cases}"

    if refused:
        with pytest.raises(SyntaxError):
            compile(source, "<case>", "exec")
    else:
        assert compile(source, "<case>", "exec")


@pytest.mark.parametrize("case", ["[x, x]", "{'a': 1, 'a': 2}", "[x] | [1]", "x | 1"])
def test_explain_refuses_what_the_compiler_refuses(case: str) -> None:
    with pytest.raises(SyntaxError):
        explain(case, [1])


def test_true_fits_case_1_and_1_does_not_fit_case_true() -> None:
    assert explain("1", True).taken
    assert explain("K.one", True, K=K).taken
    assert not explain("True", 1).taken
    assert compiled("1")(True) == compiled("K.one")(1.0) == {}  # type: ignore[misc]
    assert compiled("True")(1) is None  # type: ignore[misc]


# -- Order, and how often ----------------------------------------------------


def test_a_case_is_a_list_of_questions_asked_in_order() -> None:
    trial = explain("{'do': 'line', 'to': [x, 0]}", {"do": "line", "to": (3, 4)})

    assert trial.asked == [
        ("is_mapping(it)", True),
        ("len(it) >= 2", True),
        ("'do' in it", True),
        ("'to' in it", True),
        ("it['do'] == 'line'", True),
        ("is_sequence(it['to'])", True),
        ("len(it['to']) == 2", True),
        ("it['to'][1] == 0", False),
    ]
    assert (trial.taken, trial.bound) == (False, {})


@pytest.mark.parametrize(
    ("sensor", "state", "reads"),
    [
        ("up", "moving", 1),
        ("down", "drawing", 2),
        ("lost", "nothing", 3),
        ("off", "unknown", 3),
    ],
)
def test_every_case_asks_the_subject_again(sensor: str, state: str, reads: int) -> None:
    plotter = Plotter(sensor)

    assert (doing(plotter), plotter.reads) == (state, reads)


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("[*_]", []),
        ("[_, _, _]", ["len"]),
        ("[x, *_]", ["len", "[0]"]),
        ("[*_, x]", ["len", "len", "[2]"]),
        ("[x, *rest]", ["len", "iter"]),
        ("[x, y, z]", ["len", "iter"]),
        ("[x, y]", ["len"]),
    ],
)
def test_a_star_without_a_name_leaves_items_unread(case: str, asked: list[str]) -> None:
    run = compiled(case)
    assert run

    assert outcome(run, Row(1, 2, 3))[1] == asked
    assert outcome(modelled(case), Row(1, 2, 3))[1] == asked


def test_a_star_outside_of_a_sequence_asks_nothing() -> None:
    assert list(Trial({}).questions(ast.MatchStar("rest"), [1], "it")) == []


def test_a_mapping_pattern_fetches_all_its_keys_before_it_compares_one() -> None:
    run = compiled("{'a': 0, 'b': 0}")
    assert run
    ink = Ink(1)

    assert outcome(run, Table(a=ink, b=ink)) == (
        None,
        ["len", "get 'a'", "get 'b'", "== 0"],
    )


# -- What is bound -----------------------------------------------------------


def test_a_failed_pattern_binds_nothing_a_failed_guard_has_bound_everything() -> None:
    def left(point: list[int], pattern_only: bool) -> tuple[Any, Any]:
        x: Any = None
        y: Any = None
        match point:
            case [x, y, 0]:
                pass
            case [x, y] if pattern_only:
                pass
        return x, y

    assert left([3, 4, 5], pattern_only=False) == (None, None)
    assert left([3, 4], pattern_only=False) == (3, 4)
    assert explain("[x, y, 0]", [3, 4, 5]).bound == {}
    assert explain("[x, y] if x == y", [3, 4]).bound == {"x": 3, "y": 4}
    assert explain("[x, y] if x == y", [3, 3]).taken


def test_trap_a_failed_guard_changes_what_the_next_case_sees() -> None:
    def area(size: Any, unit: Any = 1) -> Any:
        match size:
            case [size, unit] if unit > 1:
                return size * unit
            case _:
                return size, unit

    assert area([5, 2]) == 10
    assert area([5, 0]) == (5, 0)


def test_a_match_without_a_fitting_case_does_nothing() -> None:
    match "left":
        case "up" | "down":
            raise AssertionError

    assert not explain("'up' | 'down'", "left").taken


# -- Sequences and mappings --------------------------------------------------


class Pair:
    """Has the methods of a sequence."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> int:
        return range(2)[index]


@Sequence.register
class RegisteredPair(Pair): ...


@pytest.mark.parametrize(
    ("subject", "fits"),
    [
        pytest.param(Pair(), False, id="only the methods"),
        pytest.param(RegisteredPair(), True, id="registered"),
        pytest.param([1, 2], True, id="list"),
        pytest.param(range(2), True, id="range"),
        pytest.param(deque([1, 2]), True, id="deque"),
        pytest.param(array("i", [1, 2]), True, id="array"),
        pytest.param(memoryview(b"ab"), True, id="memoryview"),
        pytest.param(UserList([1, 2]), True, id="Sequence"),
        pytest.param("ab", False, id="str"),
        pytest.param(b"ab", False, id="bytes"),
        pytest.param(bytearray(b"ab"), False, id="bytearray"),
        pytest.param({1, 2}, False, id="set"),
        pytest.param(iter([1, 2]), False, id="iterator"),
        pytest.param({1: 1, 2: 2}, False, id="dict"),
    ],
)
def test_text_and_bytes_are_no_sequences_to_a_pattern(subject: Any, fits: bool) -> None:
    run = compiled("[_, _]")
    assert run

    assert (run(subject) is not None) is explain("[_, _]", subject).taken is fits


def test_a_sequence_that_lies_about_its_length_is_an_error_in_cpython_alone() -> None:
    class Liar(list[int]):
        def __len__(self) -> int:
            return 2

    run = compiled("[x, y]")
    assert run
    with pytest.raises(ValueError):  # noqa: PT011
        run(Liar([1, 2, 3]))
    assert explain("[x, y]", Liar([1, 2, 3])).taken


def test_a_namedtuple_fits_a_sequence_pattern() -> None:
    class Point(NamedTuple):
        x: int
        y: int

    match Point(3, 4):
        case [x, y]:
            assert (x, y) == (3, 4)
        case _:
            raise AssertionError
    assert explain("[x, y]", Point(3, 4)).taken


def test_an_empty_mapping_pattern_fits_every_mapping_an_empty_list_only_its_like() -> (
    None
):
    for case, subject, fits in [
        ("{}", {}, True),
        ("{}", {"ink": "red"}, True),
        ("[]", (), True),
        ("[]", ["pen"], False),
    ]:
        run = compiled(case)
        assert run
        assert (run(subject) is not None) is explain(case, subject).taken is fits


def test_a_mapping_pattern_ignores_the_keys_that_it_does_not_name() -> None:
    trial = explain("{'do': do, **rest}", {"do": "line", "to": 0})

    assert explain("{'do': 'line'}", {"do": "line", "to": 0}).taken
    assert trial.bound == {"do": "line", "rest": {"to": 0}}


def test_a_mapping_pattern_adds_nothing_to_a_defaultdict() -> None:
    inks = defaultdict(list, red=[1])
    match inks:
        case {"blue": _}:
            raise AssertionError

    assert not explain("{'blue': _}", inks).taken
    assert inks == {"red": [1]}


# -- Classes -----------------------------------------------------------------


@dataclass
class Arc:
    center: tuple[int, int]
    radius: int


def test_an_attribute_that_does_not_exist_is_a_no_not_an_error() -> None:
    arc: Any = Arc((0, 0), 5)
    match arc:
        case Arc(centre=_):  # type: ignore[misc]
            raise AssertionError

    assert explain("Arc(centre=_)", arc, Arc=Arc).asked == [
        ("isinstance(it, Arc)", True),
        ("hasattr(it, 'centre')", False),
    ]


def test_an_attributeerror_inside_a_property_is_a_no_as_well() -> None:
    class Cartridge:
        @property
        def level(self) -> Any:
            return self.levle  # type: ignore[attr-defined]

    assert not explain("Cartridge(level=_)", Cartridge(), Cartridge=Cartridge).taken
    match Cartridge():
        case Cartridge(level=_):
            raise AssertionError


def test_mypy_finds_the_misspelt_attribute_and_not_the_captured_constant(
    checker: Checker,
) -> None:
    problems = checker("""
from dataclasses import dataclass
UP = "up"

@dataclass
class Arc:
    center: int

def centered(arc: Arc, command: list[str]) -> None:
    match arc:
        case Arc(centre=0):
            pass
    match command:
        case ["pen", UP]:
            pass
""")

    assert [problem.split(":")[0] for problem in problems] == ["11"]
    assert problems[0].endswith("[misc]")


def test_positions_follow_match_args() -> None:
    class Swapped(Arc):
        __match_args__ = ("radius", "center")

    arc: Any = Swapped((0, 0), 5)
    match arc:
        case Swapped(radius, _):
            assert radius == 5
        case _:
            raise AssertionError
    assert explain("Swapped(radius, center)", arc, Swapped=Swapped).bound == {
        "radius": 5,
        "center": (0, 0),
    }
    assert Arc.__match_args__ == ("center", "radius")
    assert ast.MatchAs.__match_args__ == ast.MatchAs._fields == ("pattern", "name")


def test_a_builtin_type_has_one_position_for_the_subject_itself() -> None:
    class Pressure(int): ...

    assert explain("int(n)", 7).bound == {"n": 7}
    assert explain("Pressure(n)", Pressure(7), Pressure=Pressure).bound == {"n": 7}
    assert explain("int(real=n)", 7).asked[1] == ("hasattr(it, 'real')", True)
    with pytest.raises(
        TypeError, match=r"^int must .*, got \('the subject itself',\)$"
    ):
        explain("int(n, m)", 7)


def test_too_many_positions_are_a_typeerror_but_only_for_an_instance() -> None:
    case = "Arc(_, _, _)"
    message = r"^Arc must have 3 positions, got \('center', 'radius'\)$"

    assert not explain(case, 5, Arc=Arc).taken
    with pytest.raises(TypeError, match=message):
        explain(case, Arc((0, 0), 5), Arc=Arc)
    run = compiled("Dot(_, _, _)")
    assert run
    assert run(5) is None
    with pytest.raises(TypeError):
        run(Dot(0, 0))


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (
            "Arc(_, center=_)",
            r"^Arc must have 'center' in one place, got two$",
        ),
        ("Either()", r"^Either must be a class, got int \| str$"),
    ],
)
def test_other_class_patterns_that_are_a_typeerror(case: str, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        explain(case, Arc((0, 0), 5), Arc=Arc, Either=int | str)


def test_equal_keys_in_one_pattern_are_a_valueerror() -> None:
    with pytest.raises(
        ValueError, match=r"^keys of a pattern must differ, got \[1, 1\]$"
    ):
        explain("{1: _, K.one: _}", {1: 1, 2: 2}, K=K)


def test_a_class_pattern_believes_class_and_a_sequence_pattern_does_not() -> None:
    fake = Mock(spec=list)
    match fake:
        case [*_]:
            raise AssertionError
        case list():
            pass
        case _:
            raise AssertionError

    assert isinstance(fake, Sequence)
    assert not is_sequence(fake)
    assert not is_mapping(Mock(spec=dict))
    assert explain("list()", fake).taken


# -- The demo ----------------------------------------------------------------


def test_demo_shows_the_question_that_each_case_ends_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    shown = capsys.readouterr().out
    assert "taken: True, bound: {'UP': 'down'}" in shown
    assert "    it[1] == Pen.UP          no\n    taken: False, bound: {}" in shown
    assert "explain('[x, 0]', [3, 4]).bound = {}\n" in shown
    assert "doing(plotter) = 'nothing', plotter.reads = 3" in shown
