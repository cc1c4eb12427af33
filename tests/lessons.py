"""Lessons drawn at random, for properties that hold for every transcript."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from coachai.records import Label, Span, Transcript, Utterance
from coachai.timeline import merged, subtracted
from tests.timeline import lesson

TEXTS = ("", "Why is that so?", "Okay?", "Because it is lighter than water.", "Maria?", "Good.")
LABELS = ("question", "tag", "open", "closed", "nomination", "think_prompt", "reasoning", "process_praise")


@st.composite
def lessons(draw: st.DrawFn) -> Transcript:
    """Any transcript within its own rules: utterances sorted, speech that holds them, holes without it."""
    moment = 0.0
    utterances = []
    for _ in range(draw(st.integers(0, 25))):
        start = max(0.0, moment + draw(st.floats(-0.5, 6) | st.floats(15, 40)))
        end = start + draw(st.floats(0.1, 8))
        utterances.append(draw(_utterances(start, end)))
        moment = end
    said = tuple(sorted(utterances, key=lambda each: each.start))
    ends = [each.end for each in said]
    duration = max(ends, default=0.0) + draw(st.floats(0, 30))
    missing = subtracted(draw(_spans(duration)), said)
    overlap = subtracted(draw(_spans(duration)), missing)
    empty = lesson("", duration=duration, teacher_confidence=draw(st.sampled_from((1.0, 0.6, 0.2))))
    words = replace(
        empty.words_from,
        recogniser=draw(st.sampled_from(("captions", "pocketsphinx", "none", "other"))),
        marks=draw(st.booleans()),
        coverage=draw(st.sampled_from((0.0, 0.43, 0.6, 1.0))),
    )
    return replace(
        empty,
        utterances=said,
        speech=merged([*said, *overlap]),
        overlap=overlap,
        missing=missing,
        words_from=words,
    )


@st.composite
def _utterances(draw: st.DrawFn, start: float, end: float) -> Utterance:
    role = draw(st.sampled_from(("teacher", "student", "unknown")))
    speaker = draw(st.sampled_from(("B", "C"))) if role == "student" else role
    names = draw(st.lists(st.sampled_from(LABELS), max_size=3, unique=True))
    return Utterance(
        start=start,
        end=end,
        speaker=speaker,
        role=role,
        role_confidence=draw(st.floats(0, 1)),
        text=draw(st.sampled_from(TEXTS)),
        labels=tuple(Label(name=name, probability=draw(st.floats(0, 1)), source="test") for name in names),
    )


@st.composite
def _spans(draw: st.DrawFn, duration: float) -> list[Span]:
    ends = [sorted(draw(st.tuples(*[st.floats(0, duration)] * 2))) for _ in range(draw(st.integers(0, 2)))]
    return list(merged(Span(start=start, end=end) for start, end in ends if start < end))
