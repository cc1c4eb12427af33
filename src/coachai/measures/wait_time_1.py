"""Wait time 1: how long the teacher waits after asking.

Definition: the time from the end of a teacher's question to the next speech by anyone, a student or the
teacher again (Rowe 1974, 1986). Speech that overlaps the question makes it 0 s.
How computed: every teacher utterance that asks, tags such as "okay?" apart, starts one episode; its end
is the question's last word and its wait ends where the waveform has speech again. What ended the wait is
kept: a student, several voices, or the teacher who repeats, asks a new question, calls on somebody,
answers, gives think time or goes on. The value is the median; with ten waits or more there is also the
share of waits of at least 3 seconds. In a noisy room, under captions that have nearly all the words,
speech without words is taken for the murmur behind the lesson and ends no wait.
Left out, each with its reason: tags, bare nominations, structured think time, silences of more than
20 seconds (work time), questions during group work, waits that touch missing sound, answers that only
the teacher seems to have heard ("Exponent. Good."), and the last question before the end.
Limits: a long wait is not a fault nor a merit by itself: quick checks need none. What the teacher did
next is guessed from words. Thinking that shows in faces and hands is not heard.
Source: Rowe 1974, 1986; Stahl 1994; coding rules of Ingram and Elliott 2014 for nominations.
"""

from __future__ import annotations

from collections.abc import Sequence

from coachai.episodes import Episode, counted, episodes, left_out
from coachai.measures.measure import (
    SHARE_NEEDS,
    Measure,
    cannot_say,
    median_wait,
    moment,
    pause_sample,
)
from coachai.records import Measurement, Transcript
from coachai.uncertainty import interval, share_at_least

LONG_WAIT = 3.0
"""Seconds, for the share of long waits (Rowe's 3-second criterion)."""

_NOTHING = "We heard no question by the teacher that we can time."


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Median wait after a question (s), and the share of waits of at least 3 s."""
    found = episodes(transcript)
    waits = counted(found)
    median = median_wait(transcript, "wait_time_1", waits, left_out(found), _NOTHING)
    return median, _long_share(transcript, waits)


def _long_share(transcript: Transcript, waits: Sequence[Episode]) -> Measurement:
    name, unit = "wait_time_1_at_least_3s", "share"
    long = [each for each in waits if each.duration >= LONG_WAIT]
    moments = tuple(moment(each, each.terminator) for each in long)
    if len(waits) < SHARE_NEEDS:
        note = f"A share needs at least {SHARE_NEEDS} questions; we timed {len(waits)}."
        return cannot_say(name, unit, note, n=len(waits), moments=moments)
    value = len(long) / len(waits)
    low, high = interval(pause_sample(transcript, waits), share_at_least(LONG_WAIT), value)
    return Measurement(
        measure=name, value=value, low=low, high=high, unit=unit, n=len(waits), moments=moments
    )


MEASURE = Measure(
    name="wait_time_1",
    yields={
        "wait_time_1": "Wait after you ask",
        "wait_time_1_at_least_3s": "Waits of three seconds or more",
    },
    rests_on="teacher_words",
    compute=compute,
)
