"""What happens after a question, rule by rule, on drawn timelines."""

from __future__ import annotations

import pytest

from coachai.episodes import episodes, nominations, pauses_after_statements, think_times
from coachai.records import Excluded, Moment, Span
from tests.timeline import lesson


def the_wait(drawing: str, **changes: object) -> tuple[float, str, str]:
    """Length, terminator and reason of the first question's pause."""
    first = episodes(lesson(drawing, **changes))[0]
    return round(first.duration, 6), first.terminator, first.why_left_out


@pytest.mark.parametrize(
    ("following", "terminator"),
    [
        ("4.0 - 5.0 S1: Because it is lighter.", "student"),
        ("4.0 - 6.0 *", "several"),
        ("4.0 - 5.5 T: Why does ice float here?  #question", "teacher repeats"),
        ("4.0 - 5.5 T: What about oil?  #question", "new question"),
        ("4.0 - 4.5 T: Maria?  #question #nomination", "nominates"),
        ("4.0 - 4.8 T: Go ahead, Maria.  #nomination", "nominates"),
        ("4.0 - 5.5 T: What do you say, Maria?  #question #nomination", "new question"),
        ("4.0 - 5.5 T: Take a minute to think.  #think_prompt", "gives think time"),
        ("4.0 - 5.5 T: Because ice is lighter.", "answers"),
        ("4.0 - 5.5 T: Open your books.", "teacher goes on"),
        ("4.0 - 4.5 T: Okay?  #question #tag", "teacher goes on"),
        ("4.0 - 5.0 ?: (nothing understood)", "unclear who"),
    ],
)
def test_the_wait_ends_with_the_next_speech_and_says_whose_it_is(following: str, terminator: str) -> None:
    drawing = f"0.0 - 2.5 T: Why does ice float?  #question\n{following}"
    assert the_wait(drawing) == (1.5, terminator, "")


def test_speech_that_overlaps_the_question_makes_the_wait_zero() -> None:
    assert the_wait("0 - 3 T: Why does it float?  #question\n2.7 - 4 S1: It is light.") == (
        0.0,
        "student",
        "",
    )


def test_a_mumble_within_the_question_does_not_end_its_wait() -> None:
    drawing = "0 - 3 T: Why does it float?  #question\n1.0 - 1.4 S1: Huh.\n5 - 6 S2: It is light."
    assert the_wait(drawing) == (2.0, "student", "")


def test_somebody_who_speaks_on_when_the_question_ends_leaves_no_wait() -> None:
    drawing = "0 - 4 S1: I think that maybe it does.\n1 - 3 T: Why?  #question\n9 - 10 T: Well."
    assert the_wait(drawing) == (0.0, "student", "")


def test_speech_on_the_waveform_ends_the_wait_before_the_words_do() -> None:
    drawing = "0 - 2 T: Why?  #question\n5 - 6 S1: Because."
    speech = (Span(start=0, end=2), Span(start=4.6, end=6))
    assert the_wait(drawing, speech=speech) == (2.6, "student", "")
    speech = (Span(start=0, end=2), Span(start=3, end=3.4), Span(start=5, end=6))
    assert the_wait(drawing, speech=speech) == (1.0, "unclear who", "")


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        ("0 - 1 T: Okay?  #question #tag\n2 - 3 S1: Yes.", "tag"),
        ("0 - 1 T: Travis?  #question #nomination\n2 - 3 S1: Yes.", "by name"),
        ("0 - 1 T: Can you think about why?  #question #think_prompt\n9 - 10 S1: Yes.", "time to think"),
        ("0 - 1 T: Why?  #question\n1.5 - 2 -\n3 - 4 S1: So.", "no sound"),
        ("0 - 1 T: Why?  #question\n1 - 2 -\n3 - 4 S1: So.", "no sound"),
        ("0 - 30 *\n5 - 7 T: What have you found?  #question\n32 - 33 S1: So.", "group work"),
        ("0 - 1 T: Why?  #question\n21.5 - 22 S1: So.", "more than 20 seconds"),
        ("0 - 1 T: Why?  #question", "last question"),
        ("0 - 1 T: What is the two?  #question\n3 - 4 T: Exponent.\n4.2 - 4.6 T: Good.", "probably answered"),
        ("0 - 1 T: What is the two?  #question\n3 - 4 T: Very good, an exponent.", "probably answered"),
    ],
)
def test_what_is_no_wait_is_left_out_and_says_why(drawing: str, reason: str) -> None:
    assert reason in the_wait(drawing)[2]


@pytest.mark.parametrize(
    "drawing",
    [
        "0 - 1 T: What is the two?  #question\n1.6 - 2 T: Good.",
        "0 - 1 T: What is the two?  #question\n3 - 4 S1: Exponent.\n4.2 - 4.6 T: Good.",
        "0 - 1 T: Is it good?  #question\n3 - 4 T: Good question, is it?  #question",
        "0 - 9 *\n5 - 7 T: What have you found?  #question\n12 - 13 S1: So.",
        "0 - 1 T: Why?  #question\n21.0 - 22 S1: So.",
    ],
)
def test_the_rules_that_leave_out_do_not_reach_further_than_they_must(drawing: str) -> None:
    assert the_wait(drawing)[2] == ""


def test_silence_to_the_end_counts_once_it_shows_that_nobody_answered() -> None:
    drawing = "0 - 1 T: Why?  #question"
    assert the_wait(drawing, duration=7.0) == (6.0, "nobody heard", "")
    assert the_wait(drawing, duration=5.0)[2] != ""


def test_questions_in_a_row_without_a_student_make_one_set() -> None:
    found = episodes(
        lesson(
            """
            0 - 1 T: Why?  #question
            2 - 3 T: Why is that so?  #question
            4 - 5 S1: Because.
            6 - 7 T: Are you sure?  #question
            8 - 9 S1: Yes.
            """
        )
    )
    assert [each.in_set for each in found] == [0, 0, 1]


def test_students_questions_start_no_episode() -> None:
    assert episodes(lesson("0 - 1 S1: Why?  #question\n3 - 4 T: Well.")) == ()


def test_a_name_starts_a_wait_of_its_own() -> None:
    found = nominations(
        lesson(
            """
            0 - 2 T: Why does it float?  #question
            3 - 3.5 T: Travis?  #question #nomination
            7 - 8 S1: It is light.
            9 - 10 T: What do you say, Maria?  #question #nomination
            11 - 12 S2: The same.
            """
        )
    )
    assert [(each.duration, each.terminator, each.why_left_out) for each in found] == [
        (3.5, "student", ""),
        (1.0, "student", ""),
    ]


def test_time_to_think_runs_from_the_prompt_to_the_teachers_next_words_to_everyone() -> None:
    found = think_times(
        lesson(
            """
            0 - 2 T: Turn and talk to your neighbour.  #think_prompt
            2.5 - 4 T: Use your notes.
            5 - 35 *
            12 - 14 T: What did you two find?  #question
            36 - 37 S1: We are done.
            40 - 41 T: Let us hear.
            """
        )
    )
    assert found == (Moment(start=4, end=40, label="time to think"),)


def test_time_to_think_ends_where_the_file_has_no_sound_or_stops() -> None:
    prompt = "0 - 2 T: Take a minute to think.  #think_prompt\n"
    assert think_times(lesson(prompt + "30 - 40 -\n50 - 51 T: So?"))[0].end == 30
    assert think_times(lesson(prompt, duration=60.0))[0].end == 60


def test_a_prompt_that_the_teacher_talks_over_gives_no_time() -> None:
    talk = "\n".join(f"{i} - {i + 0.8} T: And so it goes on and on." for i in range(2, 30))
    found = think_times(lesson(f"0 - 2 T: Take a minute to think.  #think_prompt\n{talk}"))
    assert [type(each) for each in found] == [Excluded]


def test_two_prompts_in_a_row_are_one_time() -> None:
    drawing = """
        0 - 2 T: Take a minute to think.  #think_prompt
        2.5 - 4 T: Write it down.  #think_prompt
        30 - 31 T: So?  #question
        """
    assert [each.duration for each in think_times(lesson(drawing))] == [26.0]


def test_pauses_after_statements_are_where_missed_questions_would_be() -> None:
    drawing = "0 - 1 T: Now what is this\n3 - 4 S1: Ice.\n5 - 6 T: Why?  #question\n7 - 8 S1: So."
    assert [each.duration for each in pauses_after_statements(lesson(drawing))] == [2.0]
