"""`open` and `closed`: what kind of answer a question invites. A rule; no labelled set checks it.

Closed invites one or two words (CLASS): yes or no, a number, a name, a choice. Open invites a thought.
"""

from __future__ import annotations

from coachai.annotation.nomination import calls_alone
from coachai.annotation.wording import Labels, joined, one, phrases, tokens
from coachai.records import Label, Transcript

OPEN = phrases(
    r"""
    (?<!that's )why(?! don't| not$)
    how come
    how {do}(?! (?:you|we|you guys|y'all) (?:doing|feel|feeling))
    how (?:you|we) {think}
    what if
    what makes
    what would happen
    what (?:could|would|might|should) (?:you|we|i|he|she|they)
    who has (?:a different|another) (?:idea|thought|way|answer|strategy)
    what happen(?:s|ed)
    in what way
    what else
    what {do} {you}(?: all| guys| both)? {think}
    what(?:'s| is| are| was| were) (?:your|his|her|their|another|the) (?:\S+ )?{thought}
    what {thought}
    what(?:'s| is| was) (?:going on|happening|different|similar|the same)
    tell (?:me|us) (?:about|more|why|how)
    (?:explain|describe|convince|prove|justify)
    (?:thoughts|ideas|comments|wonderings|noticings)$
    """,
    do="do|did|does|can|could|would|might|should|is|are|was|were|else",
    you="you|we|he|she|they|anyone|anybody|everybody|everyone|that|it|this|your group",
    think="think|notice|wonder|mean|see|observe|predict|do|learn|say about|remember about|know about",
    thought=r"thinking|thoughts|strateg\w+|reason\w*|ideas?|differences?|connections?|relationships?|"
    r"patterns?|evidence|method|opinion|plan|way|explanation",
)
"""Wordings that ask for a thought, a way or a reason."""


def kinds(transcript: Transcript) -> Labels:
    """`open` where the wording asks for a thought, else `closed`; tags and bare names are neither."""
    found: dict[int, tuple[Label, ...]] = {}
    for index, utterance in enumerate(transcript.utterances):
        if utterance.has("question") and not utterance.has("tag") and not calls_alone(utterance):
            invites = OPEN.search(joined(tokens(utterance.text)))
            found[index] = one("open", 0.75, "open_words") if invites else one("closed", 0.75, "open_words")
    return found
