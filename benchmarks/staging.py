"""Stage a conversation whose times are known to the sample: voices, waits, rooms, noise; and no voices.

Everything is 16 kHz, mono, float from -1 to 1. Levels are decibels between the speaking and the noise over
the whole recording (SNR), so that a figure means the same for every voice.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter, resample_poly

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.compose import RATE as COMPOSED_RATE
from benchmarks.compose import Voice, spoken, stamp
from coachai.pipeline import Observing, observe
from coachai.records import Span, Transcript
from coachai.timeline import merged

RATE = 16_000
LEVEL = 0.06
"""RMS of every voice, about -24 dBFS."""

SHORTEST = 61.0
"""Seconds: shorter recordings are not looked at; a conversation is followed by so much quiet."""

Sound = NDArray[np.float64]


def _speaks(name: str, *options: str) -> Voice:
    return Voice(command=("espeak-ng", "-v", name, *options))


VOICES: Mapping[str, Voice] = {
    "en-us": _speaks("en-us"),
    "en-gb": _speaks("en-gb"),
    "Scotland": _speaks("en-gb-scotland"),
    "Lancaster": _speaks("en-gb-x-gbclan"),
    "West Midlands": _speaks("en-gb-x-gbcwmd"),
    "Caribbean": _speaks("en-029"),
    "New York": _speaks("en-us-nyc"),
    "woman": _speaks("en-us+f2"),
    "child": _speaks("en-us+f5", "-p", "85"),
    "old": _speaks("en-gb+croak"),
    "whisper": _speaks("en-us+whisper"),
    "Spanish": _speaks("es"),
    "flite kal": Voice(command=("flite", "-voice", "kal16")),
    "flite slt": Voice(command=("flite", "-voice", "slt")),
    "flite awb": Voice(command=("flite", "-voice", "awb")),
    "flite rms": Voice(command=("flite", "-voice", "rms")),
    "flite child": Voice(command=("flite", "-voice", "slt"), shrink=1.25),
}
"""Voices and accents by a short name: formant synthesis (espeak-ng) and recorded diphones (flite)."""

USUAL_WPM = 160
_FLITE_WPM = 175  # about what flite's voices say at a stretch of 1

ASKED = (
    "What do you notice about the two fractions?",
    "How do you know?",
    "Who can say that again?",
    "And why does it work?",
    "Where would you put it on the line?",
    "What happens if we add one more?",
    "Which of them is larger?",
)
ANSWERED = (
    "They are the same.",
    "Because four is half of eight.",
    "Me.",
    "You divide both numbers by two.",
    "Between zero and one.",
    "It gets bigger.",
    "The second one, I think.",
)
SPANISH = {
    "What do you notice about the two fractions?": "¿Qué notas en las dos fracciones?",
    "How do you know?": "¿Cómo lo sabes?",
    "Who can say that again?": "¿Quién lo puede repetir?",
    "And why does it work?": "¿Y por qué funciona?",
    "Where would you put it on the line?": "¿Dónde lo pondrías en la línea?",
    "What happens if we add one more?": "¿Qué pasa si sumamos uno más?",
    "Which of them is larger?": "¿Cuál de ellos es más grande?",
    "They are the same.": "Son iguales.",
    "Because four is half of eight.": "Porque cuatro es la mitad de ocho.",
    "Me.": "Yo.",
    "You divide both numbers by two.": "Divides los dos números entre dos.",
    "Between zero and one.": "Entre cero y uno.",
    "It gets bigger.": "Se hace más grande.",
    "The second one, I think.": "El segundo, creo.",
}
WAITS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Seconds after the questions of one round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A conversation: its sound, who speaks when (teacher and student in turn) and what they say."""

    sound: Sound
    said: tuple[Span, ...]
    texts: tuple[str, ...]

    @property
    def waits(self) -> tuple[float, ...]:
        """Seconds from each question to its answer."""
        return tuple(after.start - before.end for before, after in pairwise(self.said))[::2]

    @property
    def speaking(self) -> tuple[Span, ...]:
        """Where the clean sound is less than 40 dB under the voices' level, pauses under 0.12 s closed."""
        frames = self.sound[: len(self.sound) // 160 * 160].reshape(-1, 160)
        loud = np.flatnonzero(np.sqrt((frames**2).mean(axis=1)) > 0.01 * LEVEL).tolist()
        return merged([Span(start=k / 100, end=(k + 1) / 100) for k in loud], gap=0.12)

    @property
    def teacher_share(self) -> float:
        """The teacher's share of the talk (0 to 1)."""
        teacher = sum(each.duration for each in self.said[::2])
        return teacher / sum(each.duration for each in self.said)


@lru_cache(maxsize=2048)
def saying(text: str, name: str, wpm: int = USUAL_WPM) -> Sound:
    """The text in that voice at that speed, silence trimmed, at `LEVEL`."""
    voice = VOICES[name]
    text = SPANISH.get(text, text) if name == "Spanish" else text
    pace = ("-s", str(wpm)) if voice.command[0] == "espeak-ng" else _stretch(wpm)
    sound = spoken(text, Voice(command=(*voice.command, *pace), shrink=voice.shrink)).astype(np.float64)
    sound = resample_poly(sound, RATE, COMPOSED_RATE)
    return sound * (LEVEL / np.sqrt(np.mean(sound**2)))


def _stretch(wpm: int) -> tuple[str, ...]:
    return ("--setf", f"duration_stretch={_FLITE_WPM / wpm:.2f}")


def staged(
    teacher: str,
    student: str,
    *,
    waits: Sequence[float] = WAITS,
    wpm: int = USUAL_WPM,
    student_db: float = 0.0,
    overlap: float = 0.0,
) -> Staged:
    """A teacher asks and a student answers, with these waits; after an answer the teacher takes 1 s.

    `student_db`: how much louder (negative: fainter) the student is. `overlap`: the share of every answer
    that is said before the question ends; then there are no waits.
    """
    clock, said, texts, sounds = 2.0, [], [], []
    for k, wait in enumerate(waits):
        asked, answered = ASKED[k % len(ASKED)], ANSWERED[k % len(ANSWERED)]
        sounds += [saying(asked, teacher, wpm), saying(answered, student, wpm) * 10 ** (student_db / 20)]
        question, answer = (len(each) / RATE for each in sounds[-2:])
        said.append(Span(start=clock, end=clock + question))
        begins = clock + question + (-overlap * min(answer, question) if overlap else wait)
        said.append(Span(start=begins, end=begins + answer))
        texts += [asked, answered]
        clock = said[-1].end + 1.0
    sound = np.zeros(round(max(clock + 1.0, SHORTEST) * RATE))
    for span, each in zip(said, sounds, strict=True):
        first = round(span.start * RATE)
        sound[first : first + len(each)] += each
    return Staged(sound=sound, said=tuple(said), texts=tuple(texts))


def noise(kind: str, length: int, seed: int = 1) -> Sound:
    """So many samples of `white`, `pink`, `room` (a fan's low rush) or `babble` noise, RMS 1."""
    rng = np.random.default_rng(seed)
    if kind == "babble":
        sound = np.zeros(length)
        names = ("en-us", "en-gb", "woman", "flite slt", "flite rms", "flite awb")
        for k in range(max(1, length * 12 // (2 * RATE))):  # about a dozen voices at once
            voice = saying((*ASKED, *ANSWERED)[k % 14], names[k % len(names)])[::-1]
            first = int(rng.integers(-len(voice), length))
            kept = voice[max(0, -first) : max(0, length - first)]
            sound[max(0, first) : max(0, first) + len(kept)] += kept
    else:
        waves = np.fft.rfft(rng.standard_normal(length))
        steep = {"white": 0.0, "pink": 0.5, "room": 1.0}[kind]
        sound = np.fft.irfft(
            waves / np.maximum(1, np.arange(len(waves)) * RATE / length / 20) ** steep, length
        )
    return sound / np.std(sound)


def in_noise(played: Staged, kind: str, snr_db: float, seed: int = 1) -> Sound:
    """The conversation's sound with noise so far below the speaking."""
    return played.sound + noise(kind, len(played.sound), seed) * LEVEL * 10 ** (-snr_db / 20)


def in_room(sound: Sound, decay: float = 0.5, wet: float = 0.5) -> Sound:
    """The sound with an echo that dies out by 60 dB in `decay` seconds."""
    length = round(decay * RATE)
    tail = np.random.default_rng(1).standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    return sound + fftconvolve(sound, tail * wet / np.sqrt(np.sum(tail**2)))[: len(sound)]


def nobody(kind: str, seconds: float = 30.0, level: float = 0.1) -> Sound:
    """Sound that nobody says; the kinds are the keys of `NOBODY`."""
    length = round(seconds * RATE)
    sound = NOBODY[kind](np.arange(length) / RATE, np.random.default_rng(3))
    return level * sound / max(float(np.std(sound)), 1e-12)


def _harmonics(pitch: Sound | float, clock: Sound, count: int = 20, tilt: float = 1.0) -> Sound:
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(pitch, clock.shape)) / RATE
    return sum(
        (np.sin(k * phase) / k**tilt for k in range(1, count + 1) if k * np.max(pitch) < RATE / 2),
        start=np.zeros(len(clock)),
    )


def swelling(clock: Sound, *, pitch: float, rate: float, count: int, tilt: float) -> Sound:
    """A tone of `count` harmonics that swells and fades `rate` times a second, as syllables do."""
    return _harmonics(pitch, clock, count, tilt) * (0.5 - 0.5 * np.cos(2 * np.pi * rate * clock))


def _notes(
    clock: Sound, rng: np.random.Generator, *, chord: Sequence[int], beat: float, decay: float
) -> Sound:
    """Struck notes of a scale, each chord dying away."""
    sound = np.zeros(len(clock))
    step = round(beat * RATE)
    for first in range(0, len(clock), step):
        here = clock[: min(len(clock) - first, 3 * step)]
        root = 110 * 2 ** (int(rng.choice([0, 2, 4, 5, 7, 9, 12])) / 12)
        for note in chord:
            sound[first : first + len(here)] += _harmonics(root * 2 ** (note / 12), here, 8) * np.exp(
                -here / decay
            )
    return sound


def _pad(clock: Sound, rng: np.random.Generator) -> Sound:
    """A synthesizer's pad: slow chords with vibrato and a moving filter."""
    sound = np.zeros(len(clock))
    for k, root in enumerate((110.0, 130.8, 98.0, 146.8)):
        on = np.clip(1.5 - np.abs((clock % 16) / 4 - k - 0.5) * 1.5, 0, 1)
        for note in (0, 4, 7):
            pitch = root * 2 ** (note / 12) * (1 + 0.006 * np.sin(2 * np.pi * 5.2 * clock + note))
            sound += on * _harmonics(pitch, clock, 12)
    return sound * (0.7 + 0.3 * np.sin(2 * np.pi * 0.35 * clock + rng.uniform(0, 6)))


def _melody(clock: Sound, rng: np.random.Generator) -> Sound:
    """A flute's tune: one note after the other with vibrato."""
    places = np.floor(clock / 0.35).astype(int)
    scale = 440 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12], places[-1] + 1) / 12)
    pitch = scale[places] * (1 + 0.008 * np.sin(2 * np.pi * 5.5 * clock))
    return _harmonics(pitch, clock, 6, 1.5) * np.clip(8 * (clock % 0.35) / 0.35, 0, 1)


def _band(clock: Sound, rng: np.random.Generator) -> Sound:
    """Drums, bass and chords."""
    drums = rng.standard_normal(len(clock)) * np.exp(-(clock % 0.5) / 0.04)
    bass = _notes(clock, rng, chord=(-12,), beat=0.5, decay=0.3)
    return drums / np.std(drums) * 0.6 + bass / np.std(bass) + _pad(clock, rng) / 6


def _siren(clock: Sound, rng: np.random.Generator) -> Sound:
    del rng
    return _harmonics(500 + 250 * np.sin(2 * np.pi * 0.4 * clock), clock, 10)


def _clicks(clock: Sound, rng: np.random.Generator) -> Sound:
    sound = np.zeros(len(clock))
    sound[rng.integers(0, len(clock), len(clock) // 8000)] = 1.0
    return lfilter([1.0], [1.0, -0.7], sound)


NOBODY: Mapping[str, Callable[[Sound, np.random.Generator], Sound]] = {
    "white": lambda clock, rng: rng.standard_normal(len(clock)),
    "pink": lambda clock, _: noise("pink", len(clock)),
    "room": lambda clock, _: noise("room", len(clock)),
    "hum": lambda clock, _: _harmonics(50.0, clock, 10),
    "clicks": _clicks,
    "chords": lambda clock, rng: _notes(clock, rng, chord=(0, 4, 7), beat=1.0, decay=0.5),
    "swelling tone 90 Hz": lambda clock, _: swelling(clock, pitch=90.0, rate=4.0, count=5, tilt=1.0),
    "swelling tone 120 Hz": lambda clock, _: swelling(clock, pitch=120.0, rate=4.0, count=5, tilt=1.5),
    "swelling tone 150 Hz": lambda clock, _: swelling(clock, pitch=150.0, rate=6.0, count=10, tilt=0.5),
    "swelling tone 200 Hz": lambda clock, _: swelling(clock, pitch=200.0, rate=6.0, count=5, tilt=0.5),
    "swelling tone 250 Hz": lambda clock, _: swelling(clock, pitch=250.0, rate=6.0, count=5, tilt=0.0),
    "pad": _pad,
    "piano": lambda clock, rng: _notes(clock, rng, chord=(12, 16, 19), beat=0.4, decay=0.6),
    "flute": _melody,
    "band": _band,
    "siren": _siren,
}
"""What nobody says: noises, hums, tones that swell like syllables, instruments."""


def observed(played: Staged, sound: Sound, *, words: bool = True, seed: int = 1) -> Transcript:
    """What the program hears of a staged conversation's sound, with captions that name both, or no words.

    The captions' times are off by up to 0.3 s either way, as a meeting tool's are. Raises InputRefused.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        soundfile.write(folder / "lesson.wav", np.clip(sound, -1, 1), RATE, subtype="PCM_16")
        (folder / "lesson.vtt").write_text(captions_of(played, seed), encoding="utf-8")
        how = Observing(asr="none")
        if words:
            how = Observing(asr="captions", captions=folder / "lesson.vtt", teacher="Ms. Rivera")
        return observe(folder / "lesson.wav", how, folder=folder, progress=lambda _: lambda _: None)


def captions_of(played: Staged, seed: int = 1) -> str:
    """WebVTT of what is said, a sentence a cue, times off by up to 0.3 s."""
    rng = np.random.default_rng(seed)
    cues = ["WEBVTT\n"]
    for k, (span, text) in enumerate(zip(played.said, played.texts, strict=True)):
        start, end = (max(0.0, edge + rng.uniform(-0.3, 0.3)) for edge in (span.start, span.end))
        name = ("Ms. Rivera", "Student 1")[k % 2]
        cues.append(f"{stamp(start)} --> {stamp(max(end, start + 0.2))}\n<v {name}>{text}</v>\n")
    return "\n".join(cues)
