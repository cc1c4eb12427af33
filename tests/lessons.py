"""Lessons drawn at random, for properties that hold for every transcript."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from coachai.records import Label, Span, Transcript, Utterance
from coachai.timeline import merged, subtracted
from tests.timeline import lesson

TEXTS = ("", "Why is that so?", "Okay?", "Because it is lighter than water.", "Maria?", "Good.")
LABELS = ("question", "tag", "open", "closed", "nomination", "think_prompt", "reasoning", "process_praise")
SPEAKERS = (("teacher", "T"), ("student", "B"), ("student", "C"), ("unknown", "?"))

unhurried = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
"""Many sessions may share a machine: a slow example is no failure."""

STEP = 0.0993
"""Seconds: times are multiples of this, so that no length stands exactly on a rule's threshold."""

_TENTHS = st.tuples(st.integers(-5, 60) | st.integers(150, 400), st.integers(1, 80))
_SAID = st.tuples(
    _TENTHS,
    st.sampled_from(SPEAKERS),
    st.sampled_from((1.0, 0.9, 0.3, 0.0)),
    st.sampled_from(TEXTS),
    st.sets(st.sampled_from(LABELS), max_size=3),
)
_HOLES = st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 300)), max_size=2)
_SOURCES = st.sampled_from(
    [
        {"recogniser": "captions"},
        {"recogniser": "captions", "marks": False, "names": False},
        {"recogniser": "pocketsphinx", "marks": False, "names": False, "coverage": 0.43},
        {"recogniser": "none", "marks": False, "names": False, "coverage": 0.0},
    ]
)


@st.composite
def lessons(draw: st.DrawFn) -> Transcript:
    """Any transcript within its own rules: utterances sorted, speech that holds them, holes without it."""
    said = _utterances(draw(st.lists(_SAID, max_size=15)))
    duration = max((each.end for each in said), default=0.0) + STEP * draw(st.integers(0, 300))
    missing = subtracted(_spans(draw(_HOLES), duration), said)
    overlap = subtracted(_spans(draw(_HOLES), duration), missing)
    return lesson(
        "",
        duration=duration,
        utterances=said,
        speech=merged([*said, *overlap]),
        overlap=overlap,
        missing=missing,
        teacher_confidence=draw(st.sampled_from((1.0, 1.0, 0.2))),
        **draw(_SOURCES),
    )


def _utterances(rows: list[Any]) -> tuple[Utterance, ...]:
    moment = 0.0
    said = []
    for (pause, length), (role, speaker), confidence, text, names in rows:
        start = max(0.0, moment + pause * STEP)
        moment = start + length * STEP
        labels = tuple(Label(name=name, probability=0.8, source="test") for name in sorted(names))
        said.append(
            Utterance(
                start=start,
                end=moment,
                speaker=speaker,
                role=role,
                role_confidence=confidence,
                text=text,
                labels=labels,
            )
        )
    return tuple(sorted(said, key=lambda each: each.start))


def _spans(rows: list[tuple[int, int]], duration: float) -> tuple[Span, ...]:
    inside = [(start * STEP, (start + length) * STEP) for start, length in rows if start * STEP < duration]
    return merged(Span(start=start, end=min(duration, end)) for start, end in inside)
