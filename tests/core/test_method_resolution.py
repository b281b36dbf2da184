"""The claims of core.method_resolution, one test each."""

import itertools
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from core.method_resolution import (
    Board,
    Chorus,
    Delay,
    Rewired,
    Rig,
    Soldered,
    SolderedBoard,
    after,
    cli,
    line_behind,
    main,
    reborn,
)

# Each entry picks the bases of one more class among object and those before;
# the same one twice is a case of its own, which type refuses as well.
plans = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=2), min_size=4, max_size=9
)


def families(plan: list[list[int]]) -> Iterator[tuple[tuple[type, ...], type | None]]:
    """Every tuple of bases that the plan leads to, with the class or its refusal."""
    known: list[type] = [object]
    for number, picks in enumerate(plan):
        bases = tuple(known[pick % len(known)] for pick in picks)
        try:
            known.append(
                type(f"C{number}", bases, {"who": number} if number % 2 else {})
            )
        except TypeError:
            yield bases, None
        else:
            yield bases, known[-1]


# -- super() -----------------------------------------------------------------


def test_the_class_at_the_bottom_decides_what_super_means_above_it() -> None:
    assert Chorus().plugged == ["amp", "chorus"]
    assert Board().plugged == ["amp", "delay", "chorus"]
    assert "__init__" not in vars(Board)


def test_trap_a_parent_called_by_name_leaves_the_sibling_out() -> None:
    assert Soldered().plugged == Chorus().plugged
    assert SolderedBoard().plugged == ["amp", "chorus"]


def test_trap_every_parent_called_by_name_runs_the_base_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs: list[str] = []
    original = Rig.__init__

    def counted(self: Rig) -> None:
        runs.append(type(self).__name__)
        original(self)

    monkeypatch.setattr(Rig, "__init__", counted)

    assert Rewired().plugged == ["amp", "delay"]
    assert runs == ["Rewired", "Rewired"]
    Board()
    assert runs == ["Rewired", "Rewired", "Board"]


def test_an_adapter_hands_on_what_a_soldered_parent_does_not() -> None:
    class Adapter(Rig):
        def __init__(self) -> None:
            super().__init__()
            self.soldered = Soldered()
            self.plugged += self.soldered.plugged[1:]

    class Mended(Adapter, Delay): ...

    assert Mended().plugged == ["amp", "delay", "chorus"]


def test_a_mixin_for_servers_works_only_on_the_left_of_the_server_class() -> None:
    seen: list[str] = []

    class Counted:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            seen.append("init")
            super().__init__(*args, **kwargs)

        def server_close(self) -> None:
            seen.append("close")
            super().server_close()  # type: ignore[misc]

    class Left(Counted, socketserver.TCPServer): ...

    class Right(socketserver.TCPServer, Counted): ...

    for kind, expected in [(Left, ["init", "close"]), (Right, [])]:
        seen.clear()
        handler = socketserver.BaseRequestHandler
        kind(("127.0.0.1", 0), handler, bind_and_activate=False).server_close()
        assert seen == expected


@given(plans)
def test_after_finds_what_super_finds(plan: list[list[int]]) -> None:
    for _, cls in families(plan):
        for here in cls.__mro__ if cls else ():
            obj = cls()  # type: ignore[misc]
            expected = getattr(super(here, obj), "who", "nobody")
            if expected == "nobody":
                with pytest.raises(
                    AttributeError, match=r"^'who' must stand behind \w+, got nothing$"
                ):
                    after(here, obj, "who")
            else:
                assert after(here, obj, "who") == expected


@pytest.mark.parametrize("name", ["method", "of_class", "static", "made", "plain"])
def test_after_binds_as_super_binds(name: str) -> None:
    class Pedal:
        plain = 1

        def method(self) -> object: ...

        @classmethod
        def of_class(cls) -> object: ...

        @staticmethod
        def static() -> object: ...

        @property
        def made(self) -> object:
            return type(self)

    class Fuzz(Pedal): ...

    class Octave(Fuzz): ...

    octave = Octave()
    assert after(Fuzz, octave, name) == getattr(super(Fuzz, octave), name)


def test_after_names_what_it_did_not_find() -> None:
    message = r"^'volume' must stand behind Chorus, got nothing$"
    with pytest.raises(AttributeError, match=message):
        after(Chorus, Board(), "volume")


def test_operators_do_not_go_through_super() -> None:
    class Setlist(list[str]):
        def by_name(self) -> int:
            return super().__len__()

        def by_operator(self) -> int:
            return len(super())  # type: ignore[arg-type]

    assert Setlist(["intro"]).by_name() == 1
    with pytest.raises(TypeError):
        Setlist(["intro"]).by_operator()


def test_keywords_that_no_class_takes_are_refused_by_object() -> None:
    class Gain:
        def __init__(self, *, gain: int = 1, **rest: Any) -> None:
            super().__init__(**rest)
            self.gain = gain

    class Tone:
        def __init__(self, *, tone: int = 1, **rest: Any) -> None:
            super().__init__(**rest)
            self.tone = tone

    class Preamp(Gain, Tone): ...

    preamp = Preamp(tone=3, gain=7)
    assert (preamp.gain, preamp.tone) == (7, 3)
    with pytest.raises(TypeError):
        Preamp(tone=3, gian=7)


# -- C3 ----------------------------------------------------------------------


def is_within(part: tuple[type, ...], line: list[type]) -> bool:
    return list(part) == [cls for cls in line if cls in part]


@given(plans)
def test_c3_keeps_every_order_that_it_is_given_or_refuses_the_class(
    plan: list[list[int]],
) -> None:
    for bases, cls in families(plan):
        if cls is None:
            with pytest.raises(TypeError):
                line_behind(bases)
        else:
            line = line_behind(bases)
            assert line == list(cls.__mro__[1:])
            assert is_within(bases, line)
            assert all(is_within(base.__mro__, line) for base in bases)


def test_line_behind_accepts_and_refuses_what_type_accepts_and_refuses() -> None:
    """Without chance: up to four classes below ``object``, in every possible way."""
    accepted, refused = 0, 0
    families: list[list[type]] = [[object]]
    while families:
        known = families.pop()
        sizes = range(1, len(known) + 1)
        for bases in itertools.chain(
            *(itertools.permutations(known, n) for n in sizes)
        ):
            try:
                cls = type(f"C{len(known)}", bases, {})
            except TypeError:
                refused += 1
                with pytest.raises(TypeError):
                    line_behind(bases)
                continue
            accepted += 1
            assert line_behind(bases) == list(cls.__mro__[1:])
            if len(known) < 4:
                families.append([*known, cls])
    assert (accepted, refused) == (460, 1062)


def test_a_refusal_names_the_classes_in_each_others_way() -> None:
    message = "^bases must form one line, got Rig and Board behind each other$"
    with pytest.raises(TypeError, match=message):
        line_behind((Rig, Board))


def test_new_bases_give_old_objects_a_new_line() -> None:
    class Pedalboard(Chorus): ...

    class OnStage(Pedalboard): ...

    on_stage = OnStage()
    Pedalboard.__bases__ = (Chorus, Delay)
    on_stage.__init__()  # type: ignore[misc]

    assert on_stage.plugged == ["amp", "delay", "chorus"]


# -- The cell ----------------------------------------------------------------


def test_zero_argument_super_is_a_cell_and_a_first_argument() -> None:
    init = Chorus.__init__
    assert init.__code__.co_freevars == ("__class__",)
    assert [cell.cell_contents for cell in init.__closure__ or ()] == [Chorus]
    assert Soldered.__init__.__code__.co_freevars == ()

    first, other = Chorus(), Board()
    for cell, obj, plugged in [
        (Chorus, first, ["amp", "chorus"]),
        (Chorus, other, ["amp", "delay", "chorus"]),
        (Delay, other, ["amp", "chorus"]),
    ]:
        reborn(init, cell)(obj)
        assert obj.plugged == plugged


def test_a_method_lent_to_a_stranger_fails_until_it_is_reborn() -> None:
    class Looper(Rig):
        chorus: Any = Chorus.__init__

    looper = Looper()
    with pytest.raises(TypeError):
        looper.chorus()

    reborn(Looper.chorus, Looper)(looper)
    assert looper.plugged == ["amp", "chorus"]


def test_reborn_keeps_defaults_and_refuses_other_closures() -> None:
    class Tuner(Rig):
        def tune(self, to: int = 440, *, strict: bool = True) -> tuple[object, ...]:
            return super().__class__, to, strict

    class Strobe(Tuner): ...

    assert reborn(Tuner.tune, Strobe)(Strobe()) == (super, 440, True)
    with pytest.raises(ValueError):  # noqa: PT011 - the interpreter's wording
        reborn(Soldered.__init__, Strobe)


def test_a_function_made_outside_a_class_body_has_no_cell() -> None:
    def loose(self: object) -> str:
        return super().__repr__()  # type: ignore[misc, no-any-return]

    class Tuner:
        show = loose

    with pytest.raises(RuntimeError):
        Tuner().show()


def test_the_compiler_makes_the_cell_where_it_reads_the_name_super() -> None:
    namesake: Any = super

    class Tuner:
        def alias(self) -> object:
            return namesake()

        def alias_and_cell(self) -> object:
            assert __class__  # type: ignore[name-defined]
            return namesake()

    with pytest.raises(RuntimeError):
        Tuner().alias()
    assert isinstance(Tuner().alias_and_cell(), super)


def test_rebinding_self_redirects_super() -> None:
    class Splitter(Chorus):
        def restart(self, other: "Splitter") -> None:
            self = other  # noqa: F841 - super() reads it
            super().__init__()

    here, there = Splitter(), Splitter()
    here.plugged, there.plugged = ["here"], ["there"]
    here.restart(there)

    assert (here.plugged, there.plugged) == (["here"], ["amp", "chorus"])


def test_super_works_in_a_list_comprehension_and_fails_in_a_generator_expression() -> (
    None
):
    class Crackle(Chorus):
        def in_list(self) -> list[str]:
            return [super().__repr__() for _ in range(1)]

        def in_generator(self) -> list[str]:
            return list(super().__repr__() for _ in range(1))  # noqa: C400

    crackle = Crackle()
    assert crackle.in_list() == [repr(crackle)]
    with pytest.raises(TypeError):
        crackle.in_generator()


# -- The demo and the tool ---------------------------------------------------


def test_main_shows_each_damage_beside_its_cause(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()

    out = capsys.readouterr().out
    assert "  Board > Chorus > Delay > Rig > object: ['amp', 'delay', 'chorus']" in out
    assert "  SolderedBoard().plugged = ['amp', 'chorus']" in out
    assert "  Rewired().plugged = ['amp', 'delay']" in out
    assert "  with Delay in the cell: board.plugged = ['amp', 'chorus']" in out


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.output.splitlines()


def test_cli_without_arguments_runs_the_demo() -> None:
    code, lines = run()
    assert code == 0
    assert lines[0] == "The class at the bottom decides what super() means above it"


def test_cli_prints_the_line_and_who_hands_a_method_on() -> None:
    assert run("http.server:ThreadingHTTPServer", "server_close") == (
        0,
        [
            "1 ThreadingHTTPServer",
            "2 ThreadingMixIn: server_close -> super()",
            "3 HTTPServer",
            "4 TCPServer: server_close",
            "5 BaseServer: server_close",
            "6 object",
        ],
    )


MODULE = '''
class Twisted(type):
    def mro(cls):
        return [cls, object]

def maker():
    class Local: ...
    return Local

Local = maker()

class Wah(Local, metaclass=Twisted):
    """Its own line leaves its base out."""

class Amp:
    level = 7

    @property
    def sound(self): return "clean"

class Fuzz(Amp):
    @property
    def sound(self): return "fuzzy " + super().sound

    @classmethod
    def level(cls): return super(Fuzz, cls).level + 4

    def later(self): return lambda: super(Fuzz, self).sound

    def outer(self): return self.__class__, self.super

    super = len

def outside(self): return super(Fuzz, self).sound

Fuzz.outside = outside
'''


@pytest.fixture
def pedals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kit_pedals.py").write_text(MODULE)
    return tmp_path


@pytest.mark.usefixtures("pedals")
@pytest.mark.parametrize(
    ("method", "fuzz", "amp"),
    [
        pytest.param("sound", ": sound -> super()", ": sound", id="property"),
        pytest.param("level", ": level -> super()", ": level", id="classmethod"),
        pytest.param("later", ": later -> super()", "", id="inner function"),
        pytest.param("outside", ": outside -> super()", "", id="added later"),
        pytest.param("outer", ": outer", "", id="attributes of that name"),
        pytest.param("super", ": super", "", id="built in"),
    ],
)
def test_cli_looks_into_whatever_kind_of_method(
    method: str, fuzz: str, amp: str
) -> None:
    lines = [f"1 Fuzz{fuzz}", f"2 Amp{amp}", "3 object"]
    assert run("kit_pedals:Fuzz", method) == (0, lines)


def test_cli_draws_the_bases_as_a_mermaid_graph() -> None:
    assert run("core.method_resolution:Board", "--mermaid") == (
        0,
        [
            "flowchart BT",
            '    c1["1 Board"]',
            "    c1 --> c2",
            "    c1 --> c3",
            '    c2["2 Chorus"]',
            "    c2 --> c4",
            '    c3["3 Delay"]',
            "    c3 --> c4",
            '    c4["4 Rig"]',
            "    c4 --> c5",
            '    c5["5 object"]',
        ],
    )


@pytest.mark.usefixtures("pedals")
def test_cli_draws_no_base_that_is_not_in_the_line() -> None:
    nodes = ["flowchart BT", '    c1["1 Wah"]', '    c2["2 object"]']
    assert run("kit_pedals:Wah", "--mermaid") == (0, nodes)


@pytest.mark.usefixtures("pedals")
def test_cli_escapes_what_mermaid_would_take_for_markup() -> None:
    _, lines = run("kit_pedals:Local", "--mermaid")
    assert lines[1] == '    c1["1 maker.#lt;locals#gt;.Local"]'


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("json:dumps", "got 'json:dumps', a function"),
        ("json", "got 'json', a module"),
        ("a:b:c", "got 'a:b:c': ValueError("),
        ("no_such_module:X", "got 'no_such_module:X': ModuleNotFoundError("),
        ("json:Nothing", "got 'json:Nothing': AttributeError("),
    ],
)
def test_cli_refuses_what_is_no_class(target: str, complaint: str) -> None:
    code, lines = run(target)
    assert code == 2
    assert lines[-1].startswith(f"Error: MODULE:CLASS must name a class, {complaint}")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        pytest.param("1 / 0", "ZeroDivisionError", id="error"),
        pytest.param("import sys; sys.exit('bye')", "SystemExit", id="exit"),
        pytest.param(
            "import pytest; pytest.skip('no', allow_module_level=True)",
            "Skipped",
            id="skipped",
        ),
        pytest.param("raise Exception('two\\nlines')", "Exception", id="two lines"),
    ],
)
def test_cli_survives_a_module_that_raises_anything(
    pedals: Path, source: str, kind: str
) -> None:
    (pedals / f"kit_raises_{kind.lower()}.py").write_text(source)

    code, lines = run(f"kit_raises_{kind.lower()}:X")

    assert code == 2
    assert f"got 'kit_raises_{kind.lower()}:X': {kind}(" in lines[-1]
    assert "Traceback" not in "".join(lines)


def test_cli_lets_ctrl_c_through(pedals: Path) -> None:
    (pedals / "kit_raises_interrupt.py").write_text("raise KeyboardInterrupt")

    code, lines = run("kit_raises_interrupt:X")

    assert (code, lines[-1]) == (1, "Aborted!")


def test_cli_refuses_a_method_that_no_class_in_the_line_has() -> None:
    code, lines = run("http.server:ThreadingHTTPServer", "serer_close")
    assert code == 2
    assert lines[-1] == "Error: METHOD must stand in the MRO, got 'serer_close'"


def test_a_wrong_target_costs_one_line_on_stderr_and_no_traceback() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "core.method_resolution", "json:dumps"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert [line[:7] for line in ran.stderr.splitlines() if line] == [
        "Usage: ",
        "Try 'py",
        "Error: ",
    ]
