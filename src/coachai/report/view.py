"""What the pages show, worked out once: moments to play, turns to read, holes and coverage in sentences.

Everything here is plain data for the templates; nothing here knows HTML.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from coachai.corrections.telling import beside, part_told, people_put_right
from coachai.records import Measurement, Moment, Report, Role, Span, Transcript, Utterance
from coachai.report.page import one_line
from coachai.report.words import between, clock, length, percent
from coachai.telling import told
from coachai.timeline import total
from coachai.unsure import UNSURE

LEAD_SECONDS = 8.0
"""A moment is played from the start of the sentence before it, at most this much earlier."""

TAIL_SECONDS = 2.5
"""And a little beyond its end, so that one hears what ended it."""

_TOUCHES = 0.35
_END_MISSING = 1.0
_QUOTE_LETTERS = 160
_SURE_OF_TEACHER = 0.8

WHO: dict[Role, str] = {"teacher": "Teacher", "student": "Student", "unknown": "Unsure who"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Playable(Span):
    """A moment ready to play: `play_from` and `play_to` (s) frame it, `said` quotes the sentence there.

    `corrected` tells what people put right in that sentence.
    """

    play_from: float
    play_to: float
    at: str
    label: str
    who: str
    said: str
    corrected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Span):
    """One counted wait. `quick`: it followed a closed question, where a short wait is no fault."""

    quick: bool
    lasted: str
    played: Playable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Span):
    """One utterance on the page, with the wait that followed it. `unsure`: two hearings of it differ.

    `corrected` tells what people put right in it, `exact` when it begins (for `coachai correct --at`).
    """

    text: str
    asks: bool
    unsure: bool
    wait: Wait | None
    corrected: tuple[str, ...]
    exact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnShown(Span):
    """Sentences of one voice; or a hole, or several voices, with `note` in place of sentences."""

    who: str
    role: str
    at: str
    sentences: tuple[Sentence, ...] = ()
    note: str = ""


def video_address(video: str | None) -> str | None:
    """A relative file name, quoted already or not, as an address that can only mean a file near the page.

    A leading "./" and quoted colons keep it from ever being read as another host or a script.
    """
    if video is None:
        return None
    parts = re.split(r"(%[0-9A-Fa-f]{2})", video)
    return "./" + "".join(part if i % 2 else quote(_name_in_bytes(part)) for i, part in enumerate(parts))


def _name_in_bytes(name: str) -> bytes:
    """A name as the disk has it, UTF-8 or not; one that no disk can have as far as it can be written."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "replace")


def playable(moments: Iterable[Moment], transcript: Transcript) -> tuple[Playable, ...]:
    """The moments in the order given, each with its sentence and its frame for playing."""
    starts = [each.start for each in transcript.utterances]
    shown: list[Playable] = []
    for moment in moments:
        sentence = _sentence_of(moment, transcript.utterances, starts)
        begins = sentence.start if sentence is not None else moment.start
        shown.append(
            Playable(
                start=moment.start,
                end=moment.end,
                play_from=max(0.0, moment.start - LEAD_SECONDS, min(begins, moment.start) - 0.3),
                play_to=min(max(transcript.duration, moment.end), moment.end + TAIL_SECONDS),
                at=clock(moment.start),
                label=moment.label,
                who=speaker_of(sentence, transcript) if sentence is not None else "",
                said=_quoted(sentence),
                corrected="; ".join(map(beside, sentence.corrected)) if sentence is not None else "",
            )
        )
    return tuple(shown)


def speaker_of(utterance: Utterance, transcript: Transcript) -> str:
    """The name the captions give, else the role; a letter that the sound was given says nothing."""
    if transcript.words_from.names and any(each.isalnum() for each in utterance.speaker):
        return utterance.speaker
    return WHO[utterance.role]


def voice_of(utterance: Utterance) -> str:
    """The voice as files for other tools name it: as the transcript does, or the role where it does not."""
    return one_line(utterance.speaker) or WHO[utterance.role]


def waits(report: Report) -> tuple[Wait, ...]:
    """The counted waits after questions, in order of time."""
    measured = measurement_of(report, "wait_time_1")
    if measured is None:
        return ()
    utterances = report.transcript.utterances
    starts = [each.start for each in utterances]
    moments = sorted(measured.moments, key=lambda each: each.start)
    played = playable((told(each, measured.measure) for each in moments), report.transcript)
    return tuple(
        Wait(
            start=moment.start,
            end=moment.end,
            quick=_is_quick(_ends_at(moment.start, utterances, starts)),
            lasted=length(moment.duration),
            played=each,
        )
        for moment, each in zip(moments, played, strict=True)
    )


def measurement_of(report: Report, name: str) -> Measurement | None:
    """The measurement of that name, if the report has one."""
    return next((each for each in report.measurements if each.measure == name), None)


def turns(report: Report, shown_waits: Sequence[Wait]) -> tuple[TurnShown, ...]:
    """The transcript to read: turns of sentences, with several voices and holes in the sound between."""
    transcript = report.transcript
    by_end = {round(each.start, 3): each for each in shown_waits}
    notes = (*transcript.missing, *transcript.overlap, *transcript.dismissed, *transcript.parts)
    breaks = sorted(each.start for each in notes)
    shown = [
        *_voices(transcript, by_end, breaks),
        *(_noted(each, f"Sound is missing {between(each)}.", "missing") for each in transcript.missing),
        *(
            _noted(each, f"Several voices at once, {length(each.duration)}.", "several")
            for each in transcript.overlap
        ),
        *(_noted(each, part_told(each), "part") for each in transcript.parts),
        *(
            _noted(each, f"{_writer(transcript)} words here, but nobody is heard.", "missing")
            for each in transcript.dismissed
        ),
    ]
    return tuple(sorted(shown, key=lambda each: each.start))


def coverage(transcript: Transcript) -> tuple[str, ...]:
    """What part of the lesson could be read and heard, in sentences; the same for teacher and evaluator."""
    said = [*filter(None, [people_put_right(transcript)]), *worded(transcript)]
    if transcript.missing:
        where = "; ".join(between(each) for each in transcript.missing[:5])
        more = "; and elsewhere" if len(transcript.missing) > 5 else ""
        said.append(f"Sound is missing {where}{more}.")
    declared = transcript.recording.declared or 0.0
    if declared - transcript.duration >= _END_MISSING:
        said.append(
            f"The file should last {length(declared)}; {length(transcript.duration)} of it can be read."
        )
    if transcript.teacher_confidence < _SURE_OF_TEACHER:
        said.append("We are not sure which voice is the teacher's.")
    said.extend(transcript.quality.notes)
    return tuple(said)


def worded(transcript: Transcript) -> tuple[str, ...]:
    """For how much of the speech there are words, and which words were left out, in sentences."""
    words = transcript.words_from
    said: list[str] = []
    if words.recogniser == "none":
        said.append("No words were made out; only who speaks and when.")
    else:
        said.append(f"Words for {percent(words.coverage)} of the speech.")
    unsure = total(each for each in transcript.utterances if each.has(UNSURE))
    if unsure:
        part = percent(unsure / total(transcript.speech))
        said.append(f"For {part} two hearings differ: those words are shown as unsure and count for nothing.")
    if transcript.dismissed:
        places = len(transcript.dismissed)
        where = "in one place" if places == 1 else f"in {places} places"
        said.append(f"{_writer(transcript)} words {where} where nobody is heard; they were left out.")
    return tuple(said)


def _writer(transcript: Transcript) -> str:
    """Who wrote what nobody said."""
    return "The captions have" if transcript.words_from.recogniser == "captions" else "The recogniser wrote"


def _voices(
    transcript: Transcript, wait_after: dict[float, Wait], breaks: Sequence[float]
) -> Iterable[TurnShown]:
    """Runs of one speaker; a note that starts in between (`breaks`, s) parts a run, to read in order."""
    turn: list[Utterance] = []
    for utterance in transcript.utterances:
        if turn and (
            (utterance.speaker, utterance.role) != (turn[-1].speaker, turn[-1].role)
            or bisect_right(breaks, turn[-1].start) < bisect_right(breaks, utterance.start)
        ):
            yield _turn(turn, transcript, wait_after)
            turn = []
        turn.append(utterance)
    if turn:
        yield _turn(turn, transcript, wait_after)


def _turn(turn: Sequence[Utterance], transcript: Transcript, wait_after: dict[float, Wait]) -> TurnShown:
    return TurnShown(
        start=turn[0].start,
        end=max(each.end for each in turn),
        who=speaker_of(turn[0], transcript),
        role=turn[0].role,
        at=clock(turn[0].start),
        sentences=tuple(
            Sentence(
                start=each.start,
                end=each.end,
                text=each.text,
                asks=each.has("question") and not each.has("tag"),
                unsure=each.has(UNSURE),
                wait=wait_after.get(round(each.end, 3)),
                corrected=tuple(map(beside, each.corrected)),
                exact=f"{clock(each.start)}.{round(each.start * 1000) // 100 % 10}",
            )
            for each in turn
        ),
    )


def _noted(span: Span, note: str, role: str) -> TurnShown:
    return TurnShown(start=span.start, end=span.end, who="", role=role, at=clock(span.start), note=note)


def _sentence_of(moment: Span, utterances: Sequence[Utterance], starts: Sequence[float]) -> Utterance | None:
    """The sentence a moment is about: the one heard in it, else the one it follows."""
    last = bisect_right(starts, max(moment.end, moment.start + _TOUCHES))
    near = utterances[max(0, bisect_right(starts, moment.start) - 8) : last]
    inside = max(
        near, key=lambda each: min(each.end, moment.end) - max(each.start, moment.start), default=None
    )
    if inside is not None and min(inside.end, moment.end) - max(inside.start, moment.start) > _TOUCHES:
        return inside
    before = _ends_at(moment.start, utterances, starts)
    return (
        before
        if before is not None
        else inside
        if inside is not None and inside.end >= moment.start
        else None
    )


def _is_quick(asked: Utterance | None) -> bool:
    return asked is not None and asked.has("closed") and not asked.has("open")


def _ends_at(seconds: float, utterances: Sequence[Utterance], starts: Sequence[float]) -> Utterance | None:
    """The utterance that ends there, within a hair."""
    i = bisect_right(starts, seconds)
    near = utterances[max(0, i - 8) : i]
    closest = min(near, key=lambda each: abs(each.end - seconds), default=None)
    return closest if closest is not None and abs(closest.end - seconds) <= _TOUCHES else None


def _quoted(sentence: Utterance | None) -> str:
    """What is quoted beside a moment; nothing where two hearings differ."""
    return "" if sentence is None or sentence.has(UNSURE) else _shortened(sentence.text)


def _shortened(text: str) -> str:
    """At most a line or two; an ellipsis says that more was said."""
    if len(text) <= _QUOTE_LETTERS:
        return text
    return text[:_QUOTE_LETTERS].rsplit(" ", 1)[0] + " …"
