"""Lessons drawn as text, so that a test shows the timeline it is about.

One line an utterance::

    0.0 - 2.5  T: Why does ice float?  #question #open
    6.0 - 7.0 S1: Because it is lighter.
    8.0 - 9.0  ?: (nothing understood)
   10.0 -14.0  *            several voices at once
   15.0 -18.0  -            no sound in the file
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coachai.records import (
    AudioQuality,
    Label,
    Provenance,
    Recording,
    Role,
    Span,
    Transcript,
    Utterance,
    Word,
    WordSource,
)
from coachai.timeline import merged

_LINE = re.compile(r"^\s*([\d.]+)\s*-\s*([\d.]+)\s+(\*|-|(T|S\d*|\?)\s*:\s*(.*))")
_ROLES: dict[str, Role] = {"T": "teacher", "S": "student", "?": "unknown"}


def lesson(drawing: str, **changes: Any) -> Transcript:
    """The Transcript drawn; `changes` replace Transcript fields, and WordSource's `marks`, `names` ..."""
    utterances: list[Utterance] = []
    overlap: list[Span] = []
    missing: list[Span] = []
    for row in filter(str.strip, drawing.splitlines()):
        found = _LINE.match(row)
        assert found, f"cannot read this line of the drawing: {row!r}"
        start, end = float(found[1]), float(found[2])
        if found[3] == "*":
            overlap.append(Span(start=start, end=end))
        elif found[3] == "-":
            missing.append(Span(start=start, end=end))
        else:
            utterances.append(_utterance(start, end, found[4], found[5]))
    spoken = merged([*(Span(start=u.start, end=u.end) for u in utterances), *overlap])
    words = {
        "recogniser": "captions",
        "model": "test.vtt",
        "marks": True,
        "names": True,
        "coverage": 1.0,
        "note": "",
    }
    words.update({key: changes.pop(key) for key in list(changes) if key in words})
    ends = [span.end for span in (*utterances, *overlap, *missing)]
    fields: dict[str, Any] = {
        "recording": recording(max(ends, default=0.0)),
        "duration": max(ends, default=0.0),
        "language": "en",
        "utterances": tuple(sorted(utterances, key=lambda each: each.start)),
        "speech": spoken,
        "overlap": tuple(overlap),
        "missing": tuple(missing),
        "quality": AudioQuality(
            speech_level_dbfs=-20.0, noise_level_dbfs=-60.0, snr_db=40.0, clipped_share=0.0
        ),
        "words_from": WordSource(**words),
        "teacher_confidence": 1.0,
        "teacher_from": "name",
        "provenance": Provenance(coachai="test"),
    }
    return Transcript(**(fields | changes))


def reads(
    transcript: Transcript, readings: Mapping[int, Mapping[str, float]], source: str = "model:talkmoves"
) -> Transcript:
    """The transcript as a model read it: by the utterance's index, the probabilities of what it may be."""
    said = list(transcript.utterances)
    for index, found in readings.items():
        said[index] = replace(
            said[index],
            readings=tuple(
                Label(name=name, probability=probability, source=source)
                for name, probability in found.items()
            ),
        )
    return replace(transcript, utterances=tuple(said))


def recording(duration: float) -> Recording:
    """A Recording that no test looks into."""
    return Recording(
        name="lesson.mp4",
        sha256="0" * 64,
        size_bytes=1,
        duration=duration,
        container="mp4",
        audio_codec="aac",
        audio_sample_rate=48000,
        audio_channels=1,
        video_codec="h264",
    )


def _utterance(start: float, end: float, who: str, said: str) -> Utterance:
    text, *labels = re.split(r"\s+#", said.strip())
    heard = "" if text.startswith("(") else text
    tokens = heard.split()
    step = (end - start) / max(len(tokens), 1)
    return Utterance(
        start=start,
        end=end,
        speaker={"T": "Teacher", "?": "?"}.get(who, who.replace("S", "Student ")),
        role=_ROLES[who[0]],
        role_confidence=0.4 if who == "?" else 1.0,
        text=heard,
        words=tuple(
            Word(start=start + i * step, end=start + (i + 1) * step, text=token)
            for i, token in enumerate(tokens)
        ),
        labels=tuple(Label(name=name, probability=1.0, source="test") for name in labels),
    )
