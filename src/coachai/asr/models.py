"""Which models there are, where they lie, and how to fetch one.

Only `fetch` goes online; everything else looks at folders. A model is a folder with CTranslate2 weights
(`model.bin`) and a `tokenizer.json`. It is looked for in the folder named by `COACHAI_MODELS` and in the
cache that Hugging Face programs share.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coachai.errors import EnvironmentLacks, InputRefused
from coachai.records import Progress

NEEDED = ("model.bin", "tokenizer.json")
"""Files without which a folder is no model (without its tokenizer, loading it would go online)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model for `coachai models list`. `megabytes` is about what a download takes.

    `hub` is the name on huggingface.co, empty for what ships with coachai. `english_only` models are
    smaller or better at the same size, and know no other language.
    """

    name: str
    hub: str
    megabytes: int
    licence: str
    note: str
    english_only: bool = False

    @property
    def size(self) -> str:
        """The download in words, such as "484 MB" or "3.1 GB"."""
        return f"{self.megabytes} MB" if self.megabytes < 1000 else f"{self.megabytes / 1000:.1f} GB"


def _whisper(name: str, megabytes: int, note: str, hub: str = "") -> Model:
    return Model(
        name=name,
        hub=hub or f"Systran/faster-whisper-{name}",
        megabytes=megabytes,
        licence="MIT",
        note=note,
        english_only=name.endswith(".en") or name.startswith("distil"),
    )


KNOWN: tuple[Model, ...] = (
    _whisper("large-v3-turbo", 1620, "best on a GPU", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
    _whisper("large-v3", 3090, "invents more in silence than large-v2"),
    _whisper("large-v2", 3090, "slow without a GPU"),
    _whisper("large-v1", 3090, "superseded by large-v2"),
    _whisper("distil-large-v3.5", 1510, "English", "distil-whisper/distil-large-v3.5-ct2"),
    _whisper("distil-large-v3", 1510, "English", "Systran/faster-distil-whisper-large-v3"),
    _whisper("distil-large-v2", 1510, "English", "Systran/faster-distil-whisper-large-v2"),
    _whisper("medium.en", 1530, "English; slow without a GPU"),
    _whisper("medium", 1530, "slow without a GPU"),
    _whisper("distil-medium.en", 790, "English", "Systran/faster-distil-whisper-medium.en"),
    _whisper("small.en", 484, "English; the best that a laptop runs comfortably"),
    _whisper("small", 484, "the best in other languages that a laptop runs comfortably"),
    _whisper(
        "distil-small.en", 333, "English; faster than small.en", "Systran/faster-distil-whisper-small.en"
    ),
    _whisper("base.en", 145, "English; quick, mishears children"),
    _whisper("base", 145, "quick, mishears children"),
    _whisper("tiny.en", 75, "English; very quick, rough"),
    _whisper("tiny", 75, "very quick, rough"),
)
"""Whisper models, the one to prefer first. Weights by OpenAI and Hugging Face, converted by others."""

EMBEDDED: tuple[Model, ...] = (
    Model(
        name="silero-vad-v6",
        hub="",
        megabytes=1,
        licence="MIT",
        note="finds where there is speech; comes with faster-whisper",
    ),
    Model(
        name="pocketsphinx-en-us",
        hub="",
        megabytes=38,
        licence="BSD-2-Clause",
        note="English words of last resort; comes with pocketsphinx",
        english_only=True,
    ),
)
"""Models that are always there."""

_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}


def where() -> Path:
    """The folder that `fetch` fills: `COACHAI_MODELS`, or the cache of Hugging Face programs."""
    own = os.environ.get("COACHAI_MODELS")
    return Path(own).expanduser() if own else _hub_cache()


def find(name: str) -> Path | None:
    """The folder of a model on this machine, None where it is not here.

    `name` is a folder, a name of `KNOWN`, a name on the hub (``owner/model``), or the name of a folder in
    `where()`. Nothing is downloaded.
    """
    if complete(folder := Path(name).expanduser()):
        return folder
    if not name.strip() or name in (".", "..") or "\\" in name:
        return None
    known = known_model(name)
    hub = known.hub if known else name
    for place in dict.fromkeys((where(), _hub_cache())):
        for folder in _folders(place, known.name if known else name, hub):
            if complete(folder):
                return folder
    return None


def known_model(name: str) -> Model | None:
    """The entry of `KNOWN` for a name, an alias (`turbo`, `large`) or a hub name."""
    plain = _ALIASES.get(name, name)
    return next((model for model in KNOWN if plain in (model.name, model.hub)), None)


def installed() -> tuple[Model, ...]:
    """The known models that are on this machine, the one to prefer first."""
    return tuple(model for model in KNOWN if find(model.name))


def complete(folder: Path) -> bool:
    """Whether a folder holds all files of a model."""
    return all((folder / name).is_file() for name in NEEDED)


def _folders(place: Path, name: str, hub: str) -> Iterator[Path]:
    """Where a model may lie below `place`: as a plain folder, or as the hub's programs keep it."""
    yield place / name
    yield place / hub.rpartition("/")[2]
    kept = place / f"models--{hub.replace('/', '--')}"
    main = kept / "refs" / "main"
    if main.is_file():
        yield kept / "snapshots" / main.read_text().strip()
    if (kept / "snapshots").is_dir():
        yield from sorted((kept / "snapshots").iterdir())


def _hub_cache() -> Path:
    """Where Hugging Face programs keep models, by their own environment variables."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return Path(os.environ[name]).expanduser()
    if os.environ.get("HF_HOME"):
        return Path(os.environ["HF_HOME"]).expanduser() / "hub"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "hub"


_FETCHING = """
import sys
from huggingface_hub import snapshot_download
from huggingface_hub.utils import disable_progress_bars
disable_progress_bars()
repo, folder, patterns = sys.argv[1], sys.argv[2], sys.argv[3:]
place = {"local_dir": folder} if folder else {}
print(snapshot_download(repo, allow_patterns=patterns, **place))
"""
_PATTERNS = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")


def fetch(name: str, progress: Progress) -> Path:
    """Download a model of `KNOWN` or of the hub (``owner/model``) and return its folder.

    A model that is here is not fetched again; an interrupted download goes on where it stopped. Raises
    InputRefused (``UNKNOWN_MODEL``), EnvironmentLacks (``CANNOT_FETCH``) when the hub does not answer.
    """
    if here := find(name):
        progress(1.0)
        return here
    known = known_model(name)
    hub = known.hub if known else name
    if hub.count("/") != 1 or hub.startswith((".", "/", "~")):
        names = ", ".join(sorted(model.name for model in KNOWN))
        raise InputRefused("UNKNOWN_MODEL", f"There is no model called {name}. Known are: {names}.")
    own = os.environ.get("COACHAI_MODELS")
    folder = where() / (known.name if known else hub.rpartition("/")[2])
    growing = folder if own else where() / f"models--{hub.replace('/', '--')}"
    progress(0.0)
    environment = {**os.environ, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "0"}
    # In a process of its own, so that Ctrl-C ends the download at once.
    with subprocess.Popen(
        [sys.executable, "-c", _FETCHING, hub, str(folder) if own else "", *_PATTERNS],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as fetching:
        answer = _watched(fetching, growing, known, progress)
    folder = Path(os.fsdecode(answer).strip())
    if fetching.returncode != 0 or not complete(folder):
        raise EnvironmentLacks("CANNOT_FETCH", _by_hand(name, hub))
    progress(1.0)
    return folder


def _watched(
    fetching: subprocess.Popen[bytes], growing: Path, known: Model | None, progress: Progress
) -> bytes:
    """What the download answers; meanwhile the growing folder tells how far it is."""
    try:
        while True:
            try:
                return fetching.communicate(timeout=0.5)[0]
            except subprocess.TimeoutExpired:
                share = _bytes_below(growing) / 1e6 / known.megabytes if known else 0.0
                progress(min(0.99, share))
    finally:
        fetching.kill()


def _by_hand(name: str, hub: str) -> str:
    plain = hub.rpartition("/")[2]
    return (
        f"The model {name} could not be fetched from huggingface.co/{hub}. Check the connection and the free "
        f"disk space; or copy that folder from another machine to {where() / plain} (or anywhere, and name "
        "it with --model)."
    )


def _bytes_below(folder: Path) -> int:
    """Bytes in the files below a folder; files that vanish while we look count as nothing."""
    count = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                path = Path(parent, name)
                count += 0 if path.is_symlink() else path.stat().st_size
            except OSError:
                continue
    return count
