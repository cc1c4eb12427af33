"""`nomination`: the teacher calls on somebody by name, alone ("Travis?", "Yes, Maria.") or at the end of
a question ("What do you think, Maria?"). A rule (`coachai.calling`); no labelled set checks it.
"""

from __future__ import annotations

from coachai.annotation.wording import Labels, one, tokens
from coachai.calling import ALONE, call_with_marks, calls_unmarked, written_small
from coachai.records import Label, Transcript, Utterance


def nomination(transcript: Transcript) -> Labels:
    """The teacher's sentences that call on somebody by name."""
    utterances = transcript.utterances
    marks = transcript.words_from.marks
    small = written_small(each.text for each in utterances) if marks else frozenset()
    found: dict[int, tuple[Label, ...]] = {}
    for index, utterance in enumerate(utterances):
        if utterance.role != "teacher" or not utterance.text:
            continue
        if not marks:
            answered = [each.role == "student" for each in utterances[index + 1 : index + 2]]
            if any(answered) and calls_unmarked(tokens(utterance.text)):
                found[index] = one("nomination", 0.5, ALONE)
        elif rule := call_with_marks(utterance.text, small, question=utterance.has("question")):
            found[index] = one("nomination", 0.8, rule)
    return found


def calls_alone(utterance: Utterance) -> bool:
    """Whether the sentence is nothing but a call by name."""
    return any(label.source == f"rule:{ALONE}" for label in utterance.labels)
