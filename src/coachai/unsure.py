"""Words that one hearing has and another has not: shown to people, and evidence for nothing.

A recogniser may write other words every time it is asked. An utterance with a word that was not heard
twice carries the label `unsure`; labels, measures and findings are taken as if it had no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coachai.records import Label, Span, Transcript, Utterance, Word
from coachai.timeline import finder

UNSURE = "unsure"
"""The label's name; its source is `hearing:twice`."""


def marked(utterances: Sequence[Utterance], places: Sequence[Span]) -> tuple[Utterance, ...]:
    """The utterances, those with the label `unsure` of which a word's middle lies in one of `places`."""
    if not places:
        return tuple(utterances)
    near = finder(places)
    label = Label(name=UNSURE, probability=1.0, source="hearing:twice")

    def differs(word: Word) -> bool:
        middle = (word.start + word.end) / 2
        wider = Span(start=max(0.0, middle - 0.001), end=middle + 0.001)
        return any(place.start <= middle <= place.end for place in near(wider))

    return tuple(
        replace(each, labels=(*each.labels, label)) if any(map(differs, each.words)) else each
        for each in utterances
    )


def sure_words(utterances: Sequence[Utterance]) -> tuple[Word, ...]:
    """The words that may be relied on, utterance by utterance."""
    return tuple(word for each in utterances if not each.has(UNSURE) for word in each.words)


def relied_on(transcript: Transcript) -> Transcript:
    """The transcript as labels, measures and findings may read it: without the words that are unsure.

    Who speaks and when stays; the text and the words of an utterance labelled `unsure` are left out.
    """
    return replace(
        transcript,
        utterances=tuple(
            replace(each, text="", words=(), readings=()) if each.has(UNSURE) else each
            for each in transcript.utterances
        ),
    )
