"""Fit how the program decides which voice teaches, on composed lessons, and measure how sure it may be.

    python models/voices/fit_teacher.py --cache DIR             # fit, and print the weights and the figures
    python models/voices/fit_teacher.py --cache DIR --report    # only how right the program is as it stands

Two kinds of lessons of every scene (`benchmarks/scenes.py`), from readers who stand in no reported lesson.
Heard ones are composed and heard: a few seconds each. Imagined ones have the turns and texts of a lesson but
no sound: how adult a voice sounds and which turns are confused is drawn as it was found in heard ones, so
that there are hundreds. What is kept in the cache of a heard lesson is when its voices speak, how adult they
sound and what was true; no voiceprint. The printed weights are put into `coachai.voices.teacher` by hand.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it runs as a file

from benchmarks.compose import CONDITIONS, DATA, RATE, Said, mixed
from benchmarks.scenes import SCENES, Cast, Scene, captioned, composed, readers
from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Span, Word
from coachai.timeline import finder
from coachai.transcript import Line
from coachai.voices import teacher
from coachai.voices.asking import UNHEARD, Spoken, spoken
from coachai.voices.clusters import Pieces
from coachai.voices.hearing import hear_voices
from coachai.voices.place import PLACE, place
from coachai.voices.speech import find_speech

MINUTES = 4.0
ROLES = ("teacher", "student", "visitor", "video")
WORDS = ("marks", "plain", "none")
"""Captions with marks, those of a video site, or nothing but sound."""
MIXED = 0.15  # chance that a lesson's group work is heard as one more voice
FEWEST_SECONDS = 3.0  # of a voice that is learned from
RIDGE = 0.3
HEARD_COUNTS = 4.0  # times an imagined lesson
RIGHT = 0.9
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How imagined lessons are heard: found in heard ones, (mean, spread) in log odds of an adult's voice."""

    adult: tuple[float, float] = (1.7, 1.3)
    child: tuple[float, float] = (-1.35, 1.0)
    piece: float = 1.4  # spread of a voice's pieces
    split: float = 0.4  # chance that one who talks much is heard as two
    merged: float = 0.4  # chance that two students are heard as one
    confused: float = 0.03  # share of the pieces that are given to anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """m pieces of sound, and what was true.

    `voice` (m,) whose turn each lies in, `true` (m, 5) seconds in which each of ROLES really speaks
    and, last, in which students talk in a group; `told` what captions can tell.
    """

    scene: str
    condition: str
    spans: list[Span]
    seconds: Array
    adult: Array
    voice: NDArray[np.intp]
    true: Array
    told: list[Said]

    @property
    def chances(self) -> Array:
        """Whose each piece is, as ones and zeros (m, k)."""
        return np.eye(int(self.voice.max()) + 1)[self.voice]

    @property
    def parts(self) -> NDArray[np.intp]:
        """What each voice really is: 0 a student, 1 a teacher, 2 outside (visitor, video, a group)."""
        return np.array([1, 0, 2, 2, 2])[(self.chances.T @ self.true).argmax(axis=1)]


def heard(scene: str, number: int, seed: int, which: str) -> Lesson:
    """Compose and hear one lesson."""
    condition = CONDITIONS[number % 3]
    rng = np.random.default_rng([seed, number, list(SCENES).index(scene)])
    made = composed(scene, Cast(readers=readers(DATA, which), rng=rng), DATA, MINUTES)
    sounds = [resample_poly(each, SAMPLE_RATE, RATE).astype(np.float32) for each in made.sounds]
    with tempfile.TemporaryDirectory() as folder:
        sound = mixed(made.said, sounds, condition, rng, SAMPLE_RATE)
        audio = Audio.from_array(sound, Path(folder) / "lesson.raw")
        voices = hear_voices(audio, find_speech(audio, lambda _: None), progress=lambda _: None)
    turns = finder(voices.turns)
    names = sorted({turn.speaker for turn in voices.turns})
    kept = [(each, near) for each in voices.heard if (near := turns(each))]
    spans = [Span(start=each.start, end=each.end) for each, _ in kept]
    own = [
        max(near, key=lambda turn: min(turn.end, each.end) - max(turn.start, each.start))
        for each, near in kept
    ]
    return Lesson(
        scene=scene,
        condition=condition,
        spans=spans,
        seconds=np.array([each.seconds for each, _ in kept]),
        adult=np.array([each.adult for each, _ in kept]),
        voice=np.array([names.index(turn.speaker) for turn in own]),
        true=_truth(made, spans),
        told=captioned(made),
    )


def imagined(scene: str, rng: np.random.Generator, how: Drawn = Drawn()) -> Lesson:
    """A lesson without sound, heard as others were."""
    cast = Cast(readers=readers(DATA, "free"), rng=rng, silent=True)
    made = composed(scene, cast, DATA, float(rng.uniform(3, 12)))
    crowd = rng.random() < MIXED
    said = [
        (each, Span(start=start, end=min(start + 4.0, each.end)))
        for each in sorted(made.said, key=lambda each: each.start)
        if crowd or each in captioned(made)
        for start in np.arange(each.start, each.end - 0.2, 4.0)
    ]
    spans = [span for _, span in said]
    speakers = ["crowd" if each not in captioned(made) else each.speaker for each, _ in said]
    voice = _misheard(speakers, rng, how)
    odds: dict[tuple[int, str], float] = {}
    adult = np.zeros(len(said))
    for k, speaker in enumerate(speakers):
        grown = speaker != "crowd" and cast.parts[speaker].adult
        mean, spread = (0.0, 0.7) if speaker == "crowd" else how.adult if grown else how.child
        adult[k] = odds.setdefault((0, speaker), float(rng.normal(mean, spread))) + rng.normal(0, how.piece)
    return Lesson(
        scene=scene,
        condition="imagined",
        spans=spans,
        seconds=np.array([0.9 * span.duration for span in spans]),
        adult=adult,
        voice=np.unique(voice, return_inverse=True)[1],
        true=_truth(made, spans),
        told=captioned(made),
    )


def _misheard(speakers: Sequence[str], rng: np.random.Generator, how: Drawn) -> NDArray[np.intp]:
    """Voices (m,) for speakers (m,), some heard as two, some as one, some pieces as anybody's."""
    names = sorted(set(speakers))
    voice = np.array([names.index(each) for each in speakers])
    counts = np.bincount(voice)
    if rng.random() < how.split:
        most = int(np.argmax(counts * rng.uniform(0.5, 1.0, len(counts))))
        voice[(voice == most) & (rng.random(len(voice)) < rng.uniform(0.05, 0.4))] = len(names)
    students = [k for k, name in enumerate(names) if name.startswith("student")]
    for _ in range(2):
        if len(students) > 1 and rng.random() < how.merged:
            one, other = rng.choice(students, size=2, replace=False)
            voice[voice == one] = other
    wrong = rng.random(len(voice)) < how.confused
    voice[wrong] = rng.permutation(voice)[wrong]
    return voice


def _truth(made: Scene, spans: Sequence[Span]) -> Array:
    true = np.zeros((len(spans), len(ROLES) + 1))
    starts, ends = np.array([each.start for each in spans]), np.array([each.end for each in spans])
    alone = {id(each) for each in captioned(made)}
    for each in made.said:
        column = ROLES.index(each.role) if id(each) in alone else len(ROLES)
        true[:, column] += np.maximum(0.0, np.minimum(ends, each.end) - np.maximum(starts, each.start))
    return true


def lessons(cache: Path, count: int, which: str, seed: int) -> Iterator[Lesson]:
    """So many heard lessons of every scene, from the cache as far as they are there."""
    cache.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        for scene in SCENES:
            path = cache / f"{which}-{seed}-{scene}-{number}.pickle"
            if not path.exists():
                path.write_bytes(pickle.dumps(heard(scene, number, seed, which)))
            yield pickle.loads(path.read_bytes())


def said_in(lesson: Lesson, words: str) -> Spoken:
    """Who asks and who calls, from captions with or without marks; nothing from none."""
    lines = []
    for each in lesson.told if words != "none" else ():
        texts = each.text.split()
        if words == "plain":
            texts = [text for raw in texts if (text := re.sub(r"[^\w']", "", raw).lower())]
        step = (each.end - each.start) / max(1, len(texts))
        places = [each.start + k * step for k in range(len(texts))]
        lines.append(
            Line(
                start=each.start,
                end=each.end,
                words=tuple(
                    Word(start=at, end=at + step, text=text) for at, text in zip(places, texts, strict=True)
                ),
            )
        )
    return spoken(lines, lesson.spans, lesson.chances) if lines else UNHEARD


def fitted(found: Sequence[Lesson]) -> LogisticRegression:
    """Log odds of teaching and of standing outside against being a student; a voice counts as it talks."""
    rows, parts, weights = [], [], []
    for lesson in found:
        talk = lesson.chances.T @ lesson.seconds
        for words in WORDS:
            known = place(lesson.spans, lesson.seconds, lesson.adult, lesson.chances, said_in(lesson, words))
            for k in np.flatnonzero(talk >= FEWEST_SECONDS):
                rows.append(known[k])
                parts.append(lesson.parts[k])
                weights.append(np.sqrt(talk[k]) * (1.0 if lesson.condition == "imagined" else HEARD_COUNTS))
    model = LogisticRegression(C=RIDGE, max_iter=5000)
    return model.fit(np.array(rows), parts, sample_weight=np.array(weights) / np.mean(weights))


def use(model: LogisticRegression) -> None:
    """Let the program decide by these weights, and print them as they stand in its source."""
    base = model.coef_ - model.coef_[0], model.intercept_ - model.intercept_[0]
    told = {
        name: {each: round(float(base[0][part, k]), 2) for k, each in enumerate(PLACE)}
        for part, name in ((1, "_TEACHES"), (2, "_STANDS_OUTSIDE"))
    }
    alone = tuple(round(float(base[1][part]), 2) for part in (1, 2))
    teacher._TEACHES, teacher._STANDS_OUTSIDE = told["_TEACHES"], told["_STANDS_OUTSIDE"]
    teacher._TEACHES_ALONE, teacher._OUTSIDE_ALONE = alone
    for name, weights in told.items():
        print(name, "=", weights)
    print("_TEACHES_ALONE, _OUTSIDE_ALONE =", alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What the program decided of one lesson: `chance` and `right` of each piece's role, by `seconds`."""

    lesson: Lesson
    words: str
    confidence: float
    right: bool
    first_right: bool
    chance: Array
    role_right: NDArray[np.bool_]
    balanced: float


def decided(lesson: Lesson, words: str) -> Decided:
    """The program's decision beside the truth.

    Right: nine tenths of what teachers say are in voices taken for a teacher's, and nine tenths of what those
    voices say are theirs, what is said in the midst of a group left out.
    """
    chances = lesson.chances
    pieces = Pieces(
        spans=lesson.spans,
        points=np.zeros((len(lesson.spans), 1)),
        variance=np.ones(len(lesson.spans)),
        between=np.ones(1),
    )
    guess = teacher.teacher_by_sound(pieces, lesson.seconds, lesson.adult, chances, said_in(lesson, words))
    parts = np.stack([1 - guess.teaching - guess.outside, guess.teaching, guess.outside])
    mine = parts.argmax(axis=0)[lesson.voice]
    true = np.array([1, 0, 2, 2, 2])[lesson.true.argmax(axis=1)]
    judged = true < 2
    right = mine == true
    sides = [(true == part) & (lesson.seconds > 0) for part in (0, 1)]
    clear = lesson.true[:, -1] == 0
    both = lesson.seconds[(mine == 1) & (true == 1) & clear].sum()
    each_way = [both / max(lesson.seconds[(side == 1) & clear].sum(), 1e-9) for side in (mine, true)]
    return Decided(
        lesson=lesson,
        words=words,
        confidence=guess.confidence,
        right=min(each_way) >= RIGHT,
        first_right=bool(lesson.parts[int(guess.teaching.argmax())] == 1),
        chance=parts.max(axis=0)[lesson.voice][judged],
        role_right=right[judged],
        balanced=float(
            np.mean([np.average(right[own], weights=lesson.seconds[own]) for own in sides if own.any()])
        ),
    )


def sureness(found: Sequence[Decided]) -> None:
    """Fit how the least sure voice's chance becomes the recording's confidence."""
    odds = [np.log(each.confidence / (1 - each.confidence)) for each in found]
    model = LogisticRegression(C=10.0).fit(np.array(odds)[:, None], [each.right for each in found])
    teacher._SURENESS = (round(float(model.intercept_[0]), 2), round(float(model.coef_[0, 0]), 2))
    print("_SURENESS =", teacher._SURENESS)


def report(found: Sequence[Decided]) -> None:
    """Figures by scene and words, and how confidence compares with what was right."""
    print(f"{'scene':14s}{'words':8s}{'n':>4s}{'teacher':>9s}{'all':>6s}{'sure':>7s}{'balanced':>10s}")
    for scene in SCENES:
        for words in WORDS:
            here = [each for each in found if (each.lesson.scene, each.words) == (scene, words)]
            if here:
                print(
                    f"{scene:14s}{words:8s}{len(here):4d}"
                    f"{np.mean([each.first_right for each in here]):9.2f}"
                    f"{np.mean([each.right for each in here]):6.2f}"
                    f"{np.mean([each.confidence for each in here]):7.2f}"
                    f"{np.mean([each.balanced for each in here]):10.3f}"
                )
    print("recording:", _reliability([e.confidence for e in found], [e.right for e in found]))
    print("recording, teacher:", _reliability([e.confidence for e in found], [e.first_right for e in found]))
    chance, right = (np.concatenate([getattr(e, name) for e in found]) for name in ("chance", "role_right"))
    print("piece:", _reliability(chance, right))


def _reliability(sure: Sequence[float] | Array, right: Sequence[bool] | NDArray[np.bool_]) -> str:
    """Confidence against the share that is right, in bins, and the expected calibration error."""
    sure, right = np.asarray(sure), np.asarray(right, dtype=float)
    edges = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)
    told, error = [], 0.0
    for low, high in pairwise(edges):
        here = (sure >= low) & (sure < high)
        if here.any():
            told.append(f"{sure[here].mean():.2f}->{right[here].mean():.2f} ({here.sum()})")
            error += here.mean() * abs(sure[here].mean() - right[here].mean())
    return f"{' '.join(told)}  ECE {error:.3f}"


def main() -> None:
    """Fit, and print weights and figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--lessons", type=int, default=18, help="heard ones of every scene")
    parser.add_argument("--imagined", type=int, default=60, help="lessons of every scene")
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--speakers", choices=("free", "held"), default="free")
    parser.add_argument("--report", action="store_true", help="fit nothing")
    asked = parser.parse_args()
    found = list(lessons(asked.cache, asked.lessons, asked.speakers, asked.seed))
    if not asked.report:
        rng = np.random.default_rng(asked.seed)
        dreamt = [imagined(scene, rng) for _ in range(asked.imagined) for scene in SCENES]
        use(fitted([*dreamt, *found[::2]]))
        teacher._SURENESS = (0.0, 1.0)
        sureness([decided(each, words) for each in [*dreamt[::3], *found[::2]] for words in WORDS])
        found = found[1::2]
    print("Heard lessons" + ("." if asked.report else " that nothing was fitted on."))
    report([decided(each, words) for each in found for words in WORDS])


if __name__ == "__main__":
    main()
