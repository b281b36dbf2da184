"""What README.md and ROADMAP.md say of the kit, counted rather than typed."""

import re
import tomllib

from showcase.claims import claims_of
from showcase.lessons import ROOT, Lesson, find_lessons

__all__ = ["health_table", "is_whole", "versions_checked", "with_table", "with_ticks"]


def health_table() -> str:
    """The table of README.md; nothing in it differs between machines."""
    lessons = [lesson for lesson in find_lessons() if is_whole(lesson)]
    rows = {
        "Lessons that run": len(lessons),
        "Claims proven": sum(len(claims_of(lesson)) for lesson in lessons),
        "CPython test classes passed": _conformance_classes(),
        "Python versions checked": ", ".join(versions_checked()),
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def with_table(readme: str) -> str:
    """``readme`` with its health table as it is now."""
    return re.sub(
        r"(?m)^\| \| \|\n(\|.*\n)+", lambda _: health_table() + "\n", readme, count=1
    )


def with_ticks(roadmap: str) -> str:
    """``roadmap`` with each lesson that is whole ticked and linked."""
    lessons = {lesson.name: lesson for lesson in find_lessons()}

    def tick(line: re.Match[str]) -> str:
        lesson = lessons.get(line["name"])
        if lesson is None or not is_whole(lesson):
            return f"- [ ] {line['name']}: {line['what']}"
        anchor = lesson.section.lower().replace(" ", "-")
        return (
            f"- [x] [{lesson.name}]({lesson.folder}/{lesson.stem}.py)"
            f" ([note]({lesson.note}#{anchor}),"
            f" [tests](tests/{lesson.folder}/{lesson.test_path.name})): {line['what']}"
        )

    item = r"(?m)^- \[.\] \[?(?P<name>[a-z]+\.\w+)\b.*?: (?P<what>.*)$"
    return re.sub(item, tick, roadmap)


def is_whole(lesson: Lesson) -> bool:
    """Whether lesson, tests, and a sentence and a test for each claim are there."""
    claims = claims_of(lesson)
    return bool(claims) and all(claim.test and claim.line for claim in claims)


def _conformance_classes() -> int:
    table = (ROOT / "tests/kit/conformance.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(table).values()
    return len({(row["module"], _class(test)) for row in rows for test in row["tests"]})


def _class(test: str) -> str:
    return test.partition(".")[0]


def versions_checked() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    prefix = "Programming Language :: Python :: 3."
    return [
        classifier.rpartition(" ")[2]
        for classifier in project["project"]["classifiers"]
        if classifier.startswith(prefix)
    ]
