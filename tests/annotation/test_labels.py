"""Calls by name, think prompts, talk moves, reasoning and feedback: example tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachai.annotation import annotate
from coachai.records import Transcript
from tests.timeline import lesson
from tests.timing import quickest

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def labels(drawing: str, index: int = -1, *, marks: bool = True) -> set[str]:
    """The labels of one utterance of a drawn lesson, the last unless told."""
    return {each.name for each in annotate(lesson(drawing, marks=marks)).utterances[index].labels}


def teacher(said: str) -> set[str]:
    return labels(f"0-2 T: {said}")


def reply(student: str, said: str) -> set[str]:
    return labels(f"0-2 S1: {student}\n3-5 T: {said}")


@pytest.mark.parametrize(
    "said", ["Travis?", "Yes, Maria.", "Go ahead, Noah.", "What do you think, Maria?", "How many, Kyle T?"]
)
def test_calling_on_somebody_by_name_is_a_nomination(said: str) -> None:
    assert "nomination" in teacher(said)


@pytest.mark.parametrize(
    "said",
    [
        "Okay?",
        "Seven?",
        "Exactly.",
        "Maria went to the store.",
        "We saw Noah.",
        "Is it Monday?",
        "Mhmm.",
        "So, why?",
    ],
)
def test_a_word_or_a_name_that_is_only_mentioned_is_not(said: str) -> None:
    assert "nomination" not in teacher(said)


def test_a_word_that_the_transcript_also_writes_small_is_no_name() -> None:
    assert "nomination" not in labels("0-1 T: We need a denominator.\n2-3 T: Denominator?")


def test_without_marks_only_a_short_call_before_a_student_speaks_is_a_nomination() -> None:
    assert "nomination" in labels("0-1 T: go ahead maria\n2-3 S1: four", 0, marks=False)
    assert "nomination" not in labels("0-1 T: go ahead maria\n2-3 T: we wait", 0, marks=False)
    assert "nomination" not in labels("0-1 T: yes exactly\n2-3 S1: four", 0, marks=False)


@pytest.mark.parametrize(
    "said",
    [
        "Take a minute to think.",
        "Turn and talk to your partner.",
        "I'll give you thirty seconds.",
        "Write down your answer.",
        "Think about it.",
        "Talk with your table group.",
        "Think to yourself.",
        "I want you to think about what changes.",
        "Now take a minute and write down what you think will happen.",
    ],
)
def test_giving_time_to_think_write_or_talk_is_a_think_prompt(said: str) -> None:
    assert "think_prompt" in teacher(said)


@pytest.mark.parametrize(
    "said",
    ["What do you think?", "Wait a second.", "I'm going to write the next one.", "I think about it often."],
)
def test_thinking_that_is_only_mentioned_is_no_prompt(said: str) -> None:
    assert "think_prompt" not in teacher(said)


@pytest.mark.parametrize(
    "said",
    ["Thumbs up if you agree.", "Raise your hand if you got four.", "Who agrees?", "Show me on your fingers.",
     "Does everybody see it?", "How many of you got seven?", "Everybody say it."],
)  # fmt: skip
def test_asking_everybody_for_a_sign_is_a_whole_class_elicitation(said: str) -> None:
    assert "whole_class" in teacher(said)


@pytest.mark.parametrize("said", ["Who wants to start?", "Maria, do you agree?", "How many are there?"])
def test_asking_a_volunteer_or_one_student_is_not(said: str) -> None:
    assert "whole_class" not in teacher(said)


@pytest.mark.parametrize(
    "said", ["Did you do your homework?", "Can you hear me?", "Do you have your pencil?"]
)
def test_questions_about_routines_are_management(said: str) -> None:
    assert "management" in teacher(said)


@pytest.mark.parametrize("said", ["Can anybody come up with another way?", "Do you have a different answer?"])
def test_questions_about_content_are_not_management(said: str) -> None:
    assert "management" not in teacher(said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("What could we measure?", "open"),
        ("Who has a different idea?", "open"),
        ("What would you say to Owen?", "open"),
        ("How much water is in it?", "closed"),
        ("Is the bottle full?", "closed"),
        ("Who has the ruler?", "closed"),
    ],
)
def test_a_question_is_open_where_its_wording_asks_for_a_thought(said: str, kind: str) -> None:
    assert {"open", "closed"} & set(teacher(said)) == {kind}


@pytest.mark.parametrize(
    "said", ["Why?", "How do you know?", "Can you explain that?", "Tell me how you got it."]
)
def test_asking_for_a_reason_presses(said: str) -> None:
    assert "press_for_reasoning" in teacher(said)


@pytest.mark.parametrize(
    "said", ["That's why we add.", "Why don't we start?", "I will explain.", "How many?"]
)
def test_giving_a_reason_does_not_press(said: str) -> None:
    assert "press_for_reasoning" not in teacher(said)


@pytest.mark.parametrize(
    ("student", "said", "move"),
    [
        ("It is three fourths.", "Three fourths.", "restating"),
        ("Because the pieces are smaller.", "The pieces are smaller.", "restating"),
        ("It is three fourths.", "You mean three fourths of the whole pizza.", "revoicing"),
    ],
)
def test_repeating_restates_and_repeating_with_more_revoices(student: str, said: str, move: str) -> None:
    assert {"restating", "revoicing"} & reply(student, said) == {move}


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("Yes.", "Yes."),
        ("Three fourths.", "Three fourths?"),
        ("Three fourths.", "Sit down now."),
        ("Okay.", "Okay so."),
    ],
)
def test_agreeing_asking_back_or_going_on_is_neither(student: str, said: str) -> None:
    assert not {"restating", "revoicing"} & reply(student, said)


def test_words_of_a_student_two_turns_back_are_not_restated() -> None:
    drawing = "0-1 S1: Three fourths.\n2-3 T: Good.\n4-5 S2: Seven.\n6-7 T: Three fourths."
    assert "restating" not in labels(drawing)


def test_what_nobody_can_tell_whose_words_they_are_is_not_restated() -> None:
    assert "restating" not in labels("0-1 S1: Three fourths.\n2-3 ?: Seven.\n4-5 T: Three fourths.")


def test_taking_up_several_of_a_student_s_words_is_uptake_and_repeating_only_is_not() -> None:
    student = "I added the tops because the bottoms were equal."
    assert "uptake" in reply(student, "So the bottoms being equal let you add the tops.")
    assert "uptake" not in reply(student, "I added the tops.")
    assert "uptake" not in reply(student, "Open your books.")
    assert "uptake" not in reply("The tops.", "The tops and the tops again.")


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("Because the pieces are smaller when there are more.", True),
        ("If you double it then it is still the same amount.", True),
        ("Because.", False),
        ("I have a dog and a cat at my house.", False),
    ],
)
def test_students_reason_in_enough_words_with_a_connective(said: str, reasons: bool) -> None:
    assert ("reasoning" in labels(f"0-2 S1: {said}")) is reasons
    assert "reasoning" not in teacher(said)


@pytest.mark.parametrize(
    ("said", "praise"),
    [
        ("You worked so hard on that.", {"process_praise"}),
        ("I like how you explained it.", {"process_praise"}),
        ("That is a great strategy.", {"process_praise"}),
        ("Nice job checking your answer.", {"process_praise"}),
        ("You're so smart.", {"person_praise"}),
        ("You are a genius.", {"person_praise"}),
        ("Good.", set()),
        ("Good job.", set()),
        ("I would like a good explanation.", set()),
        ("It looks like a strategy.", set()),
        ("Look at the smart board.", set()),
    ],
)
def test_praise_is_for_what_was_done_or_for_what_somebody_is(said: str, praise: set[str]) -> None:
    assert {"process_praise", "person_praise"} & teacher(said) == praise


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("You don't know that yet.", True),
        ("Not yet.", True),
        ("We haven't figured it out yet.", True),
        ("Don't move yet.", False),
        ("Are you done yet?", False),
        ("And yet it floats.", False),
    ],
)
def test_yet_is_said_of_what_somebody_cannot_do_so_far(said: str, says: bool) -> None:
    assert ("yet" in teacher(said)) is says


@pytest.mark.parametrize("said", ["Not quite.", "Are you sure?", "Let's look at that again.", "So close."])
def test_an_answer_that_is_not_right_is_marked_only_after_a_student(said: str) -> None:
    assert "corrects_error" in reply("It is nine.", said)
    assert "corrects_error" not in teacher(said)


def test_a_long_lesson_is_annotated_in_well_under_a_second() -> None:
    rows = [f"{k}-{k}.9 {'T' if k % 3 else 'S1'}: So how would you find number {k} here?" for k in range(900)]
    heard = lesson("\n".join(rows))
    assert quickest(lambda: annotate(heard), 1.0) < 1.0


@pytest.mark.data
def test_rules_agree_with_people_on_lessons_held_apart() -> None:
    if not DATA.is_dir():
        pytest.skip("the labelled data is not beside the checkout (../shared/data)")
    from benchmarks.annotation import agreement, as_typed, asked, held_apart

    lessons = held_apart(DATA)[:10]
    bare: list[tuple[Transcript, list[dict[str, object]]]] = [
        (annotate(as_typed(each, marks=False)), each) for each in lessons
    ]
    right, found, true, _ = agreement(bare, "teacher", "question", lambda said: asked(said["text"]))
    assert right / found >= 0.75
    assert right / true >= 0.6
    marked = [(annotate(as_typed(each)), each) for each in lessons]
    right, found, true, _ = agreement(
        marked, "teacher", "restating", lambda said: said["teacher_move"] == "restating"
    )
    assert 2 * right / (found + true) >= 0.75
