"""How likely every utterance is what a label says, where a model has read it.

A count of labels is a count of what reached a threshold; how many there truly are is spread over everything
that was read, also over what stayed below. Both come from here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from coachai.mishearing import DRIFT, UNREAD, UNREAD_ELSE, lost_words
from coachai.readings import (
    CHOICES,
    LABEL_NAMES,
    LOOK_HERE_FROM,
    READING_NAMES,
    THRESHOLDS,
    exchanges_are_read,
    reading,
    sentences_are_read,
)
from coachai.records import Role, Transcript, Utterance
from coachai.uncertainty import Tally, surest

_OF_EXCHANGES = frozenset({*CHOICES["exchange"], "uptake"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """An utterance that may be what a label says, with the chance that it is; `made`: it has the label."""

    utterance: Utterance
    probability: float
    made: bool


def is_read(transcript: Transcript, label: str) -> bool:
    """Whether a model's readings say how unsure a label is: not where marks tell questions."""
    if label in _OF_EXCHANGES:
        return exchanges_are_read(transcript.utterances)
    if label == "question" and transcript.words_from.marks:
        return False
    return READING_NAMES.get(label, label) in THRESHOLDS and sentences_are_read(transcript.utterances)


def chances(transcript: Transcript, role: Role, label: str) -> tuple[Chance, ...]:
    """Every utterance of a role that has a label or may have it, in order of time."""
    found = []
    for each in transcript.utterances:
        if each.role != role:
            continue
        chance = _chance(each, label)
        if chance > 0:
            found.append(Chance(utterance=each, probability=chance, made=each.has(label)))
    return tuple(found)


def hints(transcript: Transcript, role: Role, label: str) -> tuple[Utterance, ...]:
    """Utterances worth a look: they come near a label and have neither it nor one that shuts it out."""
    least = LOOK_HERE_FROM * THRESHOLDS[READING_NAMES.get(label, label)]
    others = _siblings(label)
    return tuple(
        each.utterance
        for each in chances(transcript, role, label)
        if not each.made and each.probability >= least and not any(map(each.utterance.has, others))
    )


def tally_of(
    transcript: Transcript, role: Role, labels: Sequence[str], among: Sequence[Utterance] | None = None
) -> Tally:
    """What may be what any of these labels says, for `uncertainty.tallied` to count.

    The labels must shut each other out. `among`: count these utterances only.
    """
    said = [
        each
        for each in (transcript.utterances if among is None else among)
        if each.role == role and each.text
    ]
    sure = surest(transcript)
    real: list[float] = []
    beyond = 0.0
    for each in said:
        likely = [_chance(each, label) for label in labels]
        whole = min(1.0, sum(likely))
        if whole > 0:
            real.append(min(1.0, whole * each.role_confidence / sure))
        if not _is_settled(each, labels):
            beyond += sum(_unread(each, label) for label in labels)
    return Tally(chances=real, drift=drift_of(labels), beyond=beyond, recall=lost_words(transcript))


def drift_of(labels: Collection[str]) -> float:
    """How far readings of these labels are off in one lesson, all together."""
    kinds = {_kind(label) for label in labels}
    return max(DRIFT[kind] for kind in kinds)


def _kind(label: str) -> str:
    if label in _OF_EXCHANGES:
        return "exchange"
    name = READING_NAMES.get(label, label)
    return next((kind for kind, names in CHOICES.items() if name in names), "question")


def _chance(utterance: Utterance, label: str) -> float:
    """The chance that an utterance is what a label says: a person's word, a rule's, else the reading."""
    label_there = next((each for each in utterance.labels if each.name == label), None)
    if label_there is not None:
        return label_there.probability
    if _is_settled(utterance, (label,)):
        return 0.0
    read = reading(utterance, label)
    return 0.0 if read is None else read.probability


def _unread(utterance: Utterance, label: str) -> float:
    """What a reading too small to be kept comes to."""
    if reading(utterance, label) is not None or any(each.name == label for each in utterance.labels):
        return 0.0
    return UNREAD.get(READING_NAMES.get(label, label), UNREAD_ELSE)


def _is_settled(utterance: Utterance, labels: Collection[str]) -> bool:
    """Whether a person or a rule has said what an utterance is, so that readings say nothing more."""
    if not utterance.labels:
        return False
    others = {name for label in labels for name in (label, *_siblings(label))}
    return any(
        each.name in others and not each.source.startswith("model:") and each.probability > 0
        for each in utterance.labels
    )


@cache
def _siblings(label: str) -> tuple[str, ...]:
    """The labels of which an utterance that has this one has none."""
    name = READING_NAMES.get(label, label)
    names = next((names for names in CHOICES.values() if name in names), ())
    return tuple(LABEL_NAMES.get(each, each) for each in names if each != name)
