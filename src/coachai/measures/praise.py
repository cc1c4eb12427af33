"""Praise: what the teacher praises, and whether the teacher says "yet".

Definition: process praise names what a student did (effort, strategy, choices); person praise names what
a student is ("you are so smart"); "yet" turns "I cannot" into "not yet".
How computed: rules on the teacher's words; the values are numbers of sentences, each a moment.
Limits: tone and sincerity are not heard, and the rules have not been checked against people.
Source: Mueller and Dweck 1998; the growth mindset micro-credential of Digital Promise; Hunkins et al.
2022 for how well words alone can tell (mean r .55).
"""

from __future__ import annotations

from coachai.measures.measure import Labelled, Measure, count_labelled
from coachai.records import Measurement, Transcript

_PROCESS_PRAISE = Labelled(role="teacher", name="process_praise", moment="process praise", with_student=True)
_PERSON_PRAISE = Labelled(role="teacher", name="person_praise", moment="person praise", with_student=True)
_SAYS_YET = Labelled(role="teacher", name="yet", moment="says yet")


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """How many there are, each a moment."""
    return (
        count_labelled(transcript, "process_praise", _PROCESS_PRAISE),
        count_labelled(transcript, "person_praise", _PERSON_PRAISE),
        count_labelled(transcript, "says_yet", _SAYS_YET),
    )


MEASURE = Measure(
    name="praise",
    yields={
        "process_praise": "Praise for what a student did",
        "person_praise": "Praise for what a student is",
        "says_yet": 'You say "yet"',
    },
    rests_on="teacher_words",
    compute=compute,
)
