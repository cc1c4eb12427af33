"""Is anybody heard where nobody speaks, and is anybody lost? The second look behind the detector.

    python benchmarks/nobody.py

Sounds that nobody says (noise, hum, instruments, tones that swell as syllables do) and real and synthetic
voices: the seconds that the detector alone takes for speech, and what is left after `coachai.voices.tones`.
Writes its part of `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from benchmarks.compose import DATA
from benchmarks.machine import keep, machine
from benchmarks.staging import LEVEL, NOBODY, RATE, VOICES, Sound, in_noise, nobody, noise, staged, swelling
from coachai.media import Audio
from coachai.timeline import total
from coachai.voices.speech import detected_speech
from coachai.voices.tones import without_tones

Found = tuple[int, float, float, float]
"""How many recordings, and in all: their seconds, those detected, those left."""


def main() -> None:
    """Hear everything twice and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    if not asked.data.is_dir():
        sys.exit(f"The labelled data is not at {asked.data}; name its folder with --data.")
    text = page(
        {name: found(sounds) for name, sounds in silent().items()},
        {name: found(sounds) for name, sounds in spoken(asked.data / "speech").items()},
    )
    print(text)
    if not asked.no_write:
        keep("nobody", text)


def silent() -> dict[str, Iterable[Sound]]:
    """Sounds that nobody says, by a name for each kind."""
    plain = [name for name in NOBODY if not name.startswith("swelling")]
    return {
        ", ".join(plain): (nobody(name, 30.0, level) for name in plain for level in (0.02, 0.2)),
        "75 swelling tones": _tones(None),
        "the same in white noise, 10 dB": _tones("white"),
        "the same in pink noise, 10 dB": _tones("pink"),
    }


def _tones(kind: str | None) -> Iterator[Sound]:
    clock = np.arange(30 * RATE) / RATE
    for pitch in (90.0, 120.0, 150.0, 200.0, 250.0):
        for rate in (2.0, 4.0, 6.0):
            for tilt, count in ((0.0, 5), (0.5, 10), (1.0, 5), (1.0, 10), (1.5, 5)):
                tone = swelling(clock, pitch=pitch, rate=rate, count=count, tilt=tilt)
                tone *= 0.1 / np.std(tone)
                yield tone if kind is None else tone + 0.1 * 10 ** (-10 / 20) * noise(kind, len(tone))


def spoken(folder: Path) -> dict[str, Iterable[Sound]]:
    """Real and synthetic voices, by a name for each kind."""
    with (folder / "speechocean762" / "metadata.csv").open(encoding="utf-8") as rows:
        clips = list(csv.DictReader(rows))
    read = folder / "speechocean762"
    children = [read / f"{row['utterance']}.flac" for row in clips if int(row["age"]) < 13]
    others = [read / f"{row['utterance']}.flac" for row in clips if int(row["age"]) >= 13]
    return {
        "children under 13 (speechocean762)": map(_read, children),
        "the same in pink noise, 0 dB": (_noisy(_read(each)) for each in children[::3]),
        "the same 45 dB down": (_read(each) * 10 ** (-45 / 20) for each in children[::3]),
        "teenagers and adults (speechocean762)": map(_read, others),
        "adult readers (LibriSpeech)": map(_read, sorted((folder / "librispeech").glob("*.flac"))),
        "meetings (AMI)": map(_read, sorted((folder / "ami").glob("*.flac"))),
        f"{len(VOICES)} synthetic voices": (staged(name, name).sound for name in VOICES),
        "the same in pink noise, 0 dB ": (in_noise(staged(name, name), "pink", 0) for name in VOICES),
    }


def _read(path: Path) -> Sound:
    sound, rate = soundfile.read(path)
    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    return np.pad(resample_poly(mono, RATE, rate), (RATE // 2, RATE))


def _noisy(sound: Sound) -> Sound:
    return LEVEL * (sound / np.std(sound) + noise("pink", len(sound)))


def found(sounds: Iterable[Sound]) -> Found:
    """What is detected and what is left, over some recordings."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for sound in sounds:
            audio = Audio.from_array(np.clip(sound, -1, 1), Path(folder) / "sound")
            detected = detected_speech(audio, lambda _: None)
            rows.append((audio.duration, total(detected), total(without_tones(audio, detected))))
    seconds, before, after = (sum(each) for each in zip(*rows, strict=True))
    return len(rows), seconds, before, after


def page(silent_rows: dict[str, Found], spoken_rows: dict[str, Found]) -> str:
    """The figures as a page of RESULTS.md."""
    where = machine()
    lines = [
        "# Is anybody heard where nobody speaks, and is anybody lost?",
        "",
        f"Written by `python benchmarks/nobody.py` on {where['date']}; {where['machine']}.",
        "Seconds taken for speech by the detector alone (the baseline), and after the second look",
        "(`coachai.voices.tones`). A recording with less than 2 s of speech in all is refused.",
    ]
    for title, rows in (("nobody speaks", silent_rows), ("somebody speaks", spoken_rows)):
        lines += ["", f"| {title} | recordings | seconds | detector alone (s) | after the second look (s) |"]
        lines += ["|---|---|---|---|---|"]
        lines += [
            f"| {name.strip()} | {count} | {seconds:.0f} | {before:.1f} | {after:.1f} |"
            for name, (count, seconds, before, after) in rows.items()
        ]
    return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    main()
