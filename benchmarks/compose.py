"""Compose lessons with known truth, in the shape of the labelled lessons beside the checkout.

    python benchmarks/compose.py --out DIR --kind dialogue --lessons 6 --seed 1
    python benchmarks/compose.py --out DIR --kind voices --lessons 6 --seed 1

`dialogue`: TalkMoves exchanges spoken by flite and espeak-ng with waits drawn at random; `voices`: real
adult and child readers of speechocean762. TalkMoves lessons and speakers that `lessons/sources.json`
names are left out, so that what is composed here can be tuned on and the given lessons reported.
Beside each lesson: `.truth.json`, `.captions.vtt` (one sentence a cue, times off by up to half a second)
and `.plain.vtt` (words only, cut every 2 to 6 s, rolling).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import fftconvolve, resample_poly

RATE = 48_000
DATA = Path(__file__).parents[1].parent / "shared" / "data"
CONDITIONS = ("clean", "room", "noisy")
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One utterance of the truth, times in seconds."""

    start: float
    end: float
    role: str
    speaker: str
    text: str
    question: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A synthetic voice: a flite or espeak-ng command line and a factor that makes it smaller and higher."""

    command: tuple[str, ...]
    shrink: float = 1.0


def main() -> None:
    """Compose the lessons asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=("dialogue", "voices"), required=True)
    parser.add_argument("--lessons", type=int, default=6)
    parser.add_argument("--utterances", type=int, default=85, help="about how many a lesson has")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    if not asked.data.is_dir():
        sys.exit(f"The labelled data is not at {asked.data}; name its folder with --data.")
    asked.out.mkdir(parents=True, exist_ok=True)
    for number in range(asked.lessons):
        condition = CONDITIONS[number % 3]
        name = f"{asked.kind}-{asked.seed:03d}-{number:02d}-{condition}"
        rng = np.random.default_rng([asked.seed, number, asked.kind == "voices"])
        script = dialogue_script if asked.kind == "dialogue" else voices_script
        said, sounds = script(asked.data, rng, asked.utterances)
        sound = mixed(said, sounds, condition, rng)
        write_lesson(asked.out, name, condition, said, sound, rng)
        print(f"{name}: {len(said)} utterances, {len(sound) / RATE:.0f} s")


def dialogue_script(data: Path, rng: np.random.Generator, count: int) -> tuple[list[Said], list[Sound]]:
    """A run of a TalkMoves lesson, spoken by synthetic voices."""
    picked = talkmoves_run(data, rng, count)
    voices: dict[str, Voice] = {}
    adult, young = _voices(rng)
    who: list[tuple[str, str, str]] = []
    for row in picked:
        name = "teacher" if row["role"] == "teacher" else f"student {row['speaker']}"
        if name not in voices:
            voices[name] = adult if name == "teacher" else young[len(voices) % len(young)]
        known = [each for each in voices if each != "teacher"]
        speaker = name if name == "teacher" else f"student_{known.index(name) + 1}"
        who.append((row["role"], speaker, row["text"]))
    sounds = [spoken(text, voices[_voice_of(voices, speaker)]) for _, speaker, text in who]
    return placed(who, sounds, rng), sounds


def talkmoves_run(data: Path, rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """So many sayable sentences in a row of a TalkMoves lesson that `lessons/sources.json` does not name."""
    lessons = _free_lessons(data)
    while True:
        rows = [
            row
            for row in lessons[rng.integers(len(lessons))]["utterances"]
            if 1 <= len(row["text"].split()) <= 25
            and re.fullmatch(r"[\x20-\x7e‘’“”…—–]+", row["text"])
            and "[" not in row["text"]
            and row["role"] in ("teacher", "student")
        ]
        students = sum(row["role"] == "student" for row in rows)
        if len(rows) >= 1.5 * count and students >= 0.12 * len(rows):
            break
    first = int(rng.integers(len(rows) - count + 1))
    return rows[first : first + count]


@cache
def _free_lessons(data: Path) -> list[dict[str, Any]]:
    held = {lesson for source in _sources(data).values() for lesson in source["talkmoves"]}
    with gzip.open(data / "talkmoves" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [each for each in map(json.loads, lines) if each["lesson"] not in held]


def _voice_of(voices: dict[str, Voice], speaker: str) -> str:
    known = [each for each in voices if each != "teacher"]
    return speaker if speaker == "teacher" else known[int(speaker.split("_")[1]) - 1]


def _voices(rng: np.random.Generator) -> tuple[Voice, list[Voice]]:
    """A teacher's voice and a dozen students' voices."""
    flite = [("flite", "-voice", name) for name in ("slt", "rms", "awb", "kal16")]
    speaks = [
        ("espeak-ng", "-v", f"{accent}+{kind}", "-p", str(pitch), "-s", str(speed))
        for accent in ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp")
        for kind, pitch, speed in (("f2", 55, 160), ("f4", 75, 170), ("m3", 60, 165), ("f5", 85, 155))
    ]
    adult = Voice(command=flite[rng.integers(3)], shrink=float(rng.uniform(0.97, 1.03)))
    young = [Voice(command=speaks[k]) for k in rng.permutation(len(speaks))[:6]]
    young += [
        Voice(command=flite[k], shrink=float(rng.uniform(1.12, 1.3)))
        for k in rng.permutation(4)
        if flite[k] != adult.command
    ]
    rng.shuffle(young)
    return adult, young


def spoken(text: str, voice: Voice) -> Sound:
    """The text in that voice at 48 kHz, silence at both ends trimmed."""
    clean = text.replace("…", ",").replace("--", ",")
    with tempfile.NamedTemporaryFile(suffix=".wav") as target:
        command = (
            [*voice.command, "-t", clean, "-o", target.name]
            if voice.command[0] == "flite"
            else [*voice.command, "-w", target.name, clean]
        )
        subprocess.run(command, check=True, capture_output=True)
        sound, rate = soundfile.read(target.name, dtype="float32")
    whole = resample_poly(sound, RATE, round(rate * voice.shrink)).astype(np.float32)
    return trimmed(whole)


def trimmed(sound: Sound, floor: float = 0.01) -> Sound:
    """Cut what lies below `floor` of the peak at both ends (10 ms frames) and level the rest."""
    frame = RATE // 100
    frames = np.abs(sound[: len(sound) // frame * frame]).reshape(-1, frame).max(axis=1)
    if frames.size == 0 or frames.max() == 0:
        return np.full(RATE // 5, 1e-3, dtype=np.float32)
    loud = np.flatnonzero(frames > floor * frames.max())
    kept = sound[loud[0] * frame : (loud[-1] + 1) * frame]
    return (kept * (0.08 / max(float(np.sqrt(np.mean(kept**2))), 1e-6))).astype(np.float32)


def voices_script(data: Path, rng: np.random.Generator, count: int) -> tuple[list[Said], list[Sound]]:
    """Real readers: one adult as the teacher, several children as students; texts as read, no questions."""
    held = {speaker for source in _sources(data).values() for speaker in source["speechocean762"]}
    folder = data / "speech" / "speechocean762"
    with (folder / "metadata.csv").open(encoding="utf-8") as rows:
        clips = [row for row in csv.DictReader(rows) if row["speaker"] not in held]
    adults = sorted({row["speaker"] for row in clips if int(row["age"]) >= 18})
    children = sorted({row["speaker"] for row in clips if int(row["age"]) < 13})
    teacher = str(rng.choice(adults))
    students = [str(each) for each in rng.choice(children, size=int(rng.integers(4, 8)), replace=False)]
    own = [row for row in clips if row["speaker"] == teacher]
    who: list[tuple[str, str, str]] = []
    sounds: list[Sound] = []
    while len(who) < min(count, 34):
        row = own[int(rng.integers(len(own)))]
        if len(who) % 3 == 2 or (len(who) % 5 == 1 and rng.random() < 0.4):
            mine = [each for each in clips if each["speaker"] == rng.choice(students)]
            row = mine[int(rng.integers(len(mine)))] if mine else row
        sound, rate = soundfile.read(folder / f"{row['utterance']}.flac", dtype="float32")
        role = "teacher" if row["speaker"] == teacher else "student"
        who.append((role, "teacher" if role == "teacher" else row["speaker"], row["text"]))
        sounds.append(trimmed(resample_poly(sound, RATE, rate).astype(np.float32), floor=0.03))
    return placed(who, sounds, rng), sounds


def placed(who: list[tuple[str, str, str]], sounds: list[Sound], rng: np.random.Generator) -> list[Said]:
    """Give every utterance its time: short gaps inside a turn, waits drawn at random between turns."""
    said: list[Said] = []
    clock = 2.0
    for k, ((role, speaker, text), sound) in enumerate(zip(who, sounds, strict=True)):
        question = text.rstrip(" \"'").endswith("?")
        if k:
            asked = said[-1].question and said[-1].role == "teacher"
            clock = max(0.0, said[-1].end + _gap(rng, asked, speaker == said[-1].speaker))
        end = clock + len(sound) / RATE
        said.append(
            Said(
                start=round(clock, 3),
                end=round(end, 3),
                role=role,
                speaker=speaker,
                text=text,
                question=question,
            )
        )
    return said


def _gap(rng: np.random.Generator, asked: bool, same: bool) -> float:
    if asked:
        wait = float(rng.lognormal(np.log(0.9), 0.75))
        return float(rng.uniform(3.0, 7.0)) if rng.random() < 0.08 else min(wait, 8.0)
    if same:
        return float(rng.uniform(0.15, 0.6))
    if rng.random() < 0.05:
        return float(rng.uniform(-0.35, -0.1))
    return min(float(rng.lognormal(np.log(0.8), 0.4)), 4.0)


def mixed(
    said: list[Said], sounds: list[Sound], condition: str, rng: np.random.Generator, rate: int = RATE
) -> Sound:
    """The utterances on one timeline, in a room or with noise where the condition asks."""
    length = round((max(each.end for each in said) + 3.0) * rate)
    whole = np.zeros(length, dtype=np.float32)
    levels: dict[str, float] = {}
    for utterance, sound in zip(said, sounds, strict=True):
        level = levels.setdefault(
            utterance.speaker, 1.0 if utterance.role == "teacher" else rng.uniform(0.4, 0.9)
        )
        first = round(utterance.start * rate)
        kept = sound[: length - first]
        whole[first : first + len(kept)] += level * kept
    if condition != "clean":
        decay = rng.uniform(0.25, 0.5)
        tail = rng.standard_normal(round(decay * rate)) * np.exp(
            -6.9 * np.arange(round(decay * rate)) / rate / decay
        )
        tail *= rng.uniform(0.3, 0.6) / np.sqrt(np.sum(tail**2))
        whole = (whole + fftconvolve(whole, tail)[:length]).astype(np.float32)
    noise = np.cumsum(rng.standard_normal(length))
    noise = rng.standard_normal(length) * 0.4 + 0.6 * (
        noise - fftconvolve(noise, np.ones(rate // 50) / (rate // 50), mode="same")
    )
    babble = np.zeros(length, dtype=np.float32)
    if condition == "noisy":
        for k in rng.integers(len(sounds), size=400):
            first = int(rng.integers(length))
            kept = sounds[k][::-1][: length - first]
            babble[first : first + len(kept)] += kept
    wanted = {"clean": 41.0, "room": 31.0, "noisy": 19.0}[condition]
    added = noise / np.std(noise) + (
        2.0 * babble / max(float(np.std(babble)), 1e-9) if condition == "noisy" else 0.0
    )
    speech = float(np.sqrt(np.mean(whole[np.abs(whole) > 1e-4] ** 2)))
    whole = whole + (added / np.std(added) * speech * 10 ** (-wanted / 20)).astype(np.float32)
    return (whole / max(1.0, float(np.abs(whole).max()) / 0.95)).astype(np.float32)


def write_lesson(
    folder: Path, name: str, condition: str, said: list[Said], sound: Sound, rng: np.random.Generator
) -> None:
    """Write the media (AAC at 48 kHz), the truth and both kinds of captions."""
    truth = {
        "lesson": name,
        "condition": condition,
        "duration": round(len(sound) / RATE, 3),
        "utterances": [asdict(each) for each in said],
    }
    (folder / f"{name}.truth.json").write_text(json.dumps(truth, indent=0), encoding="utf-8")
    (folder / f"{name}.captions.vtt").write_text(named_captions(said, rng), encoding="utf-8")
    (folder / f"{name}.plain.vtt").write_text(plain_captions(said, rng), encoding="utf-8")
    write_sound(folder / f"{name}.m4a", sound)


def named_captions(said: list[Said], rng: np.random.Generator) -> str:
    """What a good meeting tool would write: a sentence a cue, voice tags, times off by up to 0.5 s."""
    names: dict[str, str] = {"teacher": "Ms. Rivera"}
    cues = ["WEBVTT\n"]
    latest = 0.0
    for each in said:
        name = names.setdefault(each.speaker, f"Student {len(names)}")
        start = max(latest, each.start + rng.uniform(-0.5, 0.5), 0.0)
        end = max(start + 0.2, each.end + rng.uniform(-0.5, 0.5))
        latest = start
        text = each.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cues.append(f"{stamp(start)} --> {stamp(end)}\n<v {name}>{text}</v>\n")
    return "\n".join(cues)


def plain_captions(said: list[Said], rng: np.random.Generator) -> str:
    """What a video site would write: words only, cut every 2 to 6 s, each line repeated in the next cue."""
    words: list[tuple[float, str]] = []
    for each in said:
        tokens = [
            token
            for token in (re.sub(r"[^\w']", "", raw).lower() for raw in re.split(r"[\s–—-]+", each.text))
            if token.strip("'")
        ]
        step = (each.end - each.start) / max(len(tokens), 1)
        words += [(each.start + k * step, token) for k, token in enumerate(tokens)]
    cues = ["WEBVTT\n"]
    before: list[str] = []
    while words:
        until = words[0][0] + rng.uniform(2.0, 6.0)
        line = [token for start, token in words if start < until]
        jitter = rng.uniform(-0.3, 0.3)
        start, words = words[0][0], words[len(line) :]
        end = words[0][0] + 0.4 if words else until
        text = "\n".join(part for part in (" ".join(before), " ".join(line)) if part)
        cues.append(f"{stamp(max(0.0, start + jitter))} --> {stamp(end + jitter)}\n{text}\n")
        before = line
    return "\n".join(cues)


def stamp(seconds: float) -> str:
    """Seconds as WebVTT writes them."""
    whole = round(seconds * 1000)
    return f"{whole // 3600000:02d}:{whole // 60000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"


def write_sound(path: Path, sound: Sound) -> None:
    """AAC at 48 kHz, mono, as a phone would write it."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono", bit_rate=96_000)
        for first in range(0, len(sound), 1024):
            frame = av.AudioFrame.from_ndarray(
                sound[None, first : first + 1024].astype(np.float32), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _sources(data: Path) -> dict[str, Any]:
    sources: dict[str, Any] = json.loads((data / "lessons" / "sources.json").read_text(encoding="utf-8"))
    return sources


if __name__ == "__main__":
    main()
