"""Recognition that can be interrupted: each clip that is heard is kept on disk and not heard again.

Recognising an hour may take an hour. The journal is one file beside the results, a line a clip, and is
removed as soon as the report is written: it holds what was said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from coachai.asr.decoding import Clip, Decoded, Decoder, Hearing
from coachai.media import Audio
from coachai.records import Span, Word

NAME = "clips.jsonl"
"""The journal's name in its folder."""


class Journal:
    """What was heard, clip by clip, in a file that outlives an interruption.

    `key` names all that the words depend on: the recording, the recogniser, its options, the version.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / NAME
        self._key = key

    def read(self) -> dict[str, Decoded]:
        """What is kept, by `place`; a line that was torn or damaged is as good as none."""
        found: dict[str, Decoded] = {}
        if self._path.is_file():
            for line in self._path.read_bytes().split(b"\n"):
                _read(line, found)
        return found

    def add(self, place: str, decoded: Decoded) -> None:
        """Keep one clip; it is on the disk's way when this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The line break stands before, so that a line torn by a sudden end spoils no other.
        with self._path.open("ab") as file:
            file.write(b"\n" + json.dumps([place, asdict(decoded)]).encode())

    def place(self, clip: Clip, how: Hearing) -> str:
        """The name under which a clip is kept."""
        told = f"{self._key} {[(piece.start, piece.end) for piece in clip]} {how}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


class Journaled:
    """A decoder that looks into a journal before it hears a clip, and writes there what it heard."""

    def __init__(self, decoder: Decoder, journal: Journal) -> None:
        self._decoder = decoder
        self._journal = journal

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._decoder.name

    @property
    def languages(self) -> tuple[str, ...]:
        """The model's own languages."""
        return self._decoder.languages

    def language_of(self, audio: Audio, pieces: Sequence[Span]) -> str:
        """As the model says."""
        return self._decoder.language_of(audio, pieces)

    def decode(
        self, audio: Audio, clips: Sequence[Clip], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """What is kept at once, then the rest as the model hears it."""
        places = [self._journal.place(clip, how) for clip in clips]
        kept = self._journal.read()
        for k, place in enumerate(places):
            if place in kept:
                yield k, kept[place]
        rest = [k for k, place in enumerate(places) if place not in kept]
        with closing(self._decoder.decode(audio, [clips[k] for k in rest], how)) as hearing:
            for index, decoded in hearing:
                self._journal.add(places[rest[index]], decoded)
                yield rest[index], decoded


def _read(line: bytes, found: dict[str, Decoded]) -> None:
    try:
        place, told = json.loads(line)
        words = tuple(Word(**word) for word in told["words"])
        found[place] = Decoded(words=words, logprob=told["logprob"], no_speech=told["no_speech"])
    except (ValueError, KeyError, TypeError):
        return
