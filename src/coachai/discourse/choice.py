"""Which model reads classroom talk, or none: what the user asked for, or the best that is here.

`talkmoves` reads most; its weights may not be used for commercial purposes, and a copy of coachai may come
without them. `open` reads only how a teacher answers a student. `rules` is no model at all. A model that
somebody trained themselves is named by its folder, in the environment variable `COACHAI_DISCOURSE`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from coachai.discourse.card import Card
from coachai.discourse.model import FILES, Model, load, load_files, read_card_in
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.resources import resource

SETTING = "COACHAI_LABELS"
"""The environment variable that chooses where nothing else does."""

FOLDER = "COACHAI_DISCOURSE"
"""The environment variable that names the folder of an own model."""

SHIPPED = ("talkmoves", "open")
"""The models that coachai may come with, the one to prefer first."""

RULES = "rules"
CHOICES = ("auto", *SHIPPED, RULES)
"""What may be asked for with --labels."""

_SHIPPED_AS = {
    "talkmoves": ("CC BY-NC-SA 4.0", "reads questions, talk moves and uptake; not for commercial use"),
    "open": ("Apache-2.0", "reads uptake and focusing; rules find the rest"),
}
_MEGABYTES = 24
"""What a model that coachai may come with takes, about."""

_LOADED: dict[str, Model] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model for `coachai models list`."""

    name: str
    megabytes: int
    licence: str
    note: str
    here: bool

    @property
    def size(self) -> str:
        """Its size in words."""
        return f"{self.megabytes} MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A model that is on this machine: its card, and the folder with its files."""

    card: Card
    folder: Traversable

    @property
    def megabytes(self) -> int:
        """About what its files take."""
        return math.ceil(sum(len(self.folder.joinpath(name).read_bytes()) for name in FILES) / 1e6)

    def whole(self) -> Installed:
        """The same, once its files are as its card says. Raises EnvironmentLacks (LABEL_MODEL_DAMAGED)."""
        load_files(self.folder)
        return self

    def model(self) -> Model:
        """The model, ready to read; loaded once. Raises EnvironmentLacks (LABEL_MODEL_DAMAGED)."""
        digest = self.card.sha256_of_card
        if digest not in _LOADED:
            _LOADED[digest] = load(self.folder)
        return _LOADED[digest]


def choose(asked: str = "") -> Installed | None:
    """The model that `asked` names, whole and ready to be loaded, or None for rules alone.

    Nothing asked means what `COACHAI_LABELS` says, or `auto`: an own model, else the best one that is here.
    Raises InputRefused (UNKNOWN_LABELS), and EnvironmentLacks where the model that was asked for is not here
    (NO_LABEL_MODEL) or damaged (LABEL_MODEL_DAMAGED).
    """
    said = (asked or os.environ.get(SETTING, "")).strip().lower() or CHOICES[0]
    if said not in CHOICES:
        named = "--labels" if asked else SETTING
        raise InputRefused(
            "UNKNOWN_LABELS", f"There is no “{said}” for {named}: use {', '.join(CHOICES[:-1])} or {RULES}."
        )
    if said == RULES:
        return None
    here = [each for each in installed() if said in ("auto", each.card.name)]
    if said != "auto" and not here:
        raise EnvironmentLacks(
            "NO_LABEL_MODEL",
            f"The model “{said}” is not in this copy of coachai. Name its folder in {FOLDER}, or leave out "
            "--labels to go on with the best that is here (coachai models list shows it).",
        )
    return here[0].whole() if here else None


def installed() -> list[Installed]:
    """The models on this machine, the one to prefer first: an own one, then those that came along.

    Raises EnvironmentLacks (LABEL_MODEL_DAMAGED) where a folder is no model or its card cannot be read.
    """
    return [Installed(card=read_card_in(each), folder=each) for each in _folders()]


def same_model(digest: str) -> Model | None:
    """The model whose card has this hash, if it is on this machine. Raises EnvironmentLacks as `choose`."""
    its = next((each for each in installed() if each.card.sha256_of_card == digest), None)
    return its.model() if its else None


def listed() -> list[Listed]:
    """Every model that there is to know about: those on this machine, and what coachai may come with."""
    here = [
        Listed(
            name=each.card.name,
            megabytes=each.megabytes,
            licence=each.card.licence,
            note=_SHIPPED_AS[each.card.name][1] if each.card.name in _SHIPPED_AS else each.card.trained_on,
            here=True,
        )
        for each in installed()
    ]
    away = [
        Listed(name=name, megabytes=_MEGABYTES, licence=licence, note=note, here=False)
        for name, (licence, note) in _SHIPPED_AS.items()
        if name not in {each.name for each in here}
    ]
    return [*here, *away]


def _folders() -> Iterator[Traversable]:
    own = os.environ.get(FOLDER, "").strip()
    if own:
        yield Path(own).expanduser()
    for name in SHIPPED:
        folder = resource("models", "discourse", name)
        if folder.joinpath("card.json").is_file():
            yield folder
