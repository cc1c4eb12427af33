"""One pipeline: in this process and through Ray Serve (its local testing mode) the results are the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from coachai.asr.faster_whisper import FasterWhisper
from coachai.asr.journal import Journal
from coachai.asr.whisper_decoder import LoadedWhisper
from coachai.errors import InputRefused
from coachai.media import SAMPLE_RATE, Audio
from coachai.observing import Models, Observing, models_here
from coachai.pipeline import observe, prescreen
from coachai.records import Span, Transcript
from coachai.report.codec import encode_report
from coachai.rubric import load_rubric
from coachai.serve.app import here
from coachai.serve.handles import Handles
from coachai.serve.remote import REGION, EngineDecoder, models_on
from coachai.serve.settings import Arguments, Labels, Words
from tests.asr.miniature import Script, build, tone
from tests.serve.lessons import Counted, engine_on

SAMPLE = Path(__file__).parents[2] / "samples" / "lesson.mp4"
SCRIPTS = [Script("Why does ice float on water?"), Script("Because it is lighter.")]
Said = tuple[float, int, float]


def quiet(_: object) -> None:
    return None


@pytest.fixture(scope="module")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build(tmp_path_factory.mktemp("models") / "miniature.en", SCRIPTS))


@pytest.fixture(scope="module")
def whispering(miniature: str) -> Handles:
    return here(Arguments(words=Words(asr="faster-whisper", model=miniature)))


@pytest.fixture(scope="module")
def embedded() -> Handles:
    return here(Arguments(words=Words(asr="pocketsphinx", workers=2), labels=Labels(labels="auto")))


def recorded(folder: Path, said: Sequence[Said], seconds: float) -> tuple[Audio, list[Span]]:
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for start, script, length in said:
        sound = tone(script, length)
        samples[round(start * SAMPLE_RATE) :][: len(sound)] = sound
    spans = [Span(start=start, end=start + length) for start, _, length in said]
    return Audio.from_array(samples, folder / "sound.raw"), spans


@pytest.fixture
def lesson(tmp_path: Path) -> tuple[Audio, list[Span]]:
    """Twenty clips, three regions."""
    return recorded(tmp_path, [(0.3 + 7.0 * k, k % 2, 2.4) for k in range(20)], 145)


def test_split_over_transcribers_it_equals_the_whole(
    whispering: Handles, miniature: str, lesson: tuple[Audio, list[Span]]
) -> None:
    whole = FasterWhisper(LoadedWhisper(miniature), together=False).transcribe(*lesson, quiet)
    counted = Counted(whispering)
    told: list[float] = []
    split = FasterWhisper(EngineDecoder(engine_on(counted)), together=False).transcribe(*lesson, told.append)
    assert split == whole
    assert len(whole.lines) == 20
    regions = [arguments[3] for _, method, arguments in counted.asked if method == "decode"]
    assert sorted(len(each) for each in regions) == [4, REGION, REGION]
    assert told == sorted(told)
    assert len(told) > 20


def test_clips_of_several_pieces_are_split_and_joined_without_a_seam(
    whispering: Handles, miniature: str, tmp_path: Path
) -> None:
    audio, spans = recorded(tmp_path, [(40.0 * k, 0, 2.4 + k % 3) for k in range(90)], 3700)
    whole = FasterWhisper(LoadedWhisper(miniature)).transcribe(audio, spans, quiet)
    counted = Counted(whispering)
    assert FasterWhisper(EngineDecoder(engine_on(counted))).transcribe(audio, spans, quiet) == whole
    clips = [arguments[1] for _, method, arguments in counted.asked if method == "decode"]
    assert len(clips) == 2
    assert all(len(clip) > 1 for region in clips for clip in region)


def test_a_transcriber_lost_in_the_middle_costs_its_region_and_no_word(
    whispering: Handles, miniature: str, lesson: tuple[Audio, list[Span]]
) -> None:
    whole = FasterWhisper(LoadedWhisper(miniature), together=False).transcribe(*lesson, quiet)
    counted = Counted(whispering, lose_after=11)
    assert (
        FasterWhisper(EngineDecoder(engine_on(counted)), together=False).transcribe(*lesson, quiet) == whole
    )
    asked = [place for _, method, arguments in counted.asked if method == "decode" for place in arguments[3]]
    assert counted.lost == 1
    assert len(asked) - 20 <= REGION
    assert set(asked) == set(range(20))


def test_what_an_engine_heard_is_kept_over_an_interruption(
    whispering: Handles, lesson: tuple[Audio, list[Span]], tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "kept", "key")

    def stop(done: float) -> None:
        if done > 0.3:
            raise KeyboardInterrupt

    engine = FasterWhisper(EngineDecoder(engine_on(whispering)), together=False)
    with pytest.raises(KeyboardInterrupt):
        engine.keeping(journal).transcribe(*lesson, stop)
    kept = len(journal.read())
    assert kept >= 6
    counted = Counted(whispering)
    again = FasterWhisper(EngineDecoder(engine_on(counted)), together=False).keeping(journal)
    assert again.transcribe(*lesson, quiet) == engine.transcribe(*lesson, quiet)
    asked = [place for _, method, arguments in counted.asked if method == "decode" for place in arguments[3]]
    assert len(asked) == 20 - kept


def heard(path: Path, how: Observing, models: Models, folder: Path) -> object:
    folder.mkdir()
    transcript: Transcript = observe(path, how, folder=folder, progress=lambda _: quiet, models=models)
    return encode_report(prescreen(transcript, load_rubric("wait-time")))


def test_the_report_of_the_sample_is_the_same(embedded: Handles, tmp_path: Path) -> None:
    how = Observing(asr="pocketsphinx", labels="auto")
    served = heard(SAMPLE, how, models_on(engine_on(embedded), how), tmp_path / "served")
    assert served == heard(SAMPLE, how, models_here(how), tmp_path / "here")


def test_with_captions_only_voices_and_talk_are_asked(embedded: Handles, tmp_path: Path) -> None:
    how = Observing(captions=SAMPLE.with_suffix(".vtt"), teacher="Rivera", labels="auto")
    counted = Counted(embedded)
    served = heard(SAMPLE, how, models_on(engine_on(counted), how), tmp_path / "served")
    assert served == heard(SAMPLE, how, models_here(how), tmp_path / "here")
    assert {door for door, method, _ in counted.asked if method != "about"} == {"Voices", "Discourse"}


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (Observing(asr="faster-whisper"), "finds words with pocketsphinx"),
        (Observing(model="large-v3"), "not with large-v3"),
        (Observing(voices="xvector:/models/x"), "Leave out --voices and --device"),
        (Observing(device="cuda"), "Leave out --voices and --device"),
        (Observing(labels="open"), "reads talk with talkmoves, not open"),
        (Observing(asr="pocketsphinx", twice=True), "Only a Whisper model"),
        (Observing(asr="sphinx"), "no recogniser called sphinx"),
    ],
)
def test_what_the_engine_does_not_hold_is_refused_before_anything_is_heard(
    embedded: Handles, how: Observing, sentence: str
) -> None:
    with pytest.raises(InputRefused, match=sentence):
        models_on(engine_on(embedded), how)


def test_a_name_that_is_not_in_the_captions_is_refused_through_the_engine(
    embedded: Handles, tmp_path: Path
) -> None:
    how = Observing(captions=SAMPLE.with_suffix(".vtt"), teacher="Nobody")
    with pytest.raises(InputRefused, match="Nobody"):
        heard(SAMPLE, how, models_on(engine_on(embedded), how), tmp_path / "served")
