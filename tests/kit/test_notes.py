"""Every block of a note that could be wrong is executed, section by section.

One item runs one section, because its blocks share their names.  A failure says
``file.md:line``.
"""

import ast
import contextlib
import doctest
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from showcase.lessons import FOLDERS, ROOT, find_lessons
from showcase.notes import Block, Section, read_note
from tests.kit.demo_runs import Demos, untraced

NOTES = sorted(note for folder in FOLDERS for note in (ROOT / folder).glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "ROADMAP.md", *NOTES]
SECTIONS = [section for page in PAGES for section in read_note(page)]
# Text is compared with the output of the block before it, Mermaid has a test of its
# own, and the shell of README.md is what .ci/run and test_set_up are about.
UNEXECUTED = {"text", "mermaid", "sh"}
LESSONS = {lesson.name for lesson in find_lessons()}

type Checker = Callable[[str], list[str]]
type Record = Callable[[str, object], None]


def where(section: Section, block: Block) -> str:
    return f"{section.note.relative_to(ROOT).as_posix()}:{block.line}"


# -- Which blocks run here ---------------------------------------------------


def runs_here(tag: str) -> bool:
    """Whether a tag such as ``python >= 3.14`` or ``free-threaded`` holds here."""
    if tag == "free-threaded":
        return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    found = re.fullmatch(r"python (>=|==|<) (\d+)\.(\d+)", tag)
    if not found:
        return True
    wanted, here = (int(found[2]), int(found[3])), sys.version_info[:2]
    return {">=": here >= wanted, "==": here == wanted, "<": here < wanted}[found[1]]


def is_gate(tag: str) -> bool:
    return tag.startswith("python ") or tag == "free-threaded"


# -- How each kind of block is checked ---------------------------------------


def check_python(block: Block, at: str, names: dict[str, object], shown: str) -> None:
    # Blank lines above it give the block its own line numbers in a traceback.
    source = "\n" * (block.line - 1) + block.text
    code = compile(source, at.partition(":")[0], "exec", dont_inherit=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    assert printed.getvalue() == shown, at


def check_session(block: Block, at: str, names: dict[str, object]) -> None:
    file, _, line = at.partition(":")
    parser = doctest.DocTestParser()
    test = parser.get_doctest(block.text, names, file, file, int(line) - 1)
    assert test.examples, f"{at}: a pycon block without >>>"
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=report.write, clear_globs=False)
    names.update(test.globs)
    assert not runner.failures, f"{at}\n{report.getvalue()}"


def check_console(block: Block, at: str, demos: Demos) -> None:
    command, _, shown = block.text.partition("\n")
    words = shlex.split(command)
    assert words[:3] == ["$", "python", "-m"], f"{at}: starts with '$ python -m'"
    if len(words) == 4 and words[3] in LESSONS:
        assert demos(words[3]).output == shown, at
    else:
        assert console_output(words[2:]) == shown, at


def console_output(arguments: list[str]) -> str:
    env = {**untraced(), "COLUMNS": "88", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.stdout


def check_static(block: Block, at: str, shown: str, checker: Checker) -> None:
    verdict = "".join(f"{line}\n" for line in checker(block.text))
    assert verdict == shown, at


def check_source(block: Block, at: str) -> None:
    module, _, symbol = block.tag.removeprefix("source: ").partition(":")
    path = ROOT / (module.replace(".", "/") + ".py")
    assert block.text == source_of(path, symbol), f"{at}: not the source of {symbol}"


def source_of(path: Path, symbol: str) -> str:
    """The text of the last definition called ``symbol`` (overloads come before it)."""
    text = path.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for name in symbol.split("."):
        node = [each for each in definitions(node) if each.name == name][-1]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return "".join(text.splitlines(keepends=True)[first - 1 : node.end_lineno])


def definitions(
    node: ast.AST,
) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, kinds)]


# -- The items ---------------------------------------------------------------


def section_id(section: Section) -> str:
    return f"{section.note.name}-{section.title}"


@pytest.mark.parametrize("section", SECTIONS, ids=section_id)
def test_blocks_of_the_section_say_what_is_so(
    section: Section,
    demos: Demos,
    checker: Checker,
    record_property: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A module that can be found by name, so that pickle and dataclasses work in it.
    module = ModuleType("note")
    monkeypatch.setitem(sys.modules, "note", module)
    for block, following in pairwise([*section.blocks, Block("", "", 0)]):
        if not runs_here(block.tag):
            continue
        if is_gate(block.tag):
            record_property("gated", where(section, block))
        shown = following.text if following.kind == "text" else ""
        at = where(section, block)
        match block.kind:
            case "python" if block.tag.startswith("source: "):
                check_source(block, at)
            case "python" if block.tag == "mypy":
                check_static(block, at, shown, checker)
            case "python":
                check_python(block, at, vars(module), shown)
            case "pycon":
                check_session(block, at, vars(module))
            case "console":
                check_console(block, at, demos)
            case _:
                assert block.kind in UNEXECUTED, f"{at}: no check knows {block.kind!r}"


@pytest.mark.parametrize("section", SECTIONS, ids=section_id)
def test_each_text_block_follows_a_python_block(section: Section) -> None:
    stray = [
        where(section, text)
        for python, text in pairwise([Block("", "", 0), *section.blocks])
        if text.kind == "text" and python.kind != "python"
    ]

    assert stray == []


@pytest.mark.parametrize("section", SECTIONS, ids=section_id)
def test_tags_are_ones_that_are_understood(section: Section) -> None:
    known = r"|free-threaded|mypy|python (>=|==|<) 3\.\d+|source: [\w.]+:[\w.]+"

    assert [b.tag for b in section.blocks if not re.fullmatch(known, b.tag)] == []


def test_mermaid_parses() -> None:
    diagrams = [
        (where(section, block), block.text)
        for section in SECTIONS
        for block in section.blocks
        if block.kind == "mermaid"
    ]
    modules = ROOT / ".cache" / "mermaid"
    if not shutil.which("node") or not (modules / "node_modules").is_dir():
        pytest.skip("needs node and mermaid: npm install --prefix .cache/mermaid ...")
    done = subprocess.run(
        ["node", str(ROOT / ".ci" / "mermaid.mjs"), str(modules)],
        input=json.dumps([text for _, text in diagrams]),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts = zip(diagrams, json.loads(done.stdout), strict=True)

    assert [(at, error) for (at, _), error in verdicts if error] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    code = r"(?ms)^```.*?^```$|`[^`\n]*`"
    text = re.sub(code, "", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text)
    broken = [
        f"{path}#{anchor}"
        for path, anchor in targets
        if not leads_somewhere(page, path, anchor)
    ]

    assert broken == []


def leads_somewhere(page: Path, path: str, anchor: str) -> bool:
    target = (page.parent / path) if path else page
    if not target.exists() or not anchor:
        return target.exists()
    headings = re.findall(r"(?m)^#+ (.+)$", target.read_text(encoding="utf-8"))
    return anchor in {github_anchor(heading) for heading in headings}


def github_anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
