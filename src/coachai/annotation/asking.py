"""Does a sentence without marks ask? Cues of wording that add up to log-odds.

The cues were chosen by reading, the weights fitted by a logistic regression on 350 TalkMoves lessons
(marks and case removed) and rounded to half steps. On 148 other lessons, sentence by sentence: precision
.86, recall .73 (`benchmarks/annotation.py`); what is missed is mostly a name or a statement said as a
question, which words alone cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

BIAS = -2.5
"""Log-odds that a teacher's sentence without any cue asks."""

ANSWERED = 1.5
"""A student speaks next."""

SHORT_WORDS, SHORT = 2, 0.5
LONG_WORDS, LONG = 25, -0.5
"""At most two words ask more often, more than 25 less often."""

_FIRST = (
    r"^ (?:(?:so|and|okay|ok|now|but|or|well|alright|all right|right|then|um|uh|oh|yeah|yes|no|good|because"
    r"|just|also|again) )*"
)
_AUX = (
    r"(?:is|are|was|were|do|does|did|can|could|would|will|should|have|has|am|isn't|aren't|wasn't|don't"
    r"|doesn't|didn't|can't|couldn't|wouldn't|won't|shouldn't|haven't)"
)
_SUBJECT = (
    r"(?:you|we|i|he|she|it|they|that|this|these|those|there|the|anyone|anybody|everybody|everyone"
    r"|somebody|someone|your|my|our|any|all|a|an)"
)
_WH = r"(?:what|who|why|where|when|which|how)"

CUES: tuple[tuple[float, str], ...] = (
    # How it begins, after "so", "and", "okay" ...
    (2.5, rf"{_FIRST}(?:what|who|where|which|how|whose|why) "),
    (2.0, rf"{_FIRST}(?:what's|who's|how's|where's|what'd|how'd|what're) "),
    (1.0, rf"{_FIRST}(?:why|when) "),
    (
        2.0,
        rf"{_FIRST}(?:how (?:many|much|big|long|far|old|often|tall|come|about)|what (?:about|if|else|kind)) ",
    ),
    (2.5, rf"{_FIRST}{_AUX} {_SUBJECT} "),
    (1.5, rf"{_FIRST}(?:is|are|was|were|does|did|can|could|would|will|should|has) "),
    (2.0, rf"{_FIRST}(?:anybody|anyone|any|anything|everybody|everyone|who) "),
    # The same after a name: "Kyle, what ...", "Ann, can you ..."
    (1.0, rf"{_FIRST}\S+ (?:\S )?(?:what|how|why|where|who|which) "),
    (1.0, rf"{_FIRST}\S+ (?:can|could|would|will|do|did|are|have) you "),
    # "what we do is ...", "when you add ...": a clause, not a question
    (
        -1.5,
        rf"{_FIRST}{_WH} (?:i|we|you|he|she|they|it|i'm|we're|you're|i'd|you'll|we'll|that|this) ",
    ),
    # Inversion anywhere, which embedded clauses ("see what you did") do not have
    (2.5, rf" {_WH} {_AUX} {_SUBJECT} "),
    (1.5, rf" (?:what|which|how) (?:\S+ ){{1,3}}{_AUX} {_SUBJECT} "),
    (2.5, r" (?:what's|who's|where's|how's) "),
    (
        1.5,
        r" (?:are|do|did|can|could|would|does|don't|didn't)"
        r" (?:you|we|they|i|anybody|anyone|everybody|everyone|that|it|he|she|this) ",
    ),
    (1.0, r" (?:can|could|would|will) (?:you|someone|somebody|anyone|anybody|we|i) "),
    (
        2.0,
        r" (?:anything|anybody|anyone|somebody|who|what)(?: else)? $"
        r"| any (?:questions|other|more|ideas|thoughts) ",
    ),
    # How it ends
    (
        4.0,
        r" (?!all |that's |you're |it's |he's |she's |they're |is |are |was |be |not |the |exactly "
        r"|absolutely )\S+ (?:right|okay|ok|huh|correct) $",
    ),
    (1.0, rf" {_AUX} (?:it|they|you|we|that|he|she|there|i) $"),
    (2.5, r" (?:what|how many|how much|who|why|where|when|which) $"),
    (1.0, r" (?:is|equals|by|times|of|the|a|are|with|to|be|plus|minus|called) $"),
    (
        1.5,
        r" (?:ready|agree|disagree|understand|questions|thoughts|ideas|remember|true or false|or less"
        r"|what else) $",
    ),
    (1.5, r" makes? sense | got it $| you see (?:that|it) $| with me $"),
    (0.5, rf" {_AUX} .* or "),
    (2.5, r"^ (?:right|ready|what|why|huh|agree|disagree|yes (?:sir|ma'am)) $"),
    # Telling, not asking
    (
        -1.0,
        rf"{_FIRST}(?:let's|let|tell|show|look|think|write|talk|turn|go|come|put|take|make|try|remember|raise"
        r"|give|get|please|work|read|use|explain|keep|see|listen|hold|wait|thank|sit|stop|don't|do)"
        r" (?!you |we |they |i |the |these )",
    ),
    (
        -1.0,
        rf"{_FIRST}(?:i|i'm|i'll|i've|i'd|we're|we'll|we've|let's|that's|it's|there's|here's|they're"
        r"|he's|she's) ",
    ),
    (
        -0.5,
        r" (?:i wonder|i want|i'm going|i'd like|we're going|you're going|i need|i think|want you|know what"
        r"|see what|see how|know how|what i|here's what|that's what|that's how|that's why|how to|what to"
        r"|guess what|what we're|what you're) ",
    ),
)

_COMPILED = tuple((weight, re.compile(pattern)) for weight, pattern in CUES)


def asking(words: Sequence[str], *, answered: bool) -> float:
    """Log-odds that the sentence asks; `words` are bare and small, `answered`: a student speaks next."""
    if not words:
        return BIAS
    said = f" {' '.join(words)} "
    odds = BIAS + sum(weight for weight, cue in _COMPILED if cue.search(said))
    odds += ANSWERED * answered
    odds += SHORT * (len(words) <= SHORT_WORDS) + LONG * (len(words) > LONG_WORDS)
    return odds
