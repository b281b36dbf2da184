"""Finding lessons and topics: what is read from a folder of scripts and notes."""

from pathlib import Path

from showcase.lessons import Lesson, find_lessons, find_topics

TEA = '''"""Tea: water first.

Topics: 01, 04
Read:  core/01_drinks.md, section "Tea"
Run:   python -m core.tea
Try:   boil the milk;
       which test goes red?
"""


def main() -> None:
    if True:
        print("Water comes first")
    print(f"  {1 + 1 = }")
    print("Milk comes last")
    print("  indented", "two arguments")
'''


def kit(root: Path, **files: str) -> Path:
    for name, text in files.items():
        folder, stem = name.split("__")
        (root / folder).mkdir(exist_ok=True)
        ending = ".md" if text.startswith("#") else ".py"
        (root / folder / (stem + ending)).write_text(text, encoding="utf-8")
    return root


def test_a_lesson_is_read_from_its_docstring(tmp_path: Path) -> None:
    lesson = Lesson("core", "tea", kit(tmp_path, core__tea=TEA))

    assert lesson.title == "Tea: water first."
    assert lesson.topics == ("01", "04")
    assert (lesson.note, lesson.section) == ("core/01_drinks.md", "Tea")
    assert lesson.stated("Try") == "boil the milk; which test goes red?"
    assert lesson.stated("But") == ""


def test_headings_are_the_plain_strings_that_main_prints(tmp_path: Path) -> None:
    lesson = Lesson("core", "tea", kit(tmp_path, core__tea=TEA))

    assert lesson.headings == ("Water comes first", "Milk comes last")


def test_a_lesson_that_does_not_parse_is_still_a_lesson(tmp_path: Path) -> None:
    kit(tmp_path, core__tea=TEA + "while True print\n", core__milk="while True print\n")
    milk, tea = find_lessons(tmp_path)

    assert (tea.title, tea.section, tea.headings) == ("Tea: water first.", "Tea", ())
    assert (milk.title, milk.headings) == ("", ())


def test_a_script_without_docstring_or_main_is_still_found(tmp_path: Path) -> None:
    kit(tmp_path, core__empty="x = 1\n", perf__other="y = 2\n")
    (tmp_path / "core/__init__.py").touch()
    lessons = find_lessons(tmp_path)

    assert [lesson.name for lesson in lessons] == ["core.empty", "perf.other"]
    assert (lessons[0].title, lessons[0].headings) == ("", ())


def test_topics_are_notes_that_have_lessons_in_reading_order(tmp_path: Path) -> None:
    coffee = TEA.replace("Tea", "Coffee").replace("core.tea", "core.coffee")
    kit(
        tmp_path,
        core__tea=TEA,
        core__coffee=coffee,
        core__01_drinks="# 01 · Drinks\n\n## Tea\n\n## Coffee\n",
        core__02_nobody="# 02 · Nobody\n",
        interview__builds="# Builds\n\n## Soup\n",
        interview__soup=TEA.replace("core/01_drinks", "interview/builds"),
    )
    drinks, builds = find_topics(tmp_path)

    assert (drinks.key, drinks.title) == ("01", "Drinks")
    assert [lesson.stem for lesson in drinks.lessons] == ["tea", "coffee"]
    assert (builds.key, builds.title) == ("interview", "Builds")
