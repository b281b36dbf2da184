"""The claims of core.slots, one test each."""

import collections.abc
import contextlib
import copy
import dis
import inspect
import pickle
import socketserver
import struct
import sys
import sysconfig
import tracemalloc
import weakref
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from core.slots import (
    Ember,
    FreeParticle,
    Particle,
    Spark,
    TrackedParticle,
    added,
    cli,
    cost,
    layout,
    main,
    refused,
)

POINTER = struct.calcsize("P")
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def particle() -> Particle:
    return Particle(3, 4, 2)


def free_particle() -> FreeParticle:
    return FreeParticle(3, 4, 2)


def particle_with_dict() -> FreeParticle:
    made = free_particle()
    vars(made)
    return made


def subclass(*bases: type, **body: object) -> Any:
    return type("Made", bases, body)


# -- Descriptors -------------------------------------------------------------


def test_slot_is_a_data_descriptor_on_the_class() -> None:
    slot, made = vars(Particle)["x"], particle()

    assert hasattr(slot, "__set__")
    assert slot.__get__(made) == 3
    slot.__set__(made, 7)
    assert made.x == 7


@given(st.integers(0, 20))
def test_slot_is_one_pointer_wide(count: int) -> None:
    made = subclass(object, __slots__=tuple(f"field_{i}" for i in range(count)))

    assert made.__basicsize__ - object.__basicsize__ == count * POINTER


def test_slot_without_a_value_raises_attributeerror() -> None:
    made = particle()
    del made.x

    with pytest.raises(AttributeError):
        _ = made.x
    with pytest.raises(AttributeError):
        getattr(Ember(3, 4, 2), "heat")  # noqa: B009


def test_default_value_beside_a_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="heat"):
        subclass(object, __slots__=("heat",), heat=0)


def test_dict_of_slots_documents_them() -> None:
    made = subclass(object, __slots__={"heat": "Kelvin, above zero."})

    assert inspect.getdoc(vars(made)["heat"]) == "Kelvin, above zero."


def test_slots_assigned_to_a_finished_class_change_nothing() -> None:
    made = subclass(object)
    made.__slots__ = ("heat",)

    assert added(made) == ["__dict__", "__weakref__"]
    made().mass = 1


# -- The MRO -----------------------------------------------------------------


def test_trap_one_class_without_slots_brings_the_dict_back() -> None:
    assert hasattr(Spark(3, 4, 2), "__dict__")
    assert next(layout(Spark)) == (
        "Spark has a __dict__: LeakyGlow declares no __slots__"
    )

    assert not hasattr(Ember(3, 4, 2), "__dict__")
    assert next(layout(Ember)) == "Ember has no __dict__"
    assert cost(lambda: Ember(3, 4, 2))[1] < cost(lambda: Spark(3, 4, 2))[1]


def test_subclass_of_a_named_tuple_needs_slots_of_its_own() -> None:
    place = namedtuple("place", "x y")

    assert hasattr(subclass(place)(3, 4), "__dict__")
    assert not hasattr(subclass(place, __slots__=())(3, 4), "__dict__")


def test_exception_has_a_dict_whatever_its_slots_say() -> None:
    made = subclass(Exception, __slots__=())

    assert hasattr(made(), "__dict__")
    assert next(layout(made)).endswith("BaseException is made in C")
    # What the C code keeps in its struct is no slot.
    assert added(BaseException) == ["__dict__"]


def test_layout_tells_a_dict_that_was_asked_for() -> None:
    assert list(layout(TrackedParticle)) == [
        "TrackedParticle has a __dict__: TrackedParticle asks for it",
        "  Particle         adds mass, x, y",
        "  TrackedParticle  adds __dict__, __weakref__",
    ]


def test_layout_has_room_for_long_names() -> None:
    lines = list(layout(socketserver.ThreadingUDPServer))

    assert lines[-2:] == [
        "  ThreadingMixIn     adds __dict__, __weakref__",
        "  ThreadingUDPServer adds nothing",
    ]


def test_two_unrelated_bases_that_each_add_values_in_slots_cannot_be_combined() -> None:
    charged = subclass(object, __slots__=("charge",))

    with pytest.raises(TypeError):
        subclass(Particle, charged)
    assert subclass(Particle, subclass(object, __slots__=()))
    assert subclass(Particle, subclass(object, __slots__=("__dict__", "__weakref__")))
    assert subclass(Particle, FreeParticle)
    assert subclass(subclass(Particle, __slots__=("charge",)), Particle)


def test_some_mixins_of_the_standard_library_bring_the_dict() -> None:
    tidy = subclass(collections.abc.Sized, __slots__=(), __len__=lambda self: 0)
    leaky = subclass(contextlib.ContextDecorator, __slots__=())

    assert not hasattr(tidy(), "__dict__")
    assert hasattr(leaky(), "__dict__")
    assert "__dict__" in added(socketserver.ThreadingMixIn)


def test_slot_declared_again_hides_the_first_and_takes_its_own_room() -> None:
    made = subclass(Particle, __slots__=("x",))
    both = made(3, 4, 2)

    assert made.__basicsize__ == Particle.__basicsize__ + POINTER
    assert both.x == 3
    with pytest.raises(AttributeError):
        vars(Particle)["x"].__get__(both)


def test_str_and_float_take_slots_and_int_and_bytes_refuse_them() -> None:
    takers: list[type] = [str, float, list, dict]
    refusers: list[type] = [int, bytes, type]

    for base in takers:
        assert added(subclass(base, __slots__=("unit",))) == ["unit"]
    for base in refusers:
        assert added(subclass(base, __slots__=())) == []
        with pytest.raises(TypeError):
            subclass(base, __slots__=("unit",))


def test_tuple_subclass_takes_slots_from_3_15() -> None:
    if sys.version_info >= (3, 15):
        made = subclass(tuple, __slots__=("unit",))((3, 4))
        made.unit = "metres"
        assert (made, made.unit) == ((3, 4), "metres")
    else:
        with pytest.raises(TypeError):
            subclass(tuple, __slots__=("unit",))


# -- Memory ------------------------------------------------------------------


def test_ordinary_instance_has_no_dict_until_somebody_asks_for_it() -> None:
    costs = [cost(make) for make in (particle, free_particle, particle_with_dict)]

    assert [blocks for blocks, _ in costs] == [1, 1, 2]
    slots, ordinary, with_dict = (size for _, size in costs)
    assert slots < ordinary < with_dict


def test_three_attributes_take_7_pointers_in_slots_12_without_20_after_vars() -> None:
    # New classes: what an ordinary one reserves depends on what it has seen.
    slots = subclass(object, __slots__=("x", "y", "mass"))
    free = with_attributes(3)

    def asked() -> object:
        vars(made := free())
        return made

    sizes = [cost(make, 10_000)[1] for make in (slots, free, asked)]
    assert [round(size / POINTER) for size in sizes] == [7, 12, 20]


@pytest.mark.parametrize(
    ("use", "asks"),
    [
        pytest.param(vars, True, id="vars"),
        pytest.param(dir, True, id="dir"),
        pytest.param(copy.copy, True, id="copy"),
        pytest.param(pickle.dumps, True, id="pickle"),
        pytest.param(lambda each: each.weight, True, id="cached_property"),
        pytest.param(lambda each: hasattr(each, "heat"), False, id="hasattr"),
        pytest.param(lambda each: setattr(each, "x", 5), False, id="setattr"),
    ],
)
def test_second_block_comes_with_whatever_asks_for_the_dict(
    use: Callable[[FreeParticle], object], asks: bool
) -> None:
    def used() -> FreeParticle:
        use(made := free_particle())
        return made

    assert (cost(used)[0] > 1) == asks


@pytest.mark.skipif(FREE_THREADED, reason="it specialises less")
def test_warm_read_of_a_slot_or_of_an_ordinary_attribute_is_one_instruction() -> None:
    def reading(each: Any) -> list[str]:
        names: dict[str, Any] = {}
        exec("def read(each): return each.x", names)
        for _ in range(100):
            names["read"](each)
        warm = dis.get_instructions(names["read"], adaptive=True)
        return [step.opname for step in warm if step.opname.startswith("LOAD_ATTR")]

    assert reading(particle()) == ["LOAD_ATTR_SLOT"]
    assert reading(free_particle()) == ["LOAD_ATTR_INSTANCE_VALUE"]


def test_cost_stops_its_tracing() -> None:
    cost(particle, 10)

    assert not tracemalloc.is_tracing()


def with_attributes(count: int) -> Any:
    """A new class whose ``__init__`` sets so many attributes."""
    lines = [f"    self.field_{i} = None" for i in range(count)]
    names: dict[str, Any] = {}
    exec("\n".join(["def __init__(self):", *lines]), names)
    return subclass(object, __init__=names["__init__"])


def test_trap_sys_getsizeof_counts_slots_and_overlooks_ordinary_attributes() -> None:
    few, many = with_attributes(2), with_attributes(20)
    assert sys.getsizeof(few()) == sys.getsizeof(many())
    assert cost(few)[1] < cost(many)[1]

    assert sys.getsizeof(Ember(3, 4, 2)) == sys.getsizeof(particle()) + POINTER

    assert sys.getsizeof(particle()) > sys.getsizeof(free_particle())
    assert cost(particle)[1] < cost(free_particle)[1]


def test_thirtieth_attribute_ends_the_single_block() -> None:
    assert cost(with_attributes(29))[0] == 1
    assert cost(with_attributes(30))[0] > 1


def test_first_instances_of_a_class_are_larger_than_the_later_ones() -> None:
    made = with_attributes(3)

    first, later = cost(made, 5), cost(made, 1000)

    assert first[1] > later[1]


def test_settled_class_has_room_for_one_late_attribute_and_not_for_two() -> None:
    def blocks(late: int, made_before: int) -> int:
        made = with_attributes(3)
        kept = [made() for _ in range(made_before)]

        def extended() -> Any:
            each = made()
            for i in range(late):
                setattr(each, f"late_{i}", None)
            return each

        return cost(extended, len(kept))[0]

    # Settled: the class has made thirty instances.
    assert [blocks(0, 30), blocks(1, 30)] == [1, 1]
    assert blocks(2, 30) > 1
    assert blocks(2, 10) == 1


def test_deleted_attribute_leaves_the_instance_in_its_block() -> None:
    made = with_attributes(3)

    def worn() -> Any:
        each = made()
        del each.field_0
        return each

    assert cost(worn)[0] == 1


def test_below_a_slotted_class_attributes_are_in_the_block_from_3_14() -> None:
    made = subclass(Particle)

    def labelled() -> Any:
        each = made(3, 4, 2)
        each.label = "A7"
        return each

    assert (cost(labelled)[0] == 1) == (sys.version_info >= (3, 14))


# -- What slots refuse -------------------------------------------------------


def test_slots_refuse_weak_references_and_cached_property_not_pickling() -> None:
    assert refused(free_particle()) == []
    assert refused(particle()) == [
        "a new attribute",
        "vars()",
        "weakref.ref()",
        "cached_property",
    ]


def test_what_slots_refuse_can_be_asked_for_by_name() -> None:
    assert refused(TrackedParticle(3, 4, 2)) == []

    weak = subclass(Particle, __slots__=("__weakref__",))(3, 4, 2)
    assert weakref.ref(weak)() is weak
    cached = subclass(Particle, __slots__=("__dict__",))(3, 4, 2)
    assert cached.weight == cached.weight == 2 * 9.81


@given(st.tuples(st.integers(), st.floats(allow_nan=False), st.text()))
def test_slots_are_copied_and_pickled_with_their_values(values: Any) -> None:
    made: Any = Ember(*values)
    made.heat = 1200

    for twin in (
        copy.copy(made),
        copy.deepcopy(made),
        pickle.loads(pickle.dumps(made)),
    ):
        seen = [type(twin), twin.x, twin.y, twin.mass, twin.heat]
        assert seen == [Ember, *values, 1200]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_only_the_old_pickle_protocols_0_and_1_refuse_slots(protocol: int) -> None:
    if protocol < 2:
        with pytest.raises(TypeError):
            pickle.dumps(particle(), protocol)
    else:
        assert pickle.loads(pickle.dumps(particle(), protocol)).x == 3


# -- Demo and tool -----------------------------------------------------------


def test_main_blames_the_mixin_that_holds_no_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    blamed = [s for s in capsys.readouterr().out.splitlines() if "declares no" in s]
    assert blamed == ["  Spark has a __dict__: LeakyGlow declares no __slots__"]


def test_tool_explains_a_class_of_the_standard_library() -> None:
    run = CliRunner().invoke(cli, ["ipaddress:IPv4Interface"])

    assert run.exit_code == 0
    assert run.output.splitlines()[0] == (
        "IPv4Interface has a __dict__: IPv4Interface declares no __slots__"
    )


def test_tool_without_a_target_is_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    main()

    assert CliRunner().invoke(cli, []).output == capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("fractions:Faction", "nothing found at 'fractions:Faction'"),
        ("faction:Fraction", "nothing found at 'faction:Fraction'"),
        ("not a name", "nothing found at 'not a name'"),
        ("fractions", "'fractions' is a module"),
        ("threading:local", "'threading:local' is a type made in C"),
        ("builtins:type", "'builtins:type' is a type made in C"),
    ],
)
def test_tool_says_what_it_got_and_what_to_write(target: str, complaint: str) -> None:
    run = CliRunner().invoke(cli, [target])

    assert run.exit_code == 2
    assert run.output.splitlines()[-1] == (
        f"Error: {complaint}; write MODULE:CLASS, for instance fractions:Fraction"
    )
