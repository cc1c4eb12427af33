"""A transcript and what a model reads in it: once as a whole, and anew where people have corrected it.

The model reads a transcript as measures may rely on it: words that are `unsure` count as not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coachai.discourse.card import NONE
from coachai.discourse.choice import Installed, choose, same_model
from coachai.discourse.exchanges import Exchange, exchanges
from coachai.discourse.model import Laid, Model
from coachai.languages import is_understood
from coachai.records import Label, Progress, Transcript, Utterance
from coachai.turns import has_murmur
from coachai.unsure import relied_on

LEAST = 0.05
"""Probability below which a reading is not kept."""

PLACES = 3
"""Decimals of a kept probability."""

LABELS = "labels"
"""The key of provenance under which the model, and the hash of its card, stand."""

WITHOUT = "rules"
"""What provenance says where no model has read."""

MOST_CHANGED = 0.2
"""Share of the utterances: where more were corrected and cannot be read again, no reading is relied on."""

Readings = tuple[Label, ...]

_EXCHANGED = frozenset({"uptake", "focusing", "funneling"})


class Reader(Protocol):
    """Reads what is said, by a model that is loaded here or held by a serving engine."""

    def read(self, transcript: Transcript, progress: Progress) -> Transcript:
        """The transcript with what the model reads in it, whatever was read before; see `read`.

        `progress` is called with the fraction done; whatever it raises stops the work.
        """
        ...


class Reading:
    """The reader on a model that is on this machine, loaded when it is first needed."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed

    def read(self, transcript: Transcript, progress: Progress) -> Transcript:
        """As `Reader`. Raises EnvironmentLacks (LABEL_MODEL_DAMAGED)."""
        return read(transcript, self._installed.model(), progress)


def reader_for(asked: str = "") -> Reader | None:
    """The reader on the model that `asked` names, or None for rules alone; see `choice.choose`."""
    installed = choose(asked)
    return None if installed is None else Reading(installed)


def read(transcript: Transcript, model: Model, progress: Progress = lambda _: None) -> Transcript:
    """The transcript with what the model reads in it, whatever was read before.

    Utterances without words, or with words that are unsure, have no readings; those of an unknown voice
    only `question`. Nothing is read in a lesson in another language than English.
    """
    if not is_understood(transcript.language):
        progress(1.0)
        return without_readings(transcript)
    found = _read(transcript, model, progress, _Kept({}, {}))
    hashes = {**transcript.provenance.hashes, LABELS: model.card.sha256_of_card}
    models = {**transcript.provenance.models, LABELS: model.card.title}
    return replace(found, provenance=replace(transcript.provenance, models=models, hashes=hashes))


def reread(transcript: Transcript, before: Transcript, earlier: Transcript | None = None) -> Transcript:
    """The transcript with its readings true again, after roles or words of `before` were corrected in it.

    Only windows in which something changed are read, by the same model that read `before`, and the result is
    what reading the whole anew would give. What that model read in `earlier`, the same with fewer or other
    corrections, is not read again either. Where that model is not here, utterances whose own words or role
    changed lose their readings (all do, where these are more than a fifth), and provenance says so.
    """
    if LABELS not in before.provenance.hashes:
        return transcript
    model = same_model(before.provenance.hashes[LABELS])
    if model is None:
        return _without_changed(transcript, before)
    kept = _Kept.of(before, model)
    if earlier is not None and _same_reading(earlier, before):
        kept = kept.and_of(_Kept.of(earlier, model))
    return _read(transcript, model, lambda _: None, kept)


def _same_reading(one: Transcript, other: Transcript) -> bool:
    """Whether the same model read both, and read all of them."""
    its, others = one.provenance, other.provenance
    return (its.hashes.get(LABELS), its.models.get(LABELS)) == (others.hashes[LABELS], others.models[LABELS])


def without_readings(transcript: Transcript) -> Transcript:
    """The transcript with nothing of what a model has read: rules alone make its labels."""
    provenance = transcript.provenance
    hashes = {name: each for name, each in provenance.hashes.items() if name != LABELS}
    models = {**provenance.models, LABELS: WITHOUT}
    bare = _with(transcript, lambda _, __: ())
    return replace(bare, provenance=replace(provenance, models=models, hashes=hashes))


def is_read(transcript: Transcript) -> bool:
    """Whether a model has read this transcript."""
    return LABELS in transcript.provenance.hashes


@dataclass(frozen=True, slots=True)
class _Kept:
    """Readings that hold as long as the same is said by the same voices: by window, and by exchange."""

    windows: Mapping[object, tuple[Readings, ...]]
    exchanges: Mapping[tuple[str, str], Readings]

    @classmethod
    def of(cls, transcript: Transcript, model: Model) -> _Kept:
        """What was read in a transcript by a model."""
        readings = [each.readings for each in transcript.utterances]
        own = [tuple(each for each in some if each.name not in _EXCHANGED) for some in readings]
        return cls(
            {each.key: tuple(own[k] for k in each.window.owning) for each in _laid(transcript, model)},
            {
                each.said: tuple(one for one in readings[each.teacher] if one.name in _EXCHANGED)
                for each in _exchanges(transcript)
            },
        )

    def and_of(self, other: _Kept) -> _Kept:
        """What holds here or there."""
        return _Kept({**other.windows, **self.windows}, {**other.exchanges, **self.exchanges})


def _read(transcript: Transcript, model: Model, progress: Progress, kept: _Kept) -> Transcript:
    """The transcript with its readings, those that are kept or else made now."""
    laid, pairs = _laid(transcript, model), _exchanges(transcript)
    unread = [each for each in laid if each.key not in kept.windows]
    untold = [each for each in pairs if each.said not in kept.exchanges]
    share = len(unread) / max(1, len(unread) + len(untold))
    found: dict[int, Readings] = {}
    for each in laid:
        found.update(zip(each.window.owning, kept.windows.get(each.key, ()), strict=False))
    for each, rows in zip(unread, model.read_laid(unread, lambda done: progress(done * share)), strict=True):
        for k in each.heard:
            row = rows[k - each.window.first]
            found[k] = _readings(model.card.utterance(transcript.utterances[k].role, row), model)
    told = model.exchanges(
        [each.said for each in untold],
        marks=transcript.words_from.marks,
        progress=lambda done: progress(share + done * (1 - share)),
    )
    new = {one.said: _readings(its, model) for one, its in zip(untold, told.readings, strict=True)}
    for pair in pairs:
        its = new[pair.said] if pair.said in new else kept.exchanges[pair.said]
        found[pair.teacher] = found.get(pair.teacher, ()) + its
    progress(1.0)
    return _with(transcript, lambda k, _: found.get(k, ()))


def _readings(probabilities: Mapping[str, float], model: Model) -> Readings:
    return tuple(
        Label(name=name, probability=round(each, PLACES), source=f"model:{model.card.name}")
        for name, each in probabilities.items()
        if name != NONE and each >= LEAST
    )


def _laid(transcript: Transcript, model: Model) -> list[Laid]:
    """The windows of a transcript; none where the model reads exchanges only."""
    if not model.card.reads_utterances:
        return []
    heard = relied_on(transcript).utterances
    return model.lay(
        [each.role for each in heard],
        [each.speaker for each in heard],
        [each.text for each in heard],
        marks=transcript.words_from.marks,
    )


def _exchanges(transcript: Transcript) -> list[Exchange]:
    """The exchanges of a transcript, the murmur behind a noisy lesson left aside."""
    relied = relied_on(transcript)
    murmurs = has_murmur(relied)
    places = [k for k, each in enumerate(relied.utterances) if each.text or not murmurs]
    found = exchanges([relied.utterances[k] for k in places])
    return [replace(each, teacher=places[each.teacher]) for each in found]


def _without_changed(transcript: Transcript, before: Transcript) -> Transcript:
    """The transcript without readings that may no longer hold, and with a word on it in its provenance."""
    changed = _changed(transcript.utterances, before.utterances)
    title = before.provenance.models[LABELS]
    if len(changed) > MOST_CHANGED * len(transcript.utterances):
        return _noted(
            without_readings(transcript),
            f"{WITHOUT}; what {title} had read does not hold for the corrected roles, and it is not on this "
            "machine to read again",
        )
    if not changed:
        return transcript
    kept = _with(transcript, lambda k, each: () if k in changed else each.readings)
    count = f"{len(changed)} corrected sentence{'s' if len(changed) > 1 else ''}"
    return _noted(kept, f"{title}; {count} not read again, as it is not on this machine")


def _changed(now: Sequence[Utterance], before: Sequence[Utterance]) -> set[int]:
    """Utterances whose own words or role are others than before; all, where one was added or left out."""
    if len(now) != len(before):
        return set(range(len(now)))
    pairs = enumerate(zip(now, before, strict=True))
    return {k for k, (new, old) in pairs if (new.text, new.role) != (old.text, old.role)}


def _noted(transcript: Transcript, labels: str) -> Transcript:
    provenance = transcript.provenance
    models = {**provenance.models, LABELS: labels}
    return replace(transcript, provenance=replace(provenance, models=models))


def _with(transcript: Transcript, its: Callable[[int, Utterance], Readings]) -> Transcript:
    """The transcript with other readings, utterance by utterance."""
    utterances = (
        replace(each, readings=its(k, each)) if its(k, each) != each.readings else each
        for k, each in enumerate(transcript.utterances)
    )
    return replace(transcript, utterances=tuple(utterances))
