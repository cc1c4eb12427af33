"""A transformers x-vector model (WavLM, wav2vec 2.0, UniSpeech-SAT ...) from a folder on this machine.

It gives each piece of speech a vector; pieces with like vectors are one voice (`likeness`). The vectors live
in memory, for one recording. Memory: the model's own weights (WavLM base: 400 MB) and one batch of pieces.
"""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.errors import CoachaiError, EnvironmentLacks, InputRefused
from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Progress, Span
from coachai.voices.engines.diarizer import ToldApart
from coachai.voices.engines.likeness import told_by_likeness
from coachai.voices.engines.local import (
    cannot_load,
    folder_of,
    plain_name,
    require_packages,
    stay_offline,
    torch_device,
)
from coachai.voices.projection import Array

DISTANCE = 0.2
"""Mean cosine distance below which pieces are one voice. The card of wavlm-base-plus-sv takes .14 for whole
sentences; pieces are shorter and lie further apart. Not tuned: models differ, and so does the right value."""

SETTING = "COACHAI_XVECTOR_DISTANCE"
"""The environment variable that sets another distance, above 0 and below 2."""

STEP = 0.25
"""Seconds. A piece is filled up to a multiple of this with its own beginning, so that pieces of one length go
through the model together without padding: what a piece comes to does not depend on its neighbours."""

SHORTEST_HEARD = 1.0
"""Seconds: a shorter piece is repeated until it is this long. The models' last layers need a third of one."""

BATCH = 16
_EXTRA = "xvector"
_HEAD = "ForXVector"


class XVector:
    """An x-vector model of transformers in a folder: `config.json`, weights, `preprocessor_config.json`.

    `distance` joins voices (see DISTANCE; None: the setting, else that constant). Everything that can be
    wrong is found here. Raises InputRefused (NO_VOICE_MODEL, BAD_SETTING, UNKNOWN_DEVICE) and
    EnvironmentLacks (NO_VOICE_ENGINE, VOICE_MODEL_DAMAGED, NO_GPU).
    """

    def __init__(self, folder: str, *, device: str = "auto", distance: float | None = None) -> None:
        where = folder_of(folder, "xvector")
        _require_head(where)
        self._distance = _set_distance() if distance is None else distance
        require_packages(_EXTRA)
        self.name = f"x-vector {plain_name(where)}"
        self._model, self._features, self._device = _opened(where, device)

    def tell_apart(self, audio: Audio, pieces: Sequence[Span], progress: Progress) -> ToldApart:
        """Who speaks in `pieces`; see `Diarizer`. It does not listen for several voices at once."""
        vectors: list[Array | None] = [None] * len(pieces)
        done = 0
        for places, sounds in _batches(audio, pieces):
            for place, vector in zip(places, self._vectors(sounds), strict=True):
                vectors[place] = vector
            done += len(places)
            progress(done / len(pieces))
        progress(1.0)
        whole = np.stack([each for each in vectors if each is not None]) if pieces else np.zeros((0, 1))
        return told_by_likeness(pieces, whole, self._distance)

    def _vectors(self, sounds: Sequence[NDArray[np.float32]]) -> Array:
        """What the model makes of sounds of one length: (m, d)."""
        import torch

        read = self._features(list(sounds), sampling_rate=SAMPLE_RATE, return_tensors="pt")
        with torch.inference_mode():
            said = self._model(**{key: value.to(self._device) for key, value in read.items()})
        found: Array = said.embeddings.cpu().numpy().astype(np.float64)
        # Silence has no voice, whatever the model makes of zeros.
        found[[not sound.any() for sound in sounds]] = 0.0
        return found


def _batches(audio: Audio, pieces: Sequence[Span]) -> Iterator[tuple[list[int], list[NDArray[np.float32]]]]:
    """The pieces' places and sounds, BATCH at a time, all of one length, the shortest first."""
    order = sorted(range(len(pieces)), key=lambda k: (_steps(pieces[k]), k))
    for steps, alike in groupby(order, key=lambda k: _steps(pieces[k])):
        places = list(alike)
        for first in range(0, len(places), BATCH):
            batch = places[first : first + BATCH]
            yield batch, [_filled(audio.read(pieces[k].start, pieces[k].end), steps) for k in batch]


def _steps(piece: Span) -> int:
    return math.ceil(max(piece.duration, SHORTEST_HEARD) / STEP - 1e-9)


def _filled(sound: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """The sound, repeated from its beginning until it is so many steps long."""
    length = round(steps * STEP * SAMPLE_RATE)
    return np.resize(sound, length) if len(sound) else np.zeros(length, dtype=np.float32)


def _set_distance() -> float:
    said = os.environ.get(SETTING, "").strip()
    try:
        distance = float(said) if said else DISTANCE
    except ValueError:
        distance = math.nan
    if not 0 < distance < 2:
        raise InputRefused(
            "BAD_SETTING", f"{SETTING} is “{said}”: give a number above 0 and below 2, such as 0.2."
        )
    return distance


def _require_head(folder: Path) -> None:
    """Raise unless the folder says that it holds a model which gives x-vectors."""
    try:
        config = json.loads(folder.joinpath("config.json").read_text(encoding="utf-8"))
        heads = [str(each) for each in config["architectures"]]
    except (OSError, ValueError, KeyError, TypeError):
        heads = []
    if not any(each.endswith(_HEAD) for each in heads):
        raise InputRefused(
            "NO_VOICE_MODEL",
            f"{folder} is not the folder of a model that gives x-vectors, such as that of "
            f"microsoft/wavlm-base-plus-sv: its config.json names no architecture that ends in {_HEAD}.",
        )
    if not folder.joinpath("preprocessor_config.json").is_file():
        raise InputRefused(
            "NO_VOICE_MODEL", f"In {folder} there is no preprocessor_config.json: get the whole folder again."
        )


def _opened(folder: Path, device: str) -> tuple[Any, Any, Any]:
    """The model, what prepares sound for it, and where it runs."""
    stay_offline()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from transformers import AutoFeatureExtractor, AutoModelForAudioXVector
            from transformers.utils.logging import disable_progress_bar
        except (ImportError, OSError, RuntimeError):
            raise EnvironmentLacks(
                "NO_VOICE_ENGINE",
                "transformers is installed, but cannot start: pip install -U 'coachai[xvector]'.",
            ) from None
        disable_progress_bar()
        where = torch_device(device)
        try:
            features = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
            model, loading = AutoModelForAudioXVector.from_pretrained(
                folder, local_files_only=True, output_loading_info=True
            )
        except CoachaiError:
            raise
        except Exception as error:  # whatever a damaged file makes of loading
            raise cannot_load(folder, _EXTRA) from error
    # What a file lacks is filled up with noise, and the voices would be noise too.
    if (
        any("objective" not in key for key in loading["missing_keys"])
        or features.sampling_rate != SAMPLE_RATE
    ):
        raise cannot_load(folder, _EXTRA)
    return model.eval().to(where), features, where
