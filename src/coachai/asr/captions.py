"""Words from captions that exist already (WebVTT, SRT), laid on the speech of the waveform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from coachai.asr.cues import Cue, CueFile, read_cues
from coachai.asr.laying import RoughWord, lay
from coachai.asr.offset import Fit, fitted, moved
from coachai.asr.spoken import ends_sentence, is_marked
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.timeline import finder
from coachai.transcript import Line, Recognition

NEAR_SPEECH = 1.0
"""Seconds: a cue further than this from all speech says what nobody is heard to say."""

OTHER_RECORDING = 0.5
"""Captions with more than this share of their words where nobody speaks belong to another recording."""

TOO_LATE = 30.0
"""Seconds that captions may run on after the end of the sound (credits)."""

LINE_PAUSE = 0.15
"""Seconds: a shorter pause does not end a line of captions without speakers."""


class Captions:
    """The recogniser `captions`: `path` is a WebVTT or SRT file, with or without speakers and marks."""

    def __init__(self, path: Path, language: str = "en") -> None:
        self.path = path
        self.language = language

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """The captions' words at the times the waveform gives them.

        With speakers a line is a cue's words; without, it ends at a pause (with marks: at a pause after
        a sentence). Cues further than
        a second from any speech are dropped and counted. Raises InputRefused where the file cannot be
        used or is plainly of another recording.
        """
        found = read_cues(self.path)
        fit = fitted(found.cues, speech)
        on_time = moved(found.cues, fit.late) if fit.late else found.cues
        near = _near(speech)
        cues = [cue for cue in on_time if near(cue)]
        dropped = _count(found.cues) - _count(cues)
        if speech and _other_recording(found, on_time, dropped, audio.duration):
            raise InputRefused(
                "CAPTIONS_OF_ANOTHER_RECORDING",
                f"The captions in {self.path.name} do not fit this recording: most of their words fall where"
                " nobody speaks. Choose the captions of this video, starting at the same moment.",
            )
        words = _rough(cues)
        spans = lay(words, speech, progress)
        marks = is_marked([word.text for word in words])
        progress(1.0)
        return Recognition(
            recogniser="captions",
            model=self.path.name,
            language=self.language,
            lines=tuple(_lines(words, spans, named=found.named, marks=marks)),
            marks=marks,
            names=found.named,
            note=_note(found, fit, dropped),
            dropped=dropped,
        )


def _near(speech: Sequence[Span]) -> Callable[[Cue], bool]:
    """Whether anybody speaks at most NEAR_SPEECH from a cue."""
    touching = finder(speech)
    return lambda cue: bool(
        touching(Span(start=max(0.0, cue.start - NEAR_SPEECH), end=cue.end + NEAR_SPEECH))
    )


def _other_recording(found: CueFile, cues: Sequence[Cue], dropped: int, duration: float) -> bool:
    late = bool(cues) and cues[-1].start > duration + TOO_LATE
    return late or dropped > OTHER_RECORDING * _count(found.cues)


def _count(cues: Sequence[Cue]) -> int:
    return sum(len(cue.text.split()) for cue in cues)


def _rough(cues: Sequence[Cue]) -> list[RoughWord]:
    """The cues' words; signs that are not said (a lone dash) stay with the word before."""
    words: list[RoughWord] = []
    for number, cue in enumerate(cues):
        for text in cue.text.split():
            if any(map(str.isalnum, text)) or not words or words[-1].cue != number:
                words.append(
                    RoughWord(text=text, cue=number, start=cue.start, end=cue.end, speaker=cue.speaker)
                )
            else:
                words[-1] = replace(words[-1], text=f"{words[-1].text} {text}")
    return words


def _lines(words: Sequence[RoughWord], spans: Sequence[Span], *, named: bool, marks: bool) -> Iterator[Line]:
    first = 0
    for k in range(1, len(words) + 1):
        if k == len(words) or _ends_line(words, spans, k, named=named, marks=marks):
            said = tuple(
                Word(start=span.start, end=span.end, text=word.text)
                for word, span in zip(words[first:k], spans[first:k], strict=True)
            )
            yield Line(start=said[0].start, end=said[-1].end, words=said, speaker=words[first].speaker)
            first = k


def _ends_line(
    words: Sequence[RoughWord], spans: Sequence[Span], k: int, *, named: bool, marks: bool
) -> bool:
    """Whether a line ends before word `k`."""
    if named:
        return words[k].cue != words[k - 1].cue
    pause = spans[k].start - spans[k - 1].end
    return pause >= LINE_PAUSE and (not marks or ends_sentence(words[k - 1].text))


def _note(found: CueFile, fit: Fit, dropped: int) -> str:
    """For the teacher: where the words come from and what was left out."""
    parts = ["The words come from your caption file; their times were set by the sound."]
    if not found.named:
        parts.append("It names no speakers, so who speaks was judged from the sound.")
    if fit.late:
        off = "late" if fit.late > 0 else "early"
        parts.append(f"They ran {abs(fit.late):.1f} seconds {off}; we moved them to the speech.")
    if fit.doubtful:
        parts.append("They fit the speech poorly; check that they belong to this recording.")
    if found.skipped:
        lines = ", ".join(map(str, found.skipped[:5])) + (" ..." if len(found.skipped) > 5 else "")
        many = len(found.skipped) > 1
        parts.append(
            f"{len(found.skipped)} caption{'s' if many else ''} with times that cannot be read"
            f" {'were' if many else 'was'} left out (line{'s' if many else ''} {lines})."
        )
    if dropped:
        parts.append(
            f"{dropped} word{'s' if dropped > 1 else ''} captioned where nobody is heard"
            f" {'were' if dropped > 1 else 'was'} left out."
        )
    return " ".join(parts)
