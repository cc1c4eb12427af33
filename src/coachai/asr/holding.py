"""The one door for words: whatever a recogniser wrote is held to the sound before anything else sees it.

Recognisers invent: Whisper writes into silence what captions end with, repeats itself, and lays words
where they cannot be (Koenecke et al., 2024, "Careless Whisper"). One that runs elsewhere may hand over
anything at all. The rules, in order:

1. A word is a short text between two times in order (`reading`).
2. Lines are judged sentence by sentence, up to a mark or a long pause. A sentence is believed where at
   least half of its words are heard; a word is heard where at least half of it lies in speech. Its words
   are cut to the speech, and those that touch none are left out. Of another sentence nothing is kept.
3. One voice says one thing at a time. Where two sentences claim the same time, the one whose line lies
   more in speech keeps it; the other loses the words there, or is left out where they are half of it. So
   a sentence that was invented in silence and runs on into speech takes nothing from the words there.
4. Nobody takes longer than four seconds for a word, or says five in a third of a second. (Captions may:
   people wrote their words, and we laid them on what we heard of the speech.)

What is invented over speech cannot be known from one hearing: see `twice`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from coachai.asr.doubt import uncrushed
from coachai.asr.reading import failed, read_recognition
from coachai.asr.recogniser import Recogniser
from coachai.errors import CoachaiError
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.sentences import begins_after_mark
from coachai.timeline import finder, merged, subtracted
from coachai.transcript import Line, Recognition

HALF = 0.5
"""The share that decides: of a word in speech, of a sentence's words that are heard or contested."""

LONGEST_WORD = 4.0
"""Seconds: no word takes longer, however it is drawn out."""

LONG_PAUSE = 1.0
"""Seconds without a word that part two sentences here: invented text stands behind pauses."""

SHORTEST_PLACE = 0.1
"""Seconds of the shortest place that is listed as dismissed: less is the rough edge of a real word."""

CAPTIONS = "captions"
_HAIR = 1e-6


class Held:
    """A recogniser whose every answer is held to the sound, and whose failures are one sentence."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """What the recogniser hears, as far as it can be believed; see `held`.

        What `progress` raises comes through, and so does what the recogniser says for people. Raises
        EnvironmentLacks (``RECOGNISER_FAILED``) where it breaks off or hands over what cannot be used.
        """
        interrupts: list[Exception] = []

        def told(fraction: float) -> None:
            try:
                progress(fraction)
            except Exception as error:
                interrupts.append(error)
                raise

        try:
            found: object = self._recogniser.transcribe(audio, speech, told)
        except (CoachaiError, OSError):
            raise
        except Exception as error:
            if error in interrupts:
                raise
            raise failed(f"it broke off ({type(error).__name__})") from error
        return held(found, subtracted(speech, audio.missing), duration=audio.duration)


def held(found: object, heard: Sequence[Span], *, duration: float) -> Recognition:
    """A recogniser's answer as far as it can be believed, by the rules above.

    `heard` (sorted, disjoint) is where there is speech and the file has sound, `duration` the recording's
    length in seconds. Words left out are counted in `dropped`, and where nobody is heard their places are
    listed in `dismissed`. An answer that keeps to the rules comes back equal. Raises EnvironmentLacks
    (``RECOGNISER_FAILED``) for what is no recognition, or has more words than anybody can say.
    """
    told = read_recognition(found, duration)
    sentences = [each for number, line in enumerate(told.lines) for each in _sentences(line, number)]
    near = finder(heard)
    judged = _judged(sentences, near)
    kept: list[_Sentence] = []
    for _, same_voice in groupby(sorted(judged, key=_voice), key=_voice):
        kept += _one_at_a_time(list(same_voice), near)
    lines = _lines(kept, hurried=told.recogniser == CAPTIONS)
    written = sum(len(line.words) for line in told.lines)
    left_out = _left_out(sentences, kept)
    return replace(
        told,
        lines=lines,
        dropped=told.dropped + written - sum(len(line.words) for line in lines),
        dismissed=_places([*told.dismissed, *left_out], heard, duration),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    """Some words of line `line`; `share` of them is heard, and `line_share` of the time of that line's words.

    `before` are the words as they were written, `words` what is left of them, `silent` those of them that
    touch no speech.
    """

    line: int
    place: int
    speaker: str | None
    before: tuple[Word, ...]
    words: tuple[Word, ...]
    silent: tuple[Word, ...] = ()
    share: float = 0.0
    line_share: float = 0.0


_Near = Callable[[Span], list[Span]]
"""The stretches of speech that share time with a span."""


def _voice(sentence: _Sentence) -> str:
    return sentence.speaker or ""


def _sentences(line: Line, number: int) -> Iterator[_Sentence]:
    """A line cut after marks that end a sentence and at long pauses."""
    first = 0
    for k in range(1, len(line.words) + 1):
        if (
            k == len(line.words)
            or begins_after_mark(line.words, first, k)
            or line.words[k].start - line.words[k - 1].end > LONG_PAUSE
        ):
            words = line.words[first:k]
            yield _Sentence(line=number, place=first, speaker=line.speaker, before=words, words=words)
            first = k


def _judged(sentences: Sequence[_Sentence], near: _Near) -> list[_Sentence]:
    """The sentences that are believed, cut to the speech (rule 2), without what is too long (rule 4)."""
    believed: list[_Sentence] = []
    for _, line in groupby(sentences, key=lambda each: each.line):
        parts = list(line)
        counts = [sum(_is_heard(word, near) for word in each.before) for each in parts]
        line_share = _time_in_speech([word for each in parts for word in each.before], near)
        for each, count in zip(parts, counts, strict=True):
            share = count / len(each.before)
            if share < HALF:
                continue
            cut = _within(replace(each, share=share, line_share=line_share), near)
            short = tuple(word for word in cut.words if word.duration <= LONGEST_WORD)
            believed.append(replace(cut, words=short))
    return believed


def _time_in_speech(words: Sequence[Word], near: _Near) -> float:
    """Share of the time of these words that lies in speech; 1 where they take no time."""
    seconds = sum(word.duration for word in words)
    inside = sum(_shared(word, region) for word in words for region in _touching(word, near))
    return round(inside / seconds, 6) if seconds else 1.0


def _within(sentence: _Sentence, near: _Near) -> _Sentence:
    """The sentence's words cut to the speech; those that touch none are `silent`."""
    cut = [(word, _cut(word, near)) for word in sentence.words]
    return replace(
        sentence,
        words=tuple(within for _, within in cut if within is not None),
        silent=(*sentence.silent, *(word for word, within in cut if within is None)),
    )


def _touching(word: Word, near: _Near) -> list[Span]:
    """The stretches of speech that the word lies in, also where it takes no time."""
    around = Span(start=max(0.0, word.start - _HAIR), end=word.end + _HAIR)
    return near(around)


def _is_heard(word: Word, near: _Near) -> bool:
    inside = sum(_shared(word, region) for region in _touching(word, near))
    return inside >= HALF * word.duration - _HAIR and bool(_touching(word, near))


def _cut(word: Word, near: _Near) -> Word | None:
    regions = _touching(word, near)
    if not regions:
        return None
    start = min(max(word.start, regions[0].start), regions[-1].end)
    return replace(word, start=start, end=max(start, min(word.end, regions[-1].end)))


def _shared(one: Span, other: Span) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))


def _one_at_a_time(sentences: Sequence[_Sentence], near: _Near) -> list[_Sentence]:
    """One voice's sentences, of which no two claim the same time (rule 3)."""
    ordered = sorted((each for each in sentences if each.words), key=lambda each: each.words[0].start)
    kept: list[_Sentence] = []
    together: list[_Sentence] = []
    until = 0.0
    for each in ordered:
        if together and each.words[0].start >= until - _HAIR:
            kept += _settled(together, near)
            together = []
        together.append(each)
        until = max(until, *(word.end for word in each.words))
    return [*kept, *_settled(together, near)]


def _settled(together: Sequence[_Sentence], near: _Near) -> list[_Sentence]:
    """Sentences that may contradict each other: the better placed keep their time."""
    if len(together) < 2:
        return list(together)
    claims: list[Span] = []
    kept: list[_Sentence] = []
    for each in sorted(together, key=lambda one: (-one.line_share, -one.share, one.line, one.place)):
        beside = [left for word in each.words if (left := _free(word, claims)) is not None]
        # What is left of a word beside another's may stand between two stretches of speech.
        free = [word for word in beside if _is_heard(word, near)]
        if 2 * len(free) <= len(each.words):
            continue
        kept.append(replace(each, words=tuple(free)))
        _claim(claims, Span(start=each.words[0].start, end=max(word.end for word in each.words)))
    return kept


def _claim(claims: list[Span], extent: Span) -> None:
    """Add a stretch to claims, which stay sorted and disjoint."""
    first = bisect_left(claims, extent.start, key=lambda claim: claim.end)
    last = bisect_right(claims, extent.end, key=lambda claim: claim.start)
    claims[first:last] = merged([*claims[first:last], extent])


def _free(word: Word, claims: Sequence[Span]) -> Word | None:
    """The word outside others' time, where its middle lies; None where that is taken."""
    middle = (word.start + word.end) / 2
    after = bisect_right(claims, middle, key=lambda claim: claim.start)
    before, behind = claims[after - 1] if after else None, claims[after] if after < len(claims) else None
    if before is not None and before.end > middle - _HAIR:
        return None
    start = word.start if before is None else max(word.start, before.end)
    return replace(word, start=start, end=word.end if behind is None else min(word.end, behind.start))


def _lines(sentences: Iterable[_Sentence], *, hurried: bool) -> tuple[Line, ...]:
    """The words left, as the lines that they came in; one voice's lines never run into each other.

    Unless they may be `hurried`, runs of words that nobody says so fast are left out.
    """
    lines: list[Line] = []
    for _, same_voice in groupby(sorted(sentences, key=_voice), key=_voice):
        placed = [(word, each) for each in same_voice for word in each.words]
        placed.sort(key=lambda one: one[0].start)
        if not hurried:
            slow = {id(word) for word in uncrushed([word for word, _ in placed])}
            placed = [one for one in placed if id(one[0]) in slow]
        for _, run in groupby(placed, key=lambda one: one[1].line):
            said = list(run)
            words = tuple(word for word, _ in said)
            end = max(word.end for word in words)
            lines.append(Line(start=words[0].start, end=end, words=words, speaker=said[0][1].speaker))
    return tuple(sorted(lines, key=lambda line: (line.start, line.end)))


def _left_out(sentences: Sequence[_Sentence], kept: Sequence[_Sentence]) -> Iterator[Span]:
    """Where something was written that is not kept: whole sentences, and words outside all speech."""
    left = {(each.line, each.place) for each in kept}
    for each in sentences:
        if (each.line, each.place) not in left:
            yield Span(start=each.before[0].start, end=max(word.end for word in each.before))
    for each in kept:
        yield from each.silent


def _places(spans: Iterable[Span], heard: Sequence[Span], duration: float) -> tuple[Span, ...]:
    """The parts of these places where nobody is heard, neighbours joined, each long enough to be played."""
    wide = [
        Span(start=each.start, end=max(each.end, min(duration, each.start + SHORTEST_PLACE)))
        for each in spans
    ]
    quiet = subtracted(merged(wide, LONG_PAUSE), heard)
    return tuple(each for each in quiet if each.duration >= SHORTEST_PLACE - _HAIR)
