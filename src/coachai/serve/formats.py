"""The shapes in which the face in HTTP asks and answers: those of the OpenAI API, and our own beside them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from coachai.languages import language_name
from coachai.records import Role, Span, Word
from coachai.report.markers import captions_vtt
from coachai.report.page import one_line
from coachai.sentences import sentence_starts
from coachai.serve.problems import Refused
from coachai.serve.uploads import Form, shown
from coachai.transcript import Line, Recognition

WordsFormat = Literal["json", "text", "verbose_json", "vtt", "srt"]
VoicesFormat = Literal["json", "rttm"]

WHISPER = "whisper-1"
"""The name that most tools send when nobody chose: it means the model that is here, whichever that is."""

Shape = TypeVar("Shape", bound=BaseModel)

_TAG = re.compile(r"<(?=[a-zA-Z/!?])")


class Wishes(BaseModel):
    """The fields beside the file. `prompt` and `temperature` are taken and change nothing: words are heard as
    they would be without them, the likeliest first. `chunking_strategy` likewise: clips are always cut at
    silences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=200)]
    language: Annotated[str, Field(pattern=r"^([a-zA-Z]{2,3}([-_][a-zA-Z0-9]{2,8})?|auto)?$")] = ""
    prompt: str = ""
    response_format: WordsFormat = "json"
    temperature: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = ()
    stream: bool = False
    chunking_strategy: str = ""

    @model_validator(mode="after")
    def _together(self) -> Wishes:
        if self.stream:
            raise ValueError("answers come whole here: leave stream out, or set it to false")
        if self.timestamp_granularities and self.response_format != "verbose_json":
            raise ValueError("timestamp_granularities needs response_format verbose_json")
        return self


class VoicesWishes(BaseModel):
    """The fields beside the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    response_format: VoicesFormat | None = None


def wishes_in(form: Form) -> Wishes:
    """What is wished for words. Raises Refused (BAD_FIELD) with the field."""
    return _read(Wishes, form, lists=("timestamp_granularities",))


def voices_wishes_in(form: Form) -> VoicesWishes:
    """What is wished for voices. Raises Refused (BAD_FIELD) with the field."""
    return _read(VoicesWishes, form, lists=())


def _read(shape: type[Shape], form: Form, lists: tuple[str, ...]) -> Shape:
    several: dict[str, list[str]] = {}
    single: dict[str, str] = {}
    for name, value in form.fields:
        if name.removesuffix("[]") in lists:
            several.setdefault(name.removesuffix("[]"), []).append(value)
        elif name in single:
            raise Refused(400, "BAD_FIELD", f"The field {shown(name)} is there twice.", param=shown(name))
        else:
            single[name] = value
    try:
        return shape.model_validate({**single, **several})
    except ValidationError as error:
        raise said(error, 400) from None


def said(error: ValidationError, status: int) -> Refused:
    """The first thing wrong with what was sent, where it is and what would be right; never the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) if isinstance(part, int) else shown(str(part)) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        what = "this is not known here"
    if first["type"] == "missing":
        what = "this is missing"
    told = f"{where}: {what}." if where else f"{what[:1].upper()}{what[1:]}."
    return Refused(status, "BAD_FIELD", told, param=where or None)


class Usage(BaseModel):
    """How much sound was heard."""

    type: Literal["duration"] = "duration"
    seconds: float


class Transcription(BaseModel):
    """The words (`response_format` json)."""

    text: str
    usage: Usage


class TimedWord(BaseModel):
    """A word and its time in seconds."""

    word: str
    start: float
    end: float


class Segment(BaseModel):
    """A sentence and its time in seconds. The API's figures about a model's inner life (avg_logprob,
    compression_ratio, no_speech_prob, seek, temperature, tokens) are left out: they are not known for a
    sentence here, and none is made up."""

    id: int
    start: float
    end: float
    text: str


class TranscriptionVerbose(BaseModel):
    """The words with their times (`response_format` verbose_json). `model` is what heard them; `segments` and
    `words` are there as `timestamp_granularities` asks, segments where it does not."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    model: str
    segments: list[Segment] | None = None
    words: list[TimedWord] | None = None
    usage: Usage


class Model(BaseModel):
    """A model that may be named. `created` is when this face was opened: a model does not tell its age."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "coachai"


class ModelList(BaseModel):
    """The models that may be named."""

    object: Literal["list"] = "list"
    data: list[Model]


class Stretch(BaseModel):
    """A stretch of the recording, in seconds."""

    start: float
    end: float


class VoiceTurn(Stretch):
    """A stretch of one voice. `speaker` is a letter that holds in this recording alone; `role_confidence`
    (0 to 1) says how sure the role is, `voice_confidence` how sure that it is this voice."""

    speaker: str
    role: Role
    role_confidence: float
    voice_confidence: float


class Voices(BaseModel):
    """Who speaks when. `overlap` are stretches with several voices at once, `missing` those where the file
    has no sound. `teacher_confidence` (0 to 1) says how sure we are which voice teaches, `voices_confidence`
    how surely voices are told apart; `among_adults`: nobody sounds like a child, so that who teaches was
    told without age. `notes` are sentences about the sound."""

    duration: float
    model: str
    teacher_confidence: float
    voices_confidence: float
    among_adults: bool
    turns: list[VoiceTurn]
    overlap: list[Stretch]
    speech: list[Stretch]
    missing: list[Stretch]
    notes: list[str]


Moment = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class Said(BaseModel):
    """One sentence by one speaker, in order of `start` (seconds). `speaker` is any name or number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Moment
    end: Moment
    speaker: Annotated[str, Field(max_length=100)]
    role: Role
    text: Annotated[str, Field(max_length=5000)]

    @model_validator(mode="after")
    def _in_order(self) -> Said:
        if self.end < self.start:
            raise ValueError("the end lies before the start")
        return self


class Talk(BaseModel):
    """What was said, to be read. `marks` says whether the text has question marks and full stops; left out,
    it is taken from the text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    utterances: Annotated[list[Said], Field(min_length=1)]
    language: Literal["en"] = "en"
    marks: bool | None = None

    @model_validator(mode="after")
    def _sorted(self) -> Talk:
        starts = [each.start for each in self.utterances]
        if starts != sorted(starts):
            raise ValueError("utterances must be in order of their start")
        return self


class Found(BaseModel):
    """What an utterance does, how probable that is (0 to 1), and what found it: ``rule:…`` or ``model:…``."""

    name: str
    probability: float
    source: str


class Read(BaseModel):
    """What was found in one utterance: `labels` that are relied on, and all that a model reads in it."""

    labels: list[Found]
    readings: list[Found]


class Discourse(BaseModel):
    """What was found, utterance by utterance as they were sent. `model` is ``rules`` where no model reads."""

    model: str
    utterances: list[Read]


class State(BaseModel):
    """How the face does: ``live``, or ``ready`` with the names of its models."""

    status: Literal["live", "ready"]
    words: str | None = None
    voices: str | None = None
    talk: str | None = None


def sentences(recognition: Recognition) -> list[Line]:
    """What was heard, sentence by sentence in order of time."""
    found: list[Line] = []
    for line in sorted(recognition.lines, key=lambda each: (each.start, each.end)):
        starts = sentence_starts(line.words, marks=recognition.marks, cuts=())
        for first, last in zip(starts, [*starts[1:], len(line.words)], strict=True):
            words = line.words[first:last]
            found.append(Line(start=words[0].start, end=max(each.end for each in words), words=words))
    return found


def text_of(words: tuple[Word, ...]) -> str:
    """Words as one line of text."""
    return " ".join(each.text for each in words)


def whole_text(recognition: Recognition) -> str:
    """All words as one line of text."""
    return " ".join(text_of(each.words) for each in sentences(recognition))


def plain(recognition: Recognition, duration: float) -> Transcription:
    """The answer in json."""
    return Transcription(text=whole_text(recognition), usage=Usage(seconds=round(duration, 3)))


def verbose(recognition: Recognition, duration: float, wishes: Wishes) -> TranscriptionVerbose:
    """The answer in verbose_json."""
    lines = sentences(recognition)
    asked = wishes.timestamp_granularities or ("segment",)
    segments = [
        Segment(id=k, start=_ms(each.start), end=_ms(each.end), text=text_of(each.words))
        for k, each in enumerate(lines)
    ]
    words = [
        TimedWord(word=word.text, start=_ms(word.start), end=_ms(word.end))
        for each in lines
        for word in each.words
    ]
    return TranscriptionVerbose(
        language=_language(recognition.language),
        duration=_ms(duration),
        text=whole_text(recognition),
        model=recognition.model,
        segments=segments if "segment" in asked else None,
        words=words if "word" in asked else None,
        usage=Usage(seconds=_ms(duration)),
    )


def vtt(recognition: Recognition) -> str:
    """The answer in vtt: a cue a sentence."""
    return captions_vtt((each, text_of(each.words), None) for each in sentences(recognition))


def srt(recognition: Recognition) -> str:
    """The answer in srt. It knows no way to escape, so signs that players would obey become look-alikes."""
    blocks = []
    for number, each in enumerate(sentences(recognition), start=1):
        text = _TAG.sub("‹", one_line(text_of(each.words))).replace("{\\", "｛\\").replace("-->", "→")
        blocks.append(
            f"{number}\n{_clock(each.start)} --> {_clock(max(each.end, each.start + 0.001))}\n{text}\n"
        )
    return "\n".join(blocks)


def stretches(spans: tuple[Span, ...]) -> list[Stretch]:
    """Spans in whole milliseconds."""
    return [Stretch(start=_ms(each.start), end=_ms(each.end)) for each in spans]


def _language(code: str) -> str:
    """The language as the API names it: in words (``english``) where we know them, else its code."""
    known = language_name(code or "en")
    return code if known == language_name("?") else known.lower()


def _ms(seconds: float) -> float:
    return round(seconds, 3)


def _clock(seconds: float) -> str:
    whole, rest = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{rest:03d}"
