"""Who talks, how long, and how the time divides."""

from __future__ import annotations

from itertools import pairwise

import pytest

from coachai.measures import measure_all
from coachai.records import Measurement
from tests.timeline import lesson


def measured(drawing: str, name: str, **changes: object) -> Measurement:
    return next(each for each in measure_all(lesson(drawing, **changes)) if each.measure == name)


def test_talk_ratio_leaves_out_several_voices_and_unknown_speech() -> None:
    drawing = """
        0 - 30 T: So this is how it goes.
        31 - 41 S1: I see.
        50 - 80 *
        55 - 60 T: Quiet.
        81 - 91 ?: (nothing understood)
        """
    found = measured(drawing, "talk_ratio")
    assert found.value == pytest.approx(0.75)
    assert "For 20% of the speech we cannot tell who speaks." in found.note
    known = measured("0 - 30 T: So.\n31 - 41 S1: I see.", "talk_ratio")
    assert known.note == ""
    assert found.high - found.low > known.high - known.low


def test_nobody_alone_gives_no_ratio() -> None:
    found = measured("0 - 5 *\n0 - 5 T: All together now.", "talk_ratio")
    assert (found.value, found.note) == (None, "We heard neither the teacher nor a student speak alone.")


def test_the_time_budget_adds_up_and_divides_unknown_speech_as_the_rest() -> None:
    drawing = """
        0 - 30 T: So this is how it goes.
        30 - 40 S1: I see.
        40 - 60 *
        60 - 72 ?: (nothing understood)
        80 - 90 -
        """
    names = ("teacher_time", "student_time", "several_voices_time", "no_speech_time")
    found = [measured(drawing, name, duration=110.0) for name in names]
    assert [each.value for each in found] == pytest.approx([0.36, 0.12, 0.24, 0.28])
    assert sum(each.value or 0 for each in found) == pytest.approx(1.0)
    assert found[0].low < 0.32
    assert found[0].high > 0.38
    assert all("12% of the time" in each.note for each in found)


def test_turns_of_students_are_counted_and_timed() -> None:
    drawing = """
        0 - 3 T: What is it?  #question
        3.5 - 4.1 S1: Ice.
        5 - 9 T: And what else could it be now?  #question
        10 - 12 S2: It could be water or a kind of very cold glass maybe.
        13 - 14 S3: (nothing understood)
        15 - 20 T: So it is.
        21 - 22 S1: (nothing understood)
        """
    assert measured(drawing, "student_turns").value == 3.0
    assert measured(drawing, "student_turn_seconds").value == pytest.approx((0.6 + 3.0 + 1.0) / 3)
    length = measured(drawing, "student_turn_length")
    assert (length.value, length.n) == (6.5, 2)
    assert [each.label for each in length.moments] == ["12 words"]
    assert [each.reason for each in length.excluded] == ["no words were understood"]


def test_no_student_heard_is_not_told_as_no_student_talk() -> None:
    for name in ("student_turns", "student_turn_seconds", "student_time", "talk_ratio"):
        found = measured("0 - 3 T: So.", name)
        assert (found.value, found.low, found.high) == (None, None, None)
        assert found.note == "We heard no student speak alone. Student talk may be missed here."
    assert measured("0 - 3 T: So.", "student_turn_length").value is None


def test_a_pause_of_three_seconds_and_a_student_break_a_stretch_a_backchannel_does_not() -> None:
    drawing = """
        0 - 5 T: One two three.
        5.1 - 5.6 S1: Mm-hm.
        5.7 - 10 T: Four five six.
        12.9 - 14 T: Seven.
        17.0 - 25 T: Eight.
        26 - 27 S1: But why is it so?
        28 - 33 T: Nine.
        """
    found = measured(drawing, "longest_teacher_stretch")
    assert (found.value, found.n) == (14.0, 3)
    assert [(each.start, each.end) for each in found.moments] == [(0.0, 14.0)]
    assert measured("0 - 3 S1: So.\n3 - 3.4 T: Mm.", "longest_teacher_stretch").note == ""


def test_speech_rate_is_words_in_the_teachers_own_minutes() -> None:
    words = " ".join(["word"] * 60)
    found = measured(f"0 - 20 T: {words}\n30 - 50 T: {words}\n60 - 70 S1: So.", "teacher_speech_rate")
    assert found.value == pytest.approx(180.0)
    assert found.low < 180 < found.high
    assert measured("0 - 20 T: So.", "teacher_speech_rate").value is None


def test_the_timeline_tells_stretches_of_half_a_minute_or_more() -> None:
    drawing = """
        0 - 60 T: Teacher talk.
        60 - 100 S1: Student talk.
        100 - 110 T: A word between.
        110 - 130 S2: Student talk.
        130 - 200 *
        280 - 310 T: Teacher talk.
        """
    found = measured(drawing, "activity_timeline")
    drawn = [(0, "teacher talk"), (60, "student talk"), (130, "several voices"), (200, "quiet work")]
    drawn.append((280, "teacher talk"))
    step = 5.0
    assert [(each.start, each.label) for each in found.moments] == [
        (pytest.approx(start, abs=step), label) for start, label in drawn
    ]
    assert all(before.end == after.start for before, after in pairwise(found.moments))
    assert found.moments[-1].end == 310
    assert found.value is None


def test_the_timeline_mixes_and_stops_at_missing_sound() -> None:
    turns = "\n".join(f"{8 * i} - {8 * i + 4} T: So.\n{8 * i + 4} - {8 * i + 8} S1: So." for i in range(8))
    found = measured(f"{turns}\n64 - 124 -\n124 - 184 T: So.", "activity_timeline")
    assert [each.label for each in found.moments] == ["mixed", "teacher talk"]
    assert 60 <= found.moments[0].end <= 70
    assert 120 <= found.moments[1].start <= 125
