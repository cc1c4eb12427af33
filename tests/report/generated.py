"""Hypothesis strategies for whole reports: any times, any unicode, every optional thing there or not."""

from __future__ import annotations

import typing

from hypothesis import strategies as st

from coachai.records import (
    AudioQuality,
    Excluded,
    Finding,
    Label,
    Measurement,
    Moment,
    Outcome,
    Provenance,
    Recording,
    Report,
    Role,
    RubricReference,
    Span,
    Transcript,
    Utterance,
    Word,
    WordSource,
)

_seconds = st.floats(min_value=0, max_value=1e6, allow_nan=False)
_numbers = st.floats(allow_nan=False, allow_infinity=False)
_shares = st.floats(min_value=0, max_value=1)
_names = st.text(min_size=1, max_size=12)
MARKUP = (
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</style><!--",
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "../../etc/passwd",
    "=1+1;=1+1",
    "a --> b\r\n\r\n&lt;",
    "\x00\x1b[2J\u202e\u2028\ufdd0\U0001ffff\U0001f9ca",
)
texts = st.text(max_size=40) | st.sampled_from(MARKUP)


@st.composite
def _span_of(draw: st.DrawFn, record: type, **fields: st.SearchStrategy) -> typing.Any:
    start, end = sorted((draw(_seconds), draw(_seconds)))
    return record(start=start, end=end, **{name: draw(each) for name, each in fields.items()})


def _tuples(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(strategy, max_size=3).map(tuple)


spans = _span_of(Span)
moments = _span_of(Moment, label=texts)
excluded = _span_of(Excluded, reason=texts)
words = _span_of(Word, text=texts, probability=_shares)
labels = st.builds(Label, name=texts, probability=_shares, source=texts)
utterances = _span_of(
    Utterance,
    speaker=texts,
    role=st.sampled_from(typing.get_args(Role)),
    role_confidence=_shares,
    text=texts,
    words=_tuples(words),
    labels=_tuples(labels),
)
recordings = st.builds(
    Recording,
    name=texts,
    sha256=texts,
    size_bytes=st.integers(0, 2**62),
    duration=_seconds,
    container=texts,
    audio_codec=texts,
    audio_sample_rate=st.integers(0, 200_000),
    audio_channels=st.integers(0, 64),
    video_codec=st.none() | texts,
    notes=_tuples(texts),
)
_mappings = st.dictionaries(texts, texts, max_size=3)
provenances = st.builds(Provenance, coachai=texts, models=_mappings, options=_mappings, hashes=_mappings)
transcripts = st.builds(
    Transcript,
    recording=recordings,
    duration=_seconds,
    language=texts,
    utterances=_tuples(utterances),
    speech=_tuples(spans),
    overlap=_tuples(spans),
    missing=_tuples(spans),
    quality=st.builds(
        AudioQuality,
        speech_level_dbfs=st.none() | _numbers,
        noise_level_dbfs=st.none() | _numbers,
        snr_db=st.none() | _numbers,
        clipped_share=_shares,
        notes=_tuples(texts),
    ),
    words_from=st.builds(
        WordSource,
        recogniser=texts,
        model=texts,
        marks=st.booleans(),
        names=st.booleans(),
        coverage=_shares,
        note=texts,
    ),
    teacher_confidence=_shares,
    teacher_from=texts,
    provenance=provenances,
)
measurements = st.builds(
    Measurement,
    measure=_names,
    value=st.none() | _numbers,
    low=st.none() | _numbers,
    high=st.none() | _numbers,
    unit=texts,
    n=st.integers(0, 10_000),
    moments=_tuples(moments),
    excluded=_tuples(excluded),
    note=texts,
    validation=texts,
)
findings = st.builds(
    Finding,
    criterion=_names,
    outcome=st.sampled_from(typing.get_args(Outcome)),
    message=texts,
    suggestion=texts,
    moments_for=_tuples(moments),
    moments_against=_tuples(moments),
)
reports = st.builds(
    Report,
    recording=recordings,
    rubric=st.builds(RubricReference, id=texts, version=texts, title=texts, sha256=texts),
    transcript=transcripts,
    measurements=_tuples(measurements),
    findings=_tuples(findings),
    provenance=provenances,
)
