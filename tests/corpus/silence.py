"""Recordings with too little, too much or nothing to hear (M-19, M-22 to M-24, M-26)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from tests.corpus.case import Case, noted, refused
from tests.corpus.source import SECONDS, Wave, encoded, muxed, pcm, speech, wav_head

_LEVEL = -22.5  # dBFS, of the sample's speech


def _at_level(decibels: float) -> Wave:
    wave = speech(rate=16_000).astype(float)
    loud = wave[np.abs(wave) > 300]
    gain = 10 ** (decibels / 20) * 32768 / np.sqrt(np.mean(loud**2))
    return np.round(np.clip(wave * gain, -32768, 32767)).astype(np.int16)


def _silence(rate: int = 16_000) -> Wave:
    return np.zeros(round(SECONDS * rate), np.int16)


def _time(rate: int = 16_000) -> np.ndarray:
    return np.arange(round(SECONDS * rate)) / rate


def _sounding(wave: np.ndarray, level: float = 0.2) -> Wave:
    return np.round(wave / np.abs(wave).max() * level * 32767).astype(np.int16)


def _pink() -> np.ndarray:
    spectrum = np.fft.rfft(np.random.default_rng(2).normal(size=_time().size))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, spectrum.size + 1)))


def _music() -> np.ndarray:
    """A tune on a plucked string, over chords."""
    time = _time()
    tune = np.zeros_like(time)
    for number, note in enumerate(np.random.default_rng(3).integers(0, 12, 128)):
        start = number * 8000
        part = time[:16_000][: max(0, time.size - start)]
        pitch = 220 * 2 ** (note / 12)
        for harmonic in range(1, 6):
            tune[start : start + part.size] += (
                np.sin(2 * np.pi * pitch * harmonic * part) * np.exp(-3 * part) / harmonic
            )
    return tune + 0.1 * sum(np.sin(2 * np.pi * pitch * time) for pitch in (110, 138.6, 164.8))


_NO_SPEECH: dict[str, Callable[[], np.ndarray]] = {
    "white-noise": lambda: np.random.default_rng(1).normal(size=_time().size),
    "pink-noise": _pink,
    "hum": lambda: sum(np.sin(2 * np.pi * 50 * k * _time()) / k for k in (1, 2, 3, 5)),
    "clicks": lambda: (np.arange(_time().size) % 8000 < 20).astype(float),
    "chords": lambda: sum(np.sin(2 * np.pi * pitch * _time()) for pitch in (262, 330, 392)),
    "music": _music,
    "organ": lambda: (
        (1 + np.sin(2 * np.pi * 4 * _time()))
        * sum(np.sin(2 * np.pi * 150 * k * _time()) / k for k in range(1, 20))
    ),
}


def _as_wav(make: Callable[[], Wave]) -> Callable[[], bytes]:
    return lambda: pcm(make(), 16_000)


def _as(codec: str, form: str, make: Callable[[], Wave]) -> Callable[[], bytes]:
    return lambda: muxed(form, [encoded(make(), codec, rate=16_000)])


def flac_bomb(hours: float) -> bytes:
    """Silence as FLAC frames of one constant each: 65,535 samples in 14 bytes."""
    rate, size = 8000, 65_535
    frames = round(hours * 3600 * rate / size)
    info = (
        size.to_bytes(2, "big") * 2
        + bytes(6)
        + (rate << 44 | 0 << 41 | 15 << 36 | frames * size).to_bytes(8, "big")
        + bytes(16)
    )
    body = b"".join(_flac_frame(number) for number in range(frames))
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info + body


def _flac_frame(number: int) -> bytes:
    # blocking: fixed; size in 16 bits behind the number; 8 kHz; mono; 16 bit
    coded = bytes([number]) if number < 0x80 else chr(number).encode()
    head = b"\xff\xf8\x74\x08" + coded + (65_534).to_bytes(2, "big")
    head += bytes([_crc(head, 8, 0x07)])
    body = head + b"\x00\x00\x00"
    return body + _crc(body, 16, 0x8005).to_bytes(2, "big")


@cache
def _table(bits: int, polynomial: int) -> list[int]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table = []
    for value in range(256):
        rest = value << bits - 8
        for _ in range(8):
            rest = (rest << 1 ^ (polynomial if rest & top else 0)) & mask
        table.append(rest)
    return table


def _crc(content: bytes, bits: int, polynomial: int) -> int:
    table, mask, rest = _table(bits, polynomial), (1 << bits) - 1, 0
    for each in content:
        rest = (rest << 8 ^ table[(rest >> bits - 8 ^ each) & 0xFF]) & mask
    return rest


def _long_wav() -> bytes:
    return wav_head(4 * 3600 * 100 + 1000, rate=100, bits=8) + bytes(4 * 3600 * 100 + 1000)


CASES: list[Case] = [
    refused("M-19", "bomb.flac", lambda: flac_bomb(6.0), "TOO_LONG"),
    refused("M-19", "slow.wav", _long_wav, "TOO_LONG"),
    refused("M-19", "bomb.mkv", lambda: muxed("matroska", [flac_bomb(5.0)]), "TOO_LONG"),
    *(
        refused("M-22", f"silence.{form}", _as(codec, form, _silence), "SILENT")
        for codec, form in (("pcm_s16le", "wav"), ("flac", "flac"), ("aac", "mp4"), ("libopus", "webm"))
    ),
    refused("M-22", "whisper-60.wav", _as_wav(lambda: _at_level(-60)), "TOO_QUIET"),
    refused("M-22", "whisper-60.mp4", _as("aac", "mp4", lambda: _at_level(-60)), "TOO_QUIET"),
    refused("M-22", "whisper-75.wav", _as_wav(lambda: _at_level(-75)), "SILENT"),
    *(
        refused("M-23", f"{name}.wav", _as_wav(lambda make=make: _sounding(make())), "NO_SPEECH")
        for name, make in _NO_SPEECH.items()
    ),
    refused("M-23", "music.mp3", _as("libmp3lame", "mp3", lambda: _sounding(_music())), "NO_SPEECH"),
    noted(
        "M-24",
        "clipped.wav",
        _as_wav(lambda: _at_level(_LEVEL + 30)),
        "The sound is overloaded (clipped) for {n} % of the time; who-speaks is less sure.",
    ),
    noted(
        "M-24",
        "clipped.mp4",
        _as("aac", "mp4", lambda: _at_level(_LEVEL + 30)),
        "The sound is overloaded (clipped) for {n} % of the time; who-speaks is less sure.",
    ),
    refused("M-26", "a-blink.wav", lambda: pcm(speech(0.2)), "TOO_SHORT"),
    refused("M-26", "short.wav", lambda: pcm(speech(20.0)), "TOO_SHORT"),
    refused("M-26", "almost.m4a", lambda: muxed("ipod", [encoded(speech(59.0), "aac")]), "TOO_SHORT"),
    refused("M-26", "short.webm", lambda: muxed("webm", [encoded(speech(20.0), "libopus")]), "TOO_SHORT"),
]
