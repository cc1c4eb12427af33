"""The measures: one function per file, Transcript -> Measurements. `MEASURES` is the whole list."""

from __future__ import annotations

from coachai.measures import (
    activity,
    adjusting,
    focusing_share,
    no_response,
    open_questions,
    open_wait_time,
    praise,
    press_for_reasoning,
    question_rate,
    speech_rate,
    student_ideas,
    student_moves,
    student_reasoning,
    student_to_student,
    student_turn_length,
    student_turns,
    talk_moves,
    talk_ratio,
    teacher_stretch,
    think_time,
    time_budget,
    wait_after_nomination,
    wait_time_1,
    wait_time_2,
    whole_class_elicitations,
    work_time,
)
from coachai.measures.measure import Measure, take
from coachai.records import Measurement, Transcript
from coachai.unsure import relied_on

MEASURES: tuple[Measure, ...] = (
    wait_time_1.MEASURE,
    open_wait_time.MEASURE,
    wait_after_nomination.MEASURE,
    think_time.MEASURE,
    work_time.MEASURE,
    no_response.MEASURE,
    wait_time_2.MEASURE,
    student_to_student.MEASURE,
    talk_ratio.MEASURE,
    time_budget.MEASURE,
    student_turns.MEASURE,
    student_turn_length.MEASURE,
    teacher_stretch.MEASURE,
    question_rate.MEASURE,
    open_questions.MEASURE,
    talk_moves.MEASURE,
    press_for_reasoning.MEASURE,
    student_ideas.MEASURE,
    focusing_share.MEASURE,
    student_reasoning.MEASURE,
    student_moves.MEASURE,
    praise.MEASURE,
    whole_class_elicitations.MEASURE,
    adjusting.MEASURE,
    speech_rate.MEASURE,
    activity.MEASURE,
)
"""Every measure, in order of display: one line each."""


def measure_all(transcript: Transcript) -> tuple[Measurement, ...]:
    """Every measurement of a transcript, in order of display. Never raises for a valid Transcript.

    Words that are unsure are not read.
    """
    heard = relied_on(transcript)
    return tuple(each for measure in MEASURES for each in take(measure, heard))
