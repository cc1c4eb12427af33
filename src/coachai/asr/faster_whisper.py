"""Whisper models on CTranslate2 (faster-whisper), batched over our own speech regions.

Facts about the batched mode that shape this file (faster-whisper 1.2.1, read in its source):

* it ignores every threshold against invented text, so `doubt` stands in for them;
* a clip longer than 30 s is truncated with only a warning, so clips end before 29 s;
* word times are counted in whole seconds of the clip, rounded up, so the last words may stand up to a
  second behind its end: they are brought back to it;
* clip starts are cut to 10 ms, so every clip gets a slot that begins at a multiple of 30 s;
* it keeps the time of the last speech in the pipeline object and leaves it there when a run is broken
  off, so the object is made anew for every batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from coachai.asr.doubt import believed
from coachai.asr.models import NEEDED, complete, find, known_model, where
from coachai.asr.regions import laid_on, stretches
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.timeline import shared_seconds, subtracted
from coachai.transcript import Recognition

LONGEST = 29.0
"""Seconds of a clip with its margins: below the 30 that a Whisper model hears at once."""

LONGEST_AGAIN = 13.0
"""The same for a second hearing: half as much, so that its clips are cut in other places."""

JOIN = 2.0
"""Seconds of silence between regions that stay in one clip: the model needs what was said before, but
invents words in long silences."""

MARGIN = 0.2
"""Seconds of the silence around a clip that the model hears too."""

SLACK = 0.3
"""Seconds that a word may stand beside the speech it belongs to: word times come from attention."""

TELLS_LANGUAGE = 5.0
"""Seconds a clip must last before its own language is looked for: a "no" is a word of many languages."""

SURELY_OTHER = 0.8
"""Probability from which on a clip is recognised in its own language and not in the recording's."""

SLOT = 30
"""Seconds from the start of one clip to the next in the sound handed to the model."""

NOTE = (
    "Whisper writes fluent sentences even where it mishears, children most of all: check a quotation "
    "against the video. Words where nobody speaks and text that looks invented were left out."
)

ENGLISH_ONLY = (
    "This model knows only English: where another language is spoken, it writes English words nobody said."
)

DEVICES = ("auto", "cpu", "cuda")


class FasterWhisper:
    """A Whisper model: a size (`small.en`), a hub name or a folder. Nothing is ever downloaded here.

    `language` is a code such as ``en``; None has it detected, once a recording. `device` is ``auto``,
    ``cpu`` (8-bit) or ``cuda`` (16-bit). `batch_size` clips are recognised at once; where the memory of a
    GPU does not hold them, fewer are. Raises EnvironmentLacks (``NO_MODEL``) where the model is not on
    this machine, InputRefused (``UNKNOWN_DEVICE``, ``NO_MODEL``).
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        language: str | None = "en",
        batch_size: int = 8,
        beam_size: int = 5,
    ) -> None:
        if device not in DEVICES:
            raise InputRefused(
                "UNKNOWN_DEVICE", f"There is no device called {device}: use auto, cpu or cuda."
            )
        # A folder's name is enough: reports travel, and paths tell about a person's machine.
        self.name = Path(model).name if Path(model).expanduser().is_dir() else model
        self._folder = _folder(model)
        # Loading takes seconds and memory, so it happens once, also for a second hearing.
        self._model = cache(partial(_opened, self._folder, device))
        self._language = language
        self._batch_size = max(1, batch_size)
        self._beam_size = beam_size
        self._longest = LONGEST
        self._detected: tuple[Path, str] | None = None

    def again(self) -> FasterWhisper:
        """The same loaded model for a second hearing: it takes the likeliest word each time, and hears
        shorter clips, so that other words stand before. As repeatable as the first: no draw is made."""
        second = copy(self)
        second._beam_size, second._longest = 1, LONGEST_AGAIN
        return second

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """Words that lie in `speech`, punctuated; a line ends at each pause.

        `progress` is called after every batch; whatever it raises stops the work. `dropped` counts the
        words outside speech and those too doubtful to keep. Raises InputRefused (``LANGUAGE``) where the
        model does not know the language, EnvironmentLacks where it cannot run here.
        """
        progress(0.0)
        clips = stretches(audio, speech, longest=self._longest, join=JOIN, margin=MARGIN)
        language = self._spoken(audio, clips)
        whole, done = sum(clip.duration for clip in clips), 0.0
        words: list[Word] = []
        written = 0
        waiting = iter(clips)
        while group := list(islice(waiting, self._batch_size)):
            for clip, said, logprob, no_speech in self._each_in_its_language(audio, group, language):
                written += len(said)
                spoken = shared_seconds(clip, speech)
                words += believed(said, logprob=logprob, no_speech=no_speech, spoken=spoken)
            done += sum(clip.duration for clip in group)
            progress(min(1.0, done / whole))
        lines, outside = laid_on(words, speech, slack=SLACK)
        progress(1.0)
        return Recognition(
            recogniser="faster-whisper",
            model=self.name,
            language=language,
            lines=lines,
            marks=True,
            names=False,
            note=f"{NOTE} {ENGLISH_ONLY}" if clips and not self._model().model.is_multilingual else NOTE,
            dropped=written - len(words) + len(outside),
            dismissed=subtracted(outside, speech),
        )

    def _spoken(self, audio: Audio, clips: Sequence[Span]) -> str:
        """The language forced, or the one that the longest clips are most probably in."""
        if not clips:
            return self._language or ""
        model = self._model()
        if self._language is not None:
            if self._language not in model.supported_languages:
                raise InputRefused(
                    "LANGUAGE",
                    f"The model {self.name} does not know the language {self._language}: use a code such as "
                    "en or es, with a model whose name does not end in .en.",
                )
            return self._language
        if self._detected is None or self._detected[0] != audio.path:
            self._detected = (audio.path, _detected(model, audio, clips))
        return self._detected[1]

    def _each_in_its_language(
        self, audio: Audio, group: Sequence[Span], language: str
    ) -> Iterator[tuple[Span, list[Word], float, float]]:
        """As `_heard`. A clip that is surely in another language is recognised in that: forced into
        `language`, the model would translate or invent."""
        spoken: dict[str, list[Span]] = {}
        for clip in group:
            spoken.setdefault(self._other_than(language, audio, clip), []).append(clip)
        heard = [each for tongue, clips in spoken.items() for each in self._heard(audio, clips, tongue)]
        yield from sorted(heard, key=lambda each: each[0].start)

    def _other_than(self, language: str, audio: Audio, clip: Span) -> str:
        """The language of a clip where it is surely not `language`; `language` otherwise."""
        model = self._model()
        if not model.model.is_multilingual or clip.duration < TELLS_LANGUAGE:
            return language
        found, probability, _ = model.detect_language(audio.read(clip.start, clip.end))
        return str(found) if probability >= SURELY_OTHER else language

    def _heard(
        self, audio: Audio, group: Sequence[Span], language: str
    ) -> Iterator[tuple[Span, list[Word], float, float]]:
        """Each clip with its words, mean log probability and probability of no speech."""
        try:
            segments = self._batch(audio, group, language)
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
            yield from self._heard(audio, group[:half], language)
            yield from self._heard(audio, group[half:], language)
            return
        for found in segments:
            index = found.seek // (SLOT * 100)
            clip = group[index]
            words = _on_clock(found.words or (), clip, index * SLOT)
            yield clip, words, float(found.avg_logprob), float(found.no_speech_prob)

    def _batch(self, audio: Audio, group: Sequence[Span], language: str) -> list[Any]:
        from faster_whisper import BatchedInferencePipeline

        slot = SLOT * Audio.sample_rate
        sound = np.zeros(len(group) * slot, np.float32)
        clips = []
        for index, clip in enumerate(group):
            samples = audio.read(clip.start, clip.end)[:slot]
            sound[index * slot : index * slot + len(samples)] = samples
            start = float(index * SLOT)
            clips.append({"start": start, "end": start + len(samples) / Audio.sample_rate})
        segments, _ = BatchedInferencePipeline(self._model()).transcribe(
            sound,
            language=language,
            beam_size=self._beam_size,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=clips,
            batch_size=len(group),
        )
        return list(segments)


def _on_clock(found: Sequence[Any], clip: Span, offset: float) -> list[Word]:
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
    return words


def _detected(model: Any, audio: Audio, clips: Sequence[Span]) -> str:
    """The language with the highest probability over the three longest clips."""
    sums: dict[str, float] = {}
    for clip in sorted(clips, key=lambda each: each.duration)[-3:]:
        if not model.model.is_multilingual:
            return "en"
        _, _, found = model.detect_language(audio.read(clip.start, clip.end))
        for language, probability in found:
            sums[language] = sums.get(language, 0.0) + probability
    return max(sums, key=lambda language: sums[language])


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
