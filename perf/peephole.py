"""Peephole: the compiler computes only what nobody can tell from running it.

``60 * 60 * n`` is folded and ``n * 60 * 60`` is not.  ``1 << 127`` is a constant, and
``2 ** 127``, the same number, is computed each time.  ``24 // 0`` compiles.  What is
folded has constant operands, looks small, and does not raise: ``Folder`` is that rule,
on the tree, where the compiler had it too, up to 3.13.

Topics: 07
Read:  perf/07_cpython_internals.md, section "Peephole"
Run:   python -m perf.peephole
Try:   delete ``visit_Expr``: ``'a' + 'b'``, as a first statement, is a docstring.
But:   arithmetic and tuples only: ``not``, ``if``, ``in`` and ``x[0]`` have more rules.
Versions: from 3.14 on the flow graph is folded, and ``ast.parse`` shows none of it.
Source: ``const_folding_safe_multiply`` and its neighbours in Python/flowgraph.c.
"""

import ast
import dis
from collections.abc import Callable
from typing import Any

__all__ = ["Folder", "Regrouping", "fits", "fold", "steps"]

MAX_BITS, MAX_TEXT, MAX_ITEMS, MAX_NESTED = 128, 4096, 256, 1024


# -- What may be folded ------------------------------------------------------


def total(value: tuple[Any, ...]) -> int:
    """The items of a tuple, and of the tuples in it."""
    return len(value) + sum(total(item) for item in value if isinstance(item, tuple))


def fits(op: ast.operator, left: Any, right: Any) -> bool:
    """Whether the result looks small.  It is not computed to find that out."""
    match op, left, right:
        case ast.Mod(), str() | bytes(), _:
            return False  # formats a text, which is more than arithmetic
        case ast.Mult(), int(), str() | bytes() | tuple():
            return fits(op, right, left)
        case ast.Mult() | ast.Pow() | ast.LShift(), _, _ if not left or not right:
            return True
        case ast.Mult(), int(), int():
            return left.bit_length() + right.bit_length() <= MAX_BITS
        case ast.Pow(), int(), int() if right > 0:
            return left.bit_length() * right <= MAX_BITS
        case ast.LShift(), int(), int():
            return left.bit_length() + right <= MAX_BITS
        case ast.Mult(), str() | bytes(), int():
            return 0 <= len(left) * right <= MAX_TEXT
        case ast.Mult(), tuple(), int():
            few = 0 <= len(left) * right <= MAX_ITEMS
            return few and total(left) * right <= MAX_NESTED
    return True


def computed(node: ast.expr) -> ast.expr:
    """The constant for an operation on constants, or the operation if it raises."""
    try:
        value = eval(compile(ast.Expression(node), "constants", "eval"))
    except Exception:
        # Not the compiler's business: it may stand where nobody ever comes.
        return node
    return ast.copy_location(ast.Constant(value), node)


class Folder(ast.NodeTransformer):
    """Replaces operations on constants, from the inside out."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        match self.generic_visit(node):
            case ast.BinOp(ast.Constant(left), op, ast.Constant(right)):
                return computed(node) if fits(op, left, right) else node
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        match self.generic_visit(node):
            case ast.UnaryOp(ast.Invert(), ast.Constant(bool())):
                return node  # warns, and should do so where it runs
            case ast.UnaryOp(ast.USub() | ast.UAdd() | ast.Invert(), ast.Constant()):
                return computed(node)
        return node

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        self.generic_visit(node)
        if all(isinstance(item, ast.Constant) for item in node.elts):
            return computed(node)  # not where () is a target, which has no value
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        value = self.visit(node.value)
        # A first statement that became a string would become the docstring.
        if not isinstance(value, ast.Constant):
            node.value = value
        return node


class Regrouping(Folder):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        match self.generic_visit(node):
            case ast.BinOp(
                ast.BinOp(n, ast.Mult(), ast.Constant() as first),
                ast.Mult(),
                ast.Constant() as second,
            ):
                # Equal in algebra.  A float rounds after each of the two steps.
                product = ast.copy_location(ast.BinOp(first, node.op, second), node)
                node = ast.copy_location(ast.BinOp(n, node.op, product), node)
        return super().visit_BinOp(node)


def fold(expression: str, folder: Callable[[], Folder] = Folder) -> str:
    return ast.unparse(folder().visit(ast.parse(expression, mode="eval")))


def steps(source: str, mode: str = "eval") -> list[str]:
    """The names of the instructions that the compiler makes."""
    code = compile(source, "source", mode)
    return [step.opname for step in dis.get_instructions(code)]


# -- Demo --------------------------------------------------------------------

DEAD = """
def minutes():
    if 0:
        spent = 60
    return spent
"""


def show(*expressions: str) -> None:
    for each in expressions:
        left = steps(each).count("BINARY_OP")
        print(f"  {each:<12} -> {fold(each)}  (CPython leaves {left} to run)")


def main() -> None:
    print("An operation that raises is left for run time")
    show("60 * 60 * 24", "24 // 0")

    print("The size is judged before the value is known")
    show("1 << 127", "2 ** 127")

    print("`60 * 60 * n` is folded, `n * 60 * 60` is not")
    show("60 * 60 * n", "n * 60 * 60")
    regrouped = fold("n * 60 * 60", Regrouping)
    print(f"  {eval('n * 60 * 60 == ' + regrouped, {'n': 1.1}) = }")

    print("An assignment under `if 0` is not compiled, and still makes its name local")
    scope: dict[str, Any] = {}
    exec(DEAD, scope)
    minutes = scope["minutes"]
    names = {step.opname for step in dis.get_instructions(minutes)}
    print(f"  {'STORE_FAST' in names = }, {minutes.__code__.co_varnames = }")
    try:
        minutes()
    except UnboundLocalError as error:
        print(f"  minutes() -> {type(error).__name__}")

    print("A `not` in a condition only swaps the jumps")
    for condition in ("a and b", "not (a and b)"):
        made = steps(f"if {condition}: f()", "exec")
        jumps = sum("JUMP" in name for name in made)
        print(f"  if {condition}: {jumps} jumps, {'UNARY_NOT' in made = }")


if __name__ == "__main__":
    main()
