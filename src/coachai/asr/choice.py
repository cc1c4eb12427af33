"""Which recogniser finds the words: what the user asked for, or the best that is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from coachai.asr.decoding import Decoder
from coachai.asr.journal import Journal
from coachai.asr.recogniser import Recogniser, Resumable
from coachai.errors import InputRefused
from coachai.languages import UNDERSTOOD
from coachai.media import Audio
from coachai.records import Progress, Span
from coachai.transcript import Recognition

CHOICES = ("auto", "faster-whisper", "captions", "pocketsphinx", "none")
"""What may be asked for with --asr."""


def choose(
    asr: str,
    *,
    captions: Path | None = None,
    model: str | None = None,
    language: str = "en",
    device: str = "auto",
) -> Explained:
    """The recogniser for `asr`; its Recognition's note begins with which one it is and why.

    `auto` takes captions when a file is given, else a Whisper model when one is named or on this machine,
    else the small built-in recogniser, which knows only English. `model` is a size, a hub name or a
    folder. `language` is a code such as ``en`` or ``en-US``, or ``auto`` to have it detected; `device` is
    ``auto``, ``cpu`` or ``cuda``. Raises InputRefused for an unknown choice or a choice that lacks its
    file, and EnvironmentLacks where a model is asked for that is not on this machine.
    """
    if asr not in CHOICES:
        raise InputRefused("UNKNOWN_ASR", f"There is no recogniser called {asr}: use {_listed(CHOICES)}.")
    language = primary(language)
    if asr == "auto":
        return _best(captions, model, language, device)
    if asr == "captions":
        if captions is None:
            raise InputRefused("NO_CAPTIONS", "Name the caption file with --captions, such as zoom.vtt.")
        return _captions(captions, language, "as you asked")
    if asr == "faster-whisper":
        return _whisper(model or _preferred(language), language, device, "as you asked")
    if asr == "pocketsphinx":
        if not _english(language):
            raise InputRefused(
                "ENGLISH_ONLY",
                "The built-in recogniser knows only English: fetch a Whisper model, or use none.",
            )
        return _embedded("as you asked")
    return _silent("as you asked")


def served(asked: Asked, decoder: Decoder, kind: Callable[[], str]) -> Explained:
    """The recogniser for a lesson whose words a serving engine finds; captions need no engine.

    `kind` tells which recogniser the engine's model (`decoder`) belongs to. Raises as `choose`, and
    InputRefused (``NOT_SERVED``) where another recogniser or model is asked for than the engine holds.
    """
    asr, model = asked.asr, asked.model
    if asr in ("captions", "none") or (asr == "auto" and asked.captions is not None) or asr not in CHOICES:
        return choose(asr, captions=asked.captions, language=asked.language)
    if asr not in ("auto", kind()) or (model is not None and Path(model).name != decoder.name):
        raise InputRefused(
            "NOT_SERVED",
            f"The engine finds words with {decoder.name}, not with {model or asr}: leave out --asr and "
            "--model to take that, or leave out --engine ray.",
        )
    why = "because you named it" if model is not None else "as you asked"
    if asr == "auto" and model is None:
        why = "because the engine holds it"
    if kind() == "faster-whisper":
        return whisper_by(decoder, primary(asked.language), why)
    if not _english(primary(asked.language)):
        return _silent("because the engine's recogniser does not know the language")
    return embedded_by(decoder, why)


def heard_twice(chosen: Explained) -> Explained:
    """The same choice, hearing the lesson twice and marking what differs. Raises InputRefused (``TWICE``)."""
    from coachai.asr.faster_whisper import FasterWhisper
    from coachai.asr.twice import Twice

    if not isinstance(chosen.recogniser, FasterWhisper):
        raise InputRefused(
            "TWICE",
            "Only a Whisper model can hear a lesson twice: add --asr faster-whisper, or leave out --twice.",
        )
    return Explained(Twice(chosen.recogniser, chosen.recogniser.again()), chosen.sentence)


class Asked(Protocol):
    """The wishes about words, as `coachai.observing.Observing` holds them."""

    @property
    def asr(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def captions(self) -> Path | None: ...
    @property
    def language(self) -> str: ...


class Explained:
    """A recogniser whose note begins with the sentence that says why it was taken."""

    def __init__(self, recogniser: Recogniser, sentence: str) -> None:
        self.recogniser = recogniser
        self.sentence = sentence

    def keeping(self, journal: Journal) -> Explained:
        """The same, with what is heard kept in a journal, if the recogniser hears at all: captions are
        instant, and are laid as a whole."""
        its = self.recogniser
        return Explained(its.keeping(journal), self.sentence) if isinstance(its, Resumable) else self

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """What the recogniser hears; see `Recogniser`."""
        recognition = self.recogniser.transcribe(audio, speech, progress)
        return replace(recognition, note=f"{self.sentence} {recognition.note}".strip())


def _best(captions: Path | None, model: str | None, language: str, device: str) -> Explained:
    if captions is not None:
        return _captions(captions, language, "because you gave a caption file")
    if model is not None:
        return _whisper(model, language, device, "because you named it")
    here = _here(language)
    if here is not None:
        return _whisper(here, language, device, "because it is the best on this machine")
    if _english(language):
        return _embedded(
            "because there is no better one on this machine (coachai models fetch small.en gets one, and "
            "captions from your meeting tool do as well)"
        )
    return _silent("because no recogniser on this machine knows the language")


def _here(language: str) -> str | None:
    """The best model on this machine that knows the language; to detect it, rather one that knows many."""
    from coachai.asr.models import installed

    here = installed()
    many = [model.name for model in here if not model.english_only]
    every = [model.name for model in here]
    fitting = {"en": every, "auto": [*many, *every]}.get(language, many)
    return fitting[0] if fitting else None


def _preferred(language: str) -> str:
    """The model for a user who asked for Whisper without naming one; it may have to be fetched first."""
    return _here(language) or ("small.en" if language == "en" else "small")


def _captions(path: Path, language: str, why: str) -> Explained:
    from coachai.asr.captions import Captions

    spoken = UNDERSTOOD if language == "auto" else language
    return Explained(Captions(path, spoken), f"The words were taken from the captions in {path.name}, {why}.")


def _whisper(model: str, language: str, device: str, why: str) -> Explained:
    from coachai.asr.whisper_decoder import LoadedWhisper

    return whisper_by(LoadedWhisper(model, device=device), language, why)


def whisper_by(decoder: Decoder, language: str, why: str) -> Explained:
    """The Whisper recogniser on a model, wherever that is."""
    from coachai.asr.faster_whisper import FasterWhisper

    recogniser = FasterWhisper(decoder, language=None if language == "auto" else language)
    return Explained(recogniser, f"The words were recognised by the Whisper model {decoder.name}, {why}.")


def _embedded(why: str) -> Explained:
    from coachai.asr.pocketsphinx import Sphinx

    return embedded_by(Sphinx(), why)


def embedded_by(decoder: Decoder, why: str) -> Explained:
    """The embedded recogniser on its decoders, wherever these are."""
    from coachai.asr.pocketsphinx import PocketSphinx

    return Explained(
        PocketSphinx(decoder), f"The words were recognised by the small built-in recogniser, {why}."
    )


def _silent(why: str) -> Explained:
    from coachai.asr.silent import NoWords

    return Explained(NoWords(), f"No words were looked for, {why}.")


def primary(language: str) -> str:
    """The language of a code such as ``en-US``, without its region."""
    return language.strip().lower().replace("_", "-").partition("-")[0]


def _english(language: str) -> bool:
    return language in ("auto", "en")


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
