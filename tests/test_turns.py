"""Who holds the floor, on drawn timelines."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given

from coachai.episodes import episodes
from coachai.measures import measure_all
from coachai.records import Correction, LessonPart, LessonPartKind, Span, Transcript
from coachai.timeline import intersected, total
from coachai.turns import (
    after_responses,
    floor_turns,
    long_silences,
    responses,
    student_runs,
    thirds,
    time_by_class,
    whole_class,
    whole_class_seconds,
)
from tests.lessons import lessons, unhurried
from tests.timeline import lesson


def test_every_second_with_sound_is_in_exactly_one_class() -> None:
    classes = time_by_class(
        lesson(
            """
            0 - 4 T: Well then.
            3 - 6 S1: But why?
            7 - 9 *
            8 - 10 T: Quiet please.
            11 - 12 ?: (nothing understood)
            13 - 15 -
            """
        )
    )
    assert total(classes.teacher) == 4.0
    assert total(classes.student) == 2.0
    assert total(classes.several) == 3.0
    assert total(classes.unknown) == 1.0
    assert total(classes.silence) == 3.0


@unhurried
@given(lessons())
def test_the_classes_never_overlap_and_fill_the_recording(transcript: Transcript) -> None:
    classes = time_by_class(transcript)
    parts = [classes.teacher, classes.student, classes.several, classes.unknown, classes.silence]
    filled = sum(total(part) for part in parts) + total(transcript.missing)
    assert abs(filled - transcript.duration) < 1e-6
    assert abs(total([span for part in parts for span in part]) + total(transcript.missing) - filled) < 1e-6


def test_a_backchannel_leaves_the_floor_where_it_is() -> None:
    turns = floor_turns(
        lesson("0 - 5 T: So the ice is lighter.\n5 - 5.5 S1: Mm-hm.\n5.5 - 9 T: And that is why it floats.")
    )
    assert [(turn.role, turn.start, turn.end) for turn in turns] == [("teacher", 0, 9)]


def test_a_short_answer_to_a_question_takes_the_floor() -> None:
    turns = floor_turns(lesson("0 - 5 T: Is it lighter?  #question\n5.4 - 5.9 S1: Yes.\n6 - 9 T: It is."))
    assert [turn.role for turn in turns] == ["teacher", "student", "teacher"]


def test_missing_sound_a_chorus_and_a_long_silence_end_a_turn() -> None:
    for between in ("3 - 4 -", "3 - 4 *", ""):
        after = 24 if not between else 5
        turns = floor_turns(lesson(f"0 - 3 T: One two.\n{between}\n{after} - {after + 2} T: Three four."))
        assert len(turns) == 2, between
    assert len(floor_turns(lesson("0 - 3 T: One two.\n22 - 24 T: Three four."))) == 1


def test_a_turn_counts_its_speech_not_its_pauses() -> None:
    (turn,) = floor_turns(lesson("0 - 2 S1: I think that\n5 - 6 S1: it floats."))
    assert (turn.duration, turn.seconds, turn.words) == (6.0, 3.0, 5)


def test_a_pause_of_less_than_three_seconds_is_within_a_response() -> None:
    assert len(responses(lesson("0 - 2 S1: I think\n4.9 - 6 S1: it floats."))) == 1
    assert len(responses(lesson("0 - 2 S1: I think\n5.0 - 6 S1: it floats."))) == 2
    assert len(responses(lesson("0 - 2 S1: I think\n2.2 - 2.6 T: Mm-hm.\n3 - 6 S1: it floats."))) == 1
    assert len(responses(lesson("0 - 2 S1: I think\n2.2 - 3 T: Go on then.\n3 - 6 S1: it floats."))) == 2


def test_the_pause_after_a_response_belongs_to_whoever_speaks_next() -> None:
    drawing = """
        0 - 2 S1: It is light.
        3 - 4 S2: No it is not.
        4.5 - 6 T: Why?  #question
        7 - 8 S1: Because.
        12 - 13 S1: It floats.
        13.5 - 14.5 ?: (nothing understood)
        16 - 17 S3: And oil?
        """
    assert [(each.duration, each.why_left_out) for each in after_responses(lesson(drawing))] == [
        (1.0, "another student spoke next"),
        (0.5, ""),
        (4.0, "the same student went on"),
        (0.5, "we cannot tell who spoke next"),
        (0.0, "the last words before the end of the recording"),
    ]


def test_a_run_needs_two_students_and_no_teacher_between_them() -> None:
    drawing = """
        0 - 2 S1: It is light.
        3 - 4 S2: No it is not.
        4.2 - 4.6 T: Hm.
        5 - 6 S1: It is.
        7 - 9 T: Let us see.
        10 - 11 S1: It floats.
        15 - 16 S1: It does.
        17 - 19 T: Yes.
        20 - 21 S2: I see.
        """
    runs = student_runs(lesson(drawing))
    assert [[turn.start for turn in run] for run in runs] == [[0, 3, 5]]


def test_long_silence_group_work_and_missing_sound_are_not_whole_class_time() -> None:
    drawing = "0 - 10 T: So.\n40 - 60 *\n60 - 70 -\n70 - 100 T: So."
    assert long_silences(lesson(drawing)) == (Span(start=10, end=40),)
    assert whole_class_seconds(lesson(drawing)) == 40


def test_wordless_speech_under_complete_captions_in_a_noisy_room_is_murmur() -> None:
    drawing = "0 - 4 T: Why?  #question\n5 - 6 ?: (nothing understood)\n8 - 10 S1: So."
    quiet = lesson(drawing, coverage=0.95)
    noisy = replace(quiet, quality=replace(quiet.quality, snr_db=22.0))
    sparse = replace(noisy, words_from=replace(noisy.words_from, coverage=0.7))
    heard = replace(noisy, words_from=replace(noisy.words_from, recogniser="pocketsphinx"))
    assert [episodes(each)[0].duration for each in (quiet, noisy, sparse, heard)] == [1.0, 4.0, 1.0, 1.0]
    assert [total(time_by_class(each).unknown) for each in (quiet, noisy)] == [1.0, 0.0]
    assert [total(time_by_class(each).silence) for each in (quiet, noisy)] == [3.0, 4.0]


def test_a_student_drowned_by_several_voices_does_not_tie_a_run_to_what_comes_much_later() -> None:
    drawing = """
        0 - 2 S1: It floats.
        3 - 6 S2: No.
        3.5 - 6 *
        7 - 9 T: Let us look again.
        60 - 62 S2: It sinks.
        """
    assert student_runs(lesson(drawing)) == ()


GROUPS = """
     0 -   2 T: Why does ice float?  #question
     5 -   7 S1: It is lighter.
     8 -  10 T: Now work with your group.
    30 -  32 T: What do you two see?  #question
    36 -  38 S2: It rises a little.
    40 -  42 T: And why does it?  #question
    90 -  92 T: What did you find?  #question
    95 -  97 S1: It stays the same.
"""


def named(kind: LessonPartKind, start: float, end: float) -> LessonPart:
    made = Correction(id="c1", what="lesson_part", was="whole_class", now=kind, who="MR", made="")
    return LessonPart(start=start, end=end, kind=kind, correction=made)


def test_what_a_person_names_group_work_holds_no_waits_and_is_no_whole_class_time() -> None:
    heard = lesson(GROUPS)
    groups = replace(heard, parts=(named("group_work", 10.0, 80.0),))
    alone = replace(heard, parts=(named("independent_work", 10.0, 80.0),))
    reasons = [[each.why_left_out for each in episodes(transcript)] for transcript in (heard, groups, alone)]
    assert reasons[0][:2] == ["", ""]
    assert reasons[1][:2] == ["", "asked during group work or with several voices"]
    assert reasons[2][:2] == ["", "asked while students work on their own"]
    assert [each[-1] for each in reasons] == ["", "", ""]
    assert whole_class_seconds(groups) == whole_class_seconds(alone) == 17.0
    assert [each.why_left_out for each in after_responses(heard)][1] == ""
    assert [each.why_left_out for each in after_responses(groups)][1].startswith("said while students work")


def test_what_a_person_names_whole_class_talk_is_that_however_it_sounds() -> None:
    heard = lesson("0 - 2 T: All together?  #question\n2 - 22 *\n23 - 25 T: Good.")
    assert whole_class_seconds(heard) == 5.0
    told = replace(heard, parts=(named("whole_class", 0.0, 25.0),))
    assert whole_class_seconds(told) == 25.0


def test_each_third_of_a_lesson_has_as_much_whole_class_time() -> None:
    drawn = lesson(
        "0 - 5 T: So.\n60 - 90 *\n100 - 105 T: So.\n150 - 155 T: So.\n190 - 195 T: So.\n15 - 20 S1: A."
        "\n30 - 35 T: A.\n45 - 50 T: A.\n115 - 120 T: A.\n135 - 140 T: A.\n170 - 175 T: A."
    )
    first, middle, last = thirds(drawn)
    assert (first.start, first.end, middle.end, last.end) == (0.0, middle.start, last.start, 195.0)
    assert [first.end, middle.end] == [pytest.approx(55.0), pytest.approx(140.0)]


@unhurried
@given(lessons())
def test_thirds_are_the_lesson_and_share_its_whole_class_time(drawn: Transcript) -> None:
    parts = thirds(drawn)
    assert (parts[0].start, parts[2].end) == (0.0, drawn.duration)
    assert all(before.end == after.start for before, after in pairwise(parts))
    talk = whole_class(drawn)
    for part in parts if talk else ():
        assert sum(each.duration for each in intersected(talk, [part])) == pytest.approx(
            whole_class_seconds(drawn) / 3, abs=1e-6
        )


def test_questions_in_named_group_work_are_not_in_the_rate() -> None:
    rows = "\n".join(f"{20 * k} - {20 * k + 2} T: Why is it so number {k}?  #question" for k in range(12))
    heard = lesson(rows, duration=240.0)
    groups = replace(heard, parts=(named("group_work", 100.0, 200.0),))
    rate = next(each for each in measure_all(groups) if each.measure == "question_rate")
    assert rate.n == 7
    assert [each.start for each in rate.excluded] == [100.0, 120.0, 140.0, 160.0, 180.0]
    assert rate.value == 7 * 600 / 140
