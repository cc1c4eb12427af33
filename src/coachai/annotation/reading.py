"""Labels from what a model read (`Utterance.readings`): talk moves, uptake, focusing and funneling.

The readings say how likely a label is; what makes it is decided here, again and again at no cost, so that a
person's word or a changed threshold needs no model. A person's word goes first: of moves that exclude each
other none is made beside the one a person gave, and none that a person took away.
"""

from __future__ import annotations

from collections.abc import Mapping

from coachai.annotation.wording import Labels
from coachai.readings import (
    CHOICES,
    LABEL_NAMES,
    THRESHOLDS,
    Deciding,
    asks,
    decide,
    exchanges_are_read,
    probabilities_of,
    sentences_are_read,
)
from coachai.records import Label, Transcript, Utterance

__all__ = ["THRESHOLDS", "asks", "decide", "readings"]


def readings(transcript: Transcript) -> Labels:
    """The labels that follow from the readings; `question` and `restating` are made before, by their rules.

    Uptake, focusing and funneling stand on the first sentence of the turn that answers a student.
    """
    found: dict[int, tuple[Label, ...]] = {}
    if not exchanges_are_read(transcript.utterances):
        return found
    moves = sentences_are_read(transcript.utterances)
    for index, each in enumerate(transcript.utterances):
        labels: tuple[Label, ...] = ()
        if moves and each.role in ("teacher", "student"):
            labels += _decided(each, each.role)
        if each.role == "teacher":
            labels += _decided(each, "exchange")
            uptake = probabilities_of(each).get("uptake", 0.0)
            if uptake >= THRESHOLDS["uptake"]:
                labels += (_label(each, "uptake", uptake),)
        if labels:
            found[index] = labels
    return found


def _decided(utterance: Utterance, kind: Deciding) -> tuple[Label, ...]:
    """The one label of these choices that an utterance gets, if any."""
    names = {LABEL_NAMES.get(name, name): name for name in CHOICES[kind]}
    given = [label for label in utterance.labels if label.name in names]
    if any(label.probability > 0 for label in given):
        return ()
    denied = {names[label.name] for label in given}
    left: Mapping[str, float] = {
        name: probability for name, probability in probabilities_of(utterance).items() if name not in denied
    }
    made = decide(left, kind, restates=False)
    return () if made is None else (_label(utterance, *made),)


def _label(utterance: Utterance, name: str, probability: float) -> Label:
    source = next(each.source for each in utterance.readings if each.name == name)
    return Label(name=LABEL_NAMES.get(name, name), probability=probability, source=source)
