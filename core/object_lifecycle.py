"""Object lifecycle: ``__init__`` is not the birth, ``__del__`` not the death.

There are two ways into life.  Calling a class makes the object (``__new__``)
and then, perhaps, initialises it.  ``copy`` and ``pickle`` follow a recipe, and
the standard one makes the object too, but puts the old state back: whatever
``__init__`` opened, counted or checked happens no second time.

At the other end ``__del__`` is given the object itself, so it can bring it
back; ``weakref.finalize`` is given only what you hand over beforehand, and
must not be handed the object.

Topics: 01, 02
Read:  core/01_object_model.md, section "Object lifecycle"
Run:   python -m core.object_lifecycle
Try:   let the finalizer of ``Exposure`` call ``lambda: self.shutter.close()``:
       the shutter now stays open, just as with ``Immortal``.
But:   death at the last reference is CPython's habit, not Python's promise;
       ``with`` closes at a line that you can point to.  ``construct`` leaves
       out ``type(x)``, which tells the class of x and makes nothing.
"""

import copy
import pickle
import weakref
from typing import Any

__all__ = ["Exposure", "Immortal", "Shared", "construct", "follow"]


# -- Birth by call -----------------------------------------------------------


def construct(cls: type, /, *args: Any, **kwargs: Any) -> Any:
    """What ``cls(*args, **kwargs)`` does: ``type.__call__``, written out."""
    obj: Any = cls.__new__(cls, *args, **kwargs)
    # Not isinstance(): a __class__ attribute that lies is not believed here.
    if cls in type(obj).__mro__:
        # The type of the result chooses, and a subclass has its own __init__.
        result = type(obj).__init__(obj, *args, **kwargs)
        if result is not None:
            raise TypeError(f"__init__ must return None, got {result!r}")
    return obj


# -- Birth by recipe ---------------------------------------------------------


def _restore(obj: Any, state: Any) -> None:
    if hasattr(obj, "__setstate__"):
        obj.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    # Straight into the dict: properties and __setattr__ have no say either.
    if attributes:
        vars(obj).update(attributes)
    for name, value in (slots or {}).items():
        setattr(obj, name, value)


def follow(recipe: tuple[Any, ...]) -> Any:
    """What ``copy.copy(obj)`` makes of ``obj.__reduce_ex__(4)``.

    A recipe has two to five parts: a callable, its arguments, the state, the
    items of a list, the pairs of a dict.
    """
    make, args, state, items, pairs = (*recipe, None, None, None)[:5]
    obj = make(*args)
    if state is not None:
        _restore(obj, state)
    for item in items or ():
        obj.append(item)
    for key, value in pairs or ():
        obj[key] = value
    return obj


# -- A resource opened in __init__ -------------------------------------------


class Shutter:
    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


class Shared:
    """One exposure, one shutter: true until somebody makes a shallow copy."""

    def __init__(self, target: str) -> None:
        self.target = target
        # A copy gets what this line puts into the dict, not the line.
        self.shutter = Shutter()


class Immortal:
    """Closes its shutter when it dies, and therefore never dies."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.shutter = Shutter()
        # The registry of finalizers holds the method, the method holds self.
        self.close = weakref.finalize(self, self.shut)

    def shut(self) -> None:
        self.shutter.close()


class Exposure:
    """Every copy opens a shutter of its own, and closes it when it dies."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.shutter = Shutter()
        self.close = weakref.finalize(self, self.shutter.close)

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.target,)


# -- Demo --------------------------------------------------------------------


class Planet: ...


class Star:
    def __new__(cls, name: str, log: list[str]) -> Any:
        log.append("__new__")
        # The morning star is none.
        return Planet() if name == "Venus" else super().__new__(cls)

    def __init__(self, name: str, log: list[str]) -> None:
        log.append("__init__")
        self.name, self.log = name, log

    def __getnewargs__(self) -> tuple[str, list[str]]:
        return self.name, self.log


class Comet:
    def __init__(self, sky: list["Comet"]) -> None:
        self.sky = sky

    def __del__(self) -> None:
        self.sky.append(self)


def repickle(obj: Any) -> Any:
    return pickle.loads(pickle.dumps(obj))


def open_after_del(kind: type[Immortal | Exposure]) -> bool:
    exposure = kind("M31")
    shutter, close = exposure.shutter, exposure.close
    del exposure
    is_open = shutter.is_open
    # Otherwise an Immortal stays with us until the process ends.
    close.detach()
    return is_open


def main() -> None:
    print("__init__ runs only on an instance of the class that was called")
    for name in ("Vega", "Venus"):
        log: list[str] = []
        print(f"  {name} is a {type(construct(Star, name, log)).__name__}, {log = }")

    print("The standard recipe for a copy calls no __init__")
    star = Star("Vega", [])
    for clone in (copy.copy, copy.deepcopy, repickle):
        star.log.clear()
        print(f"  {clone.__name__}(star): log = {clone(star).log}")

    print("A shallow copy shares what __init__ opened, unless __reduce__ opens anew")
    for kind in (Shared, Exposure):
        first: Any = kind("M31")
        print(f"  {kind.__name__}, made again by {first.__reduce_ex__(4)[0].__name__}")
        copy.copy(first).shutter.close()
        print(f"    after copy.shutter.close(): {first.shutter.is_open = }")

    print("__del__ can bring its object back, once")
    sky: list[Comet] = []
    comet = Comet(sky)
    del comet
    print(f"  back after the first death: {len(sky)}")
    sky.clear()
    print(f"  back after the second death: {len(sky)}")

    print("A finalizer that is a bound method of its object keeps it alive")
    print(f"  {open_after_del(Immortal) = }")
    print(f"  {open_after_del(Exposure) = }")


if __name__ == "__main__":
    main()
