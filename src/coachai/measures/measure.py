"""What a measure is: a pure function of a Transcript, and what a reader must know about it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median as middle
from typing import Literal

from coachai.chances import hints, is_read, tally_of
from coachai.episodes import Episode, pauses_after_statements
from coachai.label_figures import is_counted, variant_of
from coachai.languages import is_understood, language_name
from coachai.mishearing import errors_of, inaudible
from coachai.readings import READING_NAMES
from coachai.records import Excluded, Measurement, Moment, Role, Span, Transcript, Utterance
from coachai.telling import LOOK_HERE
from coachai.turns import FloorTurn
from coachai.uncertainty import Sample, count, interval, median, sharpened, surest, tallied
from coachai.validation import source_key, validation_of

RestsOn = Literal["sound", "teacher_words", "student_words"]

WORDS_NEEDED = 0.6
"""Share of the speech that words must cover before a measure that rests on words says anything."""

TEACHER_KNOWN = 0.5
"""How sure we must be which voice teaches before a measure speaks of teacher and students."""

SHARE_NEEDS = 10
"""Fewest episodes for a share: below, its 95 % interval is wider than half of all shares (science.md 1.2)."""

STUDENT_BEFORE = 10.0
"""Seconds: a student's words at most so long before belong to the same moment."""

LABEL_RECALL = (0.6, 0.95)
"""Share of the labelled things that rules find; a wide guess, for no label but `question` was checked."""

STUDENTS_MISSED = "Student talk may be missed here."
NO_STUDENT = f"We heard no student speak alone. {STUDENTS_MISSED}"
"""A microphone may not reach them: no student heard is never told as no student talk."""

MOMENTS_ONLY = "Moments to look at; how many there are says nothing, because too many are missed."
UNCHECKED = "Moments to look at; nobody has checked how many of them are right."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Utterances of a role that carry a label, and how their moments are called.

    `with_student`: a moment starts with what a student said before it. `perhaps`: what comes after "look
    here: perhaps", where it is not `moment`.
    """

    role: Role
    name: str
    moment: str
    with_student: bool = False
    note: str = ""
    perhaps: str = ""


def take(measure: Measure, transcript: Transcript) -> tuple[Measurement, ...]:
    """Compute a measure, and take its numbers back where the recording cannot carry them.

    Where noise or faintness hides what was said nothing is told, and no moments either. Moments stay where
    only words are scarce: those were heard. Where the teacher is unknown they go too, for they would be
    about the wrong person. Every measurement gets its validation for this source.
    """
    source, variant = source_key(transcript.words_from), variant_of(transcript)
    share = coverage_of(measure, transcript)
    taken = tuple(
        replace(each, validation=validation_of(each.measure, source, variant), coverage=share)
        for each in measure.compute(transcript)
    )
    reason = inaudible(transcript)
    if not reason and measure.needs_teacher and not teacher_known(transcript):
        reason = "We could not tell which voice is the teacher's."
    if reason:
        return tuple(
            replace(cannot_say(each.measure, each.unit, reason), validation=each.validation, coverage=share)
            for each in taken
        )
    reason = too_few_words(measure, transcript)
    if not reason:
        return taken
    return tuple(replace(each, value=None, low=None, high=None, note=reason) for each in taken)


def coverage_of(measure: Measure, transcript: Transcript) -> float:
    """Share of the lesson that a measure speaks for: its sound, and for words what of it was understood."""
    words = 1.0 if measure.rests_on == "sound" else transcript.words_from.coverage
    return round(transcript.coverage * words, 3)


def too_few_words(measure: Measure, transcript: Transcript) -> str:
    """Why the words do not carry a measure that rests on them; empty where they do."""
    words = transcript.words_from
    if measure.rests_on == "sound":
        return ""
    if words.coverage >= WORDS_NEEDED and is_understood(transcript.language):
        return ""
    if not is_understood(transcript.language):
        spoken = language_name(transcript.language)
        return f"The lesson is in {spoken}. We count words and questions in English only."
    if words.recogniser == "none" or words.coverage == 0:
        return "This recording was looked at without its words."
    return f"We have words for only {words.coverage:.0%} of the speech, too few to count."


def teacher_known(transcript: Transcript) -> bool:
    """Whether some voice is known to be the teacher's."""
    certain = transcript.teacher_confidence >= TEACHER_KNOWN
    return certain and any(each.role == "teacher" for each in transcript.utterances)


def cannot_say(
    name: str,
    unit: str,
    note: str,
    *,
    n: int = 0,
    moments: tuple[Moment, ...] = (),
    excluded: tuple[Excluded, ...] = (),
) -> Measurement:
    """A measurement without a value, and why; moments that were heard may stay."""
    return Measurement(
        measure=name,
        value=None,
        low=None,
        high=None,
        unit=unit,
        n=n,
        moments=moments,
        excluded=excluded,
        note=note,
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
        return cannot_say(name, "s", nothing, excluded=excluded)
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
    sample = replace(
        question_sample(transcript, [each.question for each in waits]),
        values=[each.duration for each in waits],
        spread=errors.boundary,
        shift=errors.shift,
        swallowed=errors.swallowed,
        others=[each.duration for each in pauses_after_statements(transcript)],
        unlike=errors.unlike,
    )
    return sharpened(sample)


def question_sample(transcript: Transcript, questions: Sequence[Utterance]) -> Sample:
    """Questions to count: which of those found are real, and how many were missed.

    Where a model read them, these are the questions whose pauses a wait is taken from; to count questions,
    everything that may be one is drawn (`chances.tally_of`).
    """
    errors = errors_of(transcript)
    return Sample(
        values=[1.0] * len(questions),
        real=label_certainties(transcript, questions, "question"),
        recall=errors.recall,
    )


def labelled(transcript: Transcript, role: str, label: str) -> tuple[Utterance, ...]:
    """The utterances of a role that carry a label."""
    return tuple(each for each in transcript.utterances if each.role == role and each.has(label))


def label_certainties(transcript: Transcript, said: Sequence[Utterance], label: str) -> list[float]:
    """How likely a label and the role of its utterance are both right, with this source of words."""
    trust, sure = errors_of(transcript).trust, surest(transcript)
    return [
        min(1.0, (1.0 if told_by_a_person(each, label) else trust * probability_of(each, label)))
        * min(1.0, each.role_confidence / sure)
        for each in said
    ]


def role_certainties(transcript: Transcript, turns: Sequence[FloorTurn]) -> list[float]:
    """How likely each turn's role is right, against the surest role of the transcript."""
    sure = surest(transcript)
    return [max(each.role_confidence for each in turn.utterances) / sure for turn in turns]


def probability_of(utterance: Utterance, label: str) -> float:
    """How probable a label of an utterance is (0 where it has none of that name)."""
    return max((each.probability for each in utterance.labels if each.name == label), default=0.0)


def told_by_a_person(utterance: Utterance, label: str) -> bool:
    """Whether a person said that the utterance is this."""
    return any(
        each.name == label and each.probability > 0 and each.source.startswith("person:")
        for each in utterance.labels
    )


def count_labelled(transcript: Transcript, name: str, label: Labelled) -> Measurement:
    """How many utterances of a role carry a label, each of them a moment; the interval covers misses."""
    if is_read(transcript, label.name):
        return count_read(transcript, name, label)
    found = labelled(transcript, label.role, label.name)
    real = label_certainties(transcript, found, label.name)
    sample = Sample(values=[1.0] * len(found), real=real, recall=LABEL_RECALL)
    low, high = interval(sample, count, float(len(found)))
    return Measurement(
        measure=name,
        value=float(len(found)),
        low=low,
        high=high,
        unit="count",
        n=len(found),
        moments=tuple(moment(span_of(transcript, each, label), label.moment) for each in found),
        note=label.note,
    )


def only_moments(transcript: Transcript, name: str, label: Labelled) -> Measurement:
    """The utterances that carry a label as moments, without a number; the likeliest first if a model read."""
    found = labelled(transcript, label.role, label.name)
    if is_read(transcript, label.name):
        found = tuple(sorted(found, key=lambda each: -probability_of(each, label.name)))
    moments = tuple(moment(span_of(transcript, each, label), label.moment) for each in found)
    note = joined([MOMENTS_ONLY, label.note])
    return cannot_say(name, "moments", note, n=len(moments), moments=moments)


def count_or_moments(transcript: Transcript, name: str, label: Labelled) -> Measurement:
    """A count where a model read the words, which agrees with people well enough; by rules moments only."""
    read = is_read(transcript, label.name)
    return count_read(transcript, name, label) if read else only_moments(transcript, name, label)


def count_read(transcript: Transcript, name: str, label: Labelled) -> Measurement:
    """How many utterances carry a label by a model's reading, with those worth a look among the moments.

    The interval is that of everything that may carry it. Where the label agrees too little with people, or
    nobody has checked, there is no number.
    """
    found = labelled(transcript, label.role, label.name)
    made = [moment(span_of(transcript, each, label), label.moment) for each in found]
    moments = in_order(made, hinted(transcript, label))
    counted = counts(transcript, label.name)
    if not counted:
        note = joined([UNCHECKED if counted is None else MOMENTS_ONLY, label.note])
        return cannot_say(name, "moments", note, n=len(made), moments=moments)
    low, high = tallied(tally_of(transcript, label.role, (label.name,)), float(len(made)))
    return Measurement(
        measure=name,
        value=float(len(made)),
        low=low,
        high=high,
        unit="count",
        n=len(made),
        moments=moments,
        note=label.note,
    )


def counts(transcript: Transcript, label: str) -> bool | None:
    """Whether a label agrees with people well enough, with these words, to be counted; None: unchecked."""
    source, variant = source_key(transcript.words_from), variant_of(transcript)
    return is_counted(READING_NAMES.get(label, label), variant, source)


def hinted(transcript: Transcript, label: Labelled) -> tuple[Moment, ...]:
    """Moments that come near a label: for a person to look at, counted nowhere."""
    near = hints(transcript, label.role, label.name)
    said = f"{LOOK_HERE}perhaps {label.perhaps or label.moment}"
    return tuple(moment(span_of(transcript, each, label), said) for each in near)


def in_order(*moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """Moments in order of time."""
    return tuple(sorted((each for some in moments for each in some), key=lambda each: (each.start, each.end)))


def span_of(transcript: Transcript, utterance: Utterance, label: Labelled) -> Span:
    """What to play for a labelled utterance: with what a student said before, where that matters."""
    if not label.with_student:
        return utterance
    first = bisect_left(transcript.utterances, utterance.start, key=lambda each: each.start)
    said = next(
        (
            each
            for each in reversed(transcript.utterances[:first])
            if each.role == "student" and utterance.start - each.end <= STUDENT_BEFORE
        ),
        None,
    )
    return utterance if said is None else Span(start=said.start, end=max(utterance.end, said.end))


def joined(notes: Iterable[str]) -> str:
    """Sentences in one note; empty ones left out."""
    return " ".join(filter(None, notes))
