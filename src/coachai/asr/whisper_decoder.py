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
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from coachai.asr.decoding import Decoded, Hearing
from coachai.asr.models import NEEDED, complete, find, known_model, where
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import Audio
from coachai.records import Span, Word

TELLS_LANGUAGE = 5.0
"""Seconds a clip must last before its own language is looked for: a "no" is a word of many languages."""

SURELY_OTHER = 0.8
"""Probability from which on a clip is recognised in its own language and not in the recording's."""

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

    def language_of(self, audio: Audio, clips: Sequence[Span]) -> str:
        """The language with the highest probability over the clips."""
        if not self._multilingual:
            return "en"
        sums: dict[str, float] = {}
        for clip in clips:
            _, _, found = self._model.detect_language(audio.read(clip.start, clip.end))
            for language, probability in found:
                sums[language] = sums.get(language, 0.0) + probability
        return max(sums, key=lambda language: sums[language])

    def decode(
        self, audio: Audio, clips: Sequence[Span], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """Each clip's place and words, a batch at a time. Raises EnvironmentLacks (``NO_MEMORY``,
        ``RECOGNISER_STOPPED``, ``NO_GPU``)."""
        waiting = iter(range(len(clips)))
        while places := list(islice(waiting, self._batch_size)):
            yield from self._each_in_its_language(audio, [(k, clips[k]) for k in places], how)

    def _each_in_its_language(
        self, audio: Audio, group: Sequence[tuple[int, Span]], how: Hearing
    ) -> Generator[tuple[int, Decoded], None, None]:
        """A clip that is surely in another language is recognised in that: forced into the recording's, the
        model would translate or invent."""
        spoken: dict[str, list[tuple[int, Span]]] = {}
        for place, clip in group:
            spoken.setdefault(self._other_than(how.language, audio, clip), []).append((place, clip))
        for tongue, clips in spoken.items():
            yield from self._heard(audio, clips, tongue, how.beam_size)

    def _other_than(self, language: str, audio: Audio, clip: Span) -> str:
        """The language of a clip where it is surely not `language`; `language` otherwise."""
        if not self._multilingual or clip.duration < TELLS_LANGUAGE:
            return language
        found, probability, _ = self._model.detect_language(audio.read(clip.start, clip.end))
        return str(found) if probability >= SURELY_OTHER else language

    def _heard(
        self, audio: Audio, group: Sequence[tuple[int, Span]], language: str, beam_size: int
    ) -> Generator[tuple[int, Decoded], None, None]:
        try:
            segments = self._batch(audio, [clip for _, clip in group], language, beam_size)
        except RuntimeError as error:
            if "out of memory" not in str(error).lower():
                raise EnvironmentLacks(
                    "RECOGNISER_STOPPED",
                    "The Whisper model stopped on this machine; try --device cpu, or a smaller model.",
                ) from error
            if len(group) == 1:
                raise EnvironmentLacks(
                    "NO_MEMORY",
                    "The Whisper model needs more memory than is free: try --device cpu, or a smaller model.",
                ) from error
            self._batch_size = half = len(group) // 2
            yield from self._heard(audio, group[:half], language, beam_size)
            yield from self._heard(audio, group[half:], language, beam_size)
            return
        found = {segment.seek // (SLOT * 100): segment for segment in segments}
        for k, (place, clip) in enumerate(group):
            if k not in found:
                yield place, Decoded(words=())
                continue
            words = _on_clock(found[k].words or (), clip, k * SLOT)
            logprob, silence = float(found[k].avg_logprob), float(found[k].no_speech_prob)
            yield place, Decoded(words=words, logprob=logprob, no_speech=silence)

    def _batch(self, audio: Audio, group: Sequence[Span], language: str, beam_size: int) -> list[Any]:
        from faster_whisper import BatchedInferencePipeline

        slot = SLOT * Audio.sample_rate
        sound = np.zeros(len(group) * slot, np.float32)
        clips = []
        for index, clip in enumerate(group):
            samples = audio.read(clip.start, clip.end)[:slot]
            sound[index * slot : index * slot + len(samples)] = samples
            start = float(index * SLOT)
            clips.append({"start": start, "end": start + len(samples) / Audio.sample_rate})
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            sound,
            language=language,
            beam_size=beam_size,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=clips,
            batch_size=len(group),
        )
        return list(segments)


def _on_clock(found: Sequence[Any], clip: Span, offset: float) -> tuple[Word, ...]:
    """Words on the recording's clock, held to their clip, in order of time."""
    words: list[Word] = []
    for each in found:
        text = each.word.strip()
        if not text:
            continue
        # To the model's own 20 ms, lest the place in the batch shows in the last digits.
        start = min(clip.end, clip.start + max(0.0, round(float(each.start) - offset, 2)))
        end = min(clip.end, max(start, clip.start + round(float(each.end) - offset, 2)))
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
