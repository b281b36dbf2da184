"""One claim = one sentence of the note = one test."""

import pytest

from showcase.claims import claims_of, slug
from showcase.lessons import Lesson, find_lessons
from showcase.notes import read_note

LESSONS = find_lessons()

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


@each_lesson
def test_each_claim_has_its_test(lesson: Lesson) -> None:
    assert [claim.text for claim in claims_of(lesson) if claim.test is None] == []


@each_lesson
def test_each_claim_has_its_sentence_in_the_note(lesson: Lesson) -> None:
    assert [claim.text for claim in claims_of(lesson) if claim.line is None] == []


@each_lesson
def test_no_claim_is_made_twice(lesson: Lesson) -> None:
    slugs = [slug(claim.text) for claim in claims_of(lesson)]

    assert sorted(slugs) == sorted(set(slugs))


@each_lesson
def test_each_claim_has_a_test_of_its_own(lesson: Lesson) -> None:
    tests = [claim.test for claim in claims_of(lesson)]

    assert sorted(map(str, tests)) == sorted(set(map(str, tests)))


@pytest.mark.parametrize(
    "note",
    sorted({lesson.root / lesson.note for lesson in LESSONS}),
    ids=lambda note: note.name,
)
def test_each_lesson_is_in_the_note_once(note: object) -> None:
    sections = [
        lesson.section for lesson in LESSONS if lesson.root / lesson.note == note
    ]

    assert sorted(sections) == sorted(set(sections))


def test_slug_drops_case_markup_articles_and_apostrophes() -> None:
    assert slug("The type's `__set__` wins, an instance loses.") == (
        "types_set_wins_instance_loses"
    )


def test_notes_are_read_in_sections() -> None:
    first = LESSONS[0]
    titles = [section.title for section in read_note(first.root / first.note)]

    assert first.section in titles
