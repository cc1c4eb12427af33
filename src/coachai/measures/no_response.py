"""No response: what the teacher did when nobody answered.

Definition: a question after which nobody speaks for 5 seconds or more and then no student does; the
moment tells what the teacher did next: repeats, asks a new question, calls on somebody, answers, gives
think time or goes on.
How computed: from the episodes of wait time 1; the value is their number, each moment runs from the
question to the end of what the teacher said next.
Limits: whether the new question was simpler or better only a person can tell. Raised hands and faces
are not heard.
Source: BloomBoard's Wait Time micro-credential (after 5 to 10 seconds repeat, rephrase or simplify).
"""

from __future__ import annotations

from coachai.episodes import NO_RESPONSE_SECONDS, Episode, counted, episodes
from coachai.measures.measure import Measure, moment, pause_sample
from coachai.records import Measurement, Span, Transcript
from coachai.uncertainty import count, interval

_SOMEBODY = frozenset({"student", "several", "unclear who"})


def compute(transcript: Transcript) -> tuple[Measurement, ...]:
    """Number of questions that nobody answered within 5 s, with what the teacher did next."""
    found = [
        each
        for each in counted(episodes(transcript))
        if each.duration >= NO_RESPONSE_SECONDS and each.terminator not in _SOMEBODY
    ]
    low, high = interval(pause_sample(transcript, found), count, float(len(found)))
    return (
        Measurement(
            measure="no_response_recovery",
            value=float(len(found)),
            low=low,
            high=high,
            unit="count",
            n=len(found),
            moments=tuple(moment(_whole(each), each.terminator) for each in found),
        ),
    )


def _whole(episode: Episode) -> Span:
    after = episode.next
    return Span(
        start=episode.question.start, end=episode.end if after is None else max(after.end, episode.end)
    )


MEASURE = Measure(
    name="no_response",
    yields={"no_response_recovery": "What you did when nobody answered"},
    rests_on="teacher_words",
    compute=compute,
)
