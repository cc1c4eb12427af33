"""Whether a recording can be relied on, and what to do about it where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from coachai.records import PARTIAL_BELOW, Transcript

TEACHER_KNOWN = 0.5
"""Below this we do not know which voice teaches (the measures' own limit)."""

TEACHER_CERTAIN = 0.8
"""From here on we say that we are sure."""

EMBEDDED = "pocketsphinx"
"""The recogniser of last resort; it misses and mishears many words."""

WORDS_NEEDED = 0.6
"""Share of the speech that must have words for anything that rests on them."""

WORDS_GOOD = 0.8
"""Share of the speech with words from which on nothing is said about it."""

NOISY_DB = 10.0
"""Speech less than this above the noise cannot be timed well."""

MISSING_SHARE = 0.1
"""Share of the lesson that is lost from which on the recording is to be made again."""

CLIPPED_SHARE = 0.05
"""Share of speech at full scale from which on the sound is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """What would make the recording usable: `step` is empty where it is usable as it is."""

    step: str
    who_teaches_is_unknown: bool


def to_record_better(transcript: Transcript) -> Better:
    """The one thing to do about this recording before anything is said about the lesson."""
    unknown = _teacher_unknown(transcript)
    return Better(step=_step(transcript, unknown), who_teaches_is_unknown=unknown)


def reliance(transcript: Transcript) -> str:
    """One line: whether this recording can be trusted, and what for."""
    doubts = _doubts(transcript)
    if to_record_better(transcript).step:
        return f"No, not for what it says about the lesson: {_listed(doubts)}."
    if doubts:
        return f"Mostly, with care: {_listed(doubts)}."
    return (
        "Yes: the sound is clear, nearly all speech has words, and we are sure which voice is yours. "
        "Each number still comes with how far off it may be."
    )


def _teacher_unknown(transcript: Transcript) -> bool:
    heard = any(each.role == "teacher" for each in transcript.utterances)
    return not heard or transcript.teacher_confidence < TEACHER_KNOWN


def _step(transcript: Transcript, unknown: bool) -> str:
    quality, words = transcript.quality, transcript.words_from
    noisy = quality.snr_db is not None and quality.snr_db < NOISY_DB
    if not transcript.utterances:
        return (
            "We heard nobody speak. Play the file to check that it has sound, then record again with a phone "
            "or microphone close to you."
        )
    if 1 - transcript.coverage >= MISSING_SHARE:
        return "Large parts of this file cannot be heard. Copy it from the camera again, or record again."
    if noisy or quality.clipped_share >= CLIPPED_SHARE:
        return (
            "Record again with better sound: move the microphone to the middle of the room, away from fans "
            "and windows, and try half a minute before the lesson."
        )
    if unknown:
        return _tell_us(transcript)
    if words.recogniser == EMBEDDED:
        return (
            "Get better words first: use the captions of your meeting or video tool, or install a larger "
            "recogniser. The small built-in one misses and mishears many words."
        )
    if words.recogniser == "none" or words.coverage < WORDS_NEEDED:
        return (
            "Add words first: use the captions of your meeting or video tool, or a recogniser. Without them "
            "we cannot tell which sentences are questions."
        )
    return ""


def _tell_us(transcript: Transcript) -> str:
    if transcript.teacher_from == "asked":
        return (
            "The voices here are too mixed up to go by. Use captions that name who speaks, or record again "
            "with the microphone where it hears you and the students well."
        )
    other = "the name that the captions use for you, or a short recording of you alone"
    if any(each.voice for each in transcript.utterances):
        return (
            "Tell us which voice is yours: play the clips under “Which voice is yours?” and answer there. "
            f"If you are in none of them, give {other}."
        )
    return f"Tell us which voice is yours: give {other}."


def _doubts(transcript: Transcript) -> list[str]:
    quality, words = transcript.quality, transcript.words_from
    doubts: list[str] = []
    if not transcript.utterances:
        return ["nobody was heard speaking"]
    if quality.snr_db is not None and quality.snr_db < NOISY_DB:
        doubts.append("the room is nearly as loud as the voices")
    if quality.clipped_share >= CLIPPED_SHARE:
        doubts.append("the sound is too loud and breaks")
    if quality.notes and not doubts:
        note = quality.notes[0].rstrip(".")
        doubts.append(note[:1].lower() + note[1:])
    if transcript.recording.cut:
        doubts.append("the file breaks off, and how much is missing cannot be told")
    elif transcript.coverage < PARTIAL_BELOW:
        doubts.append(_lost_in_words(transcript))
    certain = transcript.teacher_confidence >= TEACHER_CERTAIN
    if transcript.teacher_from == "asked" and not certain:
        doubts.append("you told us which voice is yours, but it could not be told apart well from the others")
    elif _teacher_unknown(transcript):
        doubts.append("we could not tell which voice is yours")
    elif not certain:
        doubts.append("we are not quite sure which voice is yours")
    doubts += _adults(transcript)
    if words.recogniser == EMBEDDED:
        doubts.append("the words come from the small built-in recogniser, which mishears many")
    elif words.recogniser == "none" or words.coverage == 0:
        doubts.append("it was looked at without its words")
    elif words.coverage < WORDS_GOOD:
        doubts.append(f"words were found for only {words.coverage:.0%} of the speech")
    if words.recogniser == "captions" and not words.marks:
        doubts.append("the captions have no punctuation, so many questions are missed")
    return doubts


def _adults(transcript: Transcript) -> list[str]:
    if not transcript.among_adults or transcript.teacher_from != "sound":
        return []
    return ["everybody here sounds like an adult, so we went by who talks most and who asks"]


def _lost_in_words(transcript: Transcript) -> str:
    whole = max(transcript.duration, transcript.recording.declared or 0.0)
    return f"{whole * (1 - transcript.coverage):.0f} seconds of its sound cannot be read"


def _listed(doubts: list[str]) -> str:
    return "; ".join(doubts)
