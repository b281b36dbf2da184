"""Bytecode: the straight path is instructions, all else is a table beside them.

No instruction says where a ``try`` ends, how deep the stack is or which column it came
from.  The compiler knew, and wrote it down where nobody looks before something raises.
Both together: ``python -m perf.bytecode_demo MODULE:FUNCTION [--adaptive EXPR]``.

Topics: 07
Read:  perf/07_cpython_internals.md, section "Bytecode"
Run:   python -m perf.bytecode_demo
Try:   in ``depths``, forget the exception itself, the ``+ 1``: paths disagree then.
Versions: instructions differ in every version; what the tables are for does not.
Source: PEPs 626, 657 and 659; InternalDocs/exception_handling.md of CPython.
"""

import dis
import inspect
import linecache
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import batched
from types import CodeType

import click

__all__ = ["depths", "executed", "handlers", "listing", "nested", "text"]

LEAVE = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_")


# -- What stands beside the instructions -------------------------------------


def handlers(code: CodeType) -> list[tuple[int, ...]]:
    """The exception table: start, stop, target, values kept, is the offset pushed."""
    numbers = [0]
    for byte in code.co_exceptiontable:
        numbers[-1] = numbers[-1] << 6 | byte & 0b11_1111
        if not byte & 0b100_0000:  # no more bits of this number follow
            numbers.append(0)
    return [
        (2 * start, 2 * (start + units), 2 * target, kept >> 1, kept & 1)
        for start, units, target, kept in batched(numbers[:-1], 4, strict=True)
    ]


def next_offsets(step: dis.Instruction) -> Iterator[int]:
    # END_ASYNC_FOR does not jump, it only names the SEND that it belongs to.
    if step.jump_target is not None and step.opname != "END_ASYNC_FOR":
        yield step.jump_target
    if not step.opname.startswith(LEAVE):
        yield step.end_offset


def depths(code: CodeType) -> dict[int, set[int]]:
    """By offset: the stack depths with which the paths arrive there."""
    steps = {step.offset: step for step in dis.get_instructions(code)}
    found: dict[int, set[int]] = {}
    ways = [(0, 0), *((to, kept + lasti + 1) for *_, to, kept, lasti in handlers(code))]
    while ways:
        offset, depth = ways.pop()
        if offset not in found:
            step = steps[offset]
            after = depth + dis.stack_effect(step.opcode, step.arg)
            ways += [(to, after) for to in next_offsets(step)]
        found.setdefault(offset, set()).add(depth)
    return found


def text(code: CodeType, positions: dis.Positions | None) -> str:
    """The source of an instruction, as far as it stands on one line."""
    line, last, start, stop = positions or (None,) * 4
    if line is None or start is None:
        return ""
    # Columns count bytes, so the line is cut before it is decoded.
    source = linecache.getline(code.co_filename, line).encode()
    return source[start : stop if line == last else None].decode().rstrip()


# -- What runs, and a listing of it all --------------------------------------


def nested(code: CodeType) -> list[CodeType]:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return [code, *(each for c in inner for each in nested(c))]


def executed(code: CodeType, call: Callable[[], object]) -> Counter[int]:
    """How often ``call`` runs the instruction at each offset of ``code``."""
    monitoring, tool, ran = sys.monitoring, 4, Counter[int]()
    event = monitoring.events.INSTRUCTION
    monitoring.use_tool_id(tool, "bytecode_demo")
    monitoring.register_callback(tool, event, lambda _, offset: ran.update([offset]))
    monitoring.set_local_events(tool, code, event)
    try:
        call()
    finally:
        monitoring.set_local_events(tool, code, 0)
        monitoring.free_tool_id(tool)
    return ran


def listing(code: CodeType, ran: Counter[int] | None = None) -> Iterator[str]:
    """A row for each instruction; with ``ran``, under the name that it has by now."""
    yield f"  ran offset cache stack    on error  {code.co_qualname}"
    depth_at, table, line = depths(code), handlers(code), None
    now = dis.get_instructions(code, adaptive=ran is not None)
    # Sizes are read from the plain row: dis gives specialised ones no cache.
    for step, named in zip(dis.get_instructions(code), now, strict=True):
        if step.line_number not in {line, None}:
            line = step.line_number
            yield f"{line:>5} {linecache.getline(code.co_filename, line).rstrip()}"
        offset, cache = step.offset, step.end_offset - step.cache_offset
        error = [f"{to} keep {kept}" for a, z, to, kept, _ in table if a <= offset < z]
        arg = step.jump_target or step.argrepr or ("" if step.arg is None else step.arg)
        name = f"{named.opname} {arg!s:.24}".partition(" at 0x")[0]
        # A RESUME runs before its event is switched on.
        times = "" if ran is None or step.opname == "RESUME" else f"{ran[offset]}x"
        row = f"{times:>5} {offset:>6} {f'+{cache}' if cache else '':>5} "
        row += f"{min(depth_at.get(offset, '-')):>5} {''.join(error):>11}  {name:<37} "
        yield f"{row}{text(code, step.positions)}"[:100].rstrip()


# -- Demo and tool -----------------------------------------------------------


def occupant(plan: dict[str, dict[int, str]], row: str, seat: int) -> str:
    return plan[row][seat]


def occupant_or_free(plan: dict[str, dict[int, str]], row: str, seat: int) -> str:
    try:
        return plan[row][seat]
    except KeyError:
        # Every seat of a row that does not exist is free: which lookup failed?
        return "free"


def main() -> None:
    plan, bare, tried = {"A": {2: "Ada"}}, occupant.__code__, occupant_or_free.__code__

    print("Entering a try runs a NOP, leaving it runs nothing")
    without = executed(bare, lambda: occupant(plan, "A", 2))
    with_try = executed(tried, lambda: occupant_or_free(plan, "A", 2))
    first = dis.opname[tried.co_code[min(with_try)]]
    print(f"  {with_try.total() - without.total() = }, {first = }")

    print("What a raise leads to is looked up in a table")
    print(f"  {len(handlers(bare)) = }, {len(handlers(tried)) = }")

    print("An instruction has one stack depth, whichever path leads to it")
    library = nested(compile(inspect.getsource(linecache), "linecache.py", "exec"))
    found = [known for code in library for known in depths(code).values()]
    print(f"  in linecache.py, {max(map(len, found)) = }")

    print("A traceback finds the failing part of a line in a table")
    for row, seat in (("B", 2), ("A", 9)):
        try:
            occupant(plan, row, seat)
        except KeyError:
            last = inspect.trace()[-1]
            print(f"  {row}{seat}: {text(last.frame.f_code, last.positions)}")


def annotated(target: str, expression: str | None, times: int) -> Iterator[str]:
    scope = dict(vars(pkgutil.resolve_name(target.partition(":")[0])))
    found = pkgutil.resolve_name(target)
    root = getattr(inspect.unwrap(found), "__code__", None)
    if not isinstance(root, CodeType):
        raise TypeError(f"a {type(found).__name__} has no bytecode")
    program = compile(expression or "None", "EXPR", "eval")
    ran = {code: executed(code, lambda: eval(program, scope)) for code in nested(root)}
    if expression and not ran[root]:
        raise ValueError("EXPR does not run it")
    for _ in range(times):
        eval(program, scope)
    for code, counts in ran.items():
        yield from listing(code, counts if expression else None)


@click.command
@click.argument("target", metavar="MODULE:FUNCTION", required=False)
@click.option("--adaptive", "expression", metavar="EXPR", help="Really run it first.")
@click.option("--times", default=100, type=click.IntRange(1), help="How often.")
def cli(target: str | None, expression: str | None, times: int) -> None:
    """List the bytecode of a function with its tables; without one, run the demo."""
    if target is None:
        main()
        return
    try:
        click.echo("\n".join(annotated(target, expression, times)))
    except (Exception, SystemExit) as error:
        need = "a MODULE:FUNCTION in Python, and an EXPR that runs it"
        got = f"{target!r} and {expression!r}: {error!r}"
        raise click.UsageError(f"need {need}, got {got}") from error


if __name__ == "__main__":
    cli()
