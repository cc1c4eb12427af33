"""Words that a person wrote, and times that a person gave, laid into an utterance."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

from coachai.asr.spoken import spoken_seconds
from coachai.records import Transcript, Utterance, Word
from coachai.timeline import intersected, merged, total
from coachai.transcript import WORDS_ON_END
from coachai.unsure import UNSURE, sure_words


def reworded(utterance: Utterance, text: str) -> Utterance:
    """The utterance with other words, spread over its time at an even pace; its readings no longer hold.

    Words that two hearings did not share are sure once a person has written them.
    """
    written = text.split()
    lengths = [spoken_seconds(each) for each in written]
    step = utterance.duration / sum(lengths) if written else 0.0
    edges = [utterance.start + step * passed for passed in accumulate(lengths, initial=0.0)]
    edges = [min(round(edge, 3), utterance.end) for edge in edges]
    return replace(
        utterance,
        text=" ".join(written),
        words=tuple(
            Word(start=edges[k], end=edges[k + 1], text=word, probability=1.0)
            for k, word in enumerate(written)
        ),
        labels=tuple(each for each in utterance.labels if each.name != UNSURE),
    )


def shifted(utterance: Utterance, start: float, end: float) -> Utterance:
    """The utterance at another time, its words stretched along with it."""
    start, end = round(start, 3), round(end, 3)
    scale = (end - start) / utterance.duration if utterance.duration else 0.0

    def on(time: float) -> float:
        return min(max(round(start + scale * (time - utterance.start), 3), start), end)

    return replace(
        utterance,
        start=start,
        end=end,
        words=tuple(replace(each, start=on(each.start), end=on(each.end)) for each in utterance.words),
    )


def covered(heard: Transcript, made: Transcript) -> float:
    """The share of speech with words once people's words and times are in it; unchanged where they are not.

    The difference is taken, so that the share as it was measured when the lesson was heard stays the ground.
    """
    gained = _share(made) - _share(heard)
    if not gained:
        return heard.words_from.coverage
    return min(1.0, max(0.0, round(heard.words_from.coverage + gained, 3)))


def _share(transcript: Transcript) -> float:
    worded = intersected(transcript.speech, merged(sure_words(transcript.utterances), WORDS_ON_END))
    return total(worded) / max(total(transcript.speech), 1e-9)
