"""Structural matching: a case is a list of questions, and a mistake is a "no".

``case ["pen", UP]`` does not compare with UP, it assigns to UP.  A misspelt attribute
is no error, its case is just never taken.  A guard that says no has rebound a name.
All this follows from what a case does: it puts questions to the subject, one after
the other, and knows nothing of what the case above has asked.  ``explain`` puts the
same questions, written with ``match``, and passes CPython's own tests of ``match``.

Topics: 05, 06
Read:  core/06_iterators_functional.md, section "Structural matching"
Run:   python -m core.structural_matching
Try:   let ``is_sequence`` return ``isinstance(it, Sequence)``: a str then has items.
But:   that a failed pattern binds nothing is CPython's habit, not Python's promise.
       And ``explain`` believes the length of a sequence; CPython finds out a lie.
Source: PEP 634; ``match_class`` and ``match_keys`` in Python/ceval.c.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

__all__ = ["Pen", "Plotter", "Trial", "doing", "explain", "is_mapping", "is_sequence"]

type Questions = Iterator[tuple[str, object]]

MISSING: Any = object()
ITSELF = "the subject itself"  # what stands at the one position of int(), str(), ...


# -- What a pattern asks of a type -------------------------------------------


def is_sequence(it: object) -> bool:
    # Not isinstance(it, Sequence): str is one, and must not be taken apart.
    return bool(type(it).__flags__ & 1 << 5)  # Py_TPFLAGS_SEQUENCE


def is_mapping(it: object) -> bool:
    return bool(type(it).__flags__ & 1 << 6)  # Py_TPFLAGS_MAPPING


def positions(cls: type, count: int) -> tuple[str, ...]:
    """The attributes that are meant by the first ``count`` arguments of a pattern."""
    itself = (ITSELF,) if cls.__flags__ & 1 << 22 else ()  # _Py_TPFLAGS_MATCH_SELF
    names = getattr(cls, "__match_args__", itself) if count else ()
    if not isinstance(names, tuple) or len(names) < count:
        raise TypeError(f"{cls.__name__} must have {count} positions, got {names}")
    return names[:count]


# -- One case, tried on one subject ------------------------------------------


class Trial:
    """What a case has ``asked``, with the answers, and which names it has ``bound``."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names, self.taken = names, False
        self.asked: list[tuple[str, bool]] = []
        self.bound: dict[str, Any] = {}

    def put(self, questions: Iterable[tuple[str, object]]) -> bool:
        for question, answer in questions:
            self.asked.append((question, bool(answer)))
            if not self.asked[-1][1]:
                return False
        return True

    def questions(self, pattern: ast.pattern, it: Any, at: str) -> Questions:
        """What ``pattern`` asks of ``it``, which goes by the name ``at``, on demand."""
        match pattern:
            case ast.MatchValue(value):
                text = ast.unparse(value)
                yield f"{at} == {text}", it == eval(text, self.names)
            case ast.MatchSingleton(value):
                yield f"{at} is {value}", it is value
            case ast.MatchAs(inner, name):
                if inner:
                    yield from self.questions(inner, it, at)
                if name:
                    self.bound[name] = it
            case ast.MatchOr(patterns):
                tries = (self.questions(each, it, at) for each in patterns)
                answer = any(all(yes for _, yes in each) for each in tries)
                yield f"{at} fits {ast.unparse(pattern)}", answer
            case ast.MatchSequence(patterns):
                yield from self.sequence(patterns, it, at)
            case ast.MatchMapping():
                yield from self.mapping(pattern, it, at)
            case ast.MatchClass():
                yield from self.instance(pattern, it, at)

    def sequence(self, patterns: list[ast.pattern], it: Any, at: str) -> Questions:
        yield f"is_sequence({at})", is_sequence(it)
        texts = [ast.unparse(each) for each in patterns]
        count, star = len(texts), next((t for t in texts if t[0] == "*"), None)
        if star is None:
            yield f"len({at}) == {count}", len(it) == count
        elif count > 1:
            yield f"len({at}) >= {count - 1}", len(it) >= count - 1
        wanted = [n for n, text in enumerate(texts) if text not in {"_", "*_"}]
        # [x, *_] reads one item.  Where the rest has a name, or there is none, all are
        # read, once: with iter(), since list(it) would ask for the length again.
        items = it if star == "*_" or not wanted else list(iter(it))
        for n in wanted:
            index = n - count if star in texts[:n] else n
            if texts[n] == star:
                self.bound[star[1:]] = items[n : len(items) + n + 1 - count]
            else:
                item = items[index if index >= 0 else len(items) + index]
                yield from self.questions(patterns[n], item, f"{at}[{index}]")

    def mapping(self, node: ast.MatchMapping, it: Any, at: str) -> Questions:
        yield f"is_mapping({at})", is_mapping(it)
        texts = [ast.unparse(key) for key in node.keys]
        if texts:
            yield f"len({at}) >= {len(texts)}", len(it) >= len(texts)
        keys = [eval(text, self.names) for text in texts]
        if len({*keys}) < len(keys):
            raise ValueError(f"keys of a pattern must differ, got {keys}")
        values = []
        for text, key in zip(texts, keys, strict=True):
            # Not it[key], which in a defaultdict would make an item.
            values.append(it.get(key, MISSING))
            yield f"{text} in {at}", values[-1] is not MISSING
        for text, pattern, value in zip(texts, node.patterns, values, strict=True):
            yield from self.questions(pattern, value, f"{at}[{text}]")
        if node.rest:
            items = dict(it).items()
            self.bound[node.rest] = {k: v for k, v in items if k not in keys}

    def instance(self, node: ast.MatchClass, it: Any, at: str) -> Questions:
        text = ast.unparse(node.cls)
        cls = eval(text, self.names)
        if not isinstance(cls, type):
            raise TypeError(f"{text} must be a class, got {cls!r}")
        yield f"isinstance({at}, {text})", isinstance(it, cls)
        values: dict[str, Any] = {}
        for name in [*positions(cls, len(node.patterns)), *node.kwd_attrs]:
            if name in values:
                raise TypeError(f"{text} must have {name!r} in one place, got two")
            values[name] = it if name == ITSELF else getattr(it, name, MISSING)
            if name != ITSELF:
                yield f"hasattr({at}, {name!r})", values[name] is not MISSING
        patterns = [*node.patterns, *node.kwd_patterns]
        for (name, value), pattern in zip(values.items(), patterns, strict=True):
            whose = at if name == ITSELF else f"{at}.{name}"
            yield from self.questions(pattern, value, whose)


def explain(case: str, subject: object, /, **names: object) -> Trial:
    """Try ``case``, a pattern with or without a guard.  Raises SyntaxError."""
    source = f"match it:\n case {case}: pass"
    compile(source, "<case>", "exec")  # refuses [x, x] and other contradictions
    statement: Any = ast.parse(source).body[0]
    trial, tried = Trial(vars(builtins) | names), statement.cases[0]
    if trial.put(trial.questions(tried.pattern, subject, "it")):
        guards = [ast.unparse(tried.guard)] if tried.guard else []
        trial.names |= trial.bound
        trial.taken = trial.put((text, eval(text, trial.names)) for text in guards)
    else:
        # What a pattern captures is kept back until all of it fits.
        trial.bound.clear()
    return trial


# -- Demo --------------------------------------------------------------------


class Pen(StrEnum):
    UP = "up"


UP = Pen.UP


class Plotter:
    def __init__(self, sensor: str) -> None:
        self.sensor, self.reads = sensor, 0

    @property
    def pen(self) -> str:
        self.reads += 1
        return self.sensor


def doing(plotter: Plotter) -> str:
    match plotter:
        case Plotter(pen="up"):
            return "moving"
        case Plotter(pen="down"):
            return "drawing"
        case Plotter(pen="lost"):
            return "nothing"
        case _:
            return "unknown"


def show(case: str, subject: object) -> None:
    trial = explain(case, subject, **globals())
    print(f"  case {case}")
    for question, yes in trial.asked:
        print(f"    {question:24} {'yes' if yes else 'no'}")
    print(f"    taken: {trial.taken}, bound: {trial.bound}")


def main() -> None:
    print("A bare name captures, a dotted name compares")
    show("['pen', UP]", ["pen", "down"])
    show("['pen', Pen.UP]", ["pen", "down"])

    print("A case is a list of questions, asked in order")
    show("{'do': 'line', 'to': [x, 0]}", {"do": "line", "to": [3, 4], "ink": "red"})

    print("A failed pattern binds nothing, a failed guard has bound everything")
    print(f"  {explain('[x, 0]', [3, 4]).bound = }")
    print(f"  {explain('[x, y] if x == y', [3, 4]).bound = }")

    print("An attribute that does not exist is a no, not an error")
    show("Plotter(pan='down')", Plotter("down"))

    print("Every case asks the subject again")
    plotter = Plotter("lost")
    print(f"  {doing(plotter) = }, {plotter.reads = }")


if __name__ == "__main__":
    main()
