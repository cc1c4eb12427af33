"""Labels on utterances: what a sentence does (asks, presses, restates, praises ...).

One file per family of labels, each a function ``Transcript -> {utterance index: labels}``; `RULES` is
the whole list, in order, because later families look at the labels of earlier ones. What a model has read
(`Utterance.readings`) makes the labels that it finds better than a rule does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from coachai.annotation.eliciting import eliciting
from coachai.annotation.feedback import feedback
from coachai.annotation.kinds import kinds
from coachai.annotation.moves import moves, reasoning
from coachai.annotation.nomination import nomination
from coachai.annotation.questions import questions
from coachai.annotation.reading import readings
from coachai.languages import is_understood
from coachai.records import Label, Transcript, Utterance
from coachai.unsure import UNSURE, relied_on

Rule = Callable[[Transcript], Mapping[int, tuple[Label, ...]]]

RULES: tuple[Rule, ...] = (questions, nomination, kinds, eliciting, moves, readings, reasoning, feedback)


_MADE = ("rule:", "model:")


def annotate(transcript: Transcript) -> Transcript:
    """The transcript with the labels of all `RULES`.

    Labels by rules and by a model's readings are made anew; a label of any other source (a person) stays,
    is not doubled, and is not made again where its probability of 0 says that a person took it away. The
    rules read no words that are `unsure` and label no such utterance.
    """
    bare = replace(
        transcript,
        utterances=tuple(
            replace(each, labels=tuple(label for label in each.labels if not label.source.startswith(_MADE)))
            for each in transcript.utterances
        ),
    )
    done = relied_on(bare)
    # The rules know English words; in any other language they would find questions where there are none.
    for rule in RULES if is_understood(transcript.language) else ():
        found = rule(done)
        done = replace(
            done,
            utterances=tuple(
                replace(
                    each,
                    labels=(*each.labels, *_new(found[index], each)),
                )
                if index in found and not each.has(UNSURE)
                else each
                for index, each in enumerate(done.utterances)
            ),
        )
    return replace(
        bare,
        utterances=tuple(
            replace(each, labels=labelled.labels)
            for each, labelled in zip(bare.utterances, done.utterances, strict=True)
        ),
    )


def _new(labels: tuple[Label, ...], utterance: Utterance) -> Iterator[Label]:
    """The labels of which nothing is known yet: those that are there, and taken away, are left alone."""
    known = {each.name for each in utterance.labels}
    return (label for label in labels if label.name not in known)
