"""What a measure is: a pure function of a Transcript, and what a reader must know about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median as middle
from typing import Literal

from coachai.episodes import Episode, pauses_after_statements
from coachai.records import Excluded, Measurement, Moment, Span, Transcript, Utterance
from coachai.uncertainty import Sample, errors_of, interval, median
from coachai.validation import source_key, validation_of

RestsOn = Literal["sound", "teacher_words", "student_words"]

WORDS_NEEDED = 0.6
"""Share of the speech that words must cover before a measure that rests on words says anything."""

TEACHER_KNOWN = 0.5
"""How sure we must be which voice teaches before a measure speaks of teacher and students."""

SHARE_NEEDS = 10
"""Fewest episodes for a share: below, its 95 % interval is wider than half of all shares (science.md 1.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One entry of `MEASURES`.

    `yields` maps each measurement's name to a short title a teacher understands, in order of display.
    `rests_on` is the weakest thing the numbers depend on: only sound and roles, the teacher's words,
    or students' words (which recognisers lose first). `compute` returns one Measurement per name.
    `needs_teacher`: without a known teacher there is nothing to say.
    """

    name: str
    yields: Mapping[str, str]
    rests_on: RestsOn
    compute: Callable[[Transcript], tuple[Measurement, ...]]
    needs_teacher: bool = True


def take(measure: Measure, transcript: Transcript) -> tuple[Measurement, ...]:
    """Compute a measure, and take its numbers back where the recording cannot carry them.

    Moments stay: they were heard. Every measurement gets its validation for this source of words.
    """
    reason = why_cannot_say(measure, transcript)
    source = source_key(transcript.words_from)
    taken = (
        replace(each, validation=validation_of(each.measure, source)) for each in measure.compute(transcript)
    )
    if not reason:
        return tuple(taken)
    return tuple(replace(each, value=None, low=None, high=None, note=reason) for each in taken)


def why_cannot_say(measure: Measure, transcript: Transcript) -> str:
    """The reason why this recording carries no number for a measure; empty where it does."""
    words = transcript.words_from
    if not transcript.utterances:
        return "Nobody was heard speaking."
    if measure.needs_teacher and not teacher_known(transcript):
        return "We could not tell which voice is the teacher's."
    if measure.rests_on == "sound" or words.coverage >= WORDS_NEEDED:
        return ""
    if words.recogniser == "none" or words.coverage == 0:
        return "This recording was looked at without its words."
    return f"We have words for only {words.coverage:.0%} of the speech, too few to count."


def teacher_known(transcript: Transcript) -> bool:
    """Whether some voice is known to be the teacher's."""
    certain = transcript.teacher_confidence >= TEACHER_KNOWN
    return certain and any(each.role == "teacher" for each in transcript.utterances)


def cannot_say(
    name: str, unit: str, note: str, *, n: int = 0, moments: tuple[Moment, ...] = ()
) -> Measurement:
    """A measurement without a value, and why; moments that were heard may stay."""
    return Measurement(
        measure=name, value=None, low=None, high=None, unit=unit, n=n, moments=moments, note=note
    )


def moment(span: Span, label: str) -> Moment:
    """A span as a moment to play."""
    return Moment(start=span.start, end=span.end, label=label)


def median_wait(
    transcript: Transcript,
    name: str,
    waits: Sequence[Episode],
    excluded: tuple[Excluded, ...],
    nothing: str,
) -> Measurement:
    """The median of pauses (s) as a measurement, each pause a moment labelled with what ended it.

    `nothing` is the note where there are no waits.
    """
    if not waits:
        return replace(cannot_say(name, "s", nothing), excluded=excluded)
    value = middle(each.duration for each in waits)
    low, high = interval(pause_sample(transcript, waits), median, value)
    return Measurement(
        measure=name,
        value=value,
        low=low,
        high=high,
        unit="s",
        n=len(waits),
        moments=tuple(moment(each, each.terminator) for each in waits),
        excluded=excluded,
    )


def pause_sample(transcript: Transcript, waits: Sequence[Episode]) -> Sample:
    """Pauses after questions, with what is uncertain about them: edges, false and missed questions."""
    errors = errors_of(transcript)
    return Sample(
        values=[each.duration for each in waits],
        real=[
            errors.trust * probability_of(each.question, "question") * each.question.role_confidence
            for each in waits
        ],
        spread=errors.boundary,
        shift=errors.shift,
        recall=errors.recall,
        others=[each.duration for each in pauses_after_statements(transcript)],
        unlike=errors.unlike,
    )


def labelled(transcript: Transcript, role: str, label: str) -> tuple[Utterance, ...]:
    """The utterances of a role that carry a label."""
    return tuple(each for each in transcript.utterances if each.role == role and each.has(label))


def probability_of(utterance: Utterance, label: str) -> float:
    """How probable a label of an utterance is (0 where it has none of that name)."""
    return max((each.probability for each in utterance.labels if each.name == label), default=0.0)


def joined(notes: Iterable[str]) -> str:
    """Sentences in one note; empty ones left out."""
    return " ".join(filter(None, notes))
