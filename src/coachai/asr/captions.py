"""Words from captions that exist already (WebVTT, SRT), laid on the speech of the waveform."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coachai.asr.cues import read_cues
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.transcript import Line, Recognition


class Captions:
    """The recogniser `captions`: `path` is a WebVTT or SRT file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:  # noqa: ARG002
        """The captions' words. Raises InputRefused where the file cannot be used."""
        found = read_cues(self.path)
        lines = []
        for cue in found.cues:
            texts = cue.text.split()
            step = cue.duration / len(texts)
            words = tuple(
                Word(start=cue.start + k * step, end=cue.start + (k + 1) * step, text=text)
                for k, text in enumerate(texts)
            )
            lines.append(Line(start=cue.start, end=cue.end, words=words, speaker=cue.speaker))
        text = " ".join(cue.text for cue in found.cues)
        marks = sum(text.count(mark) for mark in ".?!") > 0.03 * len(text.split())
        progress(1.0)
        return Recognition(
            recogniser="captions",
            model=self.path.name,
            language="en",
            lines=tuple(lines),
            marks=marks,
            names=found.named,
            note="The words come from the caption file.",
        )
