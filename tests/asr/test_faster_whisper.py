"""The Whisper recogniser, with a real CTranslate2 model that the tests build."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachai.asr.faster_whisper import FasterWhisper
from coachai.asr.whisper_decoder import LoadedWhisper
from coachai.errors import EnvironmentLacks, InputRefused
from coachai.media import SAMPLE_RATE, Audio
from coachai.records import Span
from coachai.transcript import Recognition
from tests.asr.miniature import Script, build, tone

ICE, LIGHTER, LOOP, DREAM, THANKS, NOISE, RUSH, SPANISH = range(8)
SCRIPTS = [
    Script("Why does ice float on water?"),
    Script("Because it is lighter."),
    Script("Yes it is. " * 13),
    Script("Thanks for watching!", doubt=0.2),
    Script("Thanks for watching!"),
    Script("Some muttering nobody said.", doubt=0.3, no_speech=True),
    Script("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"),
    Script("Hola a todos.", language="es"),
]
Said = tuple[float, int, float]
"""Start in seconds, script, length in seconds."""


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build(tmp_path_factory.mktemp("models") / "miniature.en", SCRIPTS))


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build(tmp_path_factory.mktemp("models") / "miniature", SCRIPTS, multilingual=True))


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a recogniser went online")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def recorded(folder: Path, said: Sequence[Said], seconds: float) -> tuple[Audio, list[Span]]:
    """A recording with tones, on disk without filling it, and its speech regions."""
    path = folder / "sound.raw"
    with path.open("wb") as file:
        file.truncate(round(seconds * SAMPLE_RATE) * 2)
        for start, script, length in said:
            file.seek(round(start * SAMPLE_RATE) * 2)
            file.write(np.round(tone(script, length) * 32767).astype("<i2").tobytes())
    return Audio(path), [Span(start=start, end=start + length) for start, _, length in said]


def apart(model: str, batch_size: int = 8, language: str | None = "en") -> FasterWhisper:
    """The miniature knows one tone a clip, so that every piece is one of its own."""
    return FasterWhisper(LoadedWhisper(model, batch_size=batch_size), language=language, together=False)


def text(recognition: Recognition) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in recognition.lines]


def nothing(_: float) -> None:
    pass


def test_hears_each_region_and_keeps_words_inside_speech(english: str, tmp_path: Path) -> None:
    audio, speech = recorded(tmp_path, [(1.0, ICE, 2.4), (8.0, LIGHTER, 1.7)], 12)
    heard = apart(english).transcribe(audio, speech, nothing)
    assert text(heard) == ["Why does ice float on water?", "Because it is lighter."]
    assert [(line.start, line.end) for line in heard.lines] == [(1.0, 3.4), (8.0, 9.7)]
    # Word k of a clip stands at 0.4 * k; the clip begins in the margin before the region.
    assert [word.start for word in heard.lines[0].words][2:] == pytest.approx([1.6, 2.0, 2.4, 2.8], abs=0.05)
    assert all(0.9 < word.probability <= 1 for line in heard.lines for word in line.words)
    assert (heard.recogniser, heard.model, heard.language) == ("faster-whisper", "miniature.en", "en")
    assert (heard.marks, heard.names, heard.dropped) == (True, False, 0)
    assert "check a quotation" in heard.note


def test_drops_words_that_stand_in_silence(english: str, tmp_path: Path) -> None:
    # One clip from 0.8 s; "on" stands at 2.4 to 2.8 s, far from both regions.
    audio, speech = recorded(tmp_path, [(1.0, ICE, 0.9), (3.2, ICE, 0.8)], 6)
    heard = apart(english).transcribe(audio, speech, nothing)
    assert text(heard) == ["Why does ice float", "water?"]
    assert heard.dropped == 1


def test_brings_words_behind_the_end_of_a_clip_back(english: str, tmp_path: Path) -> None:
    # Words of this clip are counted to 3.0 s although its sound ends at 2.2 s.
    audio, speech = recorded(tmp_path, [(1.0, ICE, 1.8)], 2.9)
    heard = apart(english).transcribe(audio, speech, nothing)
    assert text(heard) == ["Why does ice float on water?"]
    assert heard.lines[-1].end == pytest.approx(2.8)


@pytest.mark.parametrize(
    ("script", "seconds", "kept"),
    [
        (LOOP, 16.0, "Yes it is. Yes it is."),
        (DREAM, 2.0, None),
        (THANKS, 2.0, "Thanks for watching!"),
        (NOISE, 2.0, None),
        (RUSH, 1.0, None),
        (RUSH, 6.2, SCRIPTS[RUSH].text),
    ],
)
def test_drops_what_looks_invented(
    english: str, tmp_path: Path, script: int, seconds: float, kept: str | None
) -> None:
    audio, speech = recorded(tmp_path, [(0.5, script, seconds), (30.0, LIGHTER, 2.0)], 35)
    heard = apart(english).transcribe(audio, speech, nothing)
    *first, last = text(heard)
    assert (" ".join(first) or None) == kept
    assert last == "Because it is lighter."
    written = len(SCRIPTS[script].text.split())
    assert heard.dropped == written - len((kept or "").split())


def test_a_long_monologue_is_heard_to_its_end(
    english: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = [(0.0, ICE, 25.0), (25.0, LIGHTER, 25.0), (50.0, ICE, 20.0)]
    audio, _ = recorded(tmp_path, said, 70)
    samples = np.fromfile(audio.path, "<i2")
    for cut in (24.9, 49.9):
        samples[round(cut * SAMPLE_RATE) : round((cut + 0.2) * SAMPLE_RATE)] = 0
    samples.tofile(audio.path)
    heard = apart(english).transcribe(Audio(audio.path), [Span(start=0.0, end=70.0)], nothing)
    assert " ".join(text(heard)) == f"{SCRIPTS[ICE].text} {SCRIPTS[LIGHTER].text} {SCRIPTS[ICE].text}"
    assert [word.start for line in heard.lines for word in line.words][6] == pytest.approx(25.0, abs=0.1)
    assert "longer than 30 seconds" not in caplog.text


def test_batches_change_nothing_but_the_speed(english: str, tmp_path: Path) -> None:
    audio, speech = recorded(tmp_path, [(5.0 * k, k % 2, 2.5) for k in range(5)], 30)
    alone = apart(english, batch_size=1).transcribe(audio, speech, nothing)
    assert apart(english, batch_size=4).transcribe(audio, speech, nothing) == alone
    assert len(alone.lines) == 5


def test_what_lies_apart_is_heard_together_and_told_apart(english: str, tmp_path: Path) -> None:
    # Two pieces in one window: word k stands 0.4 * k behind its beginning, the second piece at 1.9 s.
    audio, speech = recorded(tmp_path, [(1.0, ICE, 1.0), (400.0, ICE, 1.4)], 500)
    heard = FasterWhisper(LoadedWhisper(english)).transcribe(audio, speech, nothing)
    assert text(heard) == ["Why does ice float", "on water?"]
    assert [line.start for line in heard.lines] == [1.0, 400.0]
    assert heard.lines[0].end <= 2.0
    assert heard.lines[1].end <= 401.4


def test_hearing_together_takes_fewer_windows_and_hears_the_same_pieces(
    english: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import BatchedInferencePipeline

    windows: list[int] = []
    real = BatchedInferencePipeline.forward

    def counting(self: object, features: np.ndarray, *rest: object) -> object:
        windows.append(len(features))
        return real(self, features, *rest)

    monkeypatch.setattr(BatchedInferencePipeline, "forward", counting)
    audio, speech = recorded(tmp_path, [(20.0 * k, ICE, 2.4) for k in range(16)], 330)
    recogniser = FasterWhisper(LoadedWhisper(english, batch_size=2))
    recogniser.transcribe(audio, speech, nothing)
    assert sum(windows) == 2
    windows.clear()
    recogniser.again().transcribe(audio, speech, nothing)
    assert sum(windows) == 4


def test_progress_rises_between_batches_and_may_interrupt(english: str, tmp_path: Path) -> None:
    audio, speech = recorded(tmp_path, [(5.0 * k, k % 2, 2.5) for k in range(4)], 30)
    recogniser = apart(english, batch_size=1)
    steps: list[float] = []
    whole = recogniser.transcribe(audio, speech, steps.append)
    assert steps == sorted(steps)
    assert len(set(steps)) == 5
    assert steps[-1] == 1.0

    def interrupt(done: float) -> None:
        if done > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recogniser.transcribe(audio, speech, interrupt)
    assert recogniser.transcribe(audio, speech, nothing) == whole


def test_takes_smaller_batches_where_memory_is_short(
    english: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import BatchedInferencePipeline

    real = BatchedInferencePipeline.forward

    def cramped(self: object, features: np.ndarray, *rest: object) -> object:
        if len(features) > 1:
            raise RuntimeError("CUDA failed with error out of memory")
        return real(self, features, *rest)

    audio, speech = recorded(tmp_path, [(5.0 * k, k % 2, 2.5) for k in range(5)], 30)
    whole = apart(english).transcribe(audio, speech, nothing)
    monkeypatch.setattr(BatchedInferencePipeline, "forward", cramped)
    assert apart(english).transcribe(audio, speech, nothing) == whole


def test_language_is_forced_or_detected_over_the_whole_recording(multilingual: str, tmp_path: Path) -> None:
    said = [(1.0, SPANISH, 4.0), (9.0, ICE, 2.5), (15.0, SPANISH, 4.0)]
    audio, speech = recorded(tmp_path, said, 20)
    detecting = apart(multilingual, language=None)
    assert detecting.transcribe(audio, speech, nothing).language == "es"
    assert detecting.transcribe(audio, speech[1:2], nothing).language == "en"
    forced = apart(multilingual, language="en").transcribe(audio, speech, nothing)
    assert forced.language == "en"
    assert SCRIPTS[ICE].text in text(forced)


def test_each_piece_is_recognised_in_its_own_language(
    multilingual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import BatchedInferencePipeline

    asked: list[str] = []
    whole = BatchedInferencePipeline.transcribe

    def noting(self: Any, *args: Any, **how: Any) -> Any:
        asked.append(how["language"])
        return whole(self, *args, **how)

    monkeypatch.setattr(BatchedInferencePipeline, "transcribe", noting)
    audio, speech = recorded(tmp_path, [(1.0, ICE, 5.5), (10.0, SPANISH, 6.0), (20.0, LIGHTER, 5.5)], 30)
    heard = apart(multilingual, language="en").transcribe(audio, speech, nothing)
    assert asked == ["en", "es"]
    assert text(heard) == [SCRIPTS[k].text for k in (ICE, SPANISH, LIGHTER)]
    assert heard.language == "en"
    assert "knows only English" not in heard.note


def test_a_clip_in_several_languages_is_recognised_piece_by_piece(multilingual: str, tmp_path: Path) -> None:
    audio, speech = recorded(tmp_path, [(1.0, SPANISH, 6.0), (20.0, ICE, 5.5), (40.0, SPANISH, 6.0)], 60)
    heard = FasterWhisper(LoadedWhisper(multilingual), language="en").transcribe(audio, speech, nothing)
    assert text(heard) == [SCRIPTS[k].text for k in (SPANISH, ICE, SPANISH)]


def test_one_look_at_the_language_is_enough_where_it_is_plain(
    multilingual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faster_whisper import WhisperModel

    encoded: list[int] = []
    real = WhisperModel.encode

    def counting(self: WhisperModel, features: np.ndarray) -> object:
        encoded.append(len(features) if features.ndim == 3 else 1)
        return real(self, features)

    monkeypatch.setattr(WhisperModel, "encode", counting)
    audio, speech = recorded(tmp_path, [(30.0 * k, ICE, 20.0) for k in range(4)], 120)
    heard = apart(multilingual).transcribe(audio, speech, nothing)
    assert text(heard) == [SCRIPTS[ICE].text] * 4
    assert encoded == [4]


def test_a_model_that_knows_only_english_says_so(english: str, tmp_path: Path) -> None:
    audio, speech = recorded(tmp_path, [(1.0, ICE, 5.5)], 10)
    assert "knows only English" in apart(english).transcribe(audio, speech, nothing).note


@pytest.mark.parametrize("language", ["es", "klingon"])
def test_refuses_a_language_the_model_does_not_know(english: str, tmp_path: Path, language: str) -> None:
    audio, speech = recorded(tmp_path, [(1.0, ICE, 2.5)], 5)
    with pytest.raises(InputRefused, match=language):
        apart(english, language=language).transcribe(audio, speech, nothing)


def test_a_recording_without_speech_has_no_words(english: str, tmp_path: Path) -> None:
    audio, _ = recorded(tmp_path, [], 5)
    steps: list[float] = []
    heard = apart(english).transcribe(audio, [], steps.append)
    assert (heard.lines, heard.dropped, steps[-1]) == ((), 0, 1.0)


def test_memory_does_not_grow_with_the_recording(english: str, tmp_path: Path) -> None:
    hours = 2
    audio, speech = recorded(tmp_path, [(1800.0 * k, ICE, 2.4) for k in range(2 * hours)], hours * 3600)
    recogniser = apart(english, batch_size=2)
    recogniser.transcribe(audio, speech[:1], nothing)
    tracemalloc.start()
    try:
        heard = recogniser.transcribe(audio, speech, nothing)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text(heard) == [SCRIPTS[ICE].text] * 4
    # The whole sound as an array would take 460 MB.
    assert peak < 60e6


def test_says_how_to_get_a_model_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHAI_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EnvironmentLacks, match=r"coachai models fetch small\.en"):
        FasterWhisper(LoadedWhisper("small.en"))
    with pytest.raises(EnvironmentLacks, match="coachai models fetch someone/whisper-school"):
        FasterWhisper(LoadedWhisper("someone/whisper-school"))
    with pytest.raises(InputRefused, match="no model called smal"):
        FasterWhisper(LoadedWhisper("smal"))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputRefused, match=r"no model\.bin, tokenizer\.json"):
        FasterWhisper(LoadedWhisper(str(tmp_path)))


def test_refuses_a_device_it_does_not_know_and_a_broken_model(english: str, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="auto, cpu or cuda"):
        FasterWhisper(LoadedWhisper(english, device="tpu"), together=False)
    for name in ("model.bin", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    audio, speech = recorded(tmp_path, [(1.0, ICE, 2.5)], 5)
    with pytest.raises(InputRefused, match="cannot be read"):
        FasterWhisper(LoadedWhisper(str(tmp_path))).transcribe(audio, speech, nothing)
