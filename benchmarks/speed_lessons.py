"""Lessons of any length to measure speed on: the sample's sound again and again, with its captions."""

from __future__ import annotations

import re
from pathlib import Path

import av

from benchmarks.compose import stamp

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "lesson.mp4"
RATE = 48_000


def repeated(folder: Path, minutes: float) -> Path:
    """An M4A of that length made from the sample's sound."""
    media = folder / f"{minutes:g}.m4a"
    if media.exists():
        return media
    with av.open(str(SAMPLE)) as source:
        frames = [frame.to_ndarray() for frame in source.decode(audio=0)]
    with av.open(str(media), "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=RATE, layout="mono", bit_rate=80_000)
        clock = 0
        while clock < minutes * 60 * RATE:
            for samples in frames:
                if clock >= minutes * 60 * RATE:
                    break
                frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = RATE, clock
                clock += samples.shape[1]
                target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return media


def captions(folder: Path, minutes: float, *, named: bool) -> Path:
    """The sample's captions over and over, as far as the lesson goes; without names unless `named`."""
    path = folder / f"{minutes:g}{'' if named else '-unnamed'}.vtt"
    with av.open(str(SAMPLE)) as source:
        period = float(source.streams.audio[0].duration * source.streams.audio[0].time_base)
    rows = (ROOT / "samples" / "lesson.vtt").read_text(encoding="utf-8").split("\n\n")[1:]
    cues, shift, length = ["WEBVTT\n"], 0.0, minutes * 60
    while shift < length:
        for row in filter(str.strip, rows):
            times, text = row.strip().split("\n", 1)
            start, end = (_seconds(each) + shift for each in times.split(" --> "))
            if end < length:
                told = text if named else re.sub(r"</?v[^>]*>", "", text)
                cues.append(f"{stamp(start)} --> {stamp(end)}\n{told}\n")
        shift += period
    path.write_text("\n".join(cues), encoding="utf-8")
    return path


def _seconds(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
