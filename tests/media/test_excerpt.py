"""Parts of a recording that travel are read where they arrive as they were read at home."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coachai.media import SAMPLE_RATE, Audio
from coachai.media.excerpt import excerpt
from coachai.records import Span

moments = st.floats(0, 3, allow_nan=False)


def made(folder: Path, seconds: float = 2.5) -> Audio:
    rng = np.random.default_rng(1)
    samples = rng.integers(-32768, 32767, round(seconds * SAMPLE_RATE), dtype=np.int16)
    return Audio.from_array(samples, folder / "lesson.raw", [Span(start=0.5, end=0.75)])


@given(st.lists(st.tuples(moments, moments), max_size=4))
def test_spans_are_read_as_from_the_whole_and_nothing_else_is_there(spans: list[tuple[float, float]]) -> None:
    wanted = [Span(start=min(pair), end=max(pair)) for pair in spans]
    with tempfile.TemporaryDirectory() as folder:
        audio = made(Path(folder))
        sent = pickle.loads(pickle.dumps(excerpt(audio, wanted)))
        with sent.opened() as arrived:
            assert (len(arrived), arrived.missing) == (len(audio), audio.missing)
            for span in wanted:
                assert np.array_equal(arrived.read(span.start, span.end), audio.read(span.start, span.end))
            rest = arrived.read_samples(0, len(arrived))
            for span in wanted:
                rest[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)] = 0
            assert not rest.any()


def test_the_whole_is_the_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    audio = made(tmp_path)
    sent = excerpt(audio)
    assert sent.seconds == audio.duration
    with sent.opened() as arrived:
        place = arrived.path
        assert np.array_equal(arrived.read_samples(0, len(audio)), audio.read_samples(0, len(audio)))
    assert not place.exists()
    assert not place.parent.exists()
