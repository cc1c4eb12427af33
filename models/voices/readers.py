"""The figures of single clips: adult or child, from one sentence and over all sentences of a speaker."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachai.media import Audio
from models.voices import scoring
from models.voices.conditions import CLEAN, CONDITIONS, Sound, in_condition
from models.voices.figures import Calibration, Told, balanced, ratio
from models.voices.inputs import Clip
from models.voices.scoring import Answer

Heard = Mapping[str, Sequence[Answer]]


def told_apart(
    clips: Sequence[Clip],
    of: Callable[[Audio], float],
    sound_of: Callable[[Path], Sound],
    until: float,
    say: Callable[[str], None],
) -> tuple[dict[str, list[Answer]], dict[str, int]]:
    """Answers for the clips in each condition, and how many sentences a speaker was left with where time ran.

    Clean comes first and whole. `until` is a moment of `time.monotonic`.
    """
    kept = [each for each in clips if each.adult is not None]
    sounds = {each.utterance: sound_of(each.path) for each in kept}
    found: dict[str, list[Answer]] = {}
    shortened: dict[str, int] = {}
    each_took = 0.0
    for number, condition in enumerate((CLEAN, *CONDITIONS)):
        asked = kept
        if number:
            left = max(0.0, until - time.monotonic()) / (len(CONDITIONS) + 1 - number)
            most = _sentences(kept, int(left / max(each_took, 1e-6)))
            if not most:
                shortened[condition] = 0
                continue
            asked = _first_of_each(kept, most)
            if len(asked) < len(kept):
                shortened[condition] = most
        started = time.monotonic()
        found[condition] = _answers(asked, condition, sounds, of, say)
        each_took = max(each_took, (time.monotonic() - started) / max(1, len(asked)))
    return found, shortened


def _answers(
    clips: Sequence[Clip],
    condition: str,
    sounds: Mapping[str, Sound],
    of: Callable[[Audio], float],
    say: Callable[[str], None],
) -> list[Answer]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for k, clip in enumerate(clips):
            if k % 50 == 0:
                say(f"clips, {condition}: {k} of {len(clips)}")
            others = [sounds[each.utterance] for each in _others(clips, clip)]
            heard = in_condition(sounds[clip.utterance], condition, clip.utterance, others)
            audio = Audio.from_array(heard, Path(folder) / f"{k}.raw")
            found.append(
                Answer(
                    speaker=clip.speaker,
                    adult=bool(clip.adult),
                    ages=clip.ages,
                    gender=clip.gender,
                    log_odds=of(audio),
                )
            )
            audio.path.unlink()
    return found


def _others(clips: Sequence[Clip], clip: Clip) -> list[Clip]:
    """Some clips of other readers, spread over the table."""
    step = max(1, len(clips) // 20)
    return [each for each in clips[::step] if each.speaker != clip.speaker]


def _sentences(clips: Sequence[Clip], count: int) -> int:
    """How many sentences a speaker may have so that at most `count` are heard; all where that is enough."""
    own = [sum(1 for _ in each) for each in _by_speaker(clips).values()]
    most = max(own, default=0)
    while most and sum(min(most, each) for each in own) > count:
        most -= 1
    return most


def _first_of_each(clips: Sequence[Clip], most: int) -> list[Clip]:
    return [clip for own in _by_speaker(clips).values() for clip in own[:most]]


def _by_speaker(clips: Sequence[Clip]) -> dict[str, list[Clip]]:
    own: dict[str, list[Clip]] = {}
    for each in clips:
        own.setdefault(each.speaker, []).append(each)
    return own


def figures_of(heard: Heard) -> dict[str, Told]:
    """The figures by name, clean clips first; parts by condition, age and gender."""
    found: dict[str, Told] = {}
    if not heard.get(CLEAN):
        return found
    for unit, of in (("utterance", list), ("speaker", scoring.by_speaker)):
        for tail, figure in (("", accuracy), ("_balanced", balanced_accuracy)):
            name = f"adult_child_{unit}_accuracy{tail}"
            whole = of(heard[CLEAN])
            conditions = {each: figure(of(said)) for each, said in heard.items()}
            found[name] = figure(whole).in_parts(condition=conditions)
            if not tail:
                found[name] = found[name].in_parts(
                    age={group: _share(said) for group, said in scoring.grouped(whole, "ages").items()},
                    gender={
                        group: accuracy(said) for group, said in scoring.grouped(whole, "gender").items()
                    },
                    age_and_gender=_age_and_gender(whole),
                )
    return found


def accuracy(said: Sequence[Answer]) -> Told:
    """The share of answers that are right, beside always giving the commoner one."""
    return _share(said).beside("always the larger class", scoring.larger_class(said))


def _share(said: Sequence[Answer]) -> Told:
    right, every = scoring.counts(said)
    return ratio(right.sum(axis=1), every.sum(axis=1), "speakers", len(said))


def balanced_accuracy(said: Sequence[Answer]) -> Told:
    """The mean of the share of children and that of adults that are right: both classes count alike."""
    right, every = scoring.counts(said)
    return balanced(right, every, "speakers", len(said)).beside("always the larger class", 0.5)


def _age_and_gender(said: Sequence[Answer]) -> dict[str, Told]:
    return {
        f"{ages} {gender}": _share(own)
        for ages, together in scoring.grouped(said, "ages").items()
        for gender, own in scoring.grouped(together, "gender").items()
    }


def calibration(heard: Heard) -> dict[str, Any]:
    """How far the probability of an adult holds, from one sentence, in each condition."""
    return {
        f"adult, {condition}": Calibration.of(
            [scoring.probability(each.log_odds) for each in said],
            [each.adult for each in said],
            [each.speaker for each in said],
        ).as_json("speakers")
        for condition, said in heard.items()
        if said
    }


def separation(heard: Heard) -> dict[str, float]:
    """The area under the curve (how often an adult's sentence has the higher odds than a child's), clean."""
    found = {}
    for condition, said in heard.items():
        odds = np.array([each.log_odds for each in said])
        adult = np.array([each.adult for each in said])
        if adult.any() and not adult.all():
            above = odds[adult][:, None] - odds[~adult][None]
            found[condition] = round(float((above > 0).mean() + 0.5 * (above == 0).mean()), 4)
    return found
