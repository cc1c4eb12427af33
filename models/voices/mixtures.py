"""Scenes that the network learns from: readers in turn and at once, in rooms, noise, codecs, near and far.

A scene is eight seconds of sound with its truth every 40 ms: how many speak and whose voice it is where only
one does. All are made from a seed, so the same command makes the same scenes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import av
import numpy as np
import pyroomacoustics as room_acoustics
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

from models.voices.corpora import RATE, Clip, Meeting, Sound, levelled

SECONDS = 8.0
STEP = 0.04
"""Seconds between two answers of the network."""
STEPS = round(SECONDS / STEP)
SPEEDS = (0.9, 1.0, 1.1)
"""Played slower or faster a voice is another voice (Yamamoto et al., 2019): pitch and vocal tract change."""
LOUDEST = 0.079
"""Amplitude (-22 dBFS) to which the loud twentieth of a recording is brought before the network hears it."""
_EDGE = 0.02  # of the peak: quieter than this inside a clip is a pause
_FOLLOWS = (-0.4, 1.2)  # seconds from one reader's end to the next one's start
_MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`sound` (SECONDS * RATE,), `count` (STEPS,) of voices, `voice` (STEPS,) or -1.

    `parts`: (first step, last step, voice) of each stretch that is one reader's alone.
    """

    sound: Sound
    count: NDArray[np.int8]
    voice: NDArray[np.int16]
    parts: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One voice to cast: its number, whether it is a child's, its sentences."""

    voice: int
    child: bool
    sounds: tuple[Sound, ...]


class Cast:
    """All readers, at three speeds each, and what else a scene is made of."""

    def __init__(self, clips: Sequence[Clip], sounds: Sequence[Sound], meetings: Sequence[Meeting]) -> None:
        """`sounds` are the clips' own, in their order."""
        self.meetings = meetings
        own: dict[str, list[int]] = {}
        for k, clip in enumerate(clips):
            own.setdefault(clip.speaker, []).append(k)
        names = sorted(own)
        self.voices = len(names) * len(SPEEDS)
        self.readers: list[Reader] = []
        for place, name in enumerate(names):
            clip = clips[own[name][0]]
            for way, speed in enumerate(SPEEDS):
                self.readers.append(
                    Reader(
                        voice=place * len(SPEEDS) + way,
                        child=clip.adult is False,
                        sounds=tuple(_played(sounds[k], speed) for k in own[name]),
                    )
                )
        self.children = [each for each in self.readers if each.child]
        self.adults = [each for each in self.readers if not each.child]
        self.rooms: list[list[Sound]] = []

    def furnish(self, count: int, rng: np.random.Generator) -> None:
        """Build rooms: impulse responses from places near and far to one microphone in each."""
        self.rooms = [_room(rng) for _ in range(count)]

    def picked(self, rng: np.random.Generator) -> Reader:
        """A reader: children half of the time, for they are few."""
        among = self.children if self.children and rng.random() < 0.5 else self.adults
        return among[int(rng.integers(len(among)))]


def median_pitch(sound: Sound) -> float:
    """Rough pitch (Hz) of a sentence, by the autocorrelation of its loud frames."""
    frames = sound[: len(sound) // 1024 * 1024].reshape(-1, 1024)
    loud = frames[(frames**2).mean(axis=1) > np.median((frames**2).mean(axis=1))]
    power = np.abs(np.fft.rfft(loud * np.hanning(1024), 2048)) ** 2
    found = np.fft.irfft(power)[:, : RATE // 70]
    lags = np.arange(RATE // 400, RATE // 70)
    return float(RATE / np.median(lags[np.argmax(found[:, lags], axis=1)]))


def _played(sound: Sound, speed: float) -> Sound:
    if speed == 1.0:
        return sound
    return np.asarray(resample_poly(sound, 100, round(100 * speed)), dtype=np.float32)


def _room(rng: np.random.Generator) -> list[Sound]:
    """Impulse responses (level of the direct sound kept) of six places in one classroom."""
    size = rng.uniform((5.0, 4.0, 2.5), (12.0, 9.0, 3.8))
    decay = float(rng.uniform(0.2, 0.8))
    absorption, _ = room_acoustics.inverse_sabine(max(decay, 0.16), size)
    room = room_acoustics.ShoeBox(
        size, fs=RATE, materials=room_acoustics.Material(min(absorption, 0.95)), max_order=10
    )
    room.add_microphone(rng.uniform((0.5, 0.5, 0.6), size - 0.5))
    for _ in range(6):
        room.add_source(rng.uniform((0.4, 0.4, 0.7), size - 0.4))
    room.compute_rir()
    found = []
    for response in room.rir[0]:
        near = np.asarray(response, dtype=np.float64)
        near = near[max(0, int(np.argmax(np.abs(near))) - 8) :]
        # Reflections of high order are many and weak: a decaying noise stands for them.
        length = round(decay * RATE)
        tail = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
        tail[: round(0.03 * RATE)] *= np.linspace(0, 1, round(0.03 * RATE))
        tail *= 0.5 * np.sqrt(np.sum(near**2)) / np.sqrt(np.sum(tail**2)) * rng.uniform(0.2, 1.0)
        whole = np.zeros(max(len(near), length))
        whole[: len(near)] += near
        whole[:length] += tail
        found.append((whole / np.sqrt(np.sum(whole**2))).astype(np.float32))
    return found


def scene(cast: Cast, rng: np.random.Generator) -> Scene:
    """One scene: talk in turns mostly; sometimes two at once, a group, a meeting, or nobody."""
    kind = rng.choice(["turns", "pair", "group", "meeting", "nobody"], p=[0.55, 0.15, 0.12, 0.12, 0.06])
    if kind == "meeting" and cast.meetings:
        return _meeting(cast, rng)
    size = round(SECONDS * RATE)
    layers: list[tuple[Reader, Sound]] = []
    response = cast.rooms[int(rng.integers(len(cast.rooms)))] if rng.random() < 0.75 else None
    if kind != "nobody":
        layers = _placed(cast, str(kind), rng, size)
    mixed = np.zeros(size, dtype=np.float32)
    active: list[tuple[Reader, NDArray[np.bool_]]] = []
    for k, (reader, dry) in enumerate(layers):
        level = 10 ** (-rng.uniform(0, 14 if kind != "group" else 8) / 20)
        wet = dry if response is None else fftconvolve(dry, response[k % len(response)])[:size]
        mixed += np.asarray(level * wet, dtype=np.float32)
        active.append((reader, _steps_of(dry)))
    return _told(_spoiled(mixed, cast, rng), active)


def _placed(cast: Cast, kind: str, rng: np.random.Generator, size: int) -> list[tuple[Reader, Sound]]:
    """Each reader with all that they say, dry, on the scene's clock."""
    if kind == "group":
        readers = [cast.picked(rng) for _ in range(int(rng.integers(3, _MOST_AT_ONCE + 1)))]
    else:
        readers = [cast.picked(rng) for _ in range(int(rng.integers(1, 4)) if kind == "turns" else 2)]
    layers = [(reader, np.zeros(size, dtype=np.float32)) for reader in readers]
    if kind == "turns":
        clock = float(rng.uniform(-0.5, 1.0))
        while clock < SECONDS:
            reader, layer = layers[int(rng.integers(len(layers)))]
            clock = _say(reader, layer, clock, rng) + float(rng.uniform(*_FOLLOWS))
        return layers
    for reader, layer in layers:
        clock = float(rng.uniform(-1.5, 2.0))
        while clock < SECONDS:
            clock = _say(reader, layer, clock, rng) + float(rng.exponential(0.5))
    return layers


def _say(reader: Reader, layer: Sound, clock: float, rng: np.random.Generator) -> float:
    """Lay a sentence, or a part of one, into the layer; the clock (s) after it."""
    said = reader.sounds[int(rng.integers(len(reader.sounds)))]
    if rng.random() < 0.35:  # a short answer
        length = min(len(said), round(rng.uniform(0.4, 1.6) * RATE))
        first = int(rng.integers(len(said) - length + 1))
        said = said[first : first + length]
    start = round(clock * RATE)
    said_from, into = max(0, -start), max(0, start)
    kept = said[said_from : said_from + max(0, len(layer) - into)]
    layer[into : into + len(kept)] += kept
    return clock + len(said) / RATE


def _meeting(cast: Cast, rng: np.random.Generator) -> Scene:
    """Eight seconds of a real meeting; its speakers are no classes of their own (too few)."""
    meeting = cast.meetings[int(rng.integers(len(cast.meetings)))]
    sound = _loaded(meeting)
    first = float(rng.uniform(0, max(0.0, len(sound) / RATE - SECONDS)))
    part = np.zeros(round(SECONDS * RATE), dtype=np.float32)
    kept = sound[round(first * RATE) : round(first * RATE) + len(part)]
    part[: len(kept)] = kept
    active = []
    for speaker in sorted({turn[2] for turn in meeting.turns}):
        steps = np.zeros(STEPS, dtype=bool)
        for start, end, who in meeting.turns:
            if who == speaker:
                steps[max(0, round((start - first) / STEP)) : max(0, round((end - first) / STEP))] = True
        active.append((Reader(voice=-1, child=False, sounds=()), steps))
    return _told(_spoiled(part, cast, rng, gentle=True), active)


_MEETINGS: dict[str, Sound] = {}


def _loaded(meeting: Meeting) -> Sound:
    if meeting.name not in _MEETINGS:
        import soundfile

        sound, _ = soundfile.read(meeting.path, dtype="float32")
        _MEETINGS[meeting.name] = levelled(sound)
    return _MEETINGS[meeting.name]


def _steps_of(dry: Sound) -> NDArray[np.bool_]:
    """In which steps a dry layer is loud; pauses under 0.2 s inside speech count as speech."""
    per = round(STEP * RATE)
    power = np.sqrt((dry[: STEPS * per].reshape(STEPS, per) ** 2).mean(axis=1))
    loud = power > _EDGE * max(float(power.max()), 1e-9)
    quiet_since = 99
    for k in range(STEPS):
        if loud[k]:
            if 0 < quiet_since <= 5:
                loud[k - quiet_since : k] = True
            quiet_since = 0
        else:
            quiet_since += 1
    return np.asarray(loud, dtype=bool)


def _told(sound: Sound, active: Sequence[tuple[Reader, NDArray[np.bool_]]]) -> Scene:
    """The scene with its truth."""
    count = np.zeros(STEPS, dtype=np.int8)
    voice = np.full(STEPS, -1, dtype=np.int16)
    for reader, steps in active:
        count += steps.astype(np.int8)
        voice[steps] = reader.voice
    voice[count != 1] = -1
    parts = []
    edges = np.flatnonzero(np.diff(voice.astype(int), prepend=-2, append=-2))
    for first, last in pairwise(edges):
        if voice[first] >= 0 and last - first >= 10:
            parts.append((int(first), int(last), int(voice[first])))
    return Scene(sound=sound, count=count, voice=voice, parts=tuple(parts))


def _spoiled(sound: Sound, cast: Cast, rng: np.random.Generator, *, gentle: bool = False) -> Sound:
    """What a room, a microphone and a file format do to the sound; brought to the level the network hears."""
    heard = _tinted(sound, rng) if rng.random() < 0.6 else sound
    if rng.random() < 0.85:
        below = rng.uniform(12 if gentle else 3, 40)
        level = float(np.sqrt(np.mean(heard**2))) or 0.02
        heard = heard + _noise(len(heard), cast, rng) * np.float32(level * 10 ** (-below / 20))
    if rng.random() < 0.12:  # a telephone's band
        low, high = rng.uniform(200, 350), rng.uniform(3200, 3900)
        heard = sosfilt(butter(4, [low, high], "bandpass", fs=RATE, output="sos"), heard)
    heard = at_level(np.asarray(heard, dtype=np.float32))
    if rng.random() < 0.15:  # too loud for the microphone
        heard = np.clip(heard, -1, 1) if rng.random() < 0.5 else np.tanh(heard * rng.uniform(1.5, 5)) / 3
    if rng.random() < 0.35:
        heard = coded(np.asarray(heard, dtype=np.float32), rng)
    heard = at_level(np.asarray(heard, dtype=np.float32))
    return np.asarray(heard * 10 ** (rng.uniform(-6, 6) / 20), dtype=np.float32)


def at_level(sound: Sound) -> Sound:
    """The sound with its loud twentieth (frames of 32 ms) at LOUDEST."""
    frames = sound[: len(sound) // 512 * 512].reshape(-1, 512)
    loud = float(np.sqrt(np.percentile((frames**2).mean(axis=1), 95))) if len(frames) else 0.0
    return np.asarray(sound * (LOUDEST / loud if loud > 1e-7 else 1.0), dtype=np.float32)


def _tinted(sound: Sound, rng: np.random.Generator) -> Sound:
    """Another microphone: a smooth random tilt over the frequencies, up to 10 dB."""
    points = np.linspace(0, 1, 6)
    gains = rng.uniform(-10, 4, size=6)
    spectrum = np.fft.rfft(sound)
    curve = 10 ** (np.interp(np.linspace(0, 1, len(spectrum)), points, gains) / 20)
    return np.asarray(np.fft.irfft(spectrum * curve, len(sound)), dtype=np.float32)


def _noise(length: int, cast: Cast, rng: np.random.Generator) -> Sound:
    """Noise of root mean square 1: any colour, hum, far voices turned backwards, or a mixture."""
    white = np.fft.rfft(rng.standard_normal(length))
    hertz = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 20.0)
    noise = np.fft.irfft(white * hertz ** rng.uniform(-1.1, 0.1), length)
    noise /= np.std(noise)
    if rng.random() < 0.2:
        base = rng.uniform(45, 130)
        clock = np.arange(length) / RATE
        for k in range(1, 6):
            noise += rng.uniform(0, 1.5) / k * np.sin(2 * np.pi * base * k * clock + rng.uniform(0, 6))
    if rng.random() < 0.4:
        babble = np.zeros(length)
        for _ in range(int(rng.integers(6, 24))):
            said = cast.picked(rng).sounds[0][::-1]
            first = int(rng.integers(-len(said) + 1, length))
            kept = said[max(0, -first) : max(0, -first) + length - max(0, first)]
            babble[max(0, first) : max(0, first) + len(kept)] += kept
        if cast.rooms:
            babble = fftconvolve(babble, cast.rooms[int(rng.integers(len(cast.rooms)))][0])[:length]
        noise = noise + rng.uniform(0.5, 3) * babble / max(float(np.std(babble)), 1e-9)
    return np.asarray(noise / np.std(noise), dtype=np.float32)


def coded(sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound as it comes out of a phone's or a meeting tool's codec."""
    name, rate = [("aac", 16_000), ("libopus", 16_000), ("libmp3lame", 16_000)][int(rng.integers(3))]
    bits = int(rng.choice([12_000, 16_000, 24_000, 32_000]))
    held = io.BytesIO()
    kind = {"aac": "adts", "libopus": "ogg", "libmp3lame": "mp3"}[name]
    with av.open(held, "w", format=kind) as container:
        stream = container.add_stream(name, rate=rate, layout="mono", bit_rate=bits)
        wanted = stream.codec_context.format.name
        resampler = av.AudioResampler(format=wanted, layout="mono", rate=stream.codec_context.sample_rate)
        frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        fifo = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            fifo.write(part)
        while (piece := fifo.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    held.seek(0)
    parts = []
    with av.open(held) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        for frame in container.decode(audio=0):
            parts += [each.to_ndarray()[0] for each in resampler.resample(frame)]
    heard = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    return _as_late_as(sound, np.asarray(heard, dtype=np.float32))


def _as_late_as(sound: Sound, heard: Sound) -> Sound:
    """What a codec gives back begins some milliseconds late: laid on the sound it was made of."""
    part = min(len(sound), len(heard), 4 * RATE)
    if part == 0:
        return sound
    like = fftconvolve(heard[: part + 4000], sound[:part][::-1])
    late = int(np.argmax(like[part - 1 : part - 1 + 4000]))
    laid = np.zeros_like(sound)
    kept = heard[late : late + len(sound)]
    laid[: len(kept)] = kept
    return laid
