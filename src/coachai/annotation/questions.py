"""`question`: the sentence asks. `tag`: a question of at most two words that only checks ("okay?")."""

from __future__ import annotations

import re
from functools import lru_cache

from coachai.records import Label, Transcript
from coachai.sentences import plain

TAG_WORDS = 2
"""A tag question has at most two words (TalkMoves manual: "Okay?", "Right?" alone are not coded)."""

_TAGS = {
    *("okay", "ok", "right", "alright", "yes", "yeah", "no", "huh", "correct", "understand", "good", "ready"),
    *("all right", "got it", "get it", "makes sense", "make sense", "you know", "see that", "okay yes"),
    *("everybody okay", "we good", "all good", "you see", "you ready", "is it", "isn't it", "am i"),
}
_ASKS = re.compile(
    r"^(?:(?:so|and|okay|now|but|or|well|alright|all right|then|um|uh) )*"
    r"(?:(?:what|who|why|where|when|which|how|whose|what's|who's|how's|where's)\b|"
    r"(?:is|are|was|were|do|does|did|can|could|would|will|should|have|has|isn't|aren't|don't|didn't|can't) "
    r"(?:you|we|i|he|she|it|they|that|this|there|the|anyone|anybody|everybody|everyone|your|someone)\b)"
)


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text without marks or case."""
    return tuple(filter(None, map(plain, text.split())))


def questions(transcript: Transcript) -> dict[int, tuple[Label, ...]]:
    """With marks, a final question mark and nothing else; without marks, the wording."""
    found: dict[int, tuple[Label, ...]] = {}
    marks = transcript.words_from.marks
    for index, utterance in enumerate(transcript.utterances):
        said = tokens(utterance.text)
        if marks and not re.search(r"\?[!?.]*[\"'”’)\]]*$", utterance.text):
            continue
        if not marks and not _ASKS.search(" ".join(said)):
            continue
        source = "rule:question_mark" if marks else "rule:question_words"
        label = Label(name="question", probability=0.97 if marks else 0.75, source=source)
        tag = len(said) <= TAG_WORDS and " ".join(said) in _TAGS
        found[index] = (label, Label(name="tag", probability=0.95, source="rule:tag")) if tag else (label,)
    return found
