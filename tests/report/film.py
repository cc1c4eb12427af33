"""A small film with a tone, made on the spot, that a browser plays."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 16000
PICTURES = 2


def make_film(path: Path, seconds: int) -> None:
    """An H.264/AAC mp4 of that length: a slow change of colour and a quiet tone."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("h264", rate=PICTURES)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        video.options = {"preset": "ultrafast", "g": "4"}
        audio = out.add_stream("aac", rate=RATE, layout="mono")
        for i in range(seconds * PICTURES):
            picture = np.full((90, 160, 3), (60 + i % 90, 90, 110), np.uint8)
            picture[:, : 1 + 160 * i // (seconds * PICTURES)] = (200, 160, 110)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, PICTURES)
            out.mux(video.encode(frame))
        for start in range(0, seconds * RATE, 1024):
            tone = np.sin(2 * np.pi * 220 * np.arange(start, start + 1024) / RATE) * 500
            sound = av.AudioFrame.from_ndarray(tone.astype(np.int16)[None], format="s16", layout="mono")
            sound.pts, sound.sample_rate, sound.time_base = start, RATE, Fraction(1, RATE)
            out.mux(audio.encode(sound))
        out.mux(video.encode())
        out.mux(audio.encode())
