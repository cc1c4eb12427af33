"""Voices mixed up on purpose: does the doubt about the teacher grow, and do the numbers stay honest?

    python benchmarks/compose.py --out DIR --kind dialogue --lessons 6 --seed 711     # and --kind voices
    python benchmarks/swapping.py --lessons DIR --source unnamed --how random

Between hearing the voices and everything that rests on them a share of the turns is given to somebody
else. Printed for each share: the confidence in who teaches, how many lessons ask the teacher, how many say
nothing at all about teacher and students, the error of the talk ratio and how often its 90 % interval holds
the truth, each beside the same without the doubt. Composed lessons prove the machinery, not accuracy.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.accuracy import captions_of
from benchmarks.scoring import read_truth, talk_share
from coachai.asr.choice import choose
from coachai.measures.talk_ratio import MEASURE
from coachai.media import audio_quality, decode, probe
from coachai.records import AudioQuality, Provenance, Recording, Span, Transcript
from coachai.transcript import Recognition, Turn, Voices, assemble
from coachai.trust import TEACHER_CERTAIN, TEACHER_KNOWN
from coachai.voices.doubting import doubted
from coachai.voices.hearing import hear_voices
from coachai.voices.speech import find_speech

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A lesson up to its voices, and the teacher's true share of the talk."""

    recording: Recording
    speech: tuple[Span, ...]
    quality: AudioQuality
    recognition: Recognition
    voices: Voices
    share: float

    def transcript(self, voices: Voices) -> Transcript:
        """What these voices make of it."""
        return assemble(
            recording=self.recording,
            speech=self.speech,
            missing=(),
            quality=self.quality,
            recognition=self.recognition,
            voices=voices,
            provenance=Provenance(coachai="swapped"),
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lessons", type=Path, required=True)
    parser.add_argument("--source", choices=("unnamed", "plain", "none"), default="none")
    parser.add_argument("--how", choices=("random", "block", "whole"), default="random")
    parser.add_argument("--seeds", type=int, default=4)
    asked = parser.parse_args()
    files = sorted(asked.lessons.glob("*.truth.json"))
    if asked.source != "none":  # lessons of real voices have no questions and no words worth reading
        files = [each for each in files if any(row.has("question") for row in read_truth(each).utterances)]
    if not files:
        sys.exit(f"No lessons (*.truth.json) for this in {asked.lessons}; compose some first.")
    lessons = [observed(file, asked.source) for file in files]
    print("swapped  confidence (10 %)  asks  silent  error (without doubt)  holds (without doubt)")
    for share in (1.0,) if asked.how == "whole" else SHARES:
        print(one_line(lessons, share, asked.how, asked.seeds))


def observed(file: Path, source: str) -> Observed:
    """Hear one lesson up to its voices."""
    name = file.name.removesuffix(".truth.json")
    media = next(path for end in (".m4a", ".mp4") if (path := file.with_name(f"{name}{end}")).exists())
    with tempfile.TemporaryDirectory() as folder:
        captions = captions_of(file.with_name(name), source, Path(folder))
        kind = "none" if captions is None else "captions"
        recogniser = choose(kind, captions=captions, model=None, language="en", device="cpu")
        recording = probe(media)
        audio = decode(media, Path(folder), _quietly, recording)
        speech = find_speech(audio, _quietly)
        recognition = recogniser.transcribe(audio, speech, _quietly)
        voices = hear_voices(audio, speech, lines=recognition.lines, progress=_quietly)
        return Observed(
            recording=recording,
            speech=tuple(speech),
            quality=audio_quality(audio, speech),
            recognition=recognition,
            voices=voices,
            share=talk_share(read_truth(file)),
        )


def one_line(lessons: list[Observed], share: float, how: str, seeds: int) -> str:
    """The figures of one share of swapped turns."""
    rows = []
    for lesson in lessons:
        for seed in range(seeds if 0 < share < 1 else 1):
            mixed = swapped(lesson.voices, share, seed, how)
            doubt = doubted(mixed, lesson.recognition.lines)
            rows.append((doubt.teacher_confidence, *_against(lesson, doubt), *_against(lesson, mixed)))
    confidence, error, holds, plain_error, plain_holds = np.array(rows).T
    return (
        f"{share:6.0%}   {confidence.mean():10.2f} ({np.quantile(confidence, 0.1):.2f})  "
        f"{(confidence < TEACHER_CERTAIN).mean():5.0%} {(confidence < TEACHER_KNOWN).mean():6.0%}  "
        f"{np.nanmean(error):12.3f} ({np.nanmean(plain_error):.3f})  "
        f"{np.nanmean(holds):12.0%} ({np.nanmean(plain_holds):.0%})"
    )


def _against(lesson: Observed, voices: Voices) -> tuple[float, float]:
    """Error of the talk ratio, and whether its interval holds (1 or 0); NaN where it says nothing."""
    (ratio,) = MEASURE.compute(lesson.transcript(voices))
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return np.nan, np.nan
    return abs(ratio.value - lesson.share), float(ratio.low <= lesson.share <= ratio.high)


def swapped(voices: Voices, share: float, seed: int, how: str = "random") -> Voices:
    """The voices with a share of the turns given to somebody else, what they sound like left as it is.

    `random`: turns anywhere; `block`: turns in a row; `whole`: the teacher's turns and those of the student
    who talks most exchanged. A teacher's turn goes to a student (by how much they talk), a student's to
    the teacher.
    """
    seconds: dict[str, float] = {}
    taught: dict[str, float] = {}
    for turn in voices.turns:
        seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.duration
        if turn.role == "teacher":
            taught[turn.speaker] = taught.get(turn.speaker, 0.0) + turn.duration
    teacher = max(taught, key=lambda name: taught[name], default="")
    students = sorted(name for name in seconds if name != teacher)
    if not teacher or not students:
        return voices
    random = np.random.default_rng(seed)
    talk = np.array([seconds[name] for name in students])
    most = students[int(np.argmax(talk))]
    count, first = round(share * len(voices.turns)), int(random.integers(len(voices.turns)))
    if how == "random":
        places = set(random.permutation(len(voices.turns))[:count].tolist())
    else:
        places = {(first + k) % len(voices.turns) for k in range(count)}

    def given_away(turn: Turn) -> Turn:
        if turn.speaker != teacher:
            return replace(turn, speaker=teacher, role="teacher")
        other = most if how == "whole" else str(random.choice(students, p=talk / talk.sum()))
        return replace(turn, speaker=other, role="student")

    if how == "whole":
        places = {k for k, turn in enumerate(voices.turns) if turn.speaker in (teacher, most)}
    turns = (given_away(turn) if k in places else turn for k, turn in enumerate(voices.turns))
    return replace(voices, turns=tuple(turns))


def _quietly(_: float) -> None:
    """A progress that nobody watches."""


if __name__ == "__main__":
    main()
