"""Speech, words and voices become a Transcript.

The evidence types below are what the recognisers (`asr/`) and the voice analysis (`voices/`) hand over;
they live here because neither of those packages knows the other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NotRequired, TypedDict, Unpack

from coachai.records import (
    AudioQuality,
    Provenance,
    Recording,
    Role,
    Span,
    Transcript,
    Utterance,
    Word,
    WordSource,
)
from coachai.roles import shown_as, voice_names
from coachai.sentences import likeliest_start, line_continues, sentence_starts
from coachai.timeline import finder, intersected, merged, subtracted, total
from coachai.unsure import marked, sure_words

SHORTEST_PART = 0.3
"""Seconds: shorter stretches of speech without words go to the utterance they touch."""

OWN_VOICE_PART = 1.0
"""Seconds: the same, while the utterance's own voice goes on (word times are that rough)."""

BREATH = 1.0
"""Seconds of quiet inside one voice's stretch of speech where there are no words to end a sentence."""

UNKNOWN_BELOW = 0.5
"""Role confidence under which an utterance's role is `unknown`."""

WORDS_ON_END = 0.1
"""Seconds between two words that still count as speech with words: less than any word takes."""

NEAREST_TURN = 0.5
"""Seconds: speech that lies in no voice's turn belongs to the nearest turn this close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Span):
    """Words that belong together (a caption sentence, a recogniser's line), laid on the waveform.

    `speaker` is the name the source gives, None where it gives none. `words` carry their marks
    (punctuation) in `text` where the source has them.
    """

    words: tuple[Word, ...]
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What a recogniser heard. `marks`: the text is punctuated; `names`: lines carry speaker names.

    `dropped` counts words thrown away because they fell where there is no speech, and `dismissed` are
    those places. `unsure` are the places of words in `lines` that another hearing did not confirm.
    `note` is for the teacher: which recogniser, in plain words, and what is unreliable because of it.
    """

    recogniser: str
    model: str
    language: str
    lines: tuple[Line, ...]
    marks: bool
    names: bool
    note: str
    dropped: int = 0
    dismissed: tuple[Span, ...] = ()
    unsure: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Span):
    """A stretch of one voice. `speaker` is a letter ("A", "B") or a caption name.

    `voice_confidence` (0 to 1) is how sure that voice is, whatever its role.
    """

    speaker: str
    role: Role
    role_confidence: float
    voice_confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Span):
    """How one stretch sounds, so that turns can be held against the sound. In memory only, never written.

    `point` (d,) lies in the learned view of voices, one speaker's points scatter around it by `variance`
    (speakers by `Voices.between`); `adult` is the log odds of an adult's voice, `seconds` the sound used.
    """

    point: tuple[float, ...]
    variance: float
    adult: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Who speaks when. `overlap`: several voices at once. `teacher_from`: as in `Transcript`.

    `heard`: how the stretches sound from which the voices were told apart, and `between` (d,) how far
    speakers lie apart there; empty where the sound was not asked. `among_adults`: as in `Transcript`.
    """

    turns: tuple[Turn, ...]
    overlap: tuple[Span, ...]
    teacher_confidence: float
    teacher_from: str
    voices_confidence: float = 1.0
    among_adults: bool = False
    heard: tuple[Heard, ...] = ()
    between: tuple[float, ...] = ()


class Evidence(TypedDict):
    """All that was observed of a recording, each part by another package."""

    recording: Recording
    speech: Sequence[Span]
    missing: Sequence[Span]
    quality: AudioQuality
    recognition: Recognition
    voices: Voices
    provenance: Provenance
    keep_names: NotRequired[bool]


def assemble(**evidence: Unpack[Evidence]) -> Transcript:
    """The Transcript of a recording: one utterance is one sentence by one speaker.

    It has no label but `unsure`, where a word of it was not heard twice. Utterances are sorted by start
    and tile `speech`: stretches without words become utterances with empty text. Speakers' names are
    replaced ("Teacher", "Student 1", or "Student A" where the sound told them apart, in order of first
    speech) unless `keep_names`. All times are rounded to milliseconds.
    """
    recording, recognition, voices = evidence["recording"], evidence["recognition"], evidence["voices"]
    regions = _ms(evidence["speech"])
    who = _voice_finder(voices.turns)
    edges = sorted({round(edge, 3) for turn in voices.turns for edge in (turn.start, turn.end)})
    lines = _tiled(_sentences(recognition, who, regions), who, regions, edges)
    owners = [who(line) for line in lines]
    voices_by_owner = voice_names(
        [(owner.speaker, owner.role == "teacher") for owner in owners], letters=not recognition.names
    )
    kept = recognition.names and evidence.get("keep_names", False)
    utterances = marked(
        [
            _utterance(line, owner, voices_by_owner[owner.speaker], keep_name=kept)
            for line, owner in zip(lines, owners, strict=True)
        ],
        recognition.unsure,
    )
    worded = intersected(regions, merged(sure_words(utterances), WORDS_ON_END))
    coverage = total(worded) / max(total(regions), 1e-9)
    return Transcript(
        recording=recording,
        duration=round(recording.duration, 3),
        language=recognition.language,
        utterances=utterances,
        speech=regions,
        overlap=_ms(voices.overlap),
        missing=_ms(evidence["missing"]),
        quality=evidence["quality"],
        words_from=WordSource(
            recogniser=recognition.recogniser,
            model=recognition.model,
            marks=recognition.marks,
            names=recognition.names,
            coverage=round(coverage, 3),
            note=recognition.note,
        ),
        teacher_confidence=round(voices.teacher_confidence, 3),
        teacher_from=voices.teacher_from,
        provenance=evidence["provenance"],
        voices_confidence=round(voices.voices_confidence, 3),
        among_adults=voices.among_adults,
        dismissed=subtracted(_ms(recognition.dismissed), regions),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """Whose speech it is: a caption name or a cluster's letter, empty where we do not know."""

    speaker: str
    role: Role
    confidence: float
    voice_confidence: float


_NOBODY = _Owner(speaker="", role="unknown", confidence=0.0, voice_confidence=0.0)
_Who = Callable[[Line], _Owner]
_TOUCH = 1e-9  # seconds that a word which takes no time shares with the turns it lies in or at


def _voice_finder(turns: Sequence[Turn]) -> _Who:
    """The owner of a line: the name it carries, else the voice that fills most of its time."""
    touching = finder(turns)
    named = {
        name: _summed(name, [(t, t.duration) for t in turns if t.speaker == name], 1.0)
        for name in {turn.speaker for turn in turns}
    }

    def who(line: Line) -> _Owner:
        if line.speaker is not None:
            return named.get(line.speaker, replace(_NOBODY, speaker=line.speaker))
        shares = [(t, max(_TOUCH, min(t.end, line.end) - max(t.start, line.start))) for t in touching(line)]
        if not shares:
            wider = Span(start=max(0.0, line.start - NEAREST_TURN), end=line.end + NEAREST_TURN)
            near = sorted(touching(wider), key=lambda turn: max(turn.start - line.end, line.start - turn.end))
            shares = [(turn, 1.0) for turn in near[:1]]
        if not shares:
            return _NOBODY
        seconds: dict[str, float] = {}
        for turn, shared in shares:
            seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + shared
        most = max(seconds, key=lambda speaker: (seconds[speaker], speaker))
        its = [(turn, shared) for turn, shared in shares if turn.speaker == most]
        return _summed(most, its, seconds[most] / sum(seconds.values()))

    return who


def _summed(speaker: str, shares: Sequence[tuple[Turn, float]], part: float) -> _Owner:
    """One voice's role over the shares of its turns; `part` is the share of the time that is its own."""
    held: dict[Role, float] = {}
    for turn, seconds in shares:
        held[turn.role] = held.get(turn.role, 0.0) + turn.role_confidence * seconds
    role = max(held, key=lambda each: (held[each], each))
    whole = max(sum(seconds for _, seconds in shares), _TOUCH)
    confidence = part * held[role] / whole
    return _Owner(
        speaker=speaker,
        role=role if confidence >= UNKNOWN_BELOW else "unknown",
        confidence=confidence,
        voice_confidence=part * sum(turn.voice_confidence * seconds for turn, seconds in shares) / whole,
    )


def _sentences(recognition: Recognition, who: _Who, regions: Sequence[Span]) -> list[Line]:
    """The recogniser's lines cut and joined into sentences by one speaker each, sorted by start."""
    where = finder(regions)
    marks = recognition.marks
    found: list[Line] = []
    for speaker, words, breaks in _streams(recognition):
        cuts = breaks if speaker is not None else breaks | _voice_changes(words, who, marks=marks)
        starts = sentence_starts(words, marks=marks, cuts=cuts)
        for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
            found.append(_laid(words[start:end], speaker, where))
    return sorted(found, key=lambda line: (line.start, line.end))


def _streams(recognition: Recognition) -> list[tuple[str | None, list[Word], set[int]]]:
    """Consecutive lines of one speaker as (name, words, indices where a sentence must begin).

    Where there are marks, a line that does not plainly go on from the one before begins a sentence;
    without marks a line break means nothing.
    """
    streams: list[tuple[str | None, list[Word], set[int]]] = []
    for line in sorted(recognition.lines, key=lambda line: (line.start, line.end)):
        if not line.words:
            continue
        if not streams or streams[-1][0] != line.speaker:
            streams.append((line.speaker, [], set()))
        _, words, cuts = streams[-1]
        if words and recognition.marks and not line_continues(words[-1].text, line.words[0].text):
            cuts.add(len(words))
        words.extend(line.words)
    return streams


def _voice_changes(words: Sequence[Word], who: _Who, *, marks: bool) -> set[int]:
    """Where another voice goes on: indices of words, each moved to the likeliest sentence start nearby."""
    owners = [who(Line(start=word.start, end=word.end, words=())).speaker for word in words]
    changed = [k for k in range(1, len(words)) if "" != owners[k] != owners[k - 1] != ""]
    starts = (likeliest_start(words, index, marks=marks) for index in changed)
    return {start for start in starts if start is not None}


def _laid(words: Sequence[Word], speaker: str | None, where: Callable[[Span], list[Span]]) -> Line:
    """A sentence from the first word's speech region to the last word's, in whole milliseconds."""
    first, last = _region(words[0], where), _region(words[-1], where)
    start = max(min(word.start for word in words), first.start)
    end = max(start, min(max(word.end for word in words), last.end))
    start, end = round(start, 3), round(end, 3)
    inside = tuple(
        replace(
            word,
            start=min(max(round(word.start, 3), start), end),
            end=min(max(round(word.end, 3), start), end),
        )
        for word in words
    )
    return Line(start=start, end=end, words=inside, speaker=speaker)


def _region(word: Word, where: Callable[[Span], list[Span]]) -> Span:
    """The speech region that holds most of the word; the word itself where there is none."""
    return max(
        where(word),
        key=lambda region: min(region.end, word.end) - max(region.start, word.start),
        default=word,
    )


def _tiled(lines: Sequence[Line], who: _Who, regions: Sequence[Span], edges: Sequence[float]) -> list[Line]:
    """The sentences and, for the speech that no word covers, lines without words; sorted by start.

    A sentence takes what it touches under `SHORTEST_PART`, or under `OWN_VOICE_PART` and its own voice; the
    rest is cut at `edges` (where turns begin and end)."""
    tiled = list(lines)
    ending = {line.end: index for index, line in enumerate(lines)}
    starting = {line.start: index for index, line in reversed(list(enumerate(lines)))}
    for left in subtracted(regions, lines):
        parts = _by_voice(left, who, edges)
        before, after = ending.get(left.start), starting.get(left.end)
        while parts and before is not None and _belongs(parts[0], tiled[before], who):
            tiled[before] = replace(tiled[before], end=parts.pop(0).end)
        while parts and after is not None and _belongs(parts[-1], tiled[after], who):
            tiled[after] = replace(tiled[after], start=parts.pop().start)
        tiled.extend(_without_slivers(parts))
    return _in_one_breath(sorted(tiled, key=lambda line: (line.start, line.end)), who)


def _in_one_breath(lines: Sequence[Line], who: _Who) -> list[Line]:
    """Neighbours without words by one voice, joined over a breath."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if (
            last is not None
            and not (last.words or line.words)
            and line.start - last.end <= BREATH
            and who(last).speaker == who(line).speaker != ""
        ):
            joined[-1] = replace(last, end=max(last.end, line.end))
        else:
            joined.append(line)
    return joined


def _belongs(part: Line, sentence: Line, who: _Who) -> bool:
    own = who(part).speaker in ("", who(sentence).speaker)
    return part.duration < (OWN_VOICE_PART if own else SHORTEST_PART)


def _by_voice(left: Span, who: _Who, edges: Sequence[float]) -> list[Line]:
    """A stretch without words cut where the voice changes."""
    inside = edges[bisect_right(edges, left.start) : bisect_left(edges, left.end)]
    parts: list[Line] = []
    for start, end in pairwise([left.start, *inside, left.end]):
        part = Line(start=start, end=end, words=())
        if parts and who(parts[-1]).speaker == who(part).speaker:
            parts[-1] = replace(parts[-1], end=end)
        else:
            parts.append(part)
    return parts


def _without_slivers(parts: Sequence[Line]) -> list[Line]:
    """Neighbours joined so that none is shorter than `SHORTEST_PART`, unless all of them are."""
    joined: list[Line] = []
    for part in parts:
        if joined and min(part.duration, joined[-1].duration) < SHORTEST_PART:
            joined[-1] = replace(joined[-1], end=part.end)
        else:
            joined.append(part)
    return joined


def _utterance(line: Line, owner: _Owner, voice: str, *, keep_name: bool) -> Utterance:
    return Utterance(
        start=line.start,
        end=line.end,
        speaker=owner.speaker if keep_name and owner.speaker else shown_as(voice, owner.role),
        role=owner.role,
        role_confidence=round(owner.confidence, 3),
        text=" ".join(word.text for word in line.words),
        words=line.words,
        voice=voice,
        voice_confidence=round(owner.voice_confidence, 3),
    )


def _ms(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in whole milliseconds, sorted and disjoint, so that equal evidence gives equal bytes."""
    return merged(Span(start=round(span.start, 3), end=round(span.end, 3)) for span in spans)
