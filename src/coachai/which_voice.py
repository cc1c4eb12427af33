"""Which voice is yours? When to ask the teacher, what to play for it, and the command that answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from coachai.records import Span, Transcript, Utterance
from coachai.roles import voices_of
from coachai.timeline import finder
from coachai.trust import TEACHER_CERTAIN

CLIPS = 2
"""Voices to choose from: more would be a search, and whoever is neither can say so with a sample."""

SHORTEST_CLIP, LONGEST_CLIP = 3.0, 8.0
"""Seconds of one voice that it takes to know it, and that are enough."""

_BREATH = 1.0  # seconds of quiet that a clip may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceClip(Span):
    """A stretch that is surely one voice, to be played; `said` are its words, as far as there are any."""

    voice: str
    said: str


def asks_whose_voice(transcript: Transcript) -> bool:
    """Whether a person should tell us: nobody has, and we are less than certain (`trust.TEACHER_CERTAIN`)."""
    unsure = transcript.teacher_confidence < TEACHER_CERTAIN and transcript.teacher_from != "asked"
    return unsure and bool(voices_of(transcript))


def voices_to_hear(transcript: Transcript) -> tuple[VoiceClip, ...]:
    """A clip of each of the likeliest voices: those taken for a teacher's, then who talks most.

    A voice of which nothing is said, as of a guest or a film, comes last.

    Each is the clearest stretch of 3 to 8 s in which nobody else speaks; where a voice has none so long,
    the longest it has. Empty where nobody has to be asked.
    """
    if not asks_whose_voice(transcript):
        return ()
    spoken: dict[str, float] = {}
    held: dict[tuple[str, str], float] = {}
    for each in transcript.utterances:
        spoken[each.voice] = spoken.get(each.voice, 0.0) + each.duration
        held[each.voice, each.role] = held.get((each.voice, each.role), 0.0) + each.duration
    taken = max(spoken, key=lambda voice: (held.get((voice, "teacher"), 0.0), voice))

    def rank(voice: str) -> tuple[bool, int, float, str]:
        for place, role in ((0, "teacher"), (2, "unknown")):
            if held.get((voice, role), 0.0) > spoken[voice] / 2:
                return voice != taken, place, -spoken[voice], voice
        return voice != taken or (voice, "teacher") not in held, 1, -spoken[voice], voice

    ranked = sorted(voices_of(transcript), key=rank)
    clips = (_clearest(voice, transcript) for voice in ranked)
    return tuple(clip for clip, _ in zip(filter(None, clips), range(CLIPS), strict=False))


def answer(voice: str, *, transcript: str, rubric: str, out: str, video: str | None) -> str:
    """The command that says whose voice it is; `video` where it does not stand beside the transcript."""
    command = ["coachai", "prescreen", transcript, "--teacher-voice", voice, "--rubric", rubric, "--out", out]
    if video is not None:
        command += ["--video", video if not video.startswith("-") else f"./{video}"]
    return " ".join(map(_quoted, command))


def _quoted(part: str) -> str:
    r"""A word of a command line; one that cannot be printed (a file's name may be anything) as $'\x1b'."""
    if part.isprintable():
        return shlex.quote(part)
    told = (
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\x{byte:02x}"
        for byte in part.encode("utf-8", "surrogateescape")
    )
    return f"$'{''.join(told)}'"


def _clearest(voice: str, transcript: Transcript) -> VoiceClip | None:
    """Of the voice's stretches the surest among those long enough, else the longest; None without any."""
    found = list(_stretches(voice, transcript))
    if not found:
        return None

    def clear(stretch: tuple[VoiceClip, float]) -> tuple[bool, float, float, float]:
        clip, sure = stretch
        enough = clip.duration >= SHORTEST_CLIP
        # Among the equally sure the longer, and of those the first: people know a voice by a sentence.
        return enough, round(sure, 1) if enough else 0.0, round(clip.duration, 1), -clip.start

    return max(found, key=clear)[0]


def _stretches(voice: str, transcript: Transcript) -> Iterator[tuple[VoiceClip, float]]:
    """Sentences of a voice in a row, from each of them on, with how sure the least sure of them is."""
    utterances = transcript.utterances
    others = finder([each for each in utterances if each.voice != voice])
    unclear = finder([*transcript.overlap, *transcript.missing])
    for first, begin in enumerate(utterances):
        if begin.voice != voice:
            continue
        row: list[Utterance] = []
        for each in utterances[first:]:
            together = not row or each.start - row[-1].end <= _BREATH
            if each.voice != voice or not together or each.end - begin.start > LONGEST_CLIP:
                break
            row.append(each)
        # Also without its last sentences: somebody else may speak into those.
        for said_in in [row[: k + 1] for k in range(len(row))] or [[begin]]:
            end = max(each.end for each in said_in) if row else begin.start + LONGEST_CLIP
            whole = Span(start=begin.start, end=end)
            if whole.duration > 0 and not _shared(whole, others(whole)) and not unclear(whole):
                # Only words that are heard in the clip: what is shown is what is played.
                words = [word for each in said_in for word in each.words]
                said = " ".join(word.text for word in words if word.end <= whole.end)
                sure = min(each.voice_confidence for each in said_in)
                yield VoiceClip(start=whole.start, end=whole.end, voice=voice, said=said), sure


def _shared(whole: Span, others: list[Utterance]) -> bool:
    return any(min(whole.end, each.end) > max(whole.start, each.start) for each in others)
