"""The nouns: frozen, slotted, keyword-only records. Times are float seconds on the player's clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["teacher", "student", "unknown"]
Outcome = Literal["found", "mixed", "not_heard", "cannot_tell", "for_evaluator"]
Usable = Literal["ok", "ok+note", "partial"]
Corrected = Literal["role", "label", "words", "time", "lesson_part"]
LessonPartKind = Literal["whole_class", "group_work", "independent_work"]

PARTIAL_BELOW = 0.995
"""Share of the lesson's sound below which a recording counts as partly lost; less is an encoder's priming."""

FAINT_SECONDS, FAINT_SHARE = 3.0, 0.05
"""Seconds of what may be talk too faint to be sure of, and their share of the speech: then it is told."""

Progress = Callable[[float], None]
"""Called with the fraction (0 to 1) of a stage that is done; an interrupt may surface from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the recording, in seconds. Raises ValueError unless 0 <= start <= end < infinity."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not (0 <= self.start <= self.end < math.inf):
            raise ValueError(f"not a span of time: {self.start} to {self.end}")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Span):
    """One spoken word. `probability` is the recogniser's own, 0 to 1 (1 where a person wrote it)."""

    text: str
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What an utterance does, e.g. `question`. `source` is `rule:NAME`, `model:NAME` or `person:WHO`."""

    name: str
    probability: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person put right, with the machine's value beside it.

    `was` and `now` are the two values as text: a role, the words, "12.340-15.600" (seconds), a kind of part;
    for the label named in `label`, "yes 0.82" (how likely the machine found it) or "no". `who` is as they
    signed, `made` the moment (ISO 8601), `id` the entry in `corrections.json`.
    """

    id: str
    what: Corrected
    was: str
    now: str
    who: str
    made: str
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonPart(Span):
    """A stretch of the lesson that a person named: what kind of work it is."""

    kind: LessonPartKind
    correction: Correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance(Span):
    """One sentence by one speaker. `text` is empty where speech was heard but no words were found.

    `voice` is the speaker's letter (told apart by sound) or number (by captions' names) and never changes;
    empty: nobody's. `speaker` is made from it and the role, and follows the role. `voice_confidence` (0 to 1)
    says how sure we are that it is that voice, whoever it belongs to. `readings` are what a trained model
    reads in it, each with its calibrated probability (.05 or more); `labels` are what follows from them, from
    rules and from people. `corrected` is what people put right here.
    """

    speaker: str
    role: Role
    role_confidence: float
    text: str
    words: tuple[Word, ...] = ()
    labels: tuple[Label, ...] = ()
    voice: str = ""
    voice_confidence: float = 1.0
    readings: tuple[Label, ...] = ()
    corrected: tuple[Correction, ...] = ()

    def has(self, label: str) -> bool:
        """Whether the utterance carries a label of that name; with probability 0 a person took it away."""
        return any(each.name == label and each.probability > 0 for each in self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The file that was handed in. `container` and the codecs are short names as the demuxer gives them.

    `track` is the sound track that was used, counted from 1. `duration` is what can be played, in seconds;
    `declared` what the file says it holds (None: it does not say). A file that was cut off declares more
    than it has; `cut`: it breaks off and does not say how much is missing.
    """

    name: str
    sha256: str
    size_bytes: int
    duration: float
    container: str
    audio_codec: str
    audio_sample_rate: int
    audio_channels: int
    video_codec: str | None = None
    notes: tuple[str, ...] = ()
    declared: float | None = None
    track: int = 1
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioQuality:
    """How usable the sound is.

    `speech_level_dbfs` and `noise_level_dbfs` are RMS levels in and outside speech (None: nothing of
    that kind to measure), `snr_db` their difference, `clipped_share` the share of speech time at full
    scale (0 to 1), `faint_seconds` how long something stands out of the room that was not taken for
    speech: whispering or a voice far away, perhaps. `notes` are sentences for a teacher; empty means
    nothing to worry about.
    """

    speech_level_dbfs: float | None
    noise_level_dbfs: float | None
    snr_db: float | None
    clipped_share: float
    notes: tuple[str, ...] = ()
    faint_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSource:
    """Where the words came from: `recogniser` is `faster-whisper`, `captions`, `pocketsphinx` or `none`.

    `marks`: sentences carry punctuation. `names`: lines carry speaker names. `coverage` is the share of
    speech time (0 to 1) that has words. `note` tells a teacher what is unreliable because of the source.
    """

    recogniser: str
    model: str
    marks: bool
    names: bool
    coverage: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made a result, so that it can be made again: version, models, options and content hashes."""

    coachai: str
    models: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Who said what and when: the saved half of the work, everything after it is pure.

    `speech` are the stretches with speech, from the waveform; `overlap` those with several voices at
    once (a chorus, group work); `missing` those where the file has no sound. `utterances` are sorted
    by start. `teacher_confidence` (0 to 1) says how sure we are which voice teaches, `teacher_from`
    how that was decided: `name` (typed, and found in the captions), `sample` (a clip of the teacher),
    `sound` (how the voices sound and behave), `asked` (a person named the voice), `nothing`.
    `voices_confidence` (0 to 1) says how surely the voices are told apart; when a person has named the
    voice, it is all the doubt that is left. `among_adults`: nobody sounds like a child, so that
    who teaches was told by share of talk, place and questions alone. `dismissed` are the stretches for which
    a recogniser wrote words though nobody is heard: its words are not kept, the places are. `parts` are
    stretches that people named (group work, ...), disjoint and sorted; nothing else is known about the rest.
    """

    recording: Recording
    duration: float
    language: str
    utterances: tuple[Utterance, ...]
    speech: tuple[Span, ...]
    overlap: tuple[Span, ...]
    missing: tuple[Span, ...]
    quality: AudioQuality
    words_from: WordSource
    teacher_confidence: float
    teacher_from: str
    provenance: Provenance
    dismissed: tuple[Span, ...] = ()
    voices_confidence: float = 1.0
    parts: tuple[LessonPart, ...] = ()
    among_adults: bool = False

    @property
    def coverage(self) -> float:
        """Share of the lesson, as long as the file says it is, whose sound could be heard (0 to 1)."""
        whole = max(self.duration, self.recording.declared or 0.0)
        lost = sum(each.duration for each in self.missing)
        return max(0.0, self.duration - lost) / whole if whole else 0.0

    @property
    def usable(self) -> Usable:
        """`partial` where sound was lost, `ok+note` where there is something to tell about it."""
        if self.recording.cut or self.coverage < PARTIAL_BELOW:
            return "partial"
        return "ok+note" if self.recording.notes or self.quality.notes else "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Span):
    """A stretch worth playing, with what it shows."""

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded(Span):
    """An episode that a measure left out, with the reason in plain words."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One number about a lesson, with its uncertainty and the moments it rests on.

    `value` None means "cannot say", and `note` says why. `low` and `high` are a 90 % interval for this
    recording's own true value: measurement error only. `n` counts the episodes behind the value.
    `validation` says on what and how well the measure was checked, or "not checked". `coverage` is the
    share of the lesson that the number could be taken from (0 to 1): where sound or words are missing,
    it speaks for the rest only.
    """

    measure: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: int
    moments: tuple[Moment, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    note: str = ""
    validation: str = "not checked"
    coverage: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What this recording shows for one criterion; never a level, a score, a pass or a fail.

    `message` is neutral and may be shown to an evaluator; `suggestion` is coaching and never is.
    """

    criterion: str
    outcome: Outcome
    message: str
    suggestion: str
    moments_for: tuple[Moment, ...] = ()
    moments_against: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricReference:
    """Which rubric a report was made with: its id, version and the hash of its text."""

    id: str
    version: str
    title: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a page needs. The report is data; pages only render it."""

    recording: Recording
    rubric: RubricReference
    transcript: Transcript
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance
