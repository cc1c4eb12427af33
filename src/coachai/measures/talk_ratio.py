"""Talk ratio: the teacher's share of the talk.

Definition: the teacher's speaking time divided by the speaking time of the teacher and of single
students, from 0 to 1 (Flanders 1970 counted such shares by the clock).
How computed: from the stretches of speech in the waveform and who speaks in them; words play no part.
Time with several voices at once (group work, choruses) is neither the teacher's nor a student's and is
left out, as is speech of which we cannot tell whose it is; its share widens the interval.
Limits: a microphone near the teacher hears students less well, so the share may be too high; where no
student is heard at all there is no share, and where something faint was heard the interval covers it.
A share of time must not be compared with a share of words. No share is right for every lesson.
Source: Flanders 1970.
"""

from __future__ import annotations

from coachai.measures.measure import NO_STUDENT, STUDENTS_MISSED, Measure, cannot_say, joined
from coachai.mishearing import is_faint
from coachai.records import Measurement, Transcript
from coachai.timeline import total
from coachai.turns import time_by_class
from coachai.uncertainty import enclosing, time_draws

_UNCLEAR = 0.1
"""From this share of unattributed speech on, the note says so."""


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Teacher / (teacher + student) speaking time, 0 to 1."""
    name, unit = "talk_ratio", "ratio"
    classes = time_by_class(transcript)
    seconds = {
        "teacher": total(classes.teacher),
        "student": total(classes.student),
        "several": total(classes.several),
        "unknown": total(classes.unknown),
        "silence": total(classes.silence),
    }
    known = seconds["teacher"] + seconds["student"]
    if known == 0:
        return (cannot_say(name, unit, "We heard neither the teacher nor a student speak alone."),)
    if seconds["student"] == 0:
        return (cannot_say(name, unit, NO_STUDENT),)
    value = seconds["teacher"] / known
    drawn = time_draws(transcript, seconds)
    low, high = enclosing(drawn["teacher"] / (drawn["teacher"] + drawn["student"]), value)
    unclear = seconds["unknown"] / (known + seconds["unknown"])
    note = f"For {unclear:.0%} of the speech we cannot tell who speaks." if unclear >= _UNCLEAR else ""
    note = joined([note, STUDENTS_MISSED if is_faint(transcript) else ""])
    n = sum(each.role != "unknown" for each in transcript.utterances)
    return (Measurement(measure=name, value=value, low=low, high=high, unit=unit, n=n, note=note),)


MEASURE = Measure(
    name="talk_ratio", yields={"talk_ratio": "Your share of the talk"}, rests_on="sound", compute=compute
)
