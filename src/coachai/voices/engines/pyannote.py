"""pyannote.audio's speaker diarization from a folder on this machine; nothing is fetched, nothing is told.

Its telemetry is switched off before it is imported, the sound is handed over in memory, and a pipeline that
names a model on a hub is refused instead of fetched. Its weights are Python pickles, which can run code: use
only a folder that comes from where you trust. What it knows of a voice ends with the call.

The whole sound stands in memory as 32-bit numbers, 230 MB an hour, beside about 1.5 GB for torch and the
models; the sound's own file stays where it is.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.errors import CoachaiError, EnvironmentLacks, InputRefused
from coachai.media.audio import SAMPLE_RATE, Audio
from coachai.records import Progress, Span
from coachai.voices.engines.diarizer import ToldApart
from coachai.voices.engines.local import (
    cannot_load,
    folder_of,
    plain_name,
    require_packages,
    stay_offline,
    torch_device,
)
from coachai.voices.engines.turns import VoiceTurn, told_by_turns

SURE = 0.9
"""Chance that a turn's voice is the one it names: the pipeline gives none of its own, and published figures
(DIHARD, AMI: 5 to 10 % of speech given to a wrong voice) say about that much."""

PARTS = ("segmentation", "embedding", "plda")
"""What a pipeline is made of; each must lie on this machine, and one that is left out would be fetched."""

_WINDOW = 60 * SAMPLE_RATE  # samples converted at a time
_ENDS = {"segmentation": 0.3, "embeddings": 0.95}  # where in the whole work the two slow steps end, about
_EXTRA = "pyannote"


class Pyannote:
    """A diarization pipeline of pyannote.audio 4 in a folder: `config.yaml` and the models it names.

    Everything that can be wrong is found here, before minutes of work. `device` is ``auto``, ``cpu`` or
    ``cuda``. Raises InputRefused (NO_VOICE_MODEL, UNKNOWN_DEVICE) and EnvironmentLacks (NO_VOICE_ENGINE,
    VOICE_MODEL_ELSEWHERE, VOICE_MODEL_DAMAGED, NO_GPU).
    """

    def __init__(self, folder: str, *, device: str = "auto") -> None:
        where = folder_of(folder, "pyannote")
        _require_whole(where)
        require_packages(_EXTRA)
        self.name = f"pyannote {plain_name(where)}"
        self._pipeline = _opened(where, device)

    def tell_apart(self, audio: Audio, pieces: Sequence[Span], progress: Progress) -> ToldApart:
        """Who speaks in `pieces`; see `Diarizer`. It hears the whole sound, pauses too."""
        import torch

        if not pieces:
            progress(1.0)
            return told_by_turns((), (), sure=SURE, overlap=())
        waveform = torch.from_numpy(_whole(audio))[None]
        with warnings.catch_warnings():
            # About short sounds and arithmetic: nothing that a teacher could act on.
            warnings.simplefilter("ignore")
            said = self._pipeline({"waveform": waveform, "sample_rate": SAMPLE_RATE}, hook=_Hook(progress))
        turns = [
            VoiceTurn(start=max(0.0, turn.start), end=max(0.0, turn.end), voice=str(voice))
            for turn, _, voice in said.exclusive_speaker_diarization.itertracks(yield_label=True)
        ]
        several = [
            Span(start=max(0.0, each.start), end=max(0.0, each.end))
            for each in said.speaker_diarization.get_overlap()
        ]
        progress(1.0)
        return told_by_turns(turns, pieces, sure=SURE, overlap=several)


class _Hook:
    """Turns the pipeline's own steps into a fraction that only grows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0.0

    def __call__(self, step: str, *_: object, **counts: Any) -> None:
        total, completed = counts.get("total"), counts.get("completed")
        if step not in _ENDS or not total or completed is None:
            return
        begins = max((end for end in _ENDS.values() if end < _ENDS[step]), default=0.0)
        share = min(1.0, float(completed) / float(total))
        self._done = max(self._done, begins + (_ENDS[step] - begins) * share)
        self._progress(self._done)


def _whole(audio: Audio) -> NDArray[np.float32]:
    """All of the sound, converted once and in parts, so that there is never a second copy of it."""
    samples = np.empty(len(audio), dtype=np.float32)
    for first in range(0, len(audio), _WINDOW):
        part = audio.read_samples(first, first + _WINDOW)
        samples[first : first + len(part)] = part
    return samples


def _require_whole(folder: Path) -> None:
    """Raise unless the folder is a diarization pipeline whose every part lies on this machine."""
    import yaml

    try:
        config = yaml.safe_load(folder.joinpath("config.yaml").read_text(encoding="utf-8"))
        pipeline = config["pipeline"]
        name, parts = str(pipeline["name"]), dict(pipeline["params"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError):
        raise _no_pipeline(folder) from None
    # Only what tells voices apart; a pipeline file may name any class of any package, which would then run.
    if not name.startswith("pyannote.audio.pipelines.") or not name.endswith(".SpeakerDiarization"):
        raise _no_pipeline(folder)
    if config.get("preprocessors"):
        raise _no_pipeline(folder)
    away = [part for part in PARTS if not _is_here(parts.get(part), folder)]
    if away:
        raise EnvironmentLacks(
            "VOICE_MODEL_ELSEWHERE",
            f"The pipeline in {folder} does not bring its own {' and '.join(away)}, and none is fetched: get "
            "the whole folder of pyannote/speaker-diarization-community-1 once, from huggingface.co, after "
            "accepting its conditions there.",
        )


def _is_here(part: object, folder: Path) -> bool:
    """Whether a part of a pipeline lies on this machine: `$model/NAME` in its folder, or a whole path."""
    if not isinstance(part, str):
        return False
    if part.startswith("$model/"):
        return folder.joinpath(part.removeprefix("$model/")).is_dir()
    return Path(part).is_absolute() and Path(part).exists()


def _no_pipeline(folder: Path) -> InputRefused:
    return InputRefused(
        "NO_VOICE_MODEL",
        f"{folder} is not the folder of a pyannote pipeline that tells voices apart: it needs a config.yaml "
        "such as that of pyannote/speaker-diarization-community-1.",
    )


def _opened(folder: Path, device: str) -> Any:
    """The pipeline, loaded; every other telling of what went wrong becomes one sentence."""
    # Both are read when the packages are imported, and the first each time again.
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    stay_offline()
    with warnings.catch_warnings():
        # It warns that it cannot read sound files; it is never asked to.
        warnings.simplefilter("ignore")
        try:
            from pyannote.audio import Pipeline
        except (ImportError, OSError, RuntimeError):
            raise EnvironmentLacks(
                "NO_VOICE_ENGINE",
                "pyannote.audio is installed, but cannot start: torch and torchaudio must be of one kind, "
                "both for the processor or both for a GPU. Install them anew from one place.",
            ) from None
        try:
            pipeline = Pipeline.from_pretrained(folder, token=False)
            pipeline.legacy = False
            pipeline.to(torch_device(device))
        except CoachaiError:
            raise
        except Exception as error:  # whatever a damaged file makes of loading
            raise cannot_load(folder, _EXTRA) from error
    return pipeline
