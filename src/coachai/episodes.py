"""What happens after a teacher asks: one episode for every question, with who or what ended the wait.

Wait time 1 runs from the end of a teacher's question until anybody speaks (Rowe 1974): a student, or the
teacher again. Each pause keeps what ended it, because a wait that the teacher broke and a wait that a
student broke are different things.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from coachai.records import Excluded, Moment, Span, Transcript, Utterance
from coachai.turns import (
    WITHIN_RESPONSE_GAP,
    WORK_TIME_GAP,
    apart_from_class,
    has_murmur,
    in_several_voices,
    is_backchannel,
    mostly_in,
    named_parts,
)

REPEAT_SHARE = 0.6
"""A teacher repeats a question when this share of its words comes back (science.md 1.2, rule 3)."""

NOMINATION_WORDS = 3
"""Calling on somebody takes at most this many words ("Yes, Maria?")."""

NO_RESPONSE_SECONDS = 5.0
"""From here on a silence after a question means that nobody answered (BloomBoard: 5 to 10 s)."""

INAUDIBLE_AFTER = 1.0
"""Seconds: an answer that nobody heard takes at least this long."""

_EDGE = 0.02
_SAME_SPEECH = 1.0
_HALF = 0.5

_PRAISES = re.compile(
    r"^(?:(?:oh|and|ok|okay|um|yeah|yes),? )?(?:very |really )?"
    r"(?:good|great|exactly|correct|excellent|perfect|nice|wonderful|fantastic|awesome"
    r"|that's (?:right|correct|it)|you're right|you got it)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode(Span):
    """The pause after a teacher's question: from its end to the next speech by anyone.

    `next` is what ended it (None: unattributed speech, or nothing at all), `terminator` that in words,
    `why_left_out` the reason why the pause is no wait (empty: it counts). `in_set` numbers the question
    set: questions in a row without a student between them share a number.
    """

    question: Utterance
    next: Utterance | None
    terminator: str
    why_left_out: str
    in_set: int

    def excluded(self) -> Excluded:
        """This pause as one that was left out."""
        return Excluded(start=self.start, end=self.end, reason=self.why_left_out)


def tokens(text: str) -> list[str]:
    """Words in small letters, without marks."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower().replace("’", "'"))


_ANSWER_STARTS = frozenset(tokens("yes no yeah nope because it it's they they're that's there's"))
_EMPTY_WORDS = frozenset(
    tokens(
        "a an and are be can did do does for have how i in is it its me my of on or so that the their them "
        "then there they this to was we were what when where which who why will with would you your"
    )
)


def content_words(text: str) -> frozenset[str]:
    """The words of a text that carry its matter."""
    return frozenset(tokens(text)) - _EMPTY_WORDS


def episodes(transcript: Transcript) -> tuple[Episode, ...]:
    """One Episode for every teacher utterance labelled `question`, tags and all, in order."""
    found: list[Episode] = []
    in_set = 0
    for i, each in enumerate(transcript.utterances):
        if each.role == "student" and found and found[-1].in_set == in_set:
            in_set += 1
        if each.role != "teacher" or not each.has("question"):
            continue
        pause = pause_after(transcript, i)
        found.append(replace(pause, in_set=in_set, why_left_out=_no_question(each) or pause.why_left_out))
    return tuple(found)


def nominations(transcript: Transcript) -> tuple[Episode, ...]:
    """The pauses after the teacher called on somebody by name, alone or at the end of a question."""
    return tuple(
        pause_after(transcript, i)
        for i, each in enumerate(transcript.utterances)
        if each.role == "teacher" and each.has("nomination")
    )


def pauses_after_statements(transcript: Transcript) -> tuple[Episode, ...]:
    """The pauses after the teacher's sentences that do not ask: where missed questions would be."""
    pauses = (
        pause_after(transcript, i)
        for i, each in enumerate(transcript.utterances)
        if each.role == "teacher" and each.text and not each.has("question")
    )
    return tuple(each for each in pauses if not each.why_left_out)


def pause_after(transcript: Transcript, i: int) -> Episode:
    """The pause after utterance `i`, whatever that utterance is; an overlap makes it 0 s long."""
    question = transcript.utterances[i]
    follower = _next_utterance(transcript, i)
    start = _next_speech(transcript, question, follower)
    end = max(question.end, transcript.duration if start is None else start)
    near = start is not None and follower is not None and follower.start - start <= _SAME_SPEECH
    after = follower if near else None
    pause = Span(start=question.end, end=end)
    return Episode(
        start=pause.start,
        end=pause.end,
        question=question,
        next=after,
        terminator=_terminator(transcript, question, pause, after, heard=start is not None),
        why_left_out=_no_wait(transcript, question, pause, after, heard=start is not None),
        in_set=0,
    )


def think_times(transcript: Transcript) -> tuple[Moment | Excluded, ...]:
    """Time to think, write or talk to a neighbour: from the teacher's prompt to the teacher's next speech.

    The teacher's words right after the prompt (pauses under 3 s) belong to it; students may talk, and
    what the teacher says among several voices is not to the whole class. Less than 3 s is left out.
    """
    teacher = [
        each
        for each in transcript.utterances
        if each.role == "teacher" and not is_backchannel(each) and not in_several_voices(transcript, each)
    ]
    found: list[Moment | Excluded] = []
    for i, each in enumerate(teacher):
        if not each.has("think_prompt") or (found and each.start < found[-1].end):
            continue
        last = i
        while last + 1 < len(teacher) and teacher[last + 1].start - teacher[last].end < WITHIN_RESPONSE_GAP:
            last += 1
        if any(later.has("think_prompt") for later in teacher[i + 1 : last + 1]):
            continue
        found.append(_think_time(transcript, teacher[last], teacher[last + 1 : last + 2]))
    return tuple(found)


def _think_time(transcript: Transcript, last: Utterance, following: Sequence[Utterance]) -> Moment | Excluded:
    ends = [each.start for each in following] or [max(transcript.duration, last.end)]
    ends += [hole.start for hole in transcript.missing if hole.start >= last.end]
    end = min(ends)
    if end - last.end < WITHIN_RESPONSE_GAP:
        return Excluded(start=last.end, end=end, reason="less than three seconds to think")
    return Moment(start=last.end, end=end, label="time to think")


def is_bare_nomination(utterance: Utterance) -> bool:
    """Whether an utterance only calls on somebody ("Travis?")."""
    return utterance.has("nomination") and len(tokens(utterance.text)) <= NOMINATION_WORDS


def repeats(question: Utterance, later: Utterance) -> bool:
    """Whether `later` says a question again: 60 % of its words come back."""
    asked = set(tokens(question.text))
    return bool(asked) and len(asked & set(tokens(later.text))) >= REPEAT_SHARE * len(asked)


def counted(found: Iterable[Episode]) -> tuple[Episode, ...]:
    """The episodes that count as waits."""
    return tuple(each for each in found if not each.why_left_out)


def left_out(found: Iterable[Episode]) -> tuple[Excluded, ...]:
    """The episodes that do not, each with its reason."""
    return tuple(each.excluded() for each in found if each.why_left_out)


def _next_utterance(transcript: Transcript, i: int) -> Utterance | None:
    """The utterance that is heard first after the end of utterance `i`, or is still going on then."""
    said = transcript.utterances
    question = said[i]
    for earlier in said[max(0, i - 3) : i]:
        if earlier.end > question.end + _EDGE and earlier.speaker != question.speaker:
            return earlier
    murmur = has_murmur(transcript)
    return next(
        (
            later
            for later in islice(said, i + 1, None)
            if later.end > question.end and (later.text or not murmur)
        ),
        None,
    )


def _next_speech(transcript: Transcript, question: Utterance, follower: Utterance | None) -> float | None:
    """When anybody is heard next, from the waveform where it knows better than the utterances."""
    starts = [] if follower is None else [follower.start]
    if has_murmur(transcript):
        return min(starts, default=None)
    i = bisect_left(transcript.speech, question.end - _EDGE, key=lambda region: region.start)
    starts += [region.start for region in transcript.speech[i : i + 1]]
    return min(starts, default=None)


def _terminator(
    transcript: Transcript, question: Utterance, pause: Span, after: Utterance | None, *, heard: bool
) -> str:
    if not heard:
        return "nobody heard"
    first = Span(start=pause.end, end=pause.end + _HALF if after is None else max(after.end, pause.end))
    if in_several_voices(transcript, first):
        return "several"
    if after is None or after.role == "unknown":
        return "unclear who"
    if after.role == "student":
        return "student"
    return teacher_move(question, after)


def teacher_move(question: Utterance, after: Utterance) -> str:
    """What a teacher does who speaks next: nominates, gives think time, repeats, asks anew, answers, goes on.

    `answers` is a guess from words: a statement that takes up the question's words or opens like an answer.
    """
    said = tokens(after.text)
    if after.has("nomination") and (not after.has("question") or is_bare_nomination(after)):
        return "nominates"
    if after.has("think_prompt"):
        return "gives think time"
    if repeats(question, after):
        return "teacher repeats"
    if after.has("question") and not after.has("tag"):
        return "new question"
    if said and (said[0] in _ANSWER_STARTS or content_words(question.text) & content_words(after.text)):
        return "answers"
    return "teacher goes on"


def _no_question(question: Utterance) -> str:
    """Why an utterance that carries `question` starts no wait; empty where it does."""
    if question.has("tag"):
        return "a tag such as 'okay?'"
    if is_bare_nomination(question):
        return "calls on somebody by name; see the waits after a nomination"
    if question.has("think_prompt"):
        return "gives time to think; see structured think time"
    return ""


def _no_wait(
    transcript: Transcript, question: Utterance, pause: Span, after: Utterance | None, *, heard: bool
) -> str:
    """Why a pause is no wait, whatever it follows; empty where it is one."""
    around = Span(start=max(0.0, pause.start - _EDGE), end=pause.end + _EDGE)
    if any(hole.start < around.end and hole.end > around.start for hole in transcript.missing):
        return "the file has no sound here"
    if mostly_in(question, apart_from_class(transcript)):
        own = mostly_in(question, named_parts(transcript, "independent_work"))
        return (
            "asked while students work on their own"
            if own
            else "asked during group work or with several voices"
        )
    if pause.duration > WORK_TIME_GAP:
        return "more than 20 seconds: time to work, not a wait"
    if not heard and pause.duration < NO_RESPONSE_SECONDS:
        return "the last question before the end of the recording"
    if pause.duration >= INAUDIBLE_AFTER and after is not None and _judges_an_answer(transcript, after):
        return "a student probably answered out of the microphone's reach"
    return ""


def _judges_an_answer(transcript: Transcript, after: Utterance) -> bool:
    """Whether the teacher restates or praises an answer that nobody heard ("Exponent. Good.")."""
    if after.role != "teacher" or after.has("question"):
        return False
    if _PRAISES.match(" ".join(tokens(after.text))):
        return True
    if len(tokens(after.text)) > NOMINATION_WORDS:
        return False
    said = transcript.utterances
    following = _after(said, after)
    return (
        following is not None
        and following.role == "teacher"
        and _PRAISES.match(" ".join(tokens(following.text))) is not None
    )


def _after(said: Sequence[Utterance], utterance: Utterance) -> Utterance | None:
    return next((each for each in said if each.start >= utterance.end - _EDGE and each != utterance), None)
