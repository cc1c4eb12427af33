"""The shape of a rubric: what an issuer of a micro-credential writes, and nothing else.

The machine reads `criteria`; `human_scale` belongs to the people who judge and is never looked at by
screening or coaching.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from coachai.strict_yaml import Place

ASKS = ("value", "median", "count_at_least", "share_at_least", "longest", "clips")
"""What an indicator may ask of its measures."""


def measurement_names() -> tuple[str, ...]:
    """Every name that an indicator may ask for, in the order of the measures."""
    from coachai.measures import MEASURES

    return tuple(name for measure in MEASURES for name in measure.yields)


def _known_measure(name: str) -> str:
    names = measurement_names()
    if name not in names:
        raise PydanticCustomError("unknown_word", "{text}", {"text": unknown("measure", name, names)})
    return name


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
MeasureName = Annotated[str, AfterValidator(_known_measure)]
Number = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class Strict(BaseModel):
    """A map in the file: only the keys named here, and it never changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    text = unknown("key", str(key), cls.model_fields)
                    raise PydanticCustomError("unknown_word", "{text}", {"text": text, "place": (key,)})
        return data


class Source(Strict):
    """One piece of research behind the key method: what it showed, and where to read it."""

    showed: Text
    reference: Text


class KeyMethod(Strict):
    """The one thing the teacher learns to do, and why it is worth doing."""

    name: Text
    description: Text
    research: tuple[Source, ...] = Field(min_length=1)


class WordLimit(Strict):
    """How long an answer may be, in words."""

    at_least: Whole | None = None
    at_most: Whole


class Prompt(Strict):
    """A question the teacher answers in writing (or has students answer)."""

    text: Text
    words: WordLimit | None = None


class Part(Strict):
    """One part of a submission."""

    id: Id
    kind: Literal["overview", "evidence", "student_reflections", "reflection"]
    title: Text
    instructions: Text
    prompts: tuple[Prompt, ...] = ()


class Minutes(Strict):
    """How long the video may be."""

    at_least: Number
    at_most: Number


class Video(Strict):
    """What the recording must be before anybody looks at the teaching in it."""

    minutes: Minutes
    continuity: Text
    audible: tuple[Text, ...] = Field(min_length=1)
    consent: Text


class HumanScale(Strict):
    """How people judge: level names from best to first, a descriptor per criterion and level, the rule."""

    levels: tuple[Text, ...] = Field(min_length=2, max_length=6)
    descriptors: dict[Id, dict[str, Text]]
    pass_rule: Text


class Asking(Strict):
    """What every indicator has. `what` is a plural phrase for messages ("pauses of 3 seconds or more").

    The moments of several measures are pooled. `look_again` names measures whose moments, where they
    fall short, are worth a second look; moments of other measures are never held against anybody.
    """

    id: Id
    what: Text
    measures: tuple[MeasureName, ...] = Field(min_length=1)
    look_again: tuple[MeasureName, ...] = ()


class _Bounded(Asking):
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> _Bounded:
        if (self.at_least is None) == (self.at_most is None):
            raise PydanticCustomError("bound", 'give either "at_least" or "at_most", and only one of them')
        return self


class AskValue(_Bounded):
    """Asks whether one measurement's value, in its own unit, lies on the right side of a bound."""

    ask: Literal["value"]
    measures: tuple[MeasureName, ...] = Field(min_length=1, max_length=1)


class AskMedian(_Bounded):
    """Asks for the median length of the pooled moments, in seconds."""

    ask: Literal["median"]


class AskLongest(_Bounded):
    """Asks for the longest of the pooled moments, in seconds."""

    ask: Literal["longest"]


class Support(Strict):
    """Moments that some of the counted ones must be among: may hold a finding back, never makes one.

    `otherwise` is what to tell the teacher where it does.
    """

    measures: tuple[MeasureName, ...] = Field(min_length=1)
    times: Whole
    otherwise: Text


class AskCount(Asking):
    """Asks for a number of pooled moments that last `lasting` seconds or more (any length without it)."""

    ask: Literal["count_at_least"]
    times: Whole
    lasting: Number | None = None
    supported_by: Support | None = None


class AskShare(Asking):
    """Asks for the share (0 to 1) of the pooled moments that last `lasting` seconds or more."""

    ask: Literal["share_at_least"]
    share: Annotated[Number, Field(gt=0, le=1)]
    lasting: Number


class AskClips(Asking):
    """Asks for clips to look at and nothing else: no threshold, so no finding ever comes of it."""

    ask: Literal["clips"]


Indicator = Annotated[
    Union[AskValue, AskMedian, AskLongest, AskCount, AskShare, AskClips],  # noqa: UP007
    Field(discriminator="ask"),
]


class NextStep(Strict):
    """Something to try. Left unsaid where the recording already has a moment of one of `unless_heard`.

    `at` names measures with a moment where it could have been tried, for a criterion of which nothing
    was heard: the longest one is shown, as an occasion and not as a fault.
    """

    text: Text
    unless_heard: tuple[MeasureName, ...] = ()
    at: tuple[MeasureName, ...] = ()


class Coaching(Strict):
    """Sentences for the teacher alone. `prepare` tells what to prepare for the person who judges."""

    prepare: Text
    strength: Text | None = None
    next_steps: tuple[NextStep, ...] = ()
    cannot_tell: Text | None = None


class Criterion(Strict):
    """One thing that is judged, what a recording may be asked about it, and what only a person can say."""

    id: Id
    title: Text
    statement: Text
    indicators: tuple[Indicator, ...] = ()
    for_person: tuple[Text, ...] = Field(min_length=1)
    coaching: Coaching

    @model_validator(mode="after")
    def _coaching_fits(self) -> Criterion:
        said = self.coaching
        if self.indicators and not (said.strength and said.next_steps and said.cannot_tell):
            raise PydanticCustomError(
                "coaching",
                "a criterion with indicators needs strength, next_steps and cannot_tell under coaching",
                {"place": ("coaching",)},
            )
        return self


class Rubric(Strict):
    """A whole micro-credential as its issuer writes it. `sha256` is the hash of the file's bytes."""

    id: Id
    version: Text
    title: Text
    notice: Text
    competency: Text
    key_method: KeyMethod
    parts: tuple[Part, ...] = Field(min_length=1)
    video: Video
    human_scale: HumanScale
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """Hash of the text it was read from; of its own JSON where it was not read from a file."""
        return self._sha256 or hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @model_validator(mode="after")
    def _hangs_together(self) -> Rubric:
        for place, text in _loose_ends(self):
            raise PydanticCustomError("loose_end", "{text}", {"text": text, "place": place})
        return self


def shown(given: Any) -> str:
    """What somebody wrote, in quotes, on one line and not too long."""
    if given is None:
        return "empty"
    if isinstance(given, (dict, list)):
        return "a map" if isinstance(given, dict) else "a list"
    text = f'"{" ".join(str(given).split())}"'
    return text if len(text) <= 60 else f'{text[:57]}..."'


def unknown(thing: str, word: str, allowed: Iterable[str]) -> str:
    """The sentence about a wrong word, with the nearest allowed one and all of them."""
    names = list(allowed)
    near = difflib.get_close_matches(word, names, n=1)
    hint = f"; did you mean {shown(near[0])}?" if near else "."
    return f"unknown {thing} {shown(word)}{hint} Allowed: {', '.join(shown(name)[1:-1] for name in names)}"


def _loose_ends(rubric: Rubric) -> Iterator[tuple[Place, str]]:
    """What each map cannot see by itself: ids used twice, and descriptors that do not match the criteria."""
    ids = [criterion.id for criterion in rubric.criteria]
    for i, criterion in enumerate(rubric.criteria):
        if criterion.id in ids[:i]:
            yield ("criteria", i, "id"), f'the id "{criterion.id}" is used twice'
        asked = [each.id for each in criterion.indicators]
        for j, name in enumerate(asked):
            if name in asked[:j]:
                yield ("criteria", i, "indicators", j, "id"), f'the id "{name}" is used twice'
    scale = rubric.human_scale
    for name, levels in scale.descriptors.items():
        place = ("human_scale", "descriptors", name)
        if name not in ids:
            yield place, unknown("criterion", name, ids)
        for level in levels:
            if level not in scale.levels:
                yield (*place, level), unknown("level", level, scale.levels)
        for level in scale.levels:
            if level not in levels:
                yield place, f"no descriptor for the level {shown(level)}"
    for name in ids:
        if name not in scale.descriptors:
            yield ("human_scale", "descriptors"), f'no descriptors for the criterion "{name}"'
    if rubric.video.minutes.at_least > rubric.video.minutes.at_most:
        yield ("video", "minutes"), '"at_least" is more than "at_most"'
