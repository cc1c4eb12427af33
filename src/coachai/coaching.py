"""Findings to a teacher: one strength, one next step, and whether this recording can be trusted.

Every sentence about the lesson carries the moment it rests on and exists only as long as that moment
stands in the findings and in the measurements. Nothing here praises a person, counts findings or names a
level; what people judge by (`Rubric.human_scale`) is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coachai.coaching_sentences import clock, sentence
from coachai.records import Finding, Measurement, Moment, Transcript
from coachai.rubric import Criterion, Rubric
from coachai.rubric_shape import NextStep
from coachai.screening import still_untried
from coachai.telling import is_only_a_hint, told
from coachai.trust import reliance, to_record_better
from coachai.which_voice import asks_whose_voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence and the moments it rests on; none where it is not about the lesson."""

    text: str
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """Sentences that belong together. Without sentences there is nothing to say."""

    sentences: tuple[Sentence, ...] = ()

    @property
    def text(self) -> str:
        """The sentences in a row."""
        return " ".join(each.text for each in self.sentences)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments they rest on, each once, the clip first."""
        return tuple(dict.fromkeys(moment for each in self.sentences for moment in each.moments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a teacher reads first. `strength` is empty where nothing was heard that carries one."""

    strength: Advised
    next_step: Advised
    trust: Advised


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A moment that stands in the findings and in the measurements, with the measure it comes from."""

    moment: Moment
    measure: str
    own: Moment

    def told(self, transcript: Transcript) -> Sentence:
        """What is heard there, as a sentence that rests on the moment."""
        return Sentence(text=sentence(self.own, self.measure, transcript), moments=(self.moment,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One criterion with its finding and the clips for and against that still stand."""

    criterion: Criterion
    finding: Finding
    shows: tuple[Clip, ...]
    again: tuple[Clip, ...]


def coach(
    transcript: Transcript,
    measurements: Sequence[Measurement],
    findings: Sequence[Finding],
    rubric: Rubric,
) -> Advice:
    """One strength with its clip, one next step with its clip, one line of trust. Pure, never raises."""
    by_criterion = {each.criterion: each for each in findings}
    seen = [
        _seen(criterion, by_criterion[criterion.id], measurements)
        for criterion in rubric.criteria
        if criterion.id in by_criterion
    ]
    better = to_record_better(transcript)
    # While we ask whose voice is whose, praise may be for somebody else's turn.
    unsure = better.who_teaches_is_unknown or asks_whose_voice(transcript)
    strength = Advised() if unsure else _strength(seen, transcript)
    if better.step:
        step = Advised(sentences=(Sentence(text=better.step),))
    else:
        step = _next_step(seen, measurements, transcript, rubric)
    trust = Sentence(text=reliance(transcript), moments=_holes(transcript))
    return Advice(strength=strength, next_step=step, trust=Advised(sentences=(trust,)))


def _seen(criterion: Criterion, finding: Finding, measurements: Sequence[Measurement]) -> Seen:
    asked = [name for each in criterion.indicators for name in each.measures]
    again = [name for each in criterion.indicators for name in each.look_again]
    return Seen(
        criterion=criterion,
        finding=finding,
        shows=_standing(finding.moments_for, asked, measurements),
        again=_standing(finding.moments_against, again, measurements),
    )


def _standing(
    moments: Iterable[Moment], names: Sequence[str], measurements: Sequence[Measurement]
) -> tuple[Clip, ...]:
    """The moments that the named measures still have, each with the measure's own label."""
    owners = {
        (own.start, own.end): (own, each.measure)
        for name in reversed(names)
        for each in measurements
        if each.measure == name
        for own in each.moments
    }
    return tuple(
        Clip(moment=each, measure=owners[each.start, each.end][1], own=owners[each.start, each.end][0])
        for each in moments
        if (each.start, each.end) in owners
    )


_SURE_FIRST = ("found", "mixed", "for_evaluator", "cannot_tell", "not_heard")


def _strength(seen: Sequence[Seen], transcript: Transcript) -> Advised:
    """The clip of the criterion that the recording shows most surely, and why it is worth doing."""
    showing = [each for each in seen if each.shows and each.criterion.coaching.strength]
    if not showing:
        return Advised()
    best = min(showing, key=lambda each: _SURE_FIRST.index(each.finding.outcome))
    clip = best.shows[0]
    why = Sentence(text=best.criterion.coaching.strength or "", moments=(clip.moment,))
    said = [clip.told(transcript), why]
    if best.finding.outcome not in {"found", "mixed"}:
        said.insert(0, Sentence(text="This may be a moment worth showing.", moments=(clip.moment,)))
    return Advised(sentences=tuple(said))


def _next_step(
    seen: Sequence[Seen], measurements: Sequence[Measurement], transcript: Transcript, rubric: Rubric
) -> Advised:
    """Something to try where the recording shows room for it; else choose the clip and write."""
    for outcomes in ({"not_heard"}, {"mixed"}, {"cannot_tell"}):
        for each in seen:
            if each.finding.outcome not in outcomes:
                continue
            tried = _to_try(each, measurements, transcript)
            if tried is not None:
                return tried
    return _choose_and_write(seen, transcript, rubric)


def _to_try(each: Seen, measurements: Sequence[Measurement], transcript: Transcript) -> Advised | None:
    """A step that rests on a clip to look at again, beside one of the teacher's own that does it."""
    step = still_untried(each.criterion, measurements)
    unsure = each.finding.outcome == "cannot_tell"
    if step is None or (unsure and each.shows):
        return None
    clips = each.again or _occasions(step, each.shows, measurements)
    if not clips:
        return None
    said = [
        clips[0].told(transcript),
        Sentence(text=f"Next time: {_lower(step.text)}", moments=(clips[0].moment,)),
    ]
    if each.shows:
        own = each.shows[0]
        at = own.told(transcript).text
        said.insert(1, Sentence(text=f"This lesson already has such a moment. {at}", moments=(own.moment,)))
    return Advised(sentences=tuple(said))


def _occasions(
    step: NextStep, shows: Sequence[Clip], measurements: Sequence[Measurement]
) -> tuple[Clip, ...]:
    """Where the step could have been tried and was not, the longest moment first."""
    tried = {(clip.own.start, clip.own.end) for clip in shows}
    clips = [
        Clip(moment=told(own, each.measure), measure=each.measure, own=own)
        for each in measurements
        if each.measure in step.at
        for own in each.moments
        if (own.start, own.end) not in tried and not is_only_a_hint(own)
    ]
    return tuple(sorted(clips, key=lambda clip: (-clip.own.duration, clip.own.start)))


def _choose_and_write(seen: Sequence[Seen], transcript: Transcript, rubric: Rubric) -> Advised:
    """Nothing needs changing as far as the recording shows: choose the clip, write the reflection."""
    prompts = [each.text for part in rubric.parts if part.kind == "reflection" for each in part.prompts]
    write = f"write your reflection: {prompts[0]}" if prompts else "write your reflection."
    showing = [each for each in seen if each.shows]
    if not showing:
        hopes = [each.criterion.coaching.cannot_tell for each in seen if each.criterion.indicators]
        return Advised(
            sentences=(Sentence(text=next(filter(None, hopes), f"Look at it once, then {write}")),)
        )
    best = min(showing, key=lambda each: _SURE_FIRST.index(each.finding.outcome))
    clip = best.shows[0]
    at = clock(clip.moment.start)
    choose = f"Choose the clip you will hand in; the moment at {at} is a candidate."
    said = [Sentence(text=choose, moments=(clip.moment,)), Sentence(text=f"Then {write}")]
    wanted = _length_wanted(transcript, rubric)
    return Advised(sentences=(*said, Sentence(text=wanted)) if wanted else tuple(said))


def _length_wanted(transcript: Transcript, rubric: Rubric) -> str:
    least, most = rubric.video.minutes.at_least, rubric.video.minutes.at_most
    minutes = transcript.duration / 60
    if least <= minutes <= most:
        return ""
    return (
        f"The video you hand in should last {least:.0f} to {most:.0f} minutes; this one lasts {minutes:.0f}."
    )


def _holes(transcript: Transcript) -> tuple[Moment, ...]:
    return tuple(Moment(start=each.start, end=each.end, label="no sound") for each in transcript.missing)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
