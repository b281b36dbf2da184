"""Runtime types: an annotation is data, and means what its reader makes of it.

Delete a method from a class, and ``isinstance`` may go on saying that its instances
have it.  Quote a name, and ``get_type_hints`` may never find it.  Two validators differ
over True.  Python keeps annotations and checks nothing: each reader has its questions.

Topics: 05, 04
Read:  core/05_type_system.md, section "Runtime types"
Run:   python -m core.runtime_types
Try:   in ``RULES`` let ``Gt`` mean ``>=``: 0 grams conform, and pydantic objects.
Versions: an annotation is evaluated by ``def`` up to 3.13, by its first reader later.
Source: PEPs 544 (protocols), 593 (Annotated), 649 and 749; ``annotated_types``.
"""

import cProfile
import typing
from collections.abc import Callable
from inspect import getattr_static
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Literal, NotRequired, Protocol, TypedDict, Union

from annotated_types import Gt, MinLen
from pydantic import TypeAdapter, ValidationError

__all__ = ["Grinder", "Shot", "evaluations", "faults", "lookups", "neighbours"]


# -- Annotations: who evaluates them, and where ------------------------------


def evaluations() -> tuple[int, int, int]:
    """How often def, a call and two readings evaluate metadata that keeps a log."""
    log: list[str] = []

    def pull(grams: Annotated[int, log.append("evaluated")]) -> None: ...

    defined = len(log)
    pull(18)
    called = len(log) - defined
    for _ in range(2):
        typing.get_type_hints(pull)
    return defined, called, len(log) - called - defined


def neighbours() -> tuple[type, type]:
    """Two classes that name a third one, which stands beside them."""

    class Roast: ...

    class Bare:
        roast: Roast

    class Quoted:
        # Text does not know where it was written: get_type_hints cannot look here.
        roast: "Roast"

    return Bare, Quoted


# -- Protocols: what isinstance asks, and what it remembers ------------------


@typing.runtime_checkable
class Grinder(Protocol):
    def grind(self, grams: int) -> str: ...
    def clean(self) -> None: ...


class Burr:
    def clean(self) -> None: ...
    def grind(self, grams: int) -> str:
        return f"{grams} g"


class Pestle(Burr):
    def grind(self) -> str:  # type: ignore[override]
        return "some"


class Remote:
    def __getattr__(self, name: str) -> Any:
        return getattr(Burr(), name)


def lookups(value: object, kind: type) -> int:
    """How many members an isinstance gets from the value by ``getattr_static``."""
    profile = cProfile.Profile()
    profile.runcall(isinstance, value, kind)
    calls = {entry.code: entry.callcount for entry in profile.getstats()}
    return calls.get(getattr_static.__code__, 0)


def passes_without_clean(asked_before: bool) -> bool:
    """Whether a mill passes for a Grinder after its class has lost a method."""

    class Mill:
        grind, clean = Burr.grind, Burr.clean

    if asked_before:
        isinstance(Mill(), Grinder)
    del Mill.clean
    return isinstance(Mill(), Grinder)


# -- Annotated: a reader of our own, and pydantic ----------------------------


class Shot(TypedDict):
    grams: Annotated[int, Gt(0)]
    roast: Literal["light", "dark"]
    notes: NotRequired[list[Annotated[str, MinLen(1)]]]


type Path = tuple[str | int, ...]  # the keys and indices that lead to a part
PLAIN = (bool, float, int, str, type(None))
RULES: dict[type, Callable[[Any, Any], bool]] = {
    Gt: lambda rule, value: value > rule.gt,
    MinLen: lambda rule, value: len(value) >= rule.min_length,
}


def parts(hint: Any, value: Any) -> list[tuple[str | int, Any, Any]]:
    """Key, hint and value of what a list or a TypedDict holds, or has to hold."""
    if isinstance(value, list):
        return [(n, typing.get_args(hint)[0], item) for n, item in enumerate(value)]
    hints = typing.get_type_hints(hint, include_extras=True)
    asked = [key for key in hints if key in value or key in hint.__required_keys__]
    return [(key, hints[key], value.get(key, Ellipsis)) for key in asked]


def faults(hint: Any, value: Any) -> list[Path]:
    """The paths to what does not conform to ``hint``; () is the value itself."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Annotated, NotRequired):
        # Metadata that is unknown here is meant for another reader.
        rules = [rule for rule in args[1:] if type(rule) in RULES]
        within = faults(args[0], value)
        return within or [() for rule in rules if not RULES[type(rule)](rule, value)]
    if origin in (Union, UnionType):
        return [] if [] in [faults(each, value) for each in args] else [()]
    if origin is Literal:
        # By type too, since True == 1 == 1.0.
        return [] if (type(value), value) in [(type(a), a) for a in args] else [()]
    if not (hint in PLAIN or origin is list or typing.is_typeddict(hint)):
        raise TypeError(f"hint must be PLAIN, list[T] or a TypedDict, got {hint!r}")
    kind = dict if typing.is_typeddict(hint) else origin or hint
    # An int passes for a float, as it does with a type checker.
    if not isinstance(value, (float, int) if kind is float else kind):
        return [()]
    inside = parts(hint, value) if kind in (dict, list) else []
    return [(key, *path) for key, part, item in inside for path in faults(part, item)]


def pydantic_faults(hint: Any, value: Any) -> list[Path]:
    try:
        TypeAdapter(hint).validate_python(value, strict=True)
    except ValidationError as error:
        return [each["loc"] for each in error.errors()]
    return []


# -- Demo --------------------------------------------------------------------


def outcome(call: Callable[..., object], *args: object) -> str:
    try:
        return repr(call(*args))
    except (NameError, TypeError) as error:
        return type(error).__name__


def main() -> None:
    print("An annotation is evaluated by def or its first reader, never by a call")
    print(f"  def, a call, two readings: {evaluations() in [(1, 0, 0), (0, 0, 1)] = }")

    print("A quoted name is looked up in the module, not where it stands")
    for cls in neighbours():
        print(f"  {cls.__name__}: {outcome(typing.get_type_hints, cls)}")

    print("isinstance with a Protocol compares names, and errs both ways")
    for made in (Burr(), Pestle(), Remote()):
        passes, ground = isinstance(made, Grinder), outcome(made.grind, 18)
        print(f"  {type(made).__name__}: {passes = }, grind(18) gives {ground}")

    print("A yes from the class is remembered, all else is looked for again")
    kit = SimpleNamespace(grind=Burr.grind, clean=Burr.clean)
    for place, it in {"class": Burr(), "instance": kit, "neither": 18}.items():
        print(f"  look-ups, in {place}: {[lookups(it, Grinder) for _ in range(3)]}")
    for asked in (True, False):
        print(f"  asked before: {asked}, still passes: {passes_without_clean(asked)}")

    print("Two validators read one Annotated alike, and differ over True")
    for grams, roast in ((18, "dark"), (0, "burnt"), ("18", "dark"), (True, "dark")):
        shot = {"grams": grams, "roast": roast}
        print(f"  {grams!r} g, {roast}: {faults(Shot, shot)}", end=", ")
        print(f"pydantic {pydantic_faults(Shot, shot)}")


if __name__ == "__main__":
    main()
