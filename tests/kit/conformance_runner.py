"""CPython's own tests, run against the kit's rebuilds (rows: conformance.toml).

    python tests/kit/conformance_runner.py              every target, a line each
    python tests/kit/conformance_runner.py property     only this one
    python tests/kit/conformance_runner.py --json       the same, for a program

Each target runs in a process of its own, because putting a rebuild in place
changes the interpreter.  Exit code 1: some target is not as its row says.
"""

import argparse
import difflib
import importlib
import importlib.util
import json
import operator
import os
import pkgutil
import subprocess
import sys
import tempfile
import tomllib
import traceback
import unittest
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

__all__ = ["Excuse", "Report", "Target", "report", "ships_tests", "targets"]

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("conformance.toml")
LIMIT = 100.0  # seconds of wall clock, after which a target is killed
CATEGORIES = frozenset(
    {
        "private names",
        "source lines",
        "docstring copying",
        "pickling by name",
        "C-only behaviour",
        "error wording",
    }
)
LEFT_OUT = "left out: "


# -- The table ---------------------------------------------------------------


@dataclass(frozen=True)
class Excuse:
    """Why a test may fail, and where."""

    why: str
    python: str = ""
    where_present: bool = False

    def applies(self) -> bool:
        """Whether the running interpreter is, for instance, ``>= 3.14``."""
        if not self.python:
            return True
        compare = {">=": operator.ge, "<": operator.lt, "==": operator.eq}
        sign, version = self.python.split()
        wanted = tuple(map(int, version.split(".")))
        return bool(compare[sign](sys.version_info[: len(wanted)], wanted))


@dataclass(frozen=True)
class Target:
    """One row: which tests judge which rebuild, and what is excused."""

    name: str
    module: str
    tests: list[str]
    preset: dict[str, str] = field(default_factory=dict)
    patch: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    excused: dict[str, Excuse] = field(default_factory=dict)

    @classmethod
    def from_row(cls, name: str, row: dict[str, Any]) -> "Target":
        excused = {
            test: Excuse(**why) if isinstance(why, dict) else Excuse(why)
            for test, why in row.get("excused", {}).items()
        }
        return cls(name, **{**row, "excused": excused})

    def rebuilds(self) -> list[str]:
        placed = {*self.preset.values(), *self.patch.values()}
        return sorted(placed or self.attributes.values())


def targets() -> dict[str, Target]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: Target.from_row(name, row) for name, row in rows.items()}


def ships_tests() -> bool:
    """Distributions that leave the tests out may keep ``test``, but not this."""
    try:
        return importlib.util.find_spec("test.test_grammar") is not None
    except ModuleNotFoundError:
        return False


# -- What happened -----------------------------------------------------------


@dataclass
class Outcome:
    """One CPython test; ``calls`` counts how often it entered the rebuild's file."""

    outcome: str = "not run"
    text: str = ""
    calls: int = 0


@dataclass
class Report:
    """All tests of one target; ``error`` says why they could not be run."""

    target: Target
    tests: dict[str, Outcome] = field(default_factory=dict)
    entered: list[str] = field(default_factory=list)
    error: str = ""

    def problems(self) -> list[str]:
        """Everything that is not as the row says; none is green."""
        if self.error:
            return [self.error]
        return [*self._excuses(), *self._failures(), *self._bypasses()]

    def summary(self) -> dict[str, Any]:
        """Counts: ``passed`` entered the rebuild, ``bystanders`` passed without."""
        passed = [test for test in self.tests.values() if test.outcome == "passed"]
        skipped = [test for test in self.tests.values() if test.outcome == "skipped"]
        return {
            "target": self.target.name,
            "module": self.target.module,
            "tests": self.target.tests,
            "rebuilds": self.target.rebuilds(),
            "passed": sum(test.calls > 0 for test in passed),
            "excused": len(self._excused()),
            "bystanders": sum(test.calls == 0 for test in passed),
            "skipped": len(skipped),
            "problems": self.problems(),
        }

    def _excused(self) -> dict[str, Excuse]:
        return {
            name: excuse
            for name, excuse in self.target.excused.items()
            if excuse.applies() and (name in self.tests or not excuse.where_present)
        }

    def _excuses(self) -> Iterator[str]:
        for name, excuse in self.target.excused.items():
            if excuse.why not in CATEGORIES and not excuse.why.startswith(LEFT_OUT):
                yield f"{name} is excused for {excuse.why!r}, which is no category"
        for name in self._excused():
            if name not in self.tests:
                yield f"{name} is excused, but does not exist{near(name, self.tests)}"
            elif (test := self.tests[name]).outcome != "failed":
                yield f"{name} is excused, but {test.outcome} {test.text}".rstrip()

    def _failures(self) -> Iterator[str]:
        rebuilds = ", ".join(self.target.rebuilds())
        for name, test in self.tests.items():
            if test.outcome == "not run":
                yield f"{name} was found, but not run"
            elif test.outcome == "failed" and name not in self._excused():
                yield f"{name} failed with {rebuilds}:\n\n{test.text}"

    def _bypasses(self) -> Iterator[str]:
        for rebuild in self.target.rebuilds():
            if rebuild not in self.entered:
                yield f"{rebuild} was never entered: {self.target.module} bypassed it"
        for entry in self.target.tests:
            found = [
                t for n, t in self.tests.items() if f"{n}.".startswith(f"{entry}.")
            ]
            if not any(test.outcome == "passed" and test.calls for test in found):
                yield f"{entry}: no test that passed entered a rebuild"


def near(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


# -- In the child: put the rebuild in place, and run the tests ----------------


class RowError(Exception):
    """The row asks for something that is not there."""


def put(module: ModuleType, patch: dict[str, str]) -> None:
    for place, source in patch.items():
        name, _, attribute = place.partition(":")
        if module.__name__ == name:
            getattr(module, attribute)  # so that a misspelt place is an error
            setattr(module, attribute, pkgutil.resolve_name(source))


def patch_library(patch: dict[str, str]) -> None:
    """Replace attributes of modules, and of the fresh copies that tests make."""
    helper: Any = importlib.import_module("test.support.import_helper")
    import_fresh_module = helper.import_fresh_module

    def patched(name: str, *args: Any, **kwargs: Any) -> ModuleType | None:
        module: ModuleType | None = import_fresh_module(name, *args, **kwargs)
        if module is not None:
            put(module, patch)
        return module

    helper.import_fresh_module = patched
    for place in patch:
        put(importlib.import_module(place.partition(":")[0]), patch)


def load(name: str, preset: dict[str, str]) -> ModuleType:
    """Import a test module, with globals that are there before its code runs."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise RowError(f"there is no module {name}")
    module = importlib.util.module_from_spec(spec)
    for attribute, source in preset.items():
        setattr(module, attribute, pkgutil.resolve_name(source))
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def case_class(
    module: ModuleType, name: str, attributes: dict[str, str]
) -> type[unittest.TestCase]:
    found = getattr(module, name, None)
    if not isinstance(found, type):
        hint = near(name, vars(module))
        raise RowError(f"{module.__name__} has no class {name}{hint}")
    if not attributes:
        return found
    more = () if issubclass(found, unittest.TestCase) else (unittest.TestCase,)
    values = {key: pkgutil.resolve_name(value) for key, value in attributes.items()}
    return type(name, (found, *more), {"__module__": module.__name__, **values})


def collect(target: Target, module: ModuleType) -> dict[unittest.TestCase, str]:
    """The test cases, in the order of the row, each with its name there."""
    names: dict[unittest.TestCase, str] = {}
    for entry in target.tests:
        class_name, _, method = entry.partition(".")
        cls = case_class(module, class_name, target.attributes)
        methods = unittest.defaultTestLoader.getTestCaseNames(cls)
        if method and method not in methods:
            raise RowError(f"{class_name} has no {method}{near(method, methods)}")
        for each in [method] if method else methods:
            names[cls(each)] = f"{class_name}.{each}"
    return names


class Calls:
    """Sees every entry into the rebuilds' files, without wrapping anything."""

    TOOL = 4  # an id that debuggers, coverage and profilers leave free

    def __init__(self, rebuilds: list[str]) -> None:
        self._rebuilds = {each: pkgutil.resolve_name(each) for each in rebuilds}
        modules = {module_name(each) for each in self._rebuilds.values()}
        self._files = {sys.modules[name].__file__ for name in modules}
        self._seen: set[str] = set()
        self.count = 0

    def start(self) -> None:
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(self.TOOL, "conformance")
        sys.monitoring.register_callback(self.TOOL, events.PY_START, self._enter)
        sys.monitoring.set_events(self.TOOL, events.PY_START)

    def _enter(self, code: CodeType, _offset: int) -> object:
        if code.co_filename not in self._files:
            return sys.monitoring.DISABLE
        self.count += 1
        self._seen.add(code.co_qualname.partition(".")[0])
        return None

    def entered(self) -> list[str]:
        return [n for n, each in self._rebuilds.items() if own_names(each) & self._seen]


def module_name(rebuild: Any) -> str:
    is_module = isinstance(rebuild, ModuleType)
    return str(rebuild.__name__ if is_module else rebuild.__module__)


def own_names(rebuild: Any) -> set[str]:
    """What the code of a rebuild, or of its bases beside it, goes by."""
    if isinstance(rebuild, ModuleType):
        return set(vars(rebuild))
    family = [
        each
        for each in getattr(rebuild, "__mro__", [rebuild])
        if each.__module__ == rebuild.__module__
    ]
    return {each.__qualname__.partition(".")[0] for each in family}


class Recorder(unittest.TestResult):
    """Adds to unittest's lists which tests ran, and the calls in each."""

    def __init__(self, names: dict[unittest.TestCase, str], calls: Calls) -> None:
        super().__init__()
        self.tests = {name: Outcome() for name in names.values()}
        self._names = names
        self._calls = calls

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().startTest(test)
        self.tests[self._names[test]] = Outcome("passed", calls=-self._calls.count)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().stopTest(test)
        self.tests[self._names[test]].calls += self._calls.count

    def outcomes(self) -> dict[str, Outcome]:
        for test, reason in self.skipped:
            # A skipped subtest is no skipped test.
            if not hasattr(test, "test_case"):
                self._mark(test, "skipped", reason)
        for test, text in [*self.failures, *self.errors]:
            self._mark(getattr(test, "test_case", test), "failed", text)
        for test in self.unexpectedSuccesses:
            self._mark(test, "failed", "an expected failure that passed")
        return self.tests

    def _mark(self, test: unittest.TestCase, outcome: str, text: str) -> None:
        # What has no name here is a setUpClass or setUpModule that failed.
        name = self._names.get(test, str(test))
        found = self.tests.setdefault(name, Outcome())
        found.outcome = outcome
        found.text += text


def child(row: str) -> str:
    """The outcomes as JSON, of the target that is given as JSON."""
    fields = json.loads(row)
    target = Target.from_row(fields.pop("name"), fields)
    try:
        calls = Calls(target.rebuilds())
        calls.start()
        patch_library(target.patch)
        names = collect(target, load(target.module, target.preset))
        recorder = Recorder(names, calls)
        unittest.TestSuite(names).run(recorder)
    except RowError as error:
        return json.dumps({"error": str(error)})
    except Exception:
        return json.dumps({"error": traceback.format_exc()})
    tests = {name: asdict(test) for name, test in recorder.outcomes().items()}
    return json.dumps({"tests": tests, "entered": calls.entered()})


# -- In the parent -----------------------------------------------------------


def report(target: Target) -> Report:
    """Run the target's tests in a process and a folder of their own."""
    # A fixed seed, so that what was red here is red for whoever looks at it.
    # Without coverage: its tracer makes objects, and CPython's tests count them.
    environment = {k: v for k, v in os.environ.items() if k[:8] != "COVERAGE"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, __file__, "--child"],
                input=json.dumps(asdict(target)),
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=LIMIT,
            )
        except subprocess.TimeoutExpired:
            return Report(target, error=f"{target.name} took longer than {LIMIT} s")
    try:
        answer = json.loads(done.stdout.rpartition("\n")[2])
    except ValueError:
        return Report(target, error=f"exit code {done.returncode}\n\n{done.stderr}")
    tests = {name: Outcome(**test) for name, test in answer.pop("tests", {}).items()}
    return Report(target, tests, **answer)


def main() -> int:
    table = targets()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target", nargs="*", help=", ".join(table))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        # On a line of its own, whatever the tests have printed before it.
        print("\n" + child(sys.stdin.read()), end="")
        return 0
    if unknown := [name for name in options.target if name not in table]:
        parser.error(f"no target {unknown[0]}{near(unknown[0], table)}")
    with ThreadPoolExecutor(os.process_cpu_count()) as pool:
        found = pool.map(report, [table[name] for name in options.target or table])
        rows = [each.summary() for each in found]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            print("{target:20} {passed:4} passed, {excused:2} excused".format(**row))
            print(*row["problems"], sep="\n\n", end="\n" if row["problems"] else "")
    return int(any(row["problems"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
