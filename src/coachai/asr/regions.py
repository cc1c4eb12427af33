"""Speech regions cut for a recogniser, and its words laid back on them.

A recogniser works best on a few seconds of connected speech and may say that a word stands where nobody
speaks. So regions are joined into stretches of limited length that are cut in silence (in the quietest
place where a speaker makes no pause), and the words that come back are held to the speech.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from coachai.media import Audio
from coachai.records import Span, Word
from coachai.transcript import Line

PAUSE = 0.2
"""Seconds without a word that end a line: shorter than most pauses between sentences, longer than a stop."""

REACH = 0.6
"""Seconds between the edge of a region and its outermost word that the word is stretched over."""

FULL = 0.85
"""Share of a group behind which it may end for the sake of a longer silence."""

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
    for run in _runs(pieces, join):
        starts, ends = [each.start for each in run], [each.end for each in run]
        for first, last in _filled(run, starts, ends, room, room / 2):
            joined.append(Span(start=run[first].start, end=run[last].end))
    return _widened(joined, margin, audio.duration)


def packed(
    audio: Audio, speech: Sequence[Span], *, longest: float, join: float, margin: float, between: float
) -> tuple[tuple[Span, ...], ...]:
    """The same for a recogniser that takes as long for a word as for half a minute: groups of stretches, in
    order, each of at most `longest` seconds with `between` seconds of silence put between its stretches.

    Groups end at the longest silence that lies behind `FULL` of them.
    """
    room = longest - 2 * margin
    pieces = [piece for region in speech for piece in _cut(audio, region, room)]
    starts: list[float] = []
    ends: list[float] = []
    for k, piece in enumerate(pieces):
        silence = piece.start - pieces[k - 1].end if k else 0.0
        starts.append((ends[-1] if k else 0.0) + (silence if silence <= join else 2 * margin + between))
        ends.append(starts[-1] + piece.duration)
    groups = [
        [Span(start=run[0].start, end=run[-1].end) for run in _runs(pieces[first : last + 1], join)]
        for first, last in _filled(pieces, starts, ends, room, room * FULL)
    ]
    widened = iter(_widened([each for group in groups for each in group], margin, audio.duration))
    return tuple(tuple(islice(widened, len(group))) for group in groups)


def _runs(pieces: Sequence[Span], join: float) -> list[list[Span]]:
    """The pieces in runs without a gap longer than `join` seconds."""
    runs: list[list[Span]] = []
    for piece in pieces:
        if runs and piece.start - runs[-1][-1].end <= join:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _filled(
    pieces: Sequence[Span], starts: Sequence[float], ends: Sequence[float], room: float, least: float
) -> Iterator[tuple[int, int]]:
    """First and last index of groups that fill `room` seconds, counted on a clock on which the pieces last
    from `starts` to `ends`. A full group ends at the widest gap that lies behind `least` seconds of it."""
    first = 0
    while first < len(pieces):
        last = first
        while last + 1 < len(pieces) and ends[last + 1] - starts[first] <= room:
            last += 1
        if last + 1 < len(pieces):
            late = [k for k in range(first, last + 1) if ends[k] - starts[first] >= least] or [last]
            last = max(late, key=lambda k: (pieces[k + 1].start - pieces[k].end, k))
        yield first, last
        first = last + 1


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


def laid_on(
    words: Sequence[Word], speech: Sequence[Span], *, slack: float = 0.0
) -> tuple[tuple[Line, ...], tuple[Word, ...]]:
    """The words as lines on the speech regions, and those dropped because nobody speaks there.

    `words` are in order of time. Each is held to the region it shares most time with, or to one that is
    at most `slack` seconds away; the first and the last word of a region reach its edges where they are
    near, so that a sentence ends where the sound ends. A line ends where nothing is said for at least
    `PAUSE` seconds.
    """
    placed: list[tuple[int, Word]] = []
    dropped: list[Word] = []
    starts = [region.start for region in speech]
    for word in words:
        home = _home(word, speech, starts, slack)
        # A word never stands before the one spoken before it.
        if home is None or (placed and home < placed[-1][0]):
            dropped.append(word)
        else:
            placed.append((home, word))
    lines: list[list[Word]] = []
    for i, (home, word) in enumerate(placed):
        region = speech[home]
        opens = i == 0 or placed[i - 1][0] != home
        closes = i + 1 == len(placed) or placed[i + 1][0] != home
        held = _held(word, region, opens=opens, closes=closes)
        before = lines[-1][-1].end if lines else 0.0
        if held.start < before:
            held = replace(held, start=before, end=max(before, held.end))
        if lines and held.start - before < PAUSE:
            lines[-1].append(held)
        else:
            lines.append([held])
    made = tuple(Line(start=line[0].start, end=line[-1].end, words=tuple(line)) for line in lines)
    return made, tuple(dropped)


def _held(word: Word, region: Span, *, opens: bool, closes: bool) -> Word:
    """The word within its region; the first reaches back to its start and the last on to its end."""
    start = min(max(word.start, region.start), region.end)
    end = min(max(word.end, start), region.end)
    if opens and start - region.start <= REACH:
        start = region.start
    if closes and region.end - end <= REACH:
        end = region.end
    return replace(word, start=start, end=end)


def _home(word: Word, speech: Sequence[Span], starts: Sequence[float], slack: float) -> int | None:
    """The region the word shares most time with, else the nearest within `slack` seconds, else None."""
    near = range(
        max(0, bisect_right(starts, word.start - slack) - 1),
        min(len(speech), bisect_right(starts, word.end + slack)),
    )
    best = max(near, key=lambda i: _shared(word, speech[i]), default=None)
    if best is None or _shared(word, speech[best]) < -slack:
        return None
    if slack == 0 and word.duration > 0 and _shared(word, speech[best]) == 0:
        return None
    return best


def _shared(word: Span, region: Span) -> float:
    """Seconds that both share; below zero, the seconds between them."""
    return min(word.end, region.end) - max(word.start, region.start)
