"""Small recordings made here, whose sound clicks at every full second of the player's clock."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from coachai.media import Audio

SIZE = (160, 120)
PICTURES = 10
QUICKLY = {
    "libx264": {"preset": "ultrafast", "threads": "1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
}


@dataclass(frozen=True, kw_only=True)
class Making:
    """What goes into a recording: `late` and `hole` in seconds, `sound` and `picture` are codecs."""

    seconds: float = 6.0
    sound: str | None = "aac"
    picture: str | None = "libx264"
    rate: int = 48_000
    tracks: int = 1
    late: float = 0.0
    hole: tuple[float, float] | None = None
    leap: tuple[float, float] | None = None
    gain: float = 0.6
    interlaced: bool = False
    form: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


def clicking(seconds: float, rate: int, gain: float = 0.6) -> np.ndarray:
    """Silence with a click of 4 ms at every full second after 0; int16, shape (n,)."""
    wave = np.zeros(round(seconds * rate), np.int16)
    click = (32767 * gain * np.sin(np.arange(rate // 250) * 2 * np.pi * 2000 / rate + 0.5)).astype(np.int16)
    for second in range(1, int(seconds)):
        wave[second * rate : second * rate + click.size] = click
    return wave


def make(path: Path, making: Making | None = None, **changes: Any) -> Path:
    """Write such a recording at `path` (its suffix chooses the container) and return `path`."""
    making = making or Making(**changes)
    with av.open(str(path), "w", format=making.form, options=dict(making.options)) as file:
        file.metadata.update(dict(making.tags))
        pictures = file.add_stream(making.picture, rate=PICTURES) if making.picture else None
        if pictures:
            pictures.width, pictures.height = SIZE
            pictures.options = dict(QUICKLY.get(making.picture, {}))
            if making.interlaced:
                pictures.options = {**pictures.options, "x264-params": "interlaced=1"}
            pictures.pix_fmt, pictures.gop_size = "yuv420p", PICTURES
        sounds = [
            file.add_stream(making.sound, rate=making.rate, layout="mono") for _ in range(making.tracks)
        ]
        if pictures:
            _write_pictures(file, pictures, making)
        for sound in sounds if making.sound else ():
            _write_sound(file, sound, making)
    return path


def _write_pictures(file: Any, stream: Any, making: Making) -> None:
    for number in range(round(making.seconds * PICTURES)):
        colour = np.full((SIZE[1], SIZE[0], 3), number * 7 % 250, np.uint8)
        frame = av.VideoFrame.from_ndarray(colour, format="rgb24")
        frame.pts, frame.time_base = (
            number + round(_leap(number / PICTURES, making) * PICTURES),
            Fraction(1, PICTURES),
        )
        file.mux(stream.encode(frame))
    file.mux(stream.encode())


def _write_sound(file: Any, stream: Any, making: Making) -> None:
    wave = clicking(making.seconds, making.rate, making.gain)
    step = stream.codec_context.frame_size or 1024
    form = stream.codec_context.format.name
    for first in range(0, wave.size, step):
        time = first / making.rate
        if time < making.late or (making.hole and making.hole[0] <= time < making.hole[1]):
            continue
        plain = av.AudioFrame.from_ndarray(wave[None, first : first + step], format="s16", layout="mono")
        plain.sample_rate = making.rate
        for frame in av.AudioResampler(format=form, layout="mono", rate=making.rate).resample(plain):
            frame.pts = first + round(_leap(time, making) * making.rate)
            frame.time_base = Fraction(1, making.rate)
            file.mux(stream.encode(frame))
    file.mux(stream.encode())


def _leap(time: float, making: Making) -> float:
    return making.leap[1] if making.leap and time >= making.leap[0] else 0.0


def clicks(audio: Audio) -> list[float]:
    """When the clicks are heard, seconds."""
    loud = np.flatnonzero(np.abs(audio.read(0, audio.duration)) > 0.15)
    if not loud.size:
        return []
    first = np.flatnonzero(np.diff(loud, prepend=-16_000) > 4000)
    return [float(each) / audio.sample_rate for each in loud[first]]


def repeat(path: Path, out: Path, times: int) -> Path:
    """Write the sound of `path` `times` over to `out`, without encoding it again: hours in a second."""
    with av.open(str(path)) as source, av.open(str(out), "w") as file:
        sound = source.streams.audio[0]
        copy = file.add_stream_from_template(sound)
        packets = [(bytes(each), each.pts, each.duration) for each in source.demux(sound) if each.size]
        length = packets[-1][1] + packets[-1][2] - packets[0][1]
        for turn in range(times):
            for content, pts, duration in packets:
                packet = av.Packet(content)
                packet.pts = packet.dts = pts + turn * length
                packet.duration, packet.time_base, packet.stream = duration, sound.time_base, copy
                file.mux(packet)
    return out
