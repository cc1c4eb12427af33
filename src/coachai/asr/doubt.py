"""Our own gate on doubtful text: what a Whisper model writes where it did not really hear.

Whisper was trained on captions, so over noise it writes what captions end with, repeats itself, or
writes more words than anyone can say. Its batched mode ignores the library's thresholds for all that,
so they stand here. Thresholds of the first two rules are OpenAI's (Radford et al., 2022, section 4.5).
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence

from coachai.records import Word

NO_SPEECH = 0.6
UNSURE = -1.0
"""A clip is dropped above this probability of no speech when it is below this mean log probability."""

SQUEEZED = 2.4
"""Text that zlib makes this many times smaller is a loop."""

HARDLY = -2.0
"""Mean log probability a token below which a clip is noise to the model, whatever else it says."""

WORDS_A_SECOND = 7.0
"""More than this over a clip, and `SLACK_WORDS`, is more than anyone speaks (fast talk is 4 to 5)."""

SLACK_WORDS = 3
CRUSHED = 14.0
"""Five or more words in a row at more than this many a second were laid into no time at all."""

DREAMT_BELOW = -0.4
"""Mean log probability below which the phrases that captions end with are not believed."""

_DREAMT = re.compile(
    r"(thank(s| you)( so much| very much)? for (watching|listening|your attention)|subscribe"
    r"|see you (in the )?next (time|video)|amara\.?org|(sub)?titles? (by|made)|caption(s|ed|ing) by"
    r"|transcri(bed|ption) by|copyright|all rights reserved|www\.|https?:|^\W*(thank you|bye|you)\W*$"
    r"|^\W*(music|applause|laughter|silence|blank_audio)\W*$)",
    re.IGNORECASE,
)


def believed(words: Sequence[Word], *, logprob: float, no_speech: float, spoken: float) -> list[Word]:
    """The words of one clip that deserve belief, in order.

    `logprob` is the mean log probability a token, `no_speech` the probability that nobody speaks (0 to 1),
    `spoken` the seconds of speech in the clip.
    """
    if (no_speech > NO_SPEECH and logprob < UNSURE) or logprob < HARDLY:
        return []
    if logprob < DREAMT_BELOW and _DREAMT.search(_text(words)):
        return []
    kept = _without_loops(words)
    if _squeezed(_text(kept)) > SQUEEZED or len(kept) > WORDS_A_SECOND * spoken + SLACK_WORDS:
        return []
    return uncrushed(kept)


def mean_logprob(words: Sequence[Word]) -> float:
    """Mean log probability of words; 0 of none."""
    return sum(math.log(max(1e-4, word.probability)) for word in words) / max(1, len(words))


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _squeezed(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def _without_loops(words: Sequence[Word]) -> list[Word]:
    """Phrases said over and over, kept twice: four times for a phrase, eight for a single word."""
    kept = list(words)
    for length in range(1, 13):
        least = 8 if length == 1 else 4
        bare = [re.sub(r"\W", "", word.text.lower()) for word in kept]
        start = 0
        while start + length * least <= len(bare):
            phrase, times = bare[start : start + length], 1
            while bare[start + times * length : start + (times + 1) * length] == phrase:
                times += 1
            if times >= least:
                del kept[start + 2 * length : start + times * length]
                del bare[start + 2 * length : start + times * length]
                start += 2 * length
            else:
                start += 1
    return kept


def uncrushed(words: Sequence[Word]) -> list[Word]:
    """The words without runs of at least five that take no time to speak."""
    crushed: set[int] = set()
    for first in range(len(words) - 4):
        five = words[first : first + 5]
        if five[-1].end - five[0].start < 5 / CRUSHED:
            crushed.update(range(first, first + 5))
    return [word for i, word in enumerate(words) if i not in crushed]
