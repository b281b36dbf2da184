"""The claims of perf.peephole, one test each."""

import ast
import dis
import inspect
import sys
import warnings
from types import CodeType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from perf.peephole import DEAD, Folder, Regrouping, fits, fold, main, steps

FROM_3_14 = sys.version_info >= (3, 14)


def compiled(source: str, mode: str = "eval") -> tuple[CodeType, list[str]]:
    """The code, and the categories of the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        code = compile(source, "made", mode)
    return code, [each.category.__name__ for each in caught]


def is_constant(source: str) -> bool:
    """Whether the compiler makes nothing of it but the load of a constant."""
    code, _ = compiled(source)
    ends = {"RESUME", "RETURN_VALUE", "RETURN_CONST"}
    loads = {"LOAD_CONST", "LOAD_SMALL_INT", "LOAD_COMMON_CONSTANT"}
    made = [step.opname for step in dis.get_instructions(code)]
    return all(name in ends | loads for name in made)


def function(source: str) -> Any:
    scope: dict[str, Any] = {}
    code, _ = compiled(source, "exec")
    exec(code, scope)
    return scope["made"]


# -- Laws --------------------------------------------------------------------

LITERALS = ["0", "1", "2", "3", "7", "60", "255", "4097", "1 << 64", "1 << 127"]
LITERALS += ["0.0", "0.1", "1e308", "2j", "True", "None", "...", "()", "''", "'ab'"]
LITERALS += ["b''", "b'ab'", "'-' * 4000", "(1,) * 200", "((1, 2),) * 90"]
FACTORS = ["0", "1", "2", "3", "-1", "20", "64", "65", "128", "1.5"]
OPERATORS = ["+", "-", "/", "//", "@", "&", "|", "^", ">>"]


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.tuples(inner, st.sampled_from(OPERATORS), inner)
    grown = st.tuples(
        inner, st.sampled_from(["*", "**", "<<", "%"]), st.sampled_from(FACTORS)
    )
    turned = st.tuples(st.sampled_from(FACTORS), st.just("*"), inner)
    return st.one_of(
        st.one_of(both, grown, turned).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        st.tuples(st.sampled_from("-+~"), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda items: f"({', '.join(items)},)"
        ),
    )


def is_tame(source: str) -> bool:
    # What is not folded is run: a few more factors, and it would fill the memory.
    return source.count("*") + source.count("<<") <= 3


grammar = st.recursive(st.sampled_from(LITERALS), combined, max_leaves=5)
expressions = grammar.filter(is_tame)


def exact(value: Any) -> object:
    """A value to compare: 1 is not True, nor 0.0 -0.0, and a nan is a nan."""
    inner = [exact(item) for item in value] if isinstance(value, tuple) else value
    return type(value), repr(value) if isinstance(value, float | complex) else inner


def outcome(code: CodeType) -> object:
    try:
        return exact(eval(code))
    except Exception as error:
        return type(error)


def folded(source: str) -> ast.Expression:
    with warnings.catch_warnings():
        # As an error, a warning would stop the folder where it should stop by itself.
        warnings.simplefilter("ignore")
        tree = Folder().visit(ast.parse(source, mode="eval"))
    assert isinstance(tree, ast.Expression)
    return tree


@settings(max_examples=500)
@given(expressions)
def test_model_and_compiler_fold_the_same_arithmetic(source: str) -> None:
    _, warned = compiled(source)
    assume("DeprecationWarning" not in warned)  # ~True, on 3.13

    assert isinstance(folded(source).body, ast.Constant) == is_constant(source)


@settings(max_examples=500)
@given(expressions)
def test_a_folded_expression_does_what_it_did_before(source: str) -> None:
    before, warned = compiled(source)
    assume("DeprecationWarning" not in warned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)

        after = compile(folded(source), "folded", "eval")
        assert outcome(after) == outcome(before)


@given(expressions)
def test_folding_twice_changes_nothing(source: str) -> None:
    once = folded(source)
    dumped = ast.dump(once)

    assert ast.dump(Folder().visit(once)) == dumped


# -- What is folded ----------------------------------------------------------


@pytest.mark.parametrize(
    "source", ["24 // 0", "'a' + 1", "1 << -1", "2.0 ** 10000", "-'a'"]
)
def test_an_operation_that_raises_is_left_for_run_time(source: str) -> None:
    code, _ = compiled(source)

    assert fold(source) == source
    assert not is_constant(source)
    with pytest.raises((ArithmeticError, TypeError, ValueError)):
        eval(code)


def test_an_operation_that_raises_harms_nobody_where_it_is_not_run() -> None:
    assert function("def made(a):\n    return a or 24 // 0")(1) == 1


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("1 << 127", "1 << 128"),
        ("2 ** 64", "2 ** 65"),
        (
            "18446744073709551615 * 18446744073709551615",
            "18446744073709551616 * 18446744073709551615",
        ),
        ("'-' * 4096", "'-' * 4097"),
        ("4096 * b'-'", "4097 * b'-'"),
        ("(0,) * 256", "(0,) * 257"),
        ("((0, 0, 0),) * 256", "((0, 0, 0, 0),) * 205"),
        ("'' * -1", "'-' * -1"),
        ("0 << 129", "1 << 129"),
    ],
)
def test_the_size_is_limited(small: str, large: str) -> None:
    assert [is_constant(small), is_constant(large)] == [True, False]
    assert [isinstance(folded(each).body, ast.Constant) for each in (small, large)] == [
        True,
        False,
    ]


def test_the_size_is_judged_before_the_value_is_known() -> None:
    assert 1 << 127 == 2**127
    assert is_constant("1 << 127")
    assert not is_constant("2 ** 127")
    # Whoever computed this to measure it would not come back.
    assert fits(ast.Pow(), 2, 10**100) is False
    assert fold("2 ** 10 ** 20") == f"2 ** {10**20}"


def test_addition_has_no_size_limit() -> None:
    source = "'-' * 4096 + '-' * 4096"

    assert is_constant(source)
    assert fold(source) == repr("-" * 8192)


def test_60_60_n_is_folded_n_60_60_is_not() -> None:
    left = [
        steps(source).count("BINARY_OP") for source in ("60 * 60 * n", "n * 60 * 60")
    ]

    assert left == [1, 2]
    assert fold("60 * 60 * n") == "3600 * n"
    assert fold("n * 60 * 60") == "n * 60 * 60"


def test_trap_regrouping_changes_what_a_float_comes_to() -> None:
    tree = Regrouping().visit(ast.parse("n * 60 * 60", mode="eval"))
    regrouped = compile(tree, "regrouped", "eval")

    assert ast.unparse(tree) == "n * 3600"
    assert eval(regrouped, {"n": 2}) == 2 * 60 * 60
    assert eval(regrouped, {"n": 1.1}) != eval("n * 60 * 60", {"n": 1.1})


def test_regrouping_takes_only_constants_together() -> None:
    assert fold("n * 7 * 24", Regrouping) == "n * 168"
    assert fold("a * b * 60", Regrouping) == "a * b * 60"
    assert fold("60 * 60 + 1", Regrouping) == "3601"


@pytest.mark.parametrize("source", ["'%d' % 3", "b'%d' % 3", "'%d' % (3,)"])
def test_text_is_not_formatted_when_it_is_compiled(source: str) -> None:
    assert not is_constant(source)
    assert fold(source) == source


def test_percent_s_over_a_tuple_display_is_compiled_to_an_f_string() -> None:
    assert "FORMAT_SIMPLE" in steps("'%s: %r' % (a, b)")
    assert "FORMAT_SIMPLE" not in steps("'%s' % a")
    assert "FORMAT_SIMPLE" not in steps("'%d' % (a,)")


def test_a_list_after_in_is_a_tuple_and_a_set_a_frozenset() -> None:
    listed, _ = compiled("x in [1, 2]")
    sets, _ = compiled("x in {1, 2}")

    assert (1, 2) in listed.co_consts
    assert frozenset({1, 2}) in sets.co_consts


def test_a_computed_string_is_no_docstring() -> None:
    source = "def made():\n    'a' + 'b'"
    tree = Folder().visit(ast.parse(source))
    scope: dict[str, Any] = {}
    exec(compile(tree, "folded", "exec"), scope)

    assert function(source).__doc__ is None
    assert scope["made"].__doc__ is None


def test_folder_works_inside_statements_and_leaves_targets_alone() -> None:
    source = "() = x[1 + 1]\nprint(2 * 3)\nfor a, b in ((1, -2),):\n    1 + 1"
    tree = Folder().visit(ast.parse(source))

    assert (
        ast.unparse(tree) == "() = x[2]\nprint(6)\nfor a, b in ((1, -2),):\n    1 + 1"
    )
    assert isinstance(tree.body[2].iter, ast.Constant)
    compile(tree, "folded", "exec")


@pytest.mark.parametrize("source", ["~True", "not 0", "(a, 1)", "-a", "'ab'[0]"])
def test_folder_leaves_what_has_rules_of_its_own(source: str) -> None:
    assert ast.unparse(folded(source)) == source


# -- Where it is done --------------------------------------------------------


def test_from_3_14_on_ast_parse_folds_no_constants() -> None:
    body = ast.parse("1 + 2", mode="eval", optimize=1).body

    assert type(body) is (ast.BinOp if FROM_3_14 else ast.Constant)


def test_debug_is_still_replaced_in_the_tree() -> None:
    body = ast.parse("__debug__", mode="eval", optimize=1).body

    assert isinstance(body, ast.Constant)
    assert body.value is False


def test_from_3_14_on_an_operand_that_was_folded_away_may_stay_in_co_consts() -> None:
    consts = function("def made():\n    return 60 * 60 * 24").__code__.co_consts

    assert 86400 in consts
    assert (60 in consts) == FROM_3_14


def test_a_constant_slice_is_one_constant_from_3_14_on() -> None:
    code, _ = compiled("x[1:2]")

    assert any(isinstance(each, slice) for each in code.co_consts) == FROM_3_14


def test_inverting_true_warns_when_compiled_on_3_13_and_when_run_from_3_14_on() -> None:
    code, when_compiled = compiled("~True")
    with warnings.catch_warnings(record=True) as when_run:
        warnings.simplefilter("always")
        assert eval(code) == -2

    assert (len(when_compiled), len(when_run)) == ((0, 1) if FROM_3_14 else (1, 0))


# -- Dead code and jumps -----------------------------------------------------


def test_an_assignment_under_if_0_is_not_compiled_and_still_makes_its_name_local() -> (
    None
):
    scope: dict[str, Any] = {}
    exec(DEAD, scope)
    code = scope["minutes"].__code__

    assert all(step.line_number != 4 for step in dis.get_instructions(code))
    assert code.co_varnames == ("spent",)
    with pytest.raises(UnboundLocalError):
        scope["minutes"]()


def test_a_yield_under_if_0_makes_a_generator() -> None:
    made = function("def made():\n    if 0:\n        yield")

    assert inspect.isgeneratorfunction(made)
    assert "YIELD_VALUE" not in {step.opname for step in dis.get_instructions(made)}


def test_the_handler_of_a_try_that_cannot_raise_is_compiled_all_the_same() -> None:
    made = function(
        "def made():\n    try:\n        pass\n    except E:\n        work()"
    )

    assert "work" in made.__code__.co_names


@pytest.mark.parametrize("condition", ["a", "a and b", "a == b", "a or b and c"])
def test_a_not_in_a_condition_only_swaps_the_jumps(condition: str) -> None:
    plain, negated = (
        steps(f"if {each}: f()\nelse: g()", "exec")
        for each in (condition, f"not ({condition})")
    )
    swap = {"POP_JUMP_IF_TRUE": "POP_JUMP_IF_FALSE"}
    jumps = [
        sorted(swap.get(name, name) for name in made if "JUMP" in name)
        for made in (plain, negated)
    ]

    assert "UNARY_NOT" not in negated
    assert jumps[0] == jumps[1]
    assert plain != negated


def test_a_jump_out_of_a_nested_if_goes_straight_to_the_end() -> None:
    made = function(
        "def made(a, b):\n"
        "    if a:\n        if b: x()\n        else: y()\n"
        "    else: z()\n"
        "    w()"
    )
    at = {step.offset: step for step in dis.get_instructions(made)}
    ends = {step.jump_target for step in at.values() if step.opname == "JUMP_FORWARD"}

    assert len(ends) == 1
    assert at[ends.pop()].argval == "w"


# -- Building nodes ----------------------------------------------------------


def test_a_node_without_its_fields_is_a_type_error_from_3_15_on() -> None:
    make: Any = ast.Name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            made = type(make())
        except TypeError as error:
            made = type(error)

    if sys.version_info >= (3, 15):
        assert (made, caught) == (TypeError, [])
    else:
        assert (made, [w.category for w in caught]) == (ast.Name, [DeprecationWarning])


def test_optional_fields_and_contexts_may_be_left_out() -> None:
    assert ast.Return().value is None
    assert isinstance(ast.Name("n").ctx, ast.Load)


def test_ast_num_is_gone_from_3_14_on() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)

        assert hasattr(ast, "Num") != FROM_3_14


def test_a_new_node_compiles_only_with_a_location() -> None:
    tree = ast.parse("x", mode="eval")
    constant = ast.Constant(7)
    here, tree.body = tree.body, constant

    with pytest.raises(TypeError):
        compile(tree, "made", "eval")
    ast.copy_location(constant, here)
    assert eval(compile(tree, "made", "eval")) == 7


# -- Demo --------------------------------------------------------------------


def test_demo_shows_what_is_left_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    out = capsys.readouterr().out
    assert "  24 // 0      -> 24 // 0  (CPython leaves 1 to run)\n" in out
    assert "  n * 60 * 60  -> n * 60 * 60  (CPython leaves 2 to run)\n" in out
    assert out.count(" = False\n") == 3
    assert "  if not (a and b): 2 jumps, 'UNARY_NOT' in made = False\n" in out
