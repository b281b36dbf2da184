"""Itertools: what a tool takes before it answers, and what it keeps afterwards.

Each tool stands between a source and a reader, and two numbers describe it: how far
it is ahead of the reader, and how many items it still holds.  They explain the item
that ``takewhile`` loses, the empty groups of ``groupby``, the memory of ``tee``, and
why ``product(count())`` never answers.  Here they are built again, as classes: what
a tool keeps is what its ``__init__`` lists.

Topics: 06
Read:  core/06_iterators_functional.md, section "Itertools recipes"
Run:   python -m core.itertools_recipes
Try:   let ``Batched`` put each batch into ``self._batch`` as well.  All results stay
       the same, and the claim about keeping nothing goes red.
Source: the contracts of ``itertools``; ``Link`` is the lazy list of Scheme and Haskell.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from math import prod
from threading import Lock
from typing import Any
from weakref import WeakSet

__all__ = ["Gate", "Train", "appetite", "tee"]


# -- A source that knows what of it somebody still holds -----------------------


class Wagon: ...


class Train(Iterator[Wagon]):
    def __init__(self, length: int) -> None:
        self._wagons = (Wagon() for _ in range(length))
        self.taken, self.held = 0, WeakSet[Wagon]()

    def __next__(self) -> Wagon:
        wagon = next(self._wagons)
        self.taken += 1
        self.held.add(wagon)
        return wagon


def appetite(tool: Callable[[Train], Iterator[object]]) -> tuple[int, int, int, int]:
    """Taken by the call, by the first result; held after one result, after four."""
    train = Train(10)
    results = tool(train)
    by_call = train.taken
    next(results)  # and drop it: what is held now, the tool holds
    by_first, held = train.taken, len(train.held)
    for _ in range(3):
        next(results)
    return by_call, by_first, held, len(train.held)


# -- Tools that keep nothing ---------------------------------------------------


class TakeWhile[T](Iterator[T]):
    def __init__(self, test: Callable[[T], object], source: Iterable[T], /) -> None:
        self._test, self._source = test, iter(source)

    def __next__(self) -> T:
        item = next(self._source)
        if self._test(item):
            return item
        # The item ends here: a source has no way to take it back.
        self._source = iter(())
        raise StopIteration


class Batched[T](Iterator[tuple[T, ...]]):
    def __init__(self, source: Iterable[T], n: int, *, strict: bool = False) -> None:
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}")
        self._source, self._n, self._strict = iter(source), n, strict

    def __next__(self) -> tuple[T, ...]:
        # The range stands first: zip asks it first, and takes no item in vain.
        pairs = zip(range(self._n), self._source, strict=False)
        batch = tuple(item for _, item in pairs)
        if not batch:
            raise StopIteration
        if self._strict and len(batch) < self._n:
            raise ValueError(f"each batch must have {self._n} items, got {batch}")
        return batch


# -- Tools that keep one item --------------------------------------------------


class Gate[T](Iterator[T]):
    """A source that takes an item back, so that looking ahead loses nothing."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source, self._returned = iter(source), list[T]()

    def __next__(self) -> T:
        return self._returned.pop() if self._returned else next(self._source)

    def put_back(self, item: T) -> None:
        self._returned.append(item)

    def take_while(self, test: Callable[[T], object]) -> Iterator[T]:
        for item in self:
            if not test(item):
                return self.put_back(item)
            yield item


class GroupBy[T](Iterator[tuple[Any, Iterator[T]]]):
    def __init__(
        self, iterable: Iterable[T], key: Callable[[T], Any] | None = None
    ) -> None:
        def keyed(item: T) -> tuple[Any, T]:
            return (item if key is None else key(item)), item

        # map, because a suspended generator would keep one item more.
        self._gate, self.turn = Gate(map(keyed, iterable)), 0
        self._key: Any = None

    def __next__(self) -> "tuple[Any, Group[T]]":
        if self.turn:
            deque(Group(self, self.turn), maxlen=0)  # read what is left of this group
        self._key, item = next(self._gate)
        self._gate.put_back((self._key, item))
        self.turn += 1
        return self._key, Group(self, self.turn)

    def take(self) -> T:
        """The next item, if its key is the one of this turn."""
        key, item = next(self._gate)
        # As containers compare: a NaN that is the same object is the same key.
        if self._key is key or self._key == key:
            return item
        self._gate.put_back((key, item))
        raise StopIteration


class Group[T](Iterator[T]):
    """Holds no items, only the right to take them while it is its turn."""

    def __init__(self, groups: GroupBy[T], turn: int) -> None:
        self._groups, self._turn = groups, turn

    def __next__(self) -> T:
        if self._turn != self._groups.turn:
            raise StopIteration
        return self._groups.take()


# -- Tools that keep more and more ---------------------------------------------


class Link[T]:
    """A place in a lazy list: whoever comes first takes the item, for all."""

    def __init__(self, source: Iterator[T], lock: Lock) -> None:
        self._source, self._lock = source, lock
        self._step: tuple[T, Link[T]] | None = None

    def _take(self) -> "tuple[T, Link[T]]":
        return next(self._source), Link(self._source, self._lock)

    def step(self) -> "tuple[T, Link[T]]":
        if not self._step:
            if not self._lock.acquire(blocking=False):
                raise RuntimeError("tee must be read by one reader at a time, got two")
            try:
                # Asked again: the lock may come from one who took the item just now.
                self._step = self._step or self._take()
            finally:
                self._lock.release()
        return self._step


class Tee[T](Iterator[T]):
    def __init__(self, source: "Iterable[T] | Tee[T]", /) -> None:
        self._link: Link[T] = Link(iter(source), Lock())
        if isinstance(source, Tee):
            self._link = source._link

    def __next__(self) -> T:
        # Nobody counts readers: what all of them have passed, nothing refers to.
        item, self._link = self._link.step()
        return item


def tee[T](iterable: Iterable[T], n: int = 2, /) -> tuple[Tee[T], ...]:
    if n < 0:
        raise ValueError(f"n must be at least 0, got {n}")
    return tuple(map(Tee, [Tee(iterable)] * n))


class Product[T](Iterator[tuple[T, ...]]):
    """The nth result is n, written in a mixed base whose digits are the items."""

    def __init__(self, *iterables: Iterable[T], repeat: int = 1) -> None:
        if repeat < 0:
            raise ValueError(f"repeat must be at least 0, got {repeat}")
        self._pools = [tuple(each) for each in iterables] * repeat
        self._numbers = iter(range(prod(map(len, self._pools))))

    def __next__(self) -> tuple[T, ...]:
        n = next(self._numbers)
        digits = deque[T]()
        for pool in reversed(self._pools):
            n, digit = divmod(n, len(pool))
            digits.appendleft(pool[digit])
        return tuple(digits)


# -- Demo ----------------------------------------------------------------------

TOOLS: dict[str, Callable[[Train], Iterator[object]]] = {
    "TakeWhile": lambda train: TakeWhile(bool, train),
    "Batched, n=2": lambda train: Batched(train, 2),
    "a generator": lambda train: (wagon for wagon in train),
    "GroupBy": GroupBy,
    "Product": Product,
}


def main() -> None:
    print("Some tools keep nothing, some one item, some all of them")
    print("                taken by: call  result   held after: one  four")
    for name, tool in TOOLS.items():
        print("  {:<12}{:>16}{:>8}{:>18}{:>6}".format(name, *appetite(tool)))

    print("takewhile takes the item that ends it, and nobody gets it")
    train, gate, to_graz = iter("GGLLG"), Gate("GGLLG"), "G".__eq__
    print(f"  TakeWhile: {''.join(TakeWhile(to_graz, train))}, then {''.join(train)}")
    print(f"  Gate:      {''.join(gate.take_while(to_graz))}, then {''.join(gate)}")

    print("A group is over when the next one begins")
    print(f"  at once: {[(key, ''.join(group)) for key, group in GroupBy('GGLLG')]}")
    print(f"  late:    {[(key, ''.join(group)) for key, group in [*GroupBy('GGLLG')]]}")

    print("tee keeps what its slowest reader has still to read")
    ahead, behind = tee(wagons := Train(10))
    print(f"  {sum(1 for _ in ahead)} read ahead: {len(wagons.held)} held")
    next(behind)
    print(f"  1 read behind: {len(wagons.held)} held")
    del behind
    print(f"  no reader behind: {len(wagons.held)} held")


if __name__ == "__main__":
    main()
