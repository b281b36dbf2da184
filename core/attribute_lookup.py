"""Attribute lookup: the type is asked first, even when the instance answers.

What the classes of ``obj`` hold decides whether its own ``__dict__`` has a say.
``route`` lists who is asked, in order, and runs nothing that it finds; the last one
answers.  Your own puzzle: ``python -m core.attribute_lookup MODULE:OBJECT NAME``.

Topics: 01
Read:  core/01_object_model.md, section "Attribute lookup"
Run:   python -m core.attribute_lookup
Try:   delete the early return in ``route``: for ``hall.target`` the instance answers.
Source: "Invoking Descriptors" in the Python reference; the Descriptor Guide.
"""

import ctypes
import pkgutil
import types
from typing import Any, NamedTuple

import click

__all__ = ["Forwarding", "Masking", "Stop", "dot", "getattribute", "own_stops", "route"]


class Stop(NamedTuple):
    """A place that is asked: a class, or (None) the ``__dict__`` of the instance."""

    owner: type | None
    kind: str
    value: Any = None

    def answer(self, instance: object, owner: type) -> Any:
        if self.kind in {"data descriptor", "non-data descriptor"}:
            return type(self.value).__get__(self.value, instance, owner)
        return self.value


def kind_of(value: object) -> str:
    # Only the type of the value counts; a ``__get__`` in its own dict is not seen.
    names = {name for base in type(value).__mro__ for name in vars(base)}
    if "__get__" not in names:
        return "plain value"  # for a read, whatever it does to a write
    is_data = "__set__" in names or "__delete__" in names
    return "data descriptor" if is_data else "non-data descriptor"


def search(cls: type, name: str) -> list[Stop]:
    """The classes of the MRO, up to the first that holds ``name``."""
    stops: list[Stop] = []
    for base in cls.__mro__:
        if name in vars(base):
            return [*stops, Stop(base, kind_of(vars(base)[name]), vars(base)[name])]
        stops.append(Stop(base, "nothing"))
    return stops


def own_stops(obj: Any, name: str) -> list[Stop]:
    """What ``obj`` holds itself: its ``__dict__``, or, for a class, its own MRO."""
    if issubclass(type(obj), type):
        return search(obj, name)
    # Not vars(obj): without a dict, the object's ``__getattr__`` might invent one.
    slot = search(type(obj), "__dict__")[-1].value
    builtin = types.GetSetDescriptorType | types.MemberDescriptorType
    held = slot.__get__(obj) if isinstance(slot, builtin) else {}
    return [Stop(None, "plain value" if name in held else "nothing", held.get(name))]


def route(cls: type, name: str, own: list[Stop]) -> list[Stop]:
    """The stops for ``name`` on an object of type ``cls`` that holds ``own``."""
    on_type = search(cls, name)
    found = on_type[-1]
    if found.kind == "data descriptor":
        return on_type
    if found.kind == "nothing" or own[-1].kind not in {"nothing", "unknown"}:
        return [*on_type, *own]
    return [*on_type, *own, found]


def getattribute(obj: Any, name: str) -> Any:
    """``object.__getattribute__``, and for a class ``type.__getattribute__``."""
    own = own_stops(obj, name)
    last = route(type(obj), name, own)[-1]
    if last.kind == "nothing":
        raise AttributeError(f"nobody answers for {name!r}", name=name, obj=obj)
    # What a class holds itself is bound to no instance, only to the class.
    return last.answer(None, obj) if last is own[-1] else last.answer(obj, type(obj))


def dot(obj: Any, name: str) -> Any:
    """``obj.name``: the lookup, and after an AttributeError ``__getattr__``."""
    fallback = search(type(obj), "__getattr__")[-1]
    try:
        return getattribute(obj, name)
    except AttributeError:
        if fallback.kind == "nothing":
            raise
    # Outside the handler: the first error is dropped, not kept as the context.
    return fallback.answer(obj, type(obj))(name)


# -- A thermostat, and the trap in its fallback ------------------------------


class Thermostat:
    boiler = types.SimpleNamespace(temperature=68.0, pressure=1.4)  # of the water
    reading = 19.5  # of the room

    @property
    def target(self) -> float:
        return 21.0

    def boost(self, degrees: float) -> float:
        return self.target + degrees


class Masking(Thermostat):
    @property
    def temperature(self) -> float:
        return float(self.reeding)

    def __getattr__(self, name: str) -> Any:
        # The typo above ends here too, and the boiler has a temperature.
        return getattr(self.boiler, name)


class Forwarding(Masking):
    def __getattr__(self, name: str) -> Any:
        if name == "pressure":
            return self.boiler.pressure
        # Looks up again, to fail again: with the error of the property itself.
        return super().__getattribute__(name)


# -- Demo and tool -----------------------------------------------------------


def show(label: str, cls: type, name: str, own: list[Stop]) -> None:
    print(label)
    stops = route(cls, name, own)
    width = max(13, *(len(owner.__qualname__) for owner, *_ in stops if owner))
    for nth, (owner, kind, value) in enumerate(stops, start=1):
        if kind not in {"nothing", "unknown"}:
            verdict = "answers" if nth == len(stops) else "waits"
            kind = f"{kind} ({type(value).__name__}), {verdict}"
        print(f"    {owner.__qualname__ if owner else 'the instance':<{width}}  {kind}")
    if kind in {"nothing", "unknown"}:
        print(f"    {'or ' * (kind == 'unknown')}nobody on this route: AttributeError")
    # Slot 58 is the search in C: a type may list the method of object as its own.
    slot = ctypes.pythonapi.PyType_GetSlot
    slot.argtypes, slot.restype = (ctypes.py_object, ctypes.c_int), ctypes.c_void_p
    for hook in ("__getattribute__", "__getattr__"):
        owner = search(cls, hook)[-1].owner
        if owner and slot(owner, 58) not in {slot(object, 58), slot(type, 58)}:
            print(f"    but {owner.__qualname__} has its own {hook}")


def main() -> None:
    hall = Thermostat()
    vars(hall).update(target=99.0, reading=18.0)  # as restored from a file
    print("The type is searched before the instance")
    print(f"  {vars(hall)['target'] = }, {hall.target = }")
    for name in ("target", "reading", "boost"):
        show(f"  hall.{name}", Thermostat, name, own_stops(hall, name))

    print("A method call is a lookup, a bind and a call")
    print(f"  {hall.boost(2) = }, {vars(Thermostat)['boost'].__get__(hall)(2) = }")
    print(f"  {hall.boost is hall.boost = }, {hall.boost == hall.boost = }")

    print("An AttributeError in a property reaches __getattr__")
    print(f"  {Masking().reading = }, {Masking().temperature = }")
    try:
        _ = Forwarding().temperature
    except AttributeError as error:
        print(f"  Forwarding().temperature: {type(error).__name__}, {error.name = }")

    print("On a class, its own MRO takes the place of the instance")
    for name in ("boost", "mro", "__name__"):
        show(f"  Thermostat.{name}", type, name, own_stops(Thermostat, name))


@click.command()
@click.argument("query", nargs=-1, metavar="[MODULE:OBJECT NAME]")
def cli(query: tuple[str, ...]) -> None:
    """Show who answers for NAME on MODULE:OBJECT; without arguments, the demo."""
    if not query:
        main()
        return
    try:
        target, name = query
        obj = pkgutil.resolve_name(target)
    except (Exception, SystemExit) as error:
        problem = f"need importable MODULE:OBJECT and NAME, got {' '.join(query)!r}"
        raise click.UsageError(problem + f": {error!r}" * (len(query) == 2)) from error
    if issubclass(type(obj), type):
        own = [Stop(None, "unknown" if obj.__dictoffset__ else "nothing")]
        show(f"{name!r} on an instance of {target}, without making one", obj, name, own)
    show(f"{name!r} on {target} itself", type(obj), name, own_stops(obj, name))


if __name__ == "__main__":
    cli()
