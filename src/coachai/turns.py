"""Who holds the floor: speaking time by class, turns, and students' responses.

Everything here follows the roles and speech regions of a Transcript; no words are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from coachai.records import LessonPartKind, Role, Span, Transcript, Utterance
from coachai.timeline import intersected, merged, shared_seconds, subtracted, total

BACKCHANNEL_WORDS = 2
"""A "mm-hm" of at most this many words ..."""

BACKCHANNEL_SECONDS = 0.7
"""... and shorter than this does not take the floor (science: turns in classroom talk)."""

WITHIN_RESPONSE_GAP = 3.0
"""Seconds: a shorter silence in one speaker's talk is a pause in it (Stahl's within-student pause)."""

WORK_TIME_GAP = 20.0
"""Seconds: a longer silence is time to work, not a wait (science.md 1.2, rule 7)."""

GROUP_WORK_SECONDS = 10.0
"""Several voices for at least this long are group work, not a chorus."""

MURMUR_SNR_DB = 28.0
"""Below this distance between speech and noise a murmur behind the lesson is taken for speech ..."""

COMPLETE_WORDS = 0.9
"""... and where captions cover this share of the speech, what they lack is that murmur (on composed noisy
lessons 22 of 23 stretches of speech without caption words were)."""

_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorTurn(Span):
    """A maximal run of utterances by one role; `seconds` is the speech in it, pauses apart."""

    role: Role
    utterances: tuple[Utterance, ...]
    seconds: float

    @property
    def words(self) -> int:
        """How many words were understood in it."""
        return sum(len(each.text.split()) for each in self.utterances)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeByClass:
    """Spans of five exclusive classes that fill the recording, sound that is missing apart."""

    teacher: tuple[Span, ...]
    student: tuple[Span, ...]
    several: tuple[Span, ...]
    unknown: tuple[Span, ...]
    silence: tuple[Span, ...]


def time_by_class(transcript: Transcript) -> TimeByClass:
    """Every second of sound in exactly one class: teacher, one student, several voices, unknown, no speech.

    Several voices are the transcript's `overlap` and the time in which a teacher's and a student's
    utterance run at once.
    """
    roles: dict[Role, list[Span]] = {"teacher": [], "student": [], "unknown": []}
    for each in attended(transcript):
        roles[each.role].append(each)
    heard = subtracted(_heard(transcript), transcript.missing)
    spoken = {role: intersected(spans, heard) for role, spans in roles.items()}
    both = intersected(spoken["teacher"], spoken["student"])
    several = subtracted(merged([*transcript.overlap, *both]), transcript.missing)
    teacher = subtracted(spoken["teacher"], several)
    student = subtracted(spoken["student"], several)
    unknown = subtracted(heard, [*several, *teacher, *student])
    return TimeByClass(
        teacher=teacher, student=student, several=several, unknown=unknown, silence=silences(transcript)
    )


def group_work(transcript: Transcript) -> tuple[Span, ...]:
    """Stretches with several voices long enough to be group work, not a chorus."""
    return tuple(span for span in transcript.overlap if span.duration >= GROUP_WORK_SECONDS)


def named_parts(transcript: Transcript, *kinds: LessonPartKind) -> tuple[Span, ...]:
    """The stretches that people named so."""
    return merged(each for each in transcript.parts if each.kind in kinds)


def apart_from_class(transcript: Transcript) -> tuple[Span, ...]:
    """Time that is not spent with the whole class: group work as it is heard and as people named it, and
    what they named independent work. What a person named whole-class talk is not, however it sounds."""
    heard = subtracted(group_work(transcript), named_parts(transcript, "whole_class"))
    return merged([*heard, *named_parts(transcript, "group_work", "independent_work")])


def to_the_class(transcript: Transcript) -> Transcript:
    """The transcript without what was said in stretches that people named group work or independent work."""
    apart = named_parts(transcript, "group_work", "independent_work")
    if not apart:
        return transcript
    kept = tuple(each for each in transcript.utterances if not mostly_in(each, apart))
    return replace(transcript, utterances=kept)


def silences(transcript: Transcript) -> tuple[Span, ...]:
    """Stretches in which nobody speaks, outside missing sound."""
    whole = [Span(start=0.0, end=transcript.duration)]
    return subtracted(whole, [*_heard(transcript), *transcript.missing])


def long_silences(transcript: Transcript) -> tuple[Span, ...]:
    """Stretches of more than 20 s in which nobody speaks, outside missing sound."""
    return tuple(span for span in silences(transcript) if span.duration > WORK_TIME_GAP)


def whole_class(transcript: Transcript) -> tuple[Span, ...]:
    """Whole-class time: what is left without missing sound, group work and quiet work."""
    quiet = subtracted(long_silences(transcript), named_parts(transcript, "whole_class"))
    apart = [*transcript.missing, *apart_from_class(transcript), *quiet]
    return subtracted([Span(start=0.0, end=transcript.duration)], apart)


def whole_class_seconds(transcript: Transcript) -> float:
    """Seconds of whole-class time."""
    return total(whole_class(transcript))


def thirds(transcript: Transcript) -> tuple[Span, Span, Span]:
    """Beginning, middle and end of the lesson, each with a third of the whole-class time (of all time where
    there is none); together they are the recording."""
    talk = whole_class(transcript) or (Span(start=0.0, end=transcript.duration),)
    third = total(talk) / 3
    edges = [0.0]
    passed = 0.0
    for each in talk:
        while len(edges) < 3 and passed + each.duration >= len(edges) * third > 0:
            edges.append(min(each.end, each.start + len(edges) * third - passed))
        passed += each.duration
    first, second = (*edges[1:], *[transcript.duration] * 2)[:2]
    return (
        Span(start=0.0, end=first),
        Span(start=first, end=second),
        Span(start=second, end=transcript.duration),
    )


def has_murmur(transcript: Transcript) -> bool:
    """Whether speech without words is background: in a noisy room, under captions that have all the words."""
    words, snr = transcript.words_from, transcript.quality.snr_db
    complete = words.recogniser == "captions" and words.coverage >= COMPLETE_WORDS
    return complete and snr is not None and snr < MURMUR_SNR_DB


def attended(transcript: Transcript) -> tuple[Utterance, ...]:
    """The utterances that are part of the lesson: all, without the murmur behind it."""
    if not has_murmur(transcript):
        return transcript.utterances
    return tuple(each for each in transcript.utterances if each.text)


def _heard(transcript: Transcript) -> tuple[Span, ...]:
    """Speech and several voices, without the murmur behind the lesson."""
    heard = merged([*transcript.speech, *transcript.overlap])
    if not has_murmur(transcript):
        return heard
    murmur = subtracted([each for each in transcript.utterances if not each.text], transcript.overlap)
    return subtracted(heard, subtracted(murmur, attended(transcript)))


def is_backchannel(utterance: Utterance) -> bool:
    """Whether this is a short "mm-hm" that leaves the floor to the other."""
    short = utterance.duration < BACKCHANNEL_SECONDS
    return short and len(utterance.text.split()) <= BACKCHANNEL_WORDS


def in_several_voices(transcript: Transcript, span: Span) -> bool:
    """Whether more than half of a stretch has several voices at once."""
    return mostly_in(span, transcript.overlap)


def mostly_in(span: Span, others: Sequence[Span]) -> bool:
    """Whether more than half of a stretch lies in others; a point counts where it lies inside one."""
    near = [each for each in others if each.start < span.end and each.end > span.start]
    if not near or span.duration == 0.0:
        return bool(near)
    return shared_seconds(span, near) > _HALF * span.duration


def floor_turns(transcript: Transcript) -> tuple[FloorTurn, ...]:
    """Maximal runs by one role. A backchannel of the other role inside a run does not break it.

    Silence of more than 20 s, missing sound and several voices for half a second or more end a turn.
    """
    walls = [*long_silences(transcript), *transcript.missing]
    walls += [span for span in transcript.overlap if span.duration >= _HALF]
    walls.sort(key=lambda each: each.start)
    alone = [each for each in attended(transcript) if not in_several_voices(transcript, each)]
    runs: list[list[Utterance]] = []
    for i, each in enumerate(alone):
        if runs and runs[-1][-1].role == each.role and not _walled(runs[-1][-1], each, walls):
            runs[-1].append(each)
        elif not _leaves_the_floor(alone, i):
            runs.append([each])
    return tuple(_turn(run) for run in runs)


def responses(transcript: Transcript) -> tuple[FloorTurn, ...]:
    """Students' responses: one speaker's utterances with pauses of less than 3 s between them."""
    runs: list[list[Utterance]] = []
    last: Utterance | None = None
    for each in attended(transcript):
        if each.role == "student" and not in_several_voices(transcript, each):
            same = last is not None and last.role == "student" and last.speaker == each.speaker
            if runs and same and each.start - runs[-1][-1].end < WITHIN_RESPONSE_GAP:
                runs[-1].append(each)
            else:
                runs.append([each])
        if not (each.role == "teacher" and is_backchannel(each)):
            last = each
    return tuple(_turn(run) for run in runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterResponse(Span):
    """The pause after a student's response: from its end to the next speech by anybody else.

    `next` is who speaks then; `why_left_out` says why this is no wait time 2 (empty: it is).
    """

    response: FloorTurn
    next: Utterance | None
    why_left_out: str


def after_responses(transcript: Transcript) -> tuple[AfterResponse, ...]:
    """The pause after each student response, up to the next speech (overlap: 0 s; no "mm-hm")."""
    heard = attended(transcript)
    said = [each for i, each in enumerate(heard) if not _passes_the_floor_on(heard, i)]
    place = {id(each): i for i, each in enumerate(said)}
    found = []
    for response in responses(transcript):
        own = {id(each) for each in response.utterances}
        first = place[id(response.utterances[0])]
        follower = next(
            (each for each in islice(said, first, None) if id(each) not in own and each.end > response.end),
            None,
        )
        end = max(response.end, transcript.duration if follower is None else follower.start)
        pause = Span(start=response.end, end=end)
        found.append(
            AfterResponse(
                start=pause.start,
                end=pause.end,
                response=response,
                next=follower,
                why_left_out=_no_wait_time_2(transcript, response, pause, follower),
            )
        )
    return tuple(found)


def student_runs(transcript: Transcript) -> tuple[tuple[FloorTurn, ...], ...]:
    """Runs of responses in which one student follows another without the teacher between them."""
    runs: list[list[FloorTurn]] = []
    follower: Utterance | None = None
    for each in after_responses(transcript):
        # A student among several voices follows too, but gives no response that could go on the run.
        if follower is not None and any(said is follower for said in each.response.utterances):
            runs[-1].append(each.response)
        else:
            runs.append([each.response])
        student = each.next is not None and each.next.role == "student"
        follower = each.next if student and each.duration <= WORK_TIME_GAP else None
    return tuple(tuple(run) for run in runs if len({turn.utterances[0].speaker for turn in run}) > 1)


def _passes_the_floor_on(said: Sequence[Utterance], i: int) -> bool:
    """Whether utterance `i` is a teacher's "mm-hm" between two students' words."""
    if said[i].role != "teacher" or not is_backchannel(said[i]) or not 0 < i < len(said) - 1:
        return False
    return said[i - 1].role == said[i + 1].role == "student"


def _no_wait_time_2(
    transcript: Transcript, response: FloorTurn, pause: Span, follower: Utterance | None
) -> str:
    if any(hole.start <= pause.end and hole.end >= pause.start for hole in transcript.missing):
        return "the file has no sound here"
    if follower is None:
        return "the last words before the end of the recording"
    if mostly_in(response, named_parts(transcript, "group_work", "independent_work")):
        return "said while students work in groups or on their own"
    if pause.duration > WORK_TIME_GAP:
        return "more than 20 seconds: time to work, not a wait"
    if follower.role == "student":
        same = follower.speaker == response.utterances[0].speaker
        return "the same student went on" if same else "another student spoke next"
    if in_several_voices(transcript, follower):
        return "several voices followed"
    if any(voices.start < pause.end and voices.end > pause.start for voices in transcript.overlap):
        return "several voices followed"
    return "" if follower.role == "teacher" else "we cannot tell who spoke next"


def _turn(run: Sequence[Utterance]) -> FloorTurn:
    return FloorTurn(
        start=run[0].start,
        end=max(each.end for each in run),
        role=run[0].role,
        utterances=tuple(run),
        seconds=total(run),
    )


def _walled(before: Utterance, after: Utterance, walls: Sequence[Span]) -> bool:
    return any(wall.start < after.start and wall.end > before.end for wall in walls)


def _leaves_the_floor(alone: Sequence[Utterance], i: int) -> bool:
    """Whether utterance `i` is a backchannel between two utterances of one other role."""
    if not is_backchannel(alone[i]) or not 0 < i < len(alone) - 1:
        return False
    if alone[i - 1].has("question"):
        return False  # a short answer to a question is an answer, not a backchannel
    return alone[i - 1].role == alone[i + 1].role != alone[i].role
