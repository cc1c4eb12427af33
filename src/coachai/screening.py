"""Measurements against a rubric: what this recording shows for each criterion, and never a judgement.

The outcomes are those of the table in ARCHITECTURE.md. What people judge by (`Rubric.human_scale`) is not
looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor

from coachai.evidence import FEWEST, Answer, answer, bound_of, rests_on_students
from coachai.records import Finding, Measurement, Moment, Outcome, Transcript
from coachai.rubric import Criterion, Rubric
from coachai.rubric_shape import AskCount, NextStep
from coachai.telling import is_only_a_hint, share
from coachai.trust import EMBEDDED, TEACHER_CERTAIN
from coachai.validation import stands_in

OUTCOME_WORDS: Mapping[Outcome, str] = {
    "found": "Moments to show an evaluator",
    "mixed": "Some clear moments, some not",
    "not_heard": "We heard little of this here",
    "cannot_tell": "This recording cannot show it",
    "for_evaluator": "For the evaluator to judge",
}
"""What a person sees in place of the codes."""

COVERAGE_NEEDED = 0.8
"""Share of the speech that must have words before we say that little was heard."""

LESSON_NEEDED = 0.8
"""Share of the lesson whose sound must be there before a share, a middle or "little" speaks for all of it."""


_THERE_IS_THERE = frozenset({"count_at_least", "longest"})  # a share, a middle, a value need enough episodes


def screen(
    transcript: Transcript, measurements: Sequence[Measurement], rubric: Rubric
) -> tuple[Finding, ...]:
    """One Finding for every criterion, in the rubric's order. Pure: the same input, the same findings."""
    measured = {each.measure: each for each in measurements}
    return tuple(_screened(criterion, transcript, measured) for criterion in rubric.criteria)


def still_untried(criterion: Criterion, measurements: Iterable[Measurement]) -> NextStep | None:
    """The first next step whose moments this recording does not already have; None where it has them all."""
    heard = {
        each.measure for each in measurements if not all(is_only_a_hint(moment) for moment in each.moments)
    }
    steps = criterion.coaching.next_steps
    return next((each for each in steps if not heard.intersection(each.unless_heard)), None)


def _screened(criterion: Criterion, transcript: Transcript, measured: Mapping[str, Measurement]) -> Finding:
    answers = [answer(each, transcript, measured) for each in criterion.indicators]
    asked = [each for each in answers if each.indicator.ask != "clips"]
    moments_for = _each_once(each for one in answers for each in one.moments_for)
    shown = {(each.start, each.end) for each in moments_for}
    moments_against = _each_once(
        each for one in answers for each in one.moments_against if (each.start, each.end) not in shown
    )
    if asked:
        outcomes = [_outcome(each, transcript) for each in asked]
        outcome = _together(outcomes)
        said = [_message(each, one, transcript) for each, one in zip(asked, outcomes, strict=True)]
    elif answers and not moments_for:
        outcome, said = (
            "cannot_tell",
            ["No such place was picked out; that may be the rule and not the lesson."],
        )
    else:
        outcome, said = "for_evaluator", []
    said += [_clips(each) for each in answers if each.indicator.ask == "clips" and each.moments_for]
    return Finding(
        criterion=criterion.id,
        outcome=outcome,
        message=" ".join(said) or "Only a person can judge this.",
        suggestion=_otherwise(asked) or _suggestion(criterion, outcome, bool(moments_for), measured.values()),
        moments_for=moments_for,
        moments_against=moments_against,
    )


def _outcome(one: Answer, transcript: Transcript) -> Outcome:
    """The outcome for one indicator: design table, row by row."""
    if one.meets is None:
        return "cannot_tell"
    if one.meets == "wholly":
        if one.n < _fewest_for_found(one) or _too_little_left(one, transcript):
            return "cannot_tell"
        return "mixed" if one.held_back else "found"
    if one.meets == "partly":
        return "mixed"
    return "cannot_tell" if _why_not_little(one, transcript) else "not_heard"


def _fewest_for_found(one: Answer) -> int:
    return 1 if one.indicator.ask in _THERE_IS_THERE else FEWEST


def _too_little_left(one: Answer, transcript: Transcript) -> bool:
    """Whether too much of a damaged file is lost for what was asked."""
    return one.indicator.ask not in _THERE_IS_THERE and bool(_lost(transcript))


def _lost(transcript: Transcript) -> str:
    """Why what can be heard of a damaged file does not speak for all of the lesson; empty where it does."""
    if transcript.recording.cut:
        return "the file breaks off, and how much of the lesson is missing cannot be told"
    if transcript.coverage < LESSON_NEEDED:
        return f"only {share(transcript.coverage)} of the lesson's sound could be read"
    return ""


def _why_not_little(one: Answer, transcript: Transcript) -> str:
    """Why "we heard little of this" would say too much; empty where it may be said."""
    words = transcript.words_from
    if lost := _lost(transcript):
        return lost
    if one.n < FEWEST:
        return _few(one.n)
    if words.recogniser == EMBEDDED:
        return "the words come from the small built-in recogniser, which misses many"
    if stands_in(words):
        return "how well this works with the words of this recogniser has not been checked yet"
    if words.coverage < COVERAGE_NEEDED:
        return f"words were found for only {words.coverage:.0%} of the speech"
    if transcript.teacher_confidence < TEACHER_CERTAIN:
        return "it is not certain which voice is the teacher's"
    if rests_on_students(one.indicator.measures):
        return "it rests on students' words, which a recording loses first"
    return ""


def _few(n: int) -> str:
    if n == 0:
        return "no such place was found, which may be chance"
    return "only one place could be looked at" if n == 1 else f"only {n} places could be looked at"


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    """Several indicators of one criterion: what they agree on, else mixed; silence never counts against."""
    different = set(outcomes)
    if len(different) == 1:
        return outcomes[0]
    if different == {"not_heard", "cannot_tell"}:
        return "cannot_tell"
    return "mixed"


def _message(one: Answer, outcome: Outcome, transcript: Transcript) -> str:
    """Neutral sentences with the numbers filled in."""
    what = one.indicator.what[:1].upper() + one.indicator.what[1:]
    if one.value is None or one.low is None or one.high is None:
        seen = len(one.moments_for)
        some = f" There {'is 1 clip' if seen == 1 else f'are {seen} clips'} to look at." if seen else ""
        return f"{what}: this cannot be counted here. {one.reason}{some}"
    said = [f"{what}: {_in_words(one)}.{_asked_in_words(one)}"]
    if one.held_back and one.meets == "wholly":
        said.append("Too few of them follow a question that sounds open, as far as its words show.")
    elif outcome == "mixed":
        said.append("The recording leaves open which side of that it is on.")
    elif outcome == "cannot_tell":
        reason = _why_not_little(one, transcript) or _few(one.n)
        said.append(f"It cannot show more, because {reason}.")
    if one.unchecked:
        more = "1 more clip was" if one.unchecked == 1 else f"{one.unchecked} more clips were"
        said.append(f"{more} picked out in a way that is not checked, or too often wrong to be counted.")
    return " ".join(said)


def _in_words(one: Answer) -> str:
    """The estimate with its interval: "7 (very likely 6 to 8), of 34 heard"."""
    bounds = (one.value or 0.0, one.low or 0.0, one.high or 0.0)
    if one.indicator.ask == "count_at_least":
        bounds = (bounds[0], floor(bounds[1]), ceil(bounds[2]))
    value, low, high = (_number(one, each) for each in bounds)
    spread = "" if low == high else f" (very likely {low} to {high})"
    timed = not isinstance(one.indicator, AskCount) or one.indicator.lasting is not None
    among = f", of {one.n} places that could be looked at" if timed and one.n else ""
    if one.indicator.ask == "value":
        among = ""
    return f"{value}{spread}{among}"


def _asked_in_words(one: Answer) -> str:
    least, most = bound_of(one.indicator)
    if least is not None:
        return f" This rubric looks for {_number(one, least)} or more."
    return f" This rubric looks for {_number(one, most)} or less."


def _number(one: Answer, value: float | None) -> str:
    known = value or 0.0
    if one.indicator.ask == "count_at_least":
        return f"{known:.0f}"
    if one.indicator.ask == "share_at_least":
        return f"{known:.0%}"
    if one.indicator.ask in {"median", "longest"}:
        return f"{known:.1f} s"
    return f"{known:.2f}" if known < 1 else f"{known:.1f}"


def _clips(one: Answer) -> str:
    what = one.indicator.what[:1].upper() + one.indicator.what[1:]
    seen = len(one.moments_for)
    return f"{what}: {seen} {'clip' if seen == 1 else 'clips'} to look at, picked out by a rule."


def _otherwise(answers: Iterable[Answer]) -> str:
    """What to tell a teacher who does it, only not where the rubric wants it."""
    held = [each.indicator for each in answers if each.held_back and each.meets == "wholly"]
    supports = [each.supported_by for each in held if isinstance(each, AskCount)]
    return next((each.otherwise for each in supports if each is not None), "")


def _suggestion(
    criterion: Criterion, outcome: Outcome, has_moments: bool, measurements: Iterable[Measurement]
) -> str:
    """The rubric's coaching sentence that fits; for the teacher only."""
    said = criterion.coaching
    if outcome in {"mixed", "not_heard"}:
        step = still_untried(criterion, measurements)
        return step.text if step else said.prepare
    if outcome == "cannot_tell" and not has_moments:
        return said.cannot_tell or said.prepare
    return said.prepare


def _each_once(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """Each stretch once, in the order given."""
    once: dict[tuple[float, float], Moment] = {}
    for each in moments:
        once.setdefault((each.start, each.end), each)
    return tuple(once.values())
