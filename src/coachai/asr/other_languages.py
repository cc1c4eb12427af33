"""Words in a language that the rules do not know are hidden, and the teacher is told when it was spoken.

English rules would count "questions" in Spanish sentences that are none. So the words of lines in another
language are taken out, while their places and voices stay: waits after students and shares of the talk hold.
The language of a line is told by py3langid (character n-grams, naive Bayes; Lui and Baldwin 2012). With the
limits below it took none of 97,929 English sentences of TalkMoves for another language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from coachai.languages import UNDERSTOOD, is_understood, language_name
from coachai.records import Span
from coachai.transcript import Line, Recognition

FEWEST_WORDS = 6
"""Different words, of two letters or more, to judge at once; less ("Sí, gracias.") tells no language."""

HARDLY_ENGLISH = 0.003
SURELY_OTHER = 0.5
"""Probability of English below which, and of another language from which on, words are in that language."""

WHOLE_LESSON = 0.9
"""Share of the judged words from which on the lesson itself is in another language."""

MOST_TOLD = 3
"""Stretches named with their times; more would bury them."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LETTERS_A_WORD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch(Span):
    """A stretch in which a language (a code such as ``es``) is spoken."""

    language: str


def in_english(recognition: Recognition) -> tuple[Recognition, str]:
    """The recognition without the words of other languages, and what to tell the teacher (may be empty).

    A recognition in another language, or almost all of it, loses all its words and is given that language.
    What the embedded recogniser writes is English whatever was said, so nothing can be told from it.
    """
    lines = sorted(recognition.lines, key=lambda each: (each.start, each.end))
    if recognition.recogniser == "pocketsphinx" or not lines:
        return recognition, ""
    if not is_understood(recognition.language):
        return _hidden(recognition, lines), _told_whole(recognition.language)
    tongues = _tongues(lines)
    sizes: dict[str, int] = {}
    for line, tongue in zip(lines, tongues, strict=True):
        sizes[tongue] = sizes.get(tongue, 0) + (_size(_text(line)) if tongue else 0)
    other = {tongue: size for tongue, size in sizes.items() if tongue not in ("", UNDERSTOOD)}
    if not other:
        return recognition, ""
    if sum(other.values()) >= WHOLE_LESSON * sum(sizes.values()):
        language = max(other, key=lambda tongue: (other[tongue], tongue))
        return replace(_hidden(recognition, lines), language=language), _told_whole(language)
    foreign = [line for line, tongue in zip(lines, tongues, strict=True) if tongue in other]
    return _hidden(recognition, foreign), _told(_stretches(lines, tongues))


def _tongues(lines: Sequence[Line]) -> list[str]:
    """The language of each line; empty where it cannot be told.

    Short lines in a row are judged together. A line that tells nothing belongs to another language where
    the lines before and after it do.
    """
    found: list[str] = []
    for long, run in groupby(lines, key=lambda line: _size(_text(line)) >= FEWEST_WORDS):
        for group in _singly(run) if long else _together(run):
            found += [_tongue(" ".join(map(_text, group)))] * len(group)
    for i, tongue in enumerate(found):
        before = next((each for each in reversed(found[:i]) if each), "")
        after = next((each for each in found[i + 1 :] if each), "")
        if not tongue and before == after != UNDERSTOOD:
            found[i] = before
    return found


def _singly(lines: Iterator[Line]) -> Iterator[list[Line]]:
    for line in lines:
        yield [line]


def _together(lines: Iterator[Line]) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        group.append(line)
        if sum(_size(_text(each)) for each in group) >= FEWEST_WORDS:
            yield group
            group = []
    if group:
        yield group


def _tongue(text: str) -> str:
    """The language that a text is surely in; English where it may be; empty where it says too little."""
    if _size(text) < FEWEST_WORDS:
        return ""
    ranked: list[tuple[str, float]] = _identifier().rank(" ".join(_WORD.findall(text)))
    language, probability = ranked[0]
    sure = probability >= SURELY_OTHER and dict(ranked)[UNDERSTOOD] < HARDLY_ENGLISH
    return str(language) if sure else UNDERSTOOD


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """The model that ships with py3langid; loading it takes a quarter of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _text(line: Line) -> str:
    return " ".join(word.text for word in line.words)


def _size(text: str) -> int:
    """Different words of two letters or more; in scripts without spaces two letters are about one."""
    words = {word.lower() for word in _WORD.findall(text) if len(word) > 1}
    return max(len(words), len(_NO_SPACES.findall(text)) // _LETTERS_A_WORD)


def _hidden(recognition: Recognition, lines: Sequence[Line]) -> Recognition:
    without = {id(line) for line in lines}
    return replace(
        recognition,
        lines=tuple(replace(each, words=()) if id(each) in without else each for each in recognition.lines),
    )


def _stretches(lines: Sequence[Line], tongues: Sequence[str]) -> list[Stretch]:
    found = []
    for tongue, run in groupby(zip(lines, tongues, strict=True), key=lambda each: each[1]):
        spans = [line for line, _ in run]
        if tongue not in ("", UNDERSTOOD):
            end = max(line.end for line in spans)
            found.append(Stretch(start=spans[0].start, end=end, language=tongue))
    return found


def _told(stretches: Sequence[Stretch]) -> str:
    """E.g. "From 3:10 to 8:45 another language is spoken (Spanish). Its words are not shown ..."."""
    first = stretches[:MOST_TOLD]
    times = " and ".join(f"from {_clock(each.start)} to {_clock(each.end)}" for each in first)
    more = f" and {len(stretches) - MOST_TOLD} times more" if len(stretches) > MOST_TOLD else ""
    names = list(dict.fromkeys(language_name(each.language) for each in stretches))
    known = [name for name in names if name != language_name("")]
    which = f" ({', '.join(known)})" if known else ""
    return (
        f"{times[:1].upper()}{times[1:]}{more} another language is spoken{which}. Its words are not shown or "
        "counted; times and voices are."
    )


def _told_whole(language: str) -> str:
    return (
        f"This lesson is in {language_name(language)}. We count words and questions in English only, so its "
        "words are not shown or counted; times and voices are."
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
