"""What is known about a measure: a sentence for its source of words, or that nobody checked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from coachai.measures import MEASURES
from coachai.resources import resource
from coachai.validation import NOT_CHECKED, source_key, stands_in, validation_of
from tests.timeline import lesson


@pytest.mark.parametrize(
    ("recogniser", "marks", "names", "key"),
    [
        ("captions", True, True, "captions"),
        ("captions", True, False, "captions_unnamed"),
        ("captions", False, False, "captions_unmarked"),
        ("captions", False, True, "captions_unmarked"),
        ("pocketsphinx", False, False, "pocketsphinx"),
        ("faster-whisper", True, False, "faster-whisper"),
        ("none", False, False, "sound"),
    ],
)
def test_figures_are_kept_by_the_source_of_words(recogniser: str, marks: bool, names: bool, key: str) -> None:
    words = replace(lesson("").words_from, recogniser=recogniser, marks=marks, names=names)
    assert source_key(words) == key


def test_what_nobody_measured_is_not_checked() -> None:
    assert validation_of("wait_time_1", "a source nobody heard of") == NOT_CHECKED
    assert validation_of("a measure nobody heard of", "captions") == NOT_CHECKED


def test_every_figure_kept_belongs_to_a_measurement() -> None:
    kept = json.loads(resource("configs", "accuracy.json").read_text(encoding="utf-8"))
    assert set(kept) == {"measured_on", "date", "measures"}
    assert set(kept["measures"]) <= {name for measure in MEASURES for name in measure.yields}
    for name, sentences in kept["measures"].items():
        for source, sentence in sentences.items():
            assert validation_of(name, source) == sentence != ""


def test_whisper_s_words_quote_captions_and_say_so() -> None:
    quoted = validation_of("wait_time_1", "faster-whisper")
    assert quoted.startswith("With captions instead of this recogniser's words: checked on")
    words = lesson("").words_from
    assert stands_in(replace(words, recogniser="faster-whisper", names=False))
    assert not stands_in(words)
