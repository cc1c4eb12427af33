"""Speech regions cut for a recogniser, and its words laid back on them.

A recogniser works best on a few seconds of connected speech and may say that a word stands where nobody
speaks. So regions are joined into stretches of limited length that are cut in silence (in the quietest
place where a speaker makes no pause), and the words that come back are held to the speech.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from coachai.media import Audio
from coachai.records import Span, Word
from coachai.transcript import Line

PAUSE = 0.2
"""Seconds without a word that end a line: shorter than most pauses between sentences, longer than a stop."""

REACH = 0.6
"""Seconds between the edge of a region and its outermost word that the word is stretched over."""

_FRAME = 0.02
"""Seconds of sound behind one reading of the level when looking for the quietest place."""


def stretches(
    audio: Audio, speech: Sequence[Span], *, longest: float, join: float, margin: float = 0.0
) -> tuple[Span, ...]:
    """Stretches to recognise, sorted and disjoint, none longer than `longest` seconds.

    Neighbouring regions are joined over gaps of at most `join` seconds. A region longer than that is cut
    at its quietest point. `margin` seconds are added on both sides, never into a neighbour.
    """
    room = longest - 2 * margin
    pieces = [piece for region in speech for piece in _cut(audio, region, room)]
    joined: list[Span] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and piece.start - last.end <= join and piece.end - last.start <= room:
            joined[-1] = Span(start=last.start, end=piece.end)
        else:
            joined.append(piece)
    return _widened(joined, margin, audio.duration)


def _cut(audio: Audio, region: Span, longest: float) -> list[Span]:
    """The region in pieces no longer than `longest`, cut where it is quietest in the latter half."""
    pieces: list[Span] = []
    start = region.start
    while region.end - start > longest:
        # Leave the rest long enough to be worth recognising.
        latest = min(start + longest, region.end - min(longest / 4, 1.0))
        cut = _quietest(audio, start + longest / 2, latest)
        pieces.append(Span(start=start, end=cut))
        start = cut
    return [*pieces, Span(start=start, end=region.end)]


def _quietest(audio: Audio, start: float, end: float) -> float:
    """The middle of the quietest tenth of a second between two times, in seconds."""
    sound = audio.read(start, end)
    frame = round(_FRAME * audio.sample_rate)
    count = len(sound) // frame
    if count < 5:
        return end
    power = (sound[: count * frame].reshape(count, frame) ** 2).mean(axis=1)
    smooth = np.convolve(power, np.ones(5) / 5, mode="valid")
    return start + (int(smooth.argmin()) + 2.5) * _FRAME


def _widened(spans: Sequence[Span], margin: float, duration: float) -> tuple[Span, ...]:
    wide: list[Span] = []
    for i, span in enumerate(spans):
        before = span.start - spans[i - 1].end if i else span.start
        after = (spans[i + 1].start if i + 1 < len(spans) else duration) - span.end
        wide.append(
            Span(
                start=span.start - min(margin, max(0.0, before / 2)),
                end=span.end + min(margin, max(0.0, after / 2)),
            )
        )
    return tuple(wide)


def laid_on(words: Sequence[Word], speech: Sequence[Span]) -> tuple[tuple[Line, ...], int]:
    """The words as lines on the speech regions, and how many were dropped because nobody speaks there.

    `words` are in order of time. Each is held to the region it shares most time with; the first and the
    last word of a region reach its edges where they are near, so that a sentence ends where the sound
    ends. A line ends where nothing is said for at least `PAUSE` seconds.
    """
    placed: list[tuple[int, Word]] = []
    starts = [region.start for region in speech]
    for word in words:
        home = _home(word, speech, starts)
        if home is not None:
            placed.append((home, word))
    lines: list[list[Word]] = []
    for i, (home, word) in enumerate(placed):
        region = speech[home]
        opens = i == 0 or placed[i - 1][0] != home
        closes = i + 1 == len(placed) or placed[i + 1][0] != home
        start, end = max(word.start, region.start), min(word.end, region.end)
        if opens and start - region.start <= REACH:
            start = region.start
        if closes and region.end - end <= REACH:
            end = region.end
        if lines:
            start = max(start, lines[-1][-1].end)
        held = Word(start=start, end=max(start, end), text=word.text, probability=word.probability)
        if lines and held.start - lines[-1][-1].end < PAUSE:
            lines[-1].append(held)
        else:
            lines.append([held])
    made = tuple(Line(start=line[0].start, end=line[-1].end, words=tuple(line)) for line in lines)
    return made, len(words) - len(placed)


def _home(word: Word, speech: Sequence[Span], starts: Sequence[float]) -> int | None:
    """Which region the word belongs to: the one it shares most time with, None where it shares none."""
    last = bisect_right(starts, word.end) - 1
    best, most = None, 0.0
    for i in range(last, -1, -1):
        region = speech[i]
        if region.end <= word.start and region.end < word.end:
            break
        shared = min(word.end, region.end) - max(word.start, region.start)
        if shared > most or (best is None and shared >= 0 and word.duration == 0):
            best, most = i, shared
    return best
