"""Open questions: the share of questions that ask for more than a word or two.

Definition: open questions divided by open and closed ones; a closed question invites a one- or two-word
answer (as in CLASS).
How computed: a rule on the words of each question; tags and bare names are neither.
Limits: not validated: nobody has checked the rule against people. What counts as open depends on what
students can answer from memory, which no rule knows.
Source: CLASS Upper Elementary, quality of feedback and instructional dialogue; the rule is our own.
"""

from __future__ import annotations

from coachai.measures.measure import SHARE_NEEDS, Measure, cannot_say, labelled, moment, probability_of
from coachai.records import Measurement, Transcript
from coachai.uncertainty import flipped

_NOTE = "Told apart by a rule that nobody has checked against people."


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Share of open questions, 0 to 1."""
    name, unit = "open_questions", "share"
    asked = [each for each in labelled(transcript, "teacher", "question") if not each.has("tag")]
    kinds = [each for each in asked if each.has("open") or each.has("closed")]
    opened = [each for each in kinds if each.has("open")]
    moments = tuple(moment(each, "open question") for each in opened)
    n = len(kinds)
    if n < SHARE_NEEDS:
        note = f"A share needs at least {SHARE_NEEDS} questions; we can tell of {n}."
        return (cannot_say(name, unit, note, n=n, moments=moments),)
    value = len(opened) / n
    chances = [
        probability_of(each, "open") if each.has("open") else 1 - probability_of(each, "closed")
        for each in kinds
    ]
    low, high = flipped(chances, value)
    return (
        Measurement(
            measure=name, value=value, low=low, high=high, unit=unit, n=n, moments=moments, note=_NOTE
        ),
    )


MEASURE = Measure(
    name="open_questions",
    yields={"open_questions": "Open questions"},
    rests_on="teacher_words",
    compute=compute,
)
