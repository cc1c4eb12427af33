"""A Whisper model on CTranslate2 (faster-whisper) that hears clips, several at once.

Facts about the batched mode that shape this file (faster-whisper 1.2.1, read in its source):

* a clip longer than 30 s is truncated with only a warning, so clips are shorter;
* word times are counted in whole seconds of the clip, rounded up, so the last words may stand up to a
  second behind its end: they are brought back to it;
* clip starts are cut to 10 ms, so every clip gets a slot that begins at a multiple of 30 s;
* it keeps the time of the last speech in the pipeline object and leaves it there when a run is broken
  off, so the object is made anew for every batch.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.asr.decoding import BETWEEN, Clip, Decoded, Hearing
from coachai.asr.models import NEEDED, complete, find, known_model, where
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import Audio
from coachai.records import Span, Word

TELLS_LANGUAGE = 5.0
"""Seconds a piece must last before its own language is looked for: a "no" is a word of many languages."""

SURELY = 0.8
"""Probability from which on a piece is recognised in its own language and not in the recording's, and below
which of the recording's the pieces of a clip are looked at one by one."""

SLOT = 30
"""Seconds from the start of one clip to the next in the sound handed to the model."""

DEVICES = ("auto", "cpu", "cuda")


class LoadedWhisper:
    """A Whisper model on this machine: a size (`small.en`), a hub name or a folder. Nothing is downloaded.

    `device` is ``auto``, ``cpu`` (8-bit) or ``cuda`` (16-bit). `batch_size` clips are heard at once; where
    the memory of a GPU does not hold them, fewer are. Raises EnvironmentLacks (``NO_MODEL``) where the model
    is not on this machine, InputRefused (``UNKNOWN_DEVICE``, ``NO_MODEL``).
    """

    def __init__(self, model: str, *, device: str = "auto", batch_size: int = 8) -> None:
        if device not in DEVICES:
            raise InputRefused(
                "UNKNOWN_DEVICE", f"There is no device called {device}: use auto, cpu or cuda."
            )
        # A folder's name is enough: reports travel, and paths tell about a person's machine.
        self.name = Path(model).name if Path(model).expanduser().is_dir() else model
        self._folder = _folder(model)
        self._device = device
        self._batch_size = max(1, batch_size)

    @cached_property
    def _model(self) -> Any:
        """Loading takes seconds and memory, so it happens once, and only when something is to be heard."""
        return _opened(self._folder, self._device)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages it knows."""
        return tuple(self._model.supported_languages) if self._multilingual else ("en",)

    @property
    def _multilingual(self) -> bool:
        return bool(self._model.model.is_multilingual)

    def language_of(self, audio: Audio, pieces: Sequence[Span]) -> str:
        """The language with the highest probability over the pieces."""
        if not self._multilingual:
            return "en"
        sums: dict[str, float] = {}
        for piece in pieces:
            _, _, found = self._model.detect_language(audio.read(piece.start, piece.end))
            for language, probability in found:
                sums[language] = sums.get(language, 0.0) + probability
        return max(sums, key=lambda language: sums[language])

    def decode(
        self, audio: Audio, clips: Sequence[Clip], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """Each clip's place and words, a batch at a time. Raises EnvironmentLacks (``NO_MEMORY``,
        ``RECOGNISER_STOPPED``, ``NO_GPU``)."""
        waiting = iter(range(len(clips)))
        while places := list(islice(waiting, self._batch_size)):
            batch = [_laid(audio, clips[k]) for k in places]
            yield from zip(places, self._heard(batch, how), strict=True)

    def _heard(self, batch: Sequence[_Laid], how: Hearing) -> list[Decoded]:
        try:
            if self._multilingual:
                return self._each_in_its_language(batch, how)
            return self._written(batch, how)
        except RuntimeError as error:
            if "out of memory" not in str(error).lower():
                raise EnvironmentLacks(
                    "RECOGNISER_STOPPED",
                    "The Whisper model stopped on this machine; try --device cpu, or a smaller model.",
                ) from error
            if len(batch) == 1:
                raise EnvironmentLacks(
                    "NO_MEMORY",
                    "The Whisper model needs more memory than is free: try --device cpu, or a smaller model.",
                ) from error
        self._batch_size = half = len(batch) // 2
        return [*self._heard(batch[:half], how), *self._heard(batch[half:], how)]

    def _each_in_its_language(self, batch: Sequence[_Laid], how: Hearing) -> list[Decoded]:
        """A piece that is surely in another language is recognised in that: forced into the recording's, the
        model would translate or invent. Where a clip is plainly in the recording's, that is asked once."""
        encoded = self._model.encode(_features(self._model, batch))
        plain = [
            dict(found).get(f"<|{how.language}|>", 0.0) >= SURELY
            or all(piece.duration < TELLS_LANGUAGE for piece in each.clip)
            for each, found in zip(batch, self._model.model.detect_language(encoded), strict=True)
        ]
        if all(plain):
            return self._written(batch, how, encoded)
        apart = iter(self._written([each for each, its in zip(batch, plain, strict=True) if its], how))
        return [
            next(apart) if its else self._piece_by_piece(each, how)
            for each, its in zip(batch, plain, strict=True)
        ]

    def _piece_by_piece(self, laid: _Laid, how: Hearing) -> Decoded:
        """A clip whose pieces are not all in one language: each is a clip of its own."""
        found = []
        for piece, sound in zip(laid.clip, laid.pieces, strict=True):
            tongue = replace(how, language=self._other_than(how.language, piece, sound))
            found += self._written([_Laid((piece,), (sound,))], tongue)
        weights = [max(1, len(each.words)) for each in found]
        return Decoded(
            words=tuple(word for each in found for word in each.words),
            logprob=float(np.average([each.logprob for each in found], weights=weights)),
            no_speech=min(each.no_speech for each in found),
        )

    def _other_than(self, language: str, piece: Span, sound: Sound) -> str:
        """The language of a piece where it is surely not `language`; `language` otherwise."""
        if piece.duration < TELLS_LANGUAGE:
            return language
        found, probability, _ = self._model.detect_language(sound)
        return str(found) if probability >= SURELY else language

    def _written(self, batch: Sequence[_Laid], how: Hearing, encoded: Any = None) -> list[Decoded]:
        """What the model writes for each clip; `encoded` is what its encoder said, where it was asked."""
        from faster_whisper import BatchedInferencePipeline

        if not batch:
            return []
        slot = SLOT * Audio.sample_rate
        sound = np.zeros(len(batch) * slot, np.float32)
        clips = []
        for index, each in enumerate(batch):
            samples = each.sound[:slot]
            sound[index * slot : index * slot + len(samples)] = samples
            start = float(index * SLOT)
            clips.append({"start": start, "end": start + len(samples) / Audio.sample_rate})
        model = self._model if encoded is None else _Encoded(self._model, encoded)
        segments, _ = BatchedInferencePipeline(model).transcribe(
            sound,
            language=how.language,
            beam_size=how.beam_size,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=clips,
            batch_size=len(batch),
        )
        found = {segment.seek // (SLOT * 100): segment for segment in segments}
        return [_decoded(each, found.get(k), k * SLOT) for k, each in enumerate(batch)]


Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Laid:
    """A clip with the sound of its pieces, each (n,) at 16 kHz."""

    clip: Clip
    pieces: tuple[Sound, ...]

    @property
    def sound(self) -> Sound:
        """The pieces one after the other, silence between."""
        silence = np.zeros(round(BETWEEN * Audio.sample_rate), np.float32)
        parts = [part for piece in self.pieces for part in (silence, piece)]
        return np.concatenate(parts[1:])


def _laid(audio: Audio, clip: Clip) -> _Laid:
    return _Laid(clip, tuple(audio.read(piece.start, piece.end) for piece in clip))


class _Encoded:
    """A loaded model whose encoder has already heard the one batch that it is asked about."""

    def __init__(self, model: Any, encoded: Any) -> None:
        self._model = model
        self._answer = encoded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, _: Any) -> Any:
        """What it said."""
        return self._answer


def _features(model: Any, batch: Sequence[_Laid]) -> Sound:
    """What the encoder is given for each clip, as the library's batched mode makes it."""
    from faster_whisper.audio import pad_or_trim

    each = [pad_or_trim(model.feature_extractor(laid.sound)[..., :-1]) for laid in batch]
    return np.stack(each)


def _decoded(laid: _Laid, segment: Any, offset: float) -> Decoded:
    if segment is None:
        return Decoded(words=())
    words = _on_clock(segment.words or (), laid, offset)
    return Decoded(words=words, logprob=float(segment.avg_logprob), no_speech=float(segment.no_speech_prob))


def _on_clock(found: Sequence[Any], laid: _Laid, offset: float) -> tuple[Word, ...]:
    """Words on the recording's clock, in order of time, each held to the piece that its middle lies in or is
    nearest to; none goes back to a piece before that of the word before it."""
    begins, at = [], 0.0
    for sound in laid.pieces:
        begins.append(at)
        at += len(sound) / Audio.sample_rate + BETWEEN
    words: list[Word] = []
    k = 0
    for each in found:
        text = each.word.strip()
        if not text:
            continue
        middle = (float(each.start) + float(each.end)) / 2 - offset
        while k + 1 < len(begins) and middle >= begins[k + 1] - BETWEEN / 2:
            k += 1
        piece, shift = laid.clip[k], offset + begins[k]
        # To the model's own 20 ms, lest the place in the batch shows in the last digits.
        start = min(piece.end, piece.start + max(0.0, round(float(each.start) - shift, 2)))
        end = min(piece.end, max(start, piece.start + round(float(each.end) - shift, 2)))
        words.append(Word(start=start, end=end, text=text, probability=min(1.0, float(each.probability))))
    return tuple(words)


def _folder(model: str) -> Path:
    found = find(model)
    if found is not None:
        return found
    given = Path(model).expanduser()
    if given.is_dir():
        lacks = ", ".join(name for name in NEEDED if not (given / name).is_file())
        raise InputRefused(
            "NO_MODEL", f"The folder {model} does not hold a Whisper model for faster-whisper: no {lacks}."
        )
    if known_model(model) is None and "/" not in model:
        raise InputRefused(
            "NO_MODEL",
            f"There is no model called {model}: coachai models list shows the names, or give a folder.",
        )
    raise EnvironmentLacks(
        "NO_MODEL",
        f"The Whisper model {model} is not on this machine: get it once, online, with coachai models fetch "
        f"{model}, or copy its folder into {where()}.",
    )


def _opened(folder: Path, device: str) -> Any:
    """The model on the GPU if there is a working one (or it is asked for), else on the CPU."""
    # The folder is complete, so nothing is missing that the library would look for online; say so anyway.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import ctranslate2

    assert complete(folder)
    gpu = device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)
    if gpu:
        try:
            kinds = ctranslate2.get_supported_compute_types("cuda")
            model = _whisper(folder, "cuda", "float16" if "float16" in kinds else "float32")
            # Missing GPU libraries show only at the first computation.
            model.encode(np.zeros((model.model.n_mels, 3000), np.float32))
        except (RuntimeError, ValueError) as error:
            if device == "cuda":
                raise EnvironmentLacks(
                    "NO_GPU",
                    "The graphics card cannot run the Whisper model (its driver, the CUDA 12 libraries or "
                    "memory are missing): try --device cpu.",
                ) from error
        else:
            return model
    try:
        return _whisper(folder, "cpu", "int8")
    except (RuntimeError, ValueError) as error:
        raise InputRefused("NO_MODEL", f"The Whisper model in {folder} cannot be read.") from error


def _whisper(folder: Path, device: str, kind: str) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder), device=device, compute_type=kind, local_files_only=True)
