"""Compose lessons that are not one teacher and a class of children, with known truth.

    python benchmarks/scenes.py --out DIR --lessons 2 --seed 1                    # two of every scene
    python benchmarks/scenes.py --out DIR --scene video visitor --speakers held

Real readers (speechocean762, LibriSpeech) speak with the turns and texts of TalkMoves lessons: who speaks
when, how long and what is asked is real; the sound under a text is another text of the reader. So captions
made from the truth say who asks, calls and answers, while words and sound do not belong together.
`free` readers may be tuned on; `held` readers stand in the reported lessons or are kept apart by a hash
(`models/voices/corpora.py`). Files as `benchmarks/compose.py` writes them; the truth also has `scene`,
`group` (spans in which several talk at once) and `readers`, and the roles `visitor` and `video`, which are
neither the teacher's talk nor the students'.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.compose import (
    CONDITIONS,
    DATA,
    RATE,
    Said,
    Sound,
    mixed,
    named_captions,
    placed,
    plain_captions,
    talkmoves_run,
    trimmed,
    write_lesson,
)
from models.voices.corpora import clips, held_apart

MINUTES = 6.0
_SECONDS_A_WORD = 0.36
_SECONDS_A_ROW = 4.0  # of a TalkMoves lesson with its pauses, on average
_FEWEST_STUDENT_ROWS = 0.12  # of all: a class, not a lecture
_LOUDSPEAKER_HZ = (200.0, 6000.0)
Who = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who reads: `gender` is "m", "f" or "" where unknown."""

    name: str
    adult: bool
    gender: str
    clips: tuple[Path, ...]


@dataclass(slots=True, kw_only=True)
class Cast:
    """Who may read in a lesson, and who has been given a part; nobody is given two.

    `silent`: only the times are wanted, and nothing is read.
    """

    readers: Sequence[Reader]
    rng: np.random.Generator
    silent: bool = False
    parts: dict[str, Reader] = field(default_factory=dict)

    def give(self, part: str, *, adult: bool, gender: str = "", long: bool = False) -> Reader:
        """A reader for the part, drawn at random; `long`: one with enough clips to talk for minutes."""
        free = [
            each
            for each in self.readers
            if each.adult == adult
            and each not in self.parts.values()
            and gender in ("", each.gender)
            and len(each.clips) >= (5 if long else 1)
        ]
        self.parts[part] = free[int(self.rng.integers(len(free)))]
        return self.parts[part]

    def students(self, *, adult: bool = False) -> list[str]:
        """The names of five to eight students."""
        names = [f"student_{k + 1}" for k in range(int(self.rng.integers(5, 9)))]
        for name in names:
            self.give(name, adult=adult)
        return names

    def teacher(self, gender: str = "") -> str:
        """The one who teaches."""
        self.give("teacher", adult=True, gender=gender, long=True)
        return "teacher"

    def read(self, part: str, text: str) -> Sound:
        """The part's reader for as long as the text takes; a film comes through a loudspeaker."""
        seconds = _seconds(text)
        if self.silent:
            return np.zeros(round(seconds * RATE), dtype=np.float32)
        sound = read_aloud(self.parts[part], seconds, self.rng)
        return through_loudspeaker(sound, self.rng) if part == "video" else sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A lesson's truth and its sounds, one for each utterance; `group` spans in seconds."""

    name: str
    said: list[Said]
    sounds: list[Sound]
    group: list[tuple[float, float]]
    readers: dict[str, str]


Rows = Sequence[dict[str, str]]
Part = tuple[list[Who], list[Sound]]


def main() -> None:
    """Compose the scenes asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scene", nargs="+", choices=tuple(SCENES), default=list(SCENES))
    parser.add_argument("--lessons", type=int, default=3, help="of each scene")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speakers", choices=("free", "held"), default="held")
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    if not asked.data.is_dir():
        sys.exit(f"The labelled data is not at {asked.data}; name its folder with --data.")
    asked.out.mkdir(parents=True, exist_ok=True)
    for kind in asked.scene:
        for number in range(asked.lessons):
            condition = CONDITIONS[number % 3]
            rng = np.random.default_rng([asked.seed, number, list(SCENES).index(kind)])
            cast = Cast(readers=readers(asked.data, asked.speakers), rng=rng)
            scene = composed(kind, cast, asked.data, asked.minutes)
            name = f"{kind}-{asked.seed:03d}-{number:02d}-{condition}"
            write_scene(asked.out, name, condition, scene, rng)
            print(f"{name}: {len(scene.said)} utterances, {scene.said[-1].end:.0f} s")


@cache
def readers(data: Path, which: str) -> tuple[Reader, ...]:
    """Adults and children (13 to 17 left out) that are `held` apart or `free` to be tuned on."""
    listed = clips(data)
    held = held_apart(listed, data)
    found: dict[str, Reader] = {}
    for each in listed:
        if each.adult is not None and (each.speaker in held) == (which == "held"):
            before = found.get(each.speaker)
            found[each.speaker] = Reader(
                name=each.speaker,
                adult=each.adult,
                gender=each.gender,
                clips=(*(before.clips if before else ()), each.path),
            )
    return tuple(found.values())


def composed(kind: str, cast: Cast, data: Path = DATA, minutes: float = MINUTES) -> Scene:
    """One lesson of that scene by that cast, some `minutes` long."""
    rows: Rows = ()
    while sum(row["role"] == "student" for row in rows) <= _FEWEST_STUDENT_ROWS * len(rows):
        rows = talkmoves_run(data, cast.rng, round(minutes * 60 / _SECONDS_A_ROW))
    scene = SCENES[kind](rows, cast)
    return replace(scene, name=kind, readers={part: each.name for part, each in cast.parts.items()})


def write_scene(folder: Path, name: str, condition: str, scene: Scene, rng: np.random.Generator) -> None:
    """The lesson's files; captions have none of what many say at once."""
    sound = mixed(scene.said, scene.sounds, condition, rng)
    write_lesson(folder, name, condition, scene.said, sound, rng)
    path = folder / f"{name}.truth.json"
    truth = json.loads(path.read_text(encoding="utf-8"))
    truth |= {"scene": scene.name, "group": scene.group, "readers": scene.readers}
    path.write_text(json.dumps(truth, indent=0), encoding="utf-8")
    told = captioned(scene)
    (folder / f"{name}.captions.vtt").write_text(named_captions(told, rng), encoding="utf-8")
    (folder / f"{name}.plain.vtt").write_text(plain_captions(told, rng), encoding="utf-8")


def captioned(scene: Scene) -> list[Said]:
    """What captions can tell: nobody writes down a group's talk."""
    return [
        each
        for each in scene.said
        if each.role != "student" or not any(start <= each.start < end for start, end in scene.group)
    ]


def _class_of(rows: Rows, cast: Cast, teachers: Sequence[str], students: Sequence[str]) -> Part:
    """The rows as turns of the cast; several teachers take the lesson over from each other."""
    known: dict[str, str] = {}
    who: list[Who] = []
    now = 0
    for row in rows:
        if row["role"] == "teacher":
            if len(teachers) > 1 and cast.rng.random() < 0.12:
                now = (now + 1) % len(teachers)
            part = teachers[now]
        else:
            part = known.setdefault(row["speaker"], students[len(known) % len(students)])
        who.append((row["role"], part, row["text"]))
    return who, [cast.read(part, text) for _, part, text in who]


def _alone(rows: Rows, cast: Cast, role: str, seconds: float) -> Part:
    """One who talks on: statements for so many seconds."""
    texts = [row["text"] for row in rows if "?" not in row["text"]]
    who: list[Who] = []
    sounds: list[Sound] = []
    while sum(map(len, sounds)) < seconds * RATE:
        text = texts[len(who) % len(texts)] + " " + texts[(3 * len(who) + 1) % len(texts)]
        who.append((role, role, text))
        sounds.append(cast.read(role, text))
    return who, sounds


def _ordinary(rows: Rows, cast: Cast, gender: str = "") -> Scene:
    teacher = cast.teacher(gender)
    return _in_a_row(cast, [_class_of(rows, cast, [teacher], cast.students())])


def _two_teachers(rows: Rows, cast: Cast) -> Scene:
    first, second = (("m", "f"), ("f", "m"), ("f", "f"), ("m", "m"))[int(cast.rng.integers(4))]
    teacher = cast.teacher(first)
    cast.give("teacher_2", adult=True, gender=second, long=True)
    return _in_a_row(cast, [_class_of(rows, cast, [teacher, "teacher_2"], cast.students())])


def _adult_class(rows: Rows, cast: Cast) -> Scene:
    teacher = cast.teacher()
    return _in_a_row(cast, [_class_of(rows, cast, [teacher], cast.students(adult=True))])


def _visitor(rows: Rows, cast: Cast) -> Scene:
    teacher, students = cast.teacher(), cast.students()
    cast.give("visitor", adult=True, long=True)
    guest = _alone(rows, cast, "visitor", float(cast.rng.uniform(60, 120)))
    if cast.rng.random() < 0.5:  # and half of them are spoken to in between
        who, sounds = guest
        own, heard = _class_of(rows[:6], cast, [teacher], students)
        half = len(who) // 2
        guest = [*who[:half], *own, *who[half:]], [*sounds[:half], *heard, *sounds[half:]]
    return _around(rows, cast, [teacher], students, guest)


def _video(rows: Rows, cast: Cast) -> Scene:
    teacher, students = cast.teacher(), cast.students()
    cast.give("video", adult=True, long=True)
    film = _alone(rows, cast, "video", float(cast.rng.uniform(60, 180)))
    return _around(rows, cast, [teacher], students, film)


def _around(
    rows: Rows, cast: Cast, teachers: Sequence[str], students: Sequence[str], inserted: Part
) -> Scene:
    """The lesson, something else after a fifth to four fifths of it, and the lesson again."""
    at = int(len(rows) * cast.rng.uniform(0.2, 0.8))
    who, sounds = _class_of(rows, cast, teachers, students)
    return _in_a_row(cast, [(who[:at], sounds[:at]), inserted, (who[at:], sounds[at:])])


def _in_a_row(cast: Cast, parts: Sequence[Part]) -> Scene:
    who = [each for part in parts for each in part[0]]
    sounds = [each for part in parts for each in part[1]]
    return Scene(name="", said=placed(who, sounds, cast.rng), sounds=sounds, group=[], readers={})


def _group_work(rows: Rows, cast: Cast) -> Scene:
    teacher, students = cast.teacher(), cast.students()
    who, sounds = _class_of(rows, cast, [teacher], students)
    at = int(len(who) * cast.rng.uniform(0.3, 0.7))
    before = placed(who[:at], sounds[:at], cast.rng)
    start = max(each.end for each in before) + 2.0
    end = start + float(cast.rng.uniform(120, 200))
    busy, noise = _at_once(rows, cast, (start, end), students[: int(cast.rng.integers(3, 9))])
    after = placed(who[at:], sounds[at:], cast.rng)
    later = [replace(each, start=round(each.start + end, 3), end=round(each.end + end, 3)) for each in after]
    return Scene(
        name="",
        said=[*before, *busy, *later],
        sounds=[*sounds[:at], *noise, *sounds[at:]],
        group=[(round(start, 3), round(end, 3))],
        readers={},
    )


def _at_once(
    rows: Rows, cast: Cast, span: tuple[float, float], students: Sequence[str]
) -> tuple[list[Said], list[Sound]]:
    """Students who all talk at their own pace, and the teacher now and then."""
    rng = cast.rng
    texts = {role: [row["text"] for row in rows if row["role"] == role] for role in ("teacher", "student")}
    found: list[tuple[Said, Sound]] = []
    for part in ("teacher", *students):
        role = "teacher" if part == "teacher" else "student"
        clock = span[0] + float(rng.uniform(0, 15 if role == "teacher" else 2))
        while True:
            text = " ".join(str(each) for each in rng.choice(texts[role], size=int(rng.integers(1, 4))))
            sound = cast.read(part, text)
            end = clock + len(sound) / RATE
            if end > span[1]:
                break
            told = Said(
                start=round(clock, 3),
                end=round(end, 3),
                role=role,
                speaker=part,
                text=text,
                question=text.endswith("?"),
            )
            found.append((told, sound))
            clock = end + float(rng.uniform(12, 40) if role == "teacher" else rng.uniform(0.2, 2.5))
    found.sort(key=lambda each: each[0].start)
    return [told for told, _ in found], [sound for _, sound in found]


def _seconds(text: str) -> float:
    return float(np.clip(_SECONDS_A_WORD * len(text.split()) + 0.2, 0.5, 9.0))


def read_aloud(reader: Reader, seconds: float, rng: np.random.Generator) -> Sound:
    """So many seconds of what the reader reads, clips in any order, from anywhere in the first."""
    parts: list[Sound] = []
    length, wanted = 0, round(seconds * RATE)
    while length < wanted:
        clip = clip_of(reader.clips[int(rng.integers(len(reader.clips)))])
        if not parts and len(clip) > wanted:
            first = int(rng.integers(len(clip) - wanted + 1))
            clip = clip[first : first + wanted]
        parts.append(clip[: wanted - length])
        length += len(parts[-1])
    return trimmed(np.concatenate(parts), floor=0.03)


@cache
def clip_of(path: Path) -> Sound:
    """A clip at the composer's rate."""
    sound, rate = soundfile.read(path, dtype="float32")
    return trimmed(resample_poly(sound, RATE, rate).astype(np.float32), floor=0.03)


def through_loudspeaker(sound: Sound, rng: np.random.Generator) -> Sound:
    """As a film sounds in class: recorded in another room, played by a small loudspeaker."""
    tail = rng.standard_normal(round(0.2 * RATE)) * np.exp(-6.9 * np.arange(round(0.2 * RATE)) / RATE / 0.2)
    echo = fftconvolve(sound, 0.3 * tail / np.sqrt(np.sum(tail**2)))[: len(sound)]
    band = butter(4, _LOUDSPEAKER_HZ, btype="bandpass", fs=RATE, output="sos")
    return trimmed(sosfilt(band, sound + echo).astype(np.float32))


SCENES: dict[str, Callable[[Rows, Cast], Scene]] = {
    "male": lambda rows, cast: _ordinary(rows, cast, "m"),
    "female": lambda rows, cast: _ordinary(rows, cast, "f"),
    "two_teachers": _two_teachers,
    "adult_class": _adult_class,
    "visitor": _visitor,
    "video": _video,
    "group_work": _group_work,
}
"""What is composed, by name; each takes the rows of a TalkMoves lesson and a cast without parts."""

if __name__ == "__main__":
    main()
