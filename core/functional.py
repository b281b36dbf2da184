"""Functional tools: you hand over a function, and somebody else decides on its calls.

How often it is called, with which arguments, by how many threads at once, or whether
another one is called instead: each tool has an answer of its own, and none of them
shows in the line where you pass the function.  So count.  The longest answer is that
of ``singledispatch``, and here it is built again, out of Python's own MRO.

Topics: 06, 05
Read:  core/06_iterators_functional.md, section "Functional tools"
Run:   python -m core.functional
Try:   let ``nearest`` return ``best`` without looking for rivals: every list gets a
       label, and which one depends on who registered first.
But:   ``SingleDispatch`` reports ambiguities that ``functools`` overlooks, and does
       not bind as a method.
Source: PEP 443; gh-87634 (the lock that ``cached_property`` lost in 3.12).
"""

from abc import ABCMeta, get_cache_token
from bisect import bisect
from collections.abc import Callable, Collection, Iterable, Sized
from functools import cache, cached_property, cmp_to_key, partial, reduce, wraps
from itertools import takewhile
from operator import add, mul, sub
from threading import Barrier, Lock, Thread
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from weakref import WeakKeyDictionary

__all__ = ["Bill", "LockedBill", "SingleDispatch", "calls", "lineage", "times_added_up"]


# -- How often? ----------------------------------------------------------------


def calls(function: Callable[..., Any], tool: Callable[[Any], object]) -> int:
    """How often ``tool`` calls the function that it is given."""
    log: list[object] = []

    def logged(*args: Any) -> Any:
        log.append(args)
        return function(*args)

    tool(logged)
    return len(log)


# -- Which one? ----------------------------------------------------------------


def lineage(cls: type, abcs: Iterable[type]) -> list[type]:
    """The MRO of ``cls``, had all the ABCs that accept it been written as its bases.

    Who wants the MRO of a class that does not exist can define that class: here each
    one is built once more, with the ABCs in place, and Python does the rest.
    """
    accepting = [abc for abc in abcs if issubclass(cls, abc) and abc not in cls.__mro__]
    original: dict[type, type] = {object: object}

    @cache
    def twin(c: type) -> type:
        bases = [base for base in c.__bases__ if base is not object]
        # An ABC joins at the first class that it accepts, behind the ABCs there.
        joining = [
            abc
            for abc in accepting
            if issubclass(c, abc) and not issubclass(abc, c)
            if not any(issubclass(base, abc) for base in bases)
        ]
        own_abcs = [n for n, base in enumerate(bases, 1) if isinstance(base, ABCMeta)]
        behind = max(own_abcs, default=0)
        twins = [*map(twin, [*bases[:behind], *joining, *bases[behind:]]), object]
        # A base that another one implies would only tie the order down.
        needed = [t for t in twins if not any(t in u.__mro__[1:] for u in twins)]
        made = type(c.__name__, tuple(needed), {})
        original[made] = c
        return made

    return [original[each] for each in twin(cls).__mro__]


def nearest(cls: type, registry: Collection[type]) -> type:
    """The registered class that comes first; RuntimeError if another is as near."""

    def is_virtual(c: type) -> bool:
        return c not in cls.__mro__

    line = iter(lineage(cls, registry))
    best = next(c for c in line if c in registry)
    # Up to the next class that cls really has, all ABCs accept it equally.
    others = [c for c in takewhile(is_virtual, line) if c in registry]
    rivals = [other for other in others if not issubclass(best, other)]
    if rivals and is_virtual(best):
        raise RuntimeError(f"Ambiguous dispatch: {best} or {rivals[0]}")
    return best


def classes_of(target: Any) -> tuple[type, ...]:
    is_union = get_origin(target) in {Union, UnionType}
    classes = get_args(target) if is_union else (target,)
    # list[int] is neither: no list knows what it is a list of.
    if not all(isinstance(each, type) for each in classes):
        raise TypeError(f"register must get a class or a union of them, got {target}")
    return classes


class SingleDispatch[R]:
    """``functools.singledispatch``: the type of the first argument chooses."""

    def __init__(self, default: Callable[..., R]) -> None:
        self.registry: dict[type, Callable[..., R]] = {object: default}
        self._found = WeakKeyDictionary[type, Callable[..., R]]()
        self._token: object = None
        wraps(default)(self)

    def register(self, target: Any, func: Callable[..., R] | None = None) -> Any:
        """``register(cls, func)``, ``@register(cls)``, or ``@register`` alone."""
        if func is None and not isinstance(target, type) and not get_args(target):
            hints = get_type_hints(target)
            func, target = target, next(iter(hints.values()), None)
        classes = classes_of(target)
        if func is None:
            return partial(self.register, target)
        self.registry |= dict.fromkeys(classes, func)
        self._found.clear()
        return func

    def dispatch(self, cls: type) -> Callable[..., R]:
        token = get_cache_token()
        if token != self._token:
            # Since the last search an ABC has accepted a class, perhaps this one.
            self._found.clear()
            self._token = token
        if cls not in self._found:
            self._found[cls] = self.registry[nearest(cls, self.registry)]
        return self._found[cls]

    def __call__(self, first: Any, /, *args: Any, **kwargs: Any) -> R:
        return self.dispatch(type(first))(first, *args, **kwargs)


# -- In how many threads? ------------------------------------------------------


class Bill:
    """Added up when it is first asked for the total."""

    def __init__(self, prices: Iterable[float], meet: Barrier) -> None:
        self.prices, self.meet, self.totals = [*prices], meet, list[float]()

    @cached_property
    def total(self) -> float:
        # All who came in are here before the first of them leaves a total behind.
        self.meet.wait()
        self.totals.append(sum(self.prices))
        return self.totals[-1]


class LockedBill(Bill):
    def __init__(self, prices: Iterable[float], meet: Barrier) -> None:
        super().__init__(prices, meet)
        self.lock = Lock()

    @property
    def total(self) -> float:  # found before what the cached_property leaves behind
        with self.lock:
            return super().total


def times_added_up(bill: Bill, askers: int = 3) -> int:
    threads = [Thread(target=getattr, args=(bill, "total")) for _ in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(bill.totals)


# -- Demo ----------------------------------------------------------------------

PRICES = [5, 3, 8, 1, 9, 2, 7, 4]


def counts() -> dict[str, int]:
    by_size = sorted(PRICES)
    return {
        "sorted by key": calls(abs, lambda f: sorted(PRICES, key=f)),
        "sorted by comparison": calls(sub, lambda f: sorted(PRICES, key=cmp_to_key(f))),
        "bisect by key": calls(abs, lambda f: bisect(by_size, 6, key=f)),
        "reduce": calls(add, lambda f: reduce(f, PRICES)),
        "cache, each price twice": calls(abs, lambda f: [*map(cache(f), PRICES * 2)]),
        "map, not read": calls(abs, lambda f: map(f, PRICES)),
    }


def attempt(function: Callable[..., object], *args: object) -> object:
    try:
        return function(*args)
    except RuntimeError as error:
        return type(error).__name__


def main() -> None:
    print("The tool decides how often your function is called")
    for tool, count in counts().items():
        print(f"  {tool:<24}{count:>3}")

    print("A partial reads its arguments when it is made, a lambda when it is called")
    rate = 0.5
    halved: dict[str, Callable[[float], float]] = {
        "partial": partial(mul, rate),
        "lambda": lambda price: rate * price,
    }
    rate = 0.9
    print(f"  a price of 10: {', '.join(f'{k} {f(10)}' for k, f in halved.items())}")

    print("An ambiguous dispatch fails at the call, not at the registration")
    label = SingleDispatch(str)
    label.register(Iterable, " + ".join)
    label.register(Sized, lambda goods: f"{len(goods)} pieces")
    for goods in (iter(["tea", "jam"]), ["tea", "jam"]):
        line = " > ".join(c.__name__ for c in lineage(type(goods), label.registry))
        print(f"  {line}: {attempt(label, goods)}")
    label.register(list, " and ".join)
    print(f"  list is registered: {attempt(label, ['tea', 'jam'])}")

    print("Threads that meet in a cached_property all compute it")
    print(f"  {times_added_up(Bill(PRICES, Barrier(3))) = }")
    print(f"  {times_added_up(LockedBill(PRICES, Barrier(1))) = }")

    print("sum is not a reduce with add")
    print(f"  {sum([0.1] * 10) == 1 = }, {reduce(add, [0.1] * 10) == 1 = }")


if __name__ == "__main__":
    main()
