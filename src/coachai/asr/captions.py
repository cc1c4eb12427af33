"""Words from a transcript that exists already, laid on the speech of the waveform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from coachai.asr.cues import Cue, CueFile, Reject, read_cues
from coachai.asr.laying import RoughWord, lay
from coachai.asr.offset import Fit, fitted, moved
from coachai.asr.regions import laid_on
from coachai.asr.spoken import ends_sentence, is_marked, spoken_seconds
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.timeline import finder, subtracted
from coachai.transcript import Line, Recognition

NEAR_SPEECH = 1.0
"""Seconds: a cue further than this from all speech says what nobody is heard to say."""

OTHER_RECORDING = 0.5
"""Captions with more than this share of their words where nobody speaks belong to another recording."""

TOO_LATE = 30.0
"""Seconds that captions may run on after the end of the sound (credits)."""

LINE_PAUSE = 0.15
"""Seconds: a shorter pause does not end a line of captions without speakers."""

TIMED_SHARE = 0.5
"""Share of cues with times for their words from which on those times are used."""

WORD_SLACK = 0.5
"""Seconds that a word with its own time may stand beside the speech it belongs to."""

AFTER_END = "it starts after the recording ends"
BEFORE_BEGINNING = "it ends before the recording begins"
UNHEARD = "nobody is heard speaking there"

_LINES_TOLD = 5


class Captions:
    """The recogniser `captions`: `path` is a transcript in any format that `read_cues` knows."""

    def __init__(self, path: Path, language: str = "en") -> None:
        self.path = path
        self.language = language

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """The file's words at the times the waveform gives them.

        With speakers a line is a cue's words; without, it ends at a pause (with marks: at a pause after
        a sentence). Cues further than a second from any speech are left out, and told with their lines.
        Raises InputRefused where the file cannot be used or is plainly of another recording.
        """
        found = read_cues(self.path)
        laid = lay_cues(found, speech, audio.duration, progress)
        words = [word for line in laid.lines for word in line.words]
        dropped = _count(found.cues) - sum(len(word.text.split()) for word in words)
        if speech and _other_recording(found, laid, dropped, audio.duration):
            raise InputRefused(
                "CAPTIONS_OF_ANOTHER_RECORDING",
                f"The captions in {self.path.name} do not fit this recording: most of their words fall where"
                " nobody speaks. Choose the captions of this video, starting at the same moment.",
            )
        progress(1.0)
        return Recognition(
            recogniser="captions",
            model=self.path.name,
            language=self.language,
            lines=laid.lines,
            marks=is_marked([word.text for word in words]),
            names=found.named,
            note=_note(found, laid, dropped),
            dropped=dropped,
            dismissed=laid.unheard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The cues on the waveform: `left_out` are those of which nothing could be laid (`fit`: their clock).

    `unheard` is where such cues stand within the recording (s, sorted and disjoint).
    """

    lines: tuple[Line, ...]
    left_out: tuple[Reject, ...]
    unheard: tuple[Span, ...]
    fit: Fit


def lay_cues(found: CueFile, speech: Sequence[Span], duration: float, progress: Progress) -> Laid:
    """The cues' words on `speech` (sorted, disjoint) of a recording of `duration` seconds.

    Each cue's line is in `lines` or in `left_out`. Words with their own times keep them where they lie in
    speech; others are laid by how long they take to say. `progress` is told the fraction done.
    """
    fit = fitted(found.cues, speech)
    on_time = moved(found.cues, fit.late) if fit.late else found.cues
    near = _near(speech)
    cues = [cue for cue in on_time if near(cue)]
    timed = sum(bool(cue.words) for cue in cues)
    if timed and timed >= TIMED_SHARE * len(cues):
        lines, laid = _with_times(cues, speech, by_speaker=bool(found.speakers))
    else:
        words = _rough(cues)
        spans = lay(words, speech, progress)
        lines = tuple(_lines(words, spans, by_speaker=bool(found.speakers)))
        laid = {cue.line for cue in cues}
    starts = {cue.line: cue.start for cue in reversed(on_time)}
    left_out = tuple(
        Reject(line=line, reason=_why(starts.get(line), duration))
        for line in dict.fromkeys(cue.line for cue in found.cues)
        if line not in laid
    )
    unheard = [
        Span(start=cue.start, end=min(cue.end, duration))
        for cue in on_time
        if cue.line not in laid and cue.start < duration
    ]
    return Laid(lines=lines, left_out=left_out, unheard=subtracted(unheard, speech), fit=fit)


def _near(speech: Sequence[Span]) -> Callable[[Cue], bool]:
    """Whether anybody speaks at most NEAR_SPEECH from a cue."""
    touching = finder(speech)
    return lambda cue: bool(
        touching(Span(start=max(0.0, cue.start - NEAR_SPEECH), end=cue.end + NEAR_SPEECH))
    )


def _why(start: float | None, duration: float) -> str:
    """Why a cue that starts there (None: it was moved before the beginning) could not be laid."""
    if start is None:
        return BEFORE_BEGINNING
    return AFTER_END if start >= duration else UNHEARD


def _other_recording(found: CueFile, laid: Laid, dropped: int, duration: float) -> bool:
    late = found.cues[-1].start - laid.fit.late > duration + TOO_LATE
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


def _lines(words: Sequence[RoughWord], spans: Sequence[Span], *, by_speaker: bool) -> Iterator[Line]:
    marks = is_marked([word.text for word in words])
    first = 0
    for k in range(1, len(words) + 1):
        if k == len(words) or _ends_line(words, spans, k, by_speaker=by_speaker, marks=marks):
            said = tuple(
                Word(start=span.start, end=span.end, text=word.text)
                for word, span in zip(words[first:k], spans[first:k], strict=True)
            )
            yield Line(start=said[0].start, end=said[-1].end, words=said, speaker=words[first].speaker)
            first = k


def _ends_line(
    words: Sequence[RoughWord], spans: Sequence[Span], k: int, *, by_speaker: bool, marks: bool
) -> bool:
    """Whether a line ends before word `k`."""
    if by_speaker:
        return words[k].cue != words[k - 1].cue
    pause = spans[k].start - spans[k - 1].end
    return pause >= LINE_PAUSE and (not marks or ends_sentence(words[k - 1].text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _TimedWord(Word):
    """A word that remembers its cue while it is laid."""

    cue: int


def _with_times(
    cues: Sequence[Cue], speech: Sequence[Span], *, by_speaker: bool
) -> tuple[tuple[Line, ...], set[int]]:
    """The words held to the speech at their own times, and the lines (in the file) of the cues laid."""
    words = [each for number, cue in enumerate(cues) for each in _timed_words(cue, number)]
    held, _ = laid_on(words, speech, slack=WORD_SLACK)
    lines: list[Line] = []
    laid: set[int] = set()
    for line in held:
        mine = [word for word in line.words if isinstance(word, _TimedWord)]
        laid |= {cues[word.cue].line for word in mine}
        for _, group in groupby(mine, lambda word: word.cue if by_speaker else 0):
            said = list(group)
            lines.append(
                Line(
                    start=said[0].start,
                    end=max(word.end for word in said),
                    words=tuple(
                        Word(start=word.start, end=word.end, text=word.text, probability=word.probability)
                        for word in said
                    ),
                    speaker=cues[said[0].cue].speaker,
                )
            )
    return tuple(lines), laid


def _timed_words(cue: Cue, number: int) -> list[_TimedWord]:
    """The cue's words at their times; without times, each takes its share of the cue's."""
    if cue.words:
        return [
            _TimedWord(
                start=word.start, end=word.end, text=word.text, probability=word.probability, cue=number
            )
            for word in cue.words
        ]
    texts = cue.text.split()
    lengths = [spoken_seconds(text) for text in texts]
    edges, whole = [cue.start], sum(lengths)
    for length in lengths:
        edges.append(min(cue.end, edges[-1] + (cue.end - cue.start) * length / whole))
    return [
        _TimedWord(start=start, end=end, text=text, cue=number)
        for text, (start, end) in zip(texts, pairwise(edges), strict=True)
    ]


def _note(found: CueFile, laid: Laid, dropped: int) -> str:
    """For the teacher: where the words come from and what was left out."""
    parts = ["The words come from your caption file; their times were set by the sound."]
    if not found.speakers:
        parts.append("It names no speakers, so who speaks was judged from the sound.")
    if laid.fit.late:
        off = "late" if laid.fit.late > 0 else "early"
        parts.append(f"They ran {abs(laid.fit.late):.1f} seconds {off}; we moved them to the speech.")
    if laid.fit.doubtful:
        parts.append("They fit the speech poorly; check that they belong to this recording.")
    timed = [each for each in found.rejects if each.timed]
    reasons = dict.fromkeys(each.reason for each in (*timed, *laid.left_out))
    for reason in reasons:
        lines = [each.line for each in (*timed, *laid.left_out) if each.reason == reason]
        many = len(lines) > 1
        told = ", ".join(map(str, lines[:_LINES_TOLD])) + (" ..." if len(lines) > _LINES_TOLD else "")
        parts.append(
            f"{len(lines)} caption{'s were' if many else ' was'} left out: {reason}"
            f" ({_plural(found.unit) if many else found.unit} {told})."
        )
    if dropped:
        parts.append(
            f"{dropped} word{'s' if dropped > 1 else ''} captioned where nobody is heard"
            f" {'were' if dropped > 1 else 'was'} left out."
        )
    if strays := [each for each in found.rejects if not each.timed]:
        many = len(strays) > 1
        parts.append(
            f"{len(strays)} piece{'s' if many else ''} of text without times"
            f" {'were' if many else 'was'} left out (line {strays[0].line}{' and on' if many else ''})."
        )
    return " ".join(parts)


def _plural(unit: str) -> str:
    return "entries" if unit == "entry" else f"{unit}s"
