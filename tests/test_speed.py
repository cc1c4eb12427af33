"""The speed benchmark: what it measures with, and that it measures both sides alike."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import speed
from benchmarks.random_whisper import FRAMES, LANGUAGES, SIZES, TOKENS_A_SECOND, build, spec, vocabulary
from benchmarks.speed_device import Setting, ran, row
from benchmarks.speed_lessons import SAMPLE, captions
from benchmarks.speed_operations import Work, counted
from benchmarks.speed_pairs import Asked, Heard, OneAtATime, Raced, batched, library, models, race, sequential
from benchmarks.speed_picture import Series, plotted
from coachai.media import Audio, decode, probe
from coachai.timeline import total
from coachai.voices.speech import find_speech


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny", "tiny")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    return decode(SAMPLE, tmp_path_factory.mktemp("sound"), lambda _: None, probe(SAMPLE))


@pytest.mark.parametrize(
    ("name", "tokens", "places"),
    [
        ("tiny", 51865, {"<|endoftext|>": 50257, "<|en|>": 50259, "<|nospeech|>": 50362, "<|0.00|>": 50364}),
        ("small.en", 51864, {"<|endoftext|>": 50256, "<|notimestamps|>": 50362, "<|0.00|>": 50363}),
        ("large-v3", 51866, {"<|yue|>": 50358, "<|translate|>": 50359, "<|30.00|>": 51865}),
    ],
)
def test_the_vocabulary_is_as_large_as_the_real_one(name: str, tokens: int, places: dict[str, int]) -> None:
    made = vocabulary(SIZES[name])
    assert len(made) == len(set(made)) == SIZES[name].vocabulary == tokens
    assert {token: made.index(token) for token in places} == places


def test_the_languages_are_those_of_the_library() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert sorted(LANGUAGES) == sorted(_LANGUAGE_CODES)


def test_a_model_has_as_many_weights_as_the_real_one() -> None:
    # The converter shares tables by name, so the ones of reading and writing count once.
    arrays = {name: value for name, value in spec("tiny").variables().items() if getattr(value, "ndim", 0)}
    count = sum(value.size for name, value in arrays.items() if "projection" not in name)
    # Keys have no bias in the real model; the converter fills one up, in 4 + 4 + 4 attentions.
    assert count - 12 * 384 == 37_760_640


def test_every_side_writes_as_much_and_as_forced(weights: Path, sample: Audio) -> None:
    spoken = find_speech(sample, lambda _: None)
    given = Asked(weights=weights, batch=4)
    model = library(given)
    told = {
        "batched": batched(model, given)(SAMPLE),
        "greedy": batched(model, replace(given, beam=1))(SAMPLE),
        "sequential": sequential(model, given)(SAMPLE),
    }
    doing, counting = models(given)
    heard = doing.recogniser.transcribe(sample, spoken, lambda _: None)
    told["ours"] = counting.told(sum(len(line.words) for line in heard.lines))
    for name, side in told.items():
        assert side.tokens / total(spoken) == pytest.approx(TOKENS_A_SECOND, rel=0.1), name
    assert told["greedy"].tokens == told["batched"].tokens
    # Nearly all that is written reaches the lesson: words are placed where somebody speaks, and believed.
    assert told["ours"].words > 0.85 * told["batched"].words


def test_operations_are_those_of_the_matrices() -> None:
    size, made = SIZES["tiny"], spec("tiny")
    named = made.encoder.variables(ordered=True)
    matrices = sum(value.size for name, value in named if value.ndim == 2 and "position" not in name)
    ears = 2 * 2 * FRAMES * made.encoder.conv1.weight.size + 2 * FRAMES * made.encoder.conv2.weight.size
    looking = size.encoder * 2 * 2 * FRAMES**2 * size.width
    nothing = counted(size, Work(windows=1, tokens=0, prompt=0, beam=5))
    assert nothing.encode == 2 * FRAMES * matrices + ears + looking

    work = Work(windows=2, tokens=100, prompt=4, beam=1)
    greedy, beams = counted(size, work), counted(size, replace(work, beam=5))
    assert greedy.decode == greedy.align == beams.align
    assert beams.decode - counted(size, replace(work, tokens=0)).decode == pytest.approx(
        5 * (greedy.decode - counted(size, replace(work, tokens=0)).decode)
    )


def test_sides_take_turns_and_the_middle_ratio_counts() -> None:
    order: list[str] = []

    def side(name: str) -> Any:
        return lambda _: order.append(name) or Heard(1, 1, 1)

    raced = race({"one": side("one"), "two": side("two")}, SAMPLE, rounds=3)
    assert order == ["one", "two", "two", "one", "one", "two"]
    assert [len(each) for each in raced.seconds.values()] == [3, 3]
    told = Raced(seconds={"one": [3.0, 40.0, 6.0], "two": [2.0, 10.0, 3.0]}, heard={})
    assert told.ratio("one", "two") == 2.0
    assert told.middle("one") == 6.0


def test_recognitions_that_share_a_model_wait_for_each_other() -> None:
    inside: list[int] = []
    most: list[int] = []

    class Slow:
        def transcribe(self, *_: Any) -> None:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    shared = OneAtATime(Slow())
    both = [threading.Thread(target=shared.transcribe, args=(None, [], None)) for _ in range(4)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_a_device_is_watched_and_its_time_is_told_by_part(weights: Path, sample: Audio) -> None:
    sound = sample.read(0.0, 40.0)
    setting = Setting(precision="int8", batch=2, beam=2, device="cpu", streams=2)
    found = ran(weights, sound, setting, SIZES["tiny"])
    assert found.sound == 80.0
    assert set(found.parts) == {"features", "encode", "decode", "align"}
    assert min(found.parts.values()) > 0
    assert sum(found.parts.values()) < setting.streams * found.seconds
    assert found.megabytes > 75
    cells = row("tiny", found, peak=1.0).split("|")
    assert len(cells) == len(speed.HEAD) + 2
    assert re.search(r"% of 1\)", cells[-2])


def test_captions_without_names_are_the_same_otherwise(tmp_path: Path) -> None:
    named = captions(tmp_path, 4, named=True).read_text(encoding="utf-8")
    bare = captions(tmp_path, 4, named=False).read_text(encoding="utf-8")
    assert "<v Ms. Rivera>" in named
    assert bare == re.sub(r"</?v[^>]*>", "", named)
    # The sample is shorter than that: its sentences come again.
    assert bare.count("What do you notice about the ice?") == 2


def test_a_picture_shows_what_was_measured() -> None:
    lines = [Series("a", [5, 10], [1, 2]), Series("b", [5, 10], [1, 2], dots=False)]
    drawn = plotted("Time < length", {"seconds": lines})
    tree = ElementTree.fromstring(drawn)
    kinds = [each.tag.rpartition("}")[2] for each in tree.iter()]
    assert kinds.count("circle") == 2
    assert kinds.count("path") == 2


def test_figures_of_random_weights_say_so() -> None:
    random, real = (SimpleNamespace(model=each) for each in (None, [Path("mine")]))
    assert "Random weights" in speed.said_of_weights(random)
    assert "3.3 tokens a second" in speed.said_of_weights(random)
    assert "Real weights" in speed.said_of_weights(real)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["stages", "pairs", "sustained", "device"])
def test_each_part_writes_its_page(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (
        "--sizes tiny.en --minutes 1 --repeats 1 --lessons 2 --lengths 1 2 --embedded-minutes 1 --batches 2"
    )
    monkeypatch.setattr(
        "sys.argv", ["speed.py", "--only", part, *given.split(), "--weights", str(tmp_path), "--no-write"]
    )
    speed.main()
    page = capsys.readouterr().out
    assert re.match(r"# .+\n\nWritten by `python benchmarks/speed.py", page)
    wanted = "words without names" if part == "stages" else "Random weights"
    assert wanted in page
    assert str(tmp_path) not in page
    assert page.count("| tiny.en |") >= {"stages": 0, "pairs": 3, "sustained": 2, "device": 1}[part]
