"""Open wait time: how long the teacher waits after an open question to the whole class.

Definition: wait time 1 (end of the question to the next speech by anyone), after questions that ask for
more than a word or two.
How computed: as wait time 1, over the questions labelled open that do not call on one student by name.
Left out, each with its reason: what wait time 1 leaves out, and questions to one student.
Limits: open and closed are told apart by a rule that nobody has checked against people.
Source: Rowe 1974, 1986; the idea of longer waits for open questions: Tobin 1987, Ingram and Elliott 2014.
"""

from __future__ import annotations

from dataclasses import replace

from coachai.episodes import counted, episodes, left_out
from coachai.measures.measure import Measure, median_wait
from coachai.records import Measurement, Transcript

_NAMED = "asked of one student by name; see the waits after a nomination"


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Median wait after an open whole-class question (s)."""
    found = [
        replace(each, why_left_out=each.why_left_out or (_NAMED if each.question.has("nomination") else ""))
        for each in episodes(transcript)
        if each.question.has("open")
    ]
    nothing = "We heard no open question to the whole class that we can time."
    return (median_wait(transcript, "open_wait_time", counted(found), left_out(found), nothing),)


MEASURE = Measure(
    name="open_wait_time",
    yields={"open_wait_time": "Wait after an open question"},
    rests_on="teacher_words",
    compute=compute,
)
