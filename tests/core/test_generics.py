"""The claims of core.generics, one test each."""

import inspect
import re
from collections.abc import Callable
from typing import Any, NoDefault, TypeAliasType, cast, get_args, get_origin

import pytest

from core import generics
from core.generics import (
    Apple,
    Crate,
    Fruit,
    Plum,
    Swap,
    Tree,
    cored,
    crate_narrowed,
    crate_widened,
    jam,
    judged,
    later,
    list_narrowed,
    list_widened,
    main,
    one_name_twice,
    plum_later,
    recipe_narrowed,
    recipe_widened,
    sequence_narrowed,
    sequence_widened,
    tree_narrowed,
    tree_widened,
)

type Checker = Callable[[str], list[str]]

LESSON = inspect.getsource(generics)
MARK = re.compile(r"  # type: ignore\[(.+)\]")
SWAPS: list[Swap] = [
    *(sequence_widened, sequence_narrowed, tree_widened, tree_narrowed),
    *(recipe_widened, recipe_narrowed, list_widened, list_narrowed),
    *(crate_widened, crate_narrowed),
]
ORCHARD = """
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

class Fruit: ...
class Apple(Fruit): ...
class Plum(Fruit): ...
"""


class CrateOfApples(Crate[Apple]):
    pass


def refusals(report: list[str]) -> dict[int, str]:
    """Line and code of each error that the checker reports."""
    found = (re.fullmatch(r"(\d+): error: .*\[([\w-]+)\]", line) for line in report)
    return {int(each[1]): each[2] for each in found if each}


def stated(snippet: str) -> dict[int, str]:
    """Line and code of each ``# E: code``: what the snippet says will be refused."""
    lines = enumerate(snippet.splitlines(), 1)
    return {number: line.split("# E: ")[1] for number, line in lines if "# E:" in line}


def lines_of(swap: Swap) -> range:
    lines, first = inspect.getsourcelines(swap)
    return range(first, first + len(lines))


def crashes(swap: Swap) -> bool:
    try:
        swap()
    except AttributeError:
        return True
    return False


# -- Swaps -------------------------------------------------------------------


def test_of_the_ten_swaps_the_seven_that_mypy_refuses_crash_and_no_other(
    checker: Checker,
) -> None:
    refused = refusals(checker(MARK.sub("", LESSON)))

    assert checker(LESSON) == []
    for swap in SWAPS:
        assert crashes(swap) == any(line in refused for line in lines_of(swap))
    assert (len(SWAPS), sum(map(crashes, SWAPS))) == (10, 7)


@pytest.mark.parametrize(
    ("widened", "narrowed"),
    [(sequence_widened, sequence_narrowed), (tree_widened, tree_narrowed)],
)
def test_what_only_gives_can_be_widened(widened: Swap, narrowed: Swap) -> None:
    assert judged(widened) == "accepted, runs"
    assert judged(narrowed) == "refused, crashes"
    assert widened() == "Apple eaten"


def test_what_only_takes_can_be_narrowed() -> None:
    assert judged(recipe_widened) == "refused, crashes"
    assert judged(recipe_narrowed) == "accepted, runs"
    assert recipe_narrowed() == "Apple eaten"


def test_callable_is_covariant_in_what_it_returns(checker: Checker) -> None:
    snippet = f"""{ORCHARD}
def pick_apple() -> Apple: raise LookupError
def pick_fruit() -> Fruit: raise LookupError

for_fruit: Callable[[], Fruit] = pick_apple
for_apples: Callable[[], Apple] = pick_fruit  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


@pytest.mark.parametrize(
    "swap", [list_widened, list_narrowed, crate_widened, crate_narrowed]
)
def test_trap_what_gives_and_takes_can_be_neither(swap: Swap) -> None:
    assert judged(swap) == "refused, crashes"

    with pytest.raises(AttributeError, match="core"):
        swap()
    assert cored(Crate(Apple()).top) == "Apple cored"


def test_copy_of_a_list_of_apples_may_be_a_list_of_fruit(checker: Checker) -> None:
    snippet = f"""{ORCHARD}
apples = [Apple()]
same: list[Fruit] = apples  # E: assignment
copied: list[Fruit] = [*apples]
called: list[Fruit] = list(apples)
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_mapping_is_covariant_in_its_values_and_invariant_in_its_keys(
    checker: Checker,
) -> None:
    snippet = f"""{ORCHARD}
by_name: dict[str, Apple] = {{}}
as_dict: dict[str, Fruit] = by_name  # E: assignment
by_value: Mapping[str, Fruit] = by_name
by_key: Mapping[object, Apple] = by_name  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


# -- Variance is inferred ----------------------------------------------------


def test_one_method_that_takes_t_ends_the_covariance(checker: Checker) -> None:
    snippet = f"""{ORCHARD}
class Tree[T]:
    def pick(self) -> T: raise LookupError
    def bears(self, fruit: object) -> bool: return False

class Asked[T](Tree[T]):
    def is_last(self, fruit: T) -> bool: return False

tree: Tree[Fruit] = Tree[Apple]()
asked: Asked[Fruit] = Asked[Apple]()  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_underscore_takes_an_attribute_out_of_the_inference_and_not_a_method(
    checker: Checker,
) -> None:
    snippet = f"""{ORCHARD}
class Tree[T]:
    def __init__(self, fruit: T) -> None:
        self._fruit = fruit

class Grafted[T](Tree[T]):
    def _graft(self, fruit: T) -> None:
        self._fruit = fruit

tree: Tree[Fruit] = Tree[Apple](Apple())
grafted: Grafted[Fruit] = Grafted[Apple](Apple())  # E: assignment
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_trap_assignment_to_fruit_through_the_wider_type_is_not_refused(
    checker: Checker,
) -> None:
    snippet = f"""{ORCHARD}
class Tree[T]:
    def __init__(self, fruit: T) -> None:
        self._fruit = fruit

    def pick(self) -> T:
        return self._fruit

apples = Tree[Apple](Apple())
fruit: Tree[Fruit] = apples
fruit._fruit = Plum()
apple: Apple = apples.pick()
"""
    assert checker(snippet) == []

    names: dict[str, Any] = {"__name__": "orchard"}
    exec(snippet, names)
    assert isinstance(names["apple"], names["Plum"])


def test_class_written_with_a_typevar_is_invariant_unless_it_says_more(
    checker: Checker,
) -> None:
    snippet = f"""{ORCHARD}
T_old = TypeVar("T_old")
T_co = TypeVar("T_co", covariant=True)

class Before(Generic[T_old]):
    def pick(self) -> T_old: raise LookupError

class Said(Generic[T_co]):
    def pick(self) -> T_co: raise LookupError

class After[T]:
    def pick(self) -> T: raise LookupError

said: Said[Fruit] = Said[Apple]()
before: Before[Fruit] = Before[Apple]()  # E: assignment
after: After[Fruit] = After[Apple]()
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_frozen_dataclass_is_covariant_for_mypy(checker: Checker) -> None:
    snippet = f"""{ORCHARD}
@dataclass
class Jar[T]:
    content: T

@dataclass(frozen=True)
class Sealed[T]:
    content: T

jar: Jar[Fruit] = Jar[Apple](Apple())  # E: assignment
sealed: Sealed[Fruit] = Sealed[Apple](Apple())
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_override_may_take_more_and_return_less(checker: Checker) -> None:
    snippet = f"""{ORCHARD}
class Press:
    def press(self, fruit: Apple) -> Fruit: raise LookupError

class Fits(Press):
    def press(self, fruit: Fruit) -> Apple: raise LookupError

class ReturnsMore(Press):
    def press(self, fruit: object) -> object: raise LookupError  # E: override
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_sequence_lets_you_ask_for_anything_with_in_and_a_str_raises(
    checker: Checker,
) -> None:
    snippet = f"""{ORCHARD}
def has(names: Sequence[str], name: object) -> bool:
    return name in names

has(["plum"], 5)
has("plum", 5)
"""
    assert checker(snippet) == []
    with pytest.raises(TypeError):
        exec(snippet, {"__name__": "orchard"})


# -- Signatures --------------------------------------------------------------


def test_trap_signature_carries_names_as_well_as_types(checker: Checker) -> None:
    assert judged(one_name_twice) == "accepted, runs"
    assert jam("2026", Plum(), label="jar") == "2026: Plum eaten from a jar"

    slash = "(label: str, /, *args"
    assert LESSON.count(slash) == 1
    named = LESSON.replace(slash, "(label: str, *args")
    assert list(refusals(checker(named)).values()) == ["return-value"]
    names: dict[str, Any] = {"__name__": "named"}
    exec(named, names)
    with pytest.raises(TypeError):
        names["jam"]("2026", Plum(), label="jar")


def test_paramspec_keeps_what_an_ellipsis_loses(checker: Checker) -> None:
    snippet = """
from collections.abc import Callable

def kept[**P, R](recipe: Callable[P, R]) -> Callable[P, R]:
    return recipe

def lost[R](recipe: Callable[..., R]) -> Callable[..., R]:
    return recipe

def jam(sugar: int) -> str:
    return "jam" * sugar

kept(jam)(sugar="three")  # E: arg-type
kept(jam)(salt=3)  # E: call-arg
lost(jam)(salt=3)
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_typevartuple_refuses_an_argument_long_before_it_is_used(
    checker: Checker,
) -> None:
    assert judged(plum_later) == "refused, crashes"
    assert later(cored, Apple())() == "Apple cored"

    order = later(cored, Plum())  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="core"):
        order()
    unmarked = MARK.sub("", LESSON)
    refused = refusals(checker(unmarked))
    assert [refused[n] for n in lines_of(plum_later) if n in refused] == ["arg-type"]


# -- Bounds, constraints, defaults -------------------------------------------

MIXED = """
def joined[T: (str, bytes)](first: T, second: T) -> T:
    return first + second

def bounded[T: str | bytes](first: T, second: T) -> T:
    return first + second  # E: operator

joined("plum", "jam")
joined("plum", b"jam")  # E: type-var
"""


def test_bound_by_a_union_allows_a_mix_that_a_constraint_refuses(
    checker: Checker,
) -> None:
    refused = refusals([line for line in checker(MIXED) if "return value" not in line])
    assert refused == stated(MIXED)

    with pytest.raises(TypeError):
        exec(MIXED, {})


def test_constraint_returns_one_of_its_types_and_a_bound_the_type_it_was_given(
    checker: Checker,
) -> None:
    snippet = """
class Name(str): ...

def constrained[T: (str, bytes)](text: T) -> T:
    return text

def bounded[T: str | bytes](text: T) -> T:
    return text

given = Name("plum")
one: Name = constrained(given)  # E: assignment
same: Name = bounded(given)
"""
    assert refusals(checker(snippet)) == stated(snippet)


def test_bare_generic_is_one_of_its_default_or_of_any(checker: Checker) -> None:
    snippet = f"""{ORCHARD}
class Crate[T = Fruit]:
    def __init__(self, top: T) -> None:
        self.top = top

class Tree[T]:
    def pick(self) -> T: raise LookupError

def empty(crate: Crate) -> Apple:
    return crate.top  # E: return-value

def harvest(tree: Tree) -> Apple:  # E: type-arg
    return tree.pick()  # E: no-any-return
"""
    assert refusals(checker(snippet)) == stated(snippet)
    assert Crate.__type_params__[0].__default__ is Fruit
    assert Tree.__type_params__[0].__default__ is NoDefault


# -- What is left at run time ------------------------------------------------


def test_instance_may_remember_its_type_argument_and_never_checks_it() -> None:
    crate = Crate[Apple](Plum())  # type: ignore[arg-type]

    assert vars(crate)["__orig_class__"] == Crate[Apple]
    assert [type(crate), type(crate.top)] == [Crate, Plum]
    assert "__orig_class__" not in vars(Crate(Apple()))
    assert "__orig_class__" not in vars(CrateOfApples(Apple()))
    assert type(list[Apple]()) is list
    assert not hasattr(list[Apple](), "__orig_class__")


def test_orig_class_comes_after_init_and_finds_no_room_in_slots() -> None:
    seen: list[bool] = []

    class Curious[T]:
        def __init__(self) -> None:
            seen.append(hasattr(self, "__orig_class__"))

    class Slotted[T]:
        __slots__ = ()

    assert hasattr(Curious[Apple](), "__orig_class__")
    assert seen == [False]
    assert not hasattr(Slotted[Apple](), "__orig_class__")


def test_isinstance_takes_no_type_arguments(checker: Checker) -> None:
    for argument in (list[Apple], Crate[Apple]):
        with pytest.raises(TypeError):
            isinstance([], cast(Any, argument))

    snippet = "isinstance([], list[int])  # E: misc"
    assert refusals(checker(snippet)) == stated(snippet)


LAZY = """
type Harvest = Fruit | list[Harvest]
type Mistake = Fruit | Frut

def ripest[T: Frut](fruit: T) -> T:
    return fruit

class Crate[T = Frut]: ...
"""


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda names: names["Mistake"].__value__, id="alias"),
        pytest.param(
            lambda names: names["ripest"].__type_params__[0].__bound__, id="bound"
        ),
        pytest.param(
            lambda names: names["Crate"].__type_params__[0].__default__, id="default"
        ),
    ],
)
def test_alias_bound_and_default_are_evaluated_when_they_are_first_read(
    read: Callable[[dict[str, Any]], object],
) -> None:
    names: dict[str, Any] = {"Fruit": Fruit}
    exec(LAZY, names)

    assert names["ripest"]("plum") == "plum"
    with pytest.raises(NameError):
        read(names)
    names["Frut"] = Fruit
    assert read(names) is Fruit


def test_isinstance_and_get_args_do_not_look_through_a_type_alias() -> None:
    names: dict[str, Any] = {"Fruit": Fruit}
    exec(LAZY, names)
    harvest: Any = names["Harvest"]

    assert isinstance(harvest, TypeAliasType)
    assert get_args(harvest) == ()
    fruit, nested = get_args(harvest.__value__)
    assert (fruit, get_origin(nested), get_args(nested)) == (Fruit, list, (harvest,))
    with pytest.raises(TypeError):
        isinstance(Fruit(), cast(Any, harvest))


ENDLESS = """
from collections.abc import Sequence

type Harvest = int | Sequence[Harvest]

def weigh(harvest: Harvest) -> int:
    if isinstance(harvest, int):
        return harvest
    return sum(weigh(each) for each in harvest)

weigh([90, [80, 70]])
weigh("plum")
"""


def test_trap_text_passes_for_a_recursive_alias_of_sequence(checker: Checker) -> None:
    assert checker(ENDLESS) == []
    with pytest.raises(RecursionError):
        exec(ENDLESS, {})

    of_lists = ENDLESS.replace("Sequence[Harvest]", "list[Harvest]")
    assert list(refusals(checker(of_lists)).values()) == ["arg-type"]


def test_type_parameter_knows_at_run_time_only_that_its_variance_is_inferred() -> None:
    for generic in (Tree, Crate):
        (parameter,) = generic.__type_params__
        assert parameter.__infer_variance__
        assert not parameter.__covariant__
        assert not parameter.__contravariant__


# -- Demo --------------------------------------------------------------------


def test_main_prints_no_swap_that_mypy_accepts_and_that_crashes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    shown = capsys.readouterr().out
    assert shown.count("refused, crashes") == 8
    assert shown.count("accepted, runs") == 4
    assert shown.count("refused") == shown.count("crashes")
