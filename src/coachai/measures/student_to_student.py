"""Student to student: stretches in which students answer each other.

Definition: a run of at least two students' responses, one after the other, without the teacher between
them; a "mm-hm" by the teacher does not break it.
How computed: from the order of speakers; the value is the number of runs, each of them a moment.
Limits: from the sound alone, two children can sound like one and one like two; with names from captions
the count is safer. Talk in groups is heard as several voices and is not in this number.
Source: the exception in Rowe's wait time 2; the student-to-student talk of discussion rubrics
(Danielson 3b).
"""

from __future__ import annotations

from coachai.measures.measure import Measure, moment, role_certainties
from coachai.records import Measurement, Span, Transcript
from coachai.turns import student_runs
from coachai.uncertainty import Sample, count, interval

NAMED, UNNAMED = 0.97, 0.7
"""How likely a change of student is true with names, and from the sound alone (a guess)."""

RECALL = {True: (0.9, 1.0), False: (0.5, 0.9)}
"""Share of the runs that are found with names, and from the sound alone (a guess)."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Number of student-to-student runs."""
    runs = student_runs(transcript)
    names = transcript.words_from.names
    sample = Sample(
        values=[1.0] * len(runs),
        real=[(NAMED if names else UNNAMED) * min(role_certainties(transcript, run)) for run in runs],
        recall=RECALL[names],
    )
    value = float(len(runs))
    low, high = interval(sample, count, value)
    return (
        Measurement(
            measure="student_to_student",
            value=value,
            low=low,
            high=high,
            unit="count",
            n=len(runs),
            moments=tuple(
                moment(Span(start=run[0].start, end=max(turn.end for turn in run)), "student to student")
                for run in runs
            ),
        ),
    )


MEASURE = Measure(
    name="student_to_student",
    yields={"student_to_student": "Students answer each other"},
    rests_on="sound",
    compute=compute,
)
