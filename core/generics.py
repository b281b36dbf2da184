"""Generics: behind each of these refusals there is a crash.

A list of apples is no list of fruit: that sounds like a rule to be learnt, and is a
prediction.  Below are ten swaps of a generic for a wider or a narrower one.  mypy
refuses seven; run all the same, those seven crash and no other.  What can be taken out
decides one half of it, what can be put in the other.

Topics: 05, 04, 10
Read:  core/05_type_system.md, section "Generics"
Run:   python -m core.generics
Try:   in ``labelled`` delete the ``/``: mypy refuses the wrapper, and ``jam`` crashes,
       which ends the demo there.
Source: PEPs 483, 612, 646, 695, 696; the typing specification, "Generics".
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Concatenate

__all__ = ["Apple", "Crate", "Fruit", "Plum", "Tree", "judged", "labelled"]


# -- An orchard --------------------------------------------------------------


class Fruit:
    def eat(self) -> str:
        return f"{type(self).__name__} eaten"


class Apple(Fruit):
    def core(self) -> str:
        return "Apple cored"


class Plum(Fruit):
    """Has a stone, and nothing to core."""


class Tree[T]:  # gives: T stands only where something comes out
    def __init__(self, fruit: T) -> None:
        self._fruit = fruit

    def pick(self) -> T:
        return self._fruit


class Crate[T = Fruit]:  # gives and takes: whoever has it may assign to top
    def __init__(self, top: T) -> None:
        self.top = top


type Swap = Callable[[], str]


def cored(apple: Apple) -> str:
    return apple.core()


# -- Ten swaps ---------------------------------------------------------------
#
# Widened: something of apples is taken for the same of fruit.  Narrowed: the reverse.
# A mark is where mypy --strict refuses; it reports marks that silence nothing.


def list_widened() -> str:
    apples = [Apple()]
    fruit: list[Fruit] = apples  # type: ignore[assignment]
    fruit.append(Plum())
    # Still a list[Apple] to its first owner, who never saw a plum.
    return cored(apples[-1])


def list_narrowed() -> str:
    fruit: list[Fruit] = [Plum()]
    apples: list[Apple] = fruit  # type: ignore[assignment]
    return cored(apples[0])


def sequence_widened() -> str:
    apples: Sequence[Apple] = [Apple()]
    fruit: Sequence[Fruit] = apples
    return fruit[0].eat()


def sequence_narrowed() -> str:
    fruit: Sequence[Fruit] = [Plum()]
    apples: Sequence[Apple] = fruit  # type: ignore[assignment]
    return cored(apples[0])


def recipe_widened() -> str:
    for_apples: Callable[[Apple], str] = cored
    for_fruit: Callable[[Fruit], str] = for_apples  # type: ignore[assignment]
    return for_fruit(Plum())


def recipe_narrowed() -> str:
    for_fruit: Callable[[Fruit], str] = Fruit.eat
    for_apples: Callable[[Apple], str] = for_fruit
    return for_apples(Apple())


def tree_widened() -> str:
    fruit: Tree[Fruit] = Tree[Apple](Apple())
    return fruit.pick().eat()


def tree_narrowed() -> str:
    apples: Tree[Apple] = Tree[Fruit](Plum())  # type: ignore[assignment]
    return cored(apples.pick())


def crate_widened() -> str:
    apples = Crate[Apple](Apple())
    fruit: Crate[Fruit] = apples  # type: ignore[assignment]
    fruit.top = Plum()
    return cored(apples.top)


def crate_narrowed() -> str:
    apples: Crate[Apple] = Crate[Fruit](Plum())  # type: ignore[assignment]
    return cored(apples.top)


# -- Signatures are types too ------------------------------------------------


def labelled[**P](recipe: Callable[P, str]) -> Callable[Concatenate[str, P], str]:
    # Without the slash this parameter has a name, and P may bring the same one.
    def wrapper(label: str, /, *args: P.args, **kwargs: P.kwargs) -> str:
        return f"{label}: {recipe(*args, **kwargs)}"

    return wrapper


@labelled
def jam(fruit: Fruit, label: str) -> str:
    return f"{fruit.eat()} from a {label}"


def one_name_twice() -> str:
    return jam("2026", Plum(), label="jar")


def later[*Ts](recipe: Callable[[*Ts], str], *fruit: *Ts) -> Callable[[], str]:
    return lambda: recipe(*fruit)


def plum_later() -> str:
    order = later(cored, Plum())  # type: ignore[arg-type]
    return order()


# -- Demo --------------------------------------------------------------------


def judged(swap: Swap) -> str:
    """What mypy says of the function, by its mark, and what Python does with it."""
    verdict = "refused" if "type: ignore[" in inspect.getsource(swap) else "accepted"
    try:
        swap()
    except (AttributeError, TypeError):
        return f"{verdict}, crashes"
    return f"{verdict}, runs"


def _row(name: str, widened: Swap, narrowed: Swap) -> str:
    cells = judged(widened), judged(narrowed)
    return "  {:20} widened: {:20} narrowed: {}".format(name, *cells)


def main() -> None:
    print("What only gives can be widened")
    print(_row("Sequence[T]", sequence_widened, sequence_narrowed))
    print(_row("Tree[T]", tree_widened, tree_narrowed))

    print("What only takes can be narrowed")
    print(_row("Callable[[T], str]", recipe_widened, recipe_narrowed))

    print("What gives and takes can be neither")
    print(_row("list[T]", list_widened, list_narrowed))
    print(_row("Crate[T]", crate_widened, crate_narrowed))

    print("A signature carries names as well as types")
    print(f"  {one_name_twice() = }")
    print(f"  {judged(one_name_twice) = }, {judged(plum_later) = }")

    print("An instance may remember its type argument and never checks it")
    crate = Crate[Apple](Plum())  # type: ignore[arg-type]
    print(f"  {type(crate).__name__ = }, {type(crate.top).__name__ = }")
    print(f"  {vars(crate)['__orig_class__'] == Crate[Apple] = }")
    print(f"  {type(list[Apple]()) is list = }")


if __name__ == "__main__":
    main()
