"""A transcript and what a model reads in it, whole and anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.discourse import reading
from coachai.discourse.model import Model, load
from coachai.discourse.reading import is_read, read, reread, without_readings
from coachai.records import Label, Transcript, Utterance
from tests.discourse.miniature import build
from tests.timeline import lesson
from tests.timing import quickest

TALK = """
    0.0 - 2.0  T: Why is it a half?
    3.0 - 5.0 S1: It is because of that one.
    6.0 - 7.0  T: So what?
    7.0 - 8.0  T: Everyone, okay.
    9.0 -10.0 S2: (not understood)
   11.0 -12.0  ?: What is that?
"""
SENTENCES = [
    "Why is it a half?",
    "Because I said so to you.",
    "What?",
    "everyone okay",
    "A half and a half.",
    "",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(build(tmp_path_factory.mktemp("models") / "talkmoves"))


@pytest.fixture
def here(model: Model, monkeypatch: pytest.MonkeyPatch) -> Model:
    """The model is on this machine."""
    monkeypatch.setattr(reading, "same_model", lambda digest: {model.card.sha256_of_card: model}[digest])
    return model


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is on another machine."""
    monkeypatch.setattr(reading, "same_model", lambda _: None)


def of(transcript: Transcript) -> list[dict[str, float]]:
    return [{each.name: each.probability for each in one.readings} for one in transcript.utterances]


def long_lesson(sentences: int) -> Transcript:
    drawing = "\n".join(
        f"{k * 4.0} - {k * 4.0 + 3} {('T', 'S1', 'T', 'S2')[k % 4]}: {SENTENCES[k % 5]}"
        for k in range(sentences)
    )
    return lesson(drawing)


def with_changes(transcript: Transcript, changes: dict[int, dict[str, str]]) -> Transcript:
    utterances = tuple(
        replace(each, **changes.get(k, {}))
        for k, each in enumerate(transcript.utterances)  # type: ignore[arg-type]
    )
    return replace(transcript, utterances=utterances)


def test_readings_stand_where_they_belong(model: Model) -> None:
    found = of(read(lesson(TALK), model))
    assert "press_for_reasoning" in found[0]
    assert "providing_evidence" in found[1]
    assert {"uptake", "focusing"} <= set(found[2])
    assert not {"uptake", "focusing", "funneling"} & set(found[3])
    assert "keeping_everyone_together" in found[3]
    assert found[4] == {}
    assert set(found[5]) == {"question"}


def test_readings_are_labels_with_rounded_probabilities(model: Model) -> None:
    for one in read(lesson(TALK), model).utterances:
        for each in one.readings:
            assert each.source == "model:talkmoves"
            assert each.name != "none"
            assert 0.05 <= each.probability <= 1
            assert each.probability == round(each.probability, 3)


def test_provenance_says_who_read_and_under_which_licence(model: Model) -> None:
    provenance = read(lesson(TALK), model).provenance
    assert provenance.models["labels"] == "talkmoves 1, weights CC BY-NC-SA 4.0: not for commercial use"
    assert provenance.hashes["labels"] == model.card.sha256_of_card


def test_nothing_but_readings_and_provenance_changes(model: Model) -> None:
    before = lesson(TALK)
    after = read(before, model)
    assert replace(without_readings(after), provenance=before.provenance) == before
    assert is_read(after)
    assert not is_read(without_readings(after))
    assert without_readings(after).provenance.models["labels"] == "rules"


def test_reading_twice_is_reading_once(model: Model) -> None:
    once = read(lesson(TALK), model)
    assert read(once, model) == once


def test_unsure_words_are_not_read_and_not_leant_on(model: Model) -> None:
    talk = lesson(TALK)
    unsure = Label(name="unsure", probability=1.0, source="hearing:twice")
    marked = [replace(each, labels=(unsure,)) if k == 1 else each for k, each in enumerate(talk.utterances)]
    found = of(read(replace(talk, utterances=tuple(marked)), model))
    assert found[1] == {}
    assert "uptake" not in found[2]
    blank = of(read(with_changes(talk, {1: {"text": ""}}), model))
    assert found == blank


@pytest.mark.parametrize("language", ["es", "de"])
def test_another_language_is_not_read(model: Model, language: str) -> None:
    before = read(lesson(TALK), model)
    found = read(replace(before, language=language), model)
    assert of(found) == [{}] * 6
    assert not is_read(found)


def test_without_marks_words_are_read_bare(model: Model) -> None:
    plain = TALK.lower().replace("t:", "T:").replace("s1:", "S1:").replace("s2:", "S2:")
    bare = read(lesson(plain.replace("?", "").replace("  :", "  ?:"), marks=False), model)
    assert of(read(lesson(TALK, marks=False), model)) == of(bare)


def test_progress_rises_to_the_end(model: Model) -> None:
    seen: list[float] = []
    read(long_lesson(120), model, seen.append)
    assert seen == sorted(seen)
    assert (seen[0] > 0, seen[-1]) == (True, 1.0)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 149),
            st.sampled_from(["teacher", "student", "unknown"]),
            st.sampled_from([*SENTENCES, "A much longer sentence " * 20]),
        ),
        max_size=6,
    ),
    st.integers(0, 6),
)
def test_what_is_read_anew_equals_what_is_read_whole(
    model: Model, corrections: list[tuple[int, str, str]], known: int
) -> None:
    before = read(long_lesson(150), model)
    changes = {k: {"role": role, "text": text} for k, role, text in corrections}
    after = with_changes(before, changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "same_model", lambda _: model)
        assert reread(after, before) == read(after, model)
        earlier = reread(with_changes(before, dict(list(changes.items())[:known])), before)
        assert reread(after, before, earlier) == read(after, model)


def test_only_what_changed_is_read_anew(here: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(long_lesson(600), here)
    asked: list[int] = []
    whole = Model.read_laid
    monkeypatch.setattr(
        Model, "read_laid", lambda self, laid, *rest: asked.append(len(laid)) or whole(self, laid, *rest)
    )
    after = with_changes(before, {300: {"role": "student"}, 420: {"text": "Everyone, what is a half?"}})
    found = reread(after, before)
    assert 1 <= asked[0] <= 12 < len(here.lay(*zip(*map(_told, before.utterances), strict=True), marks=True))  # type: ignore[arg-type]
    assert found != after


def test_what_was_read_for_earlier_corrections_is_not_read_again(
    here: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(long_lesson(600), here)
    some = {k: {"role": "student"} for k in range(30, 600, 60)}
    earlier = reread(with_changes(before, some), before)
    asked: list[int] = []
    whole = Model.read_laid
    monkeypatch.setattr(
        Model, "read_laid", lambda self, laid, *rest: asked.append(len(laid)) or whole(self, laid, *rest)
    )
    after = with_changes(before, {**some, 300: {"role": "student"}})
    found = reread(after, before, earlier)
    made_by_another = replace(
        earlier,
        provenance=replace(earlier.provenance, hashes={"labels": "0" * 64}),
        utterances=before.utterances,
    )
    assert found == reread(after, before) == reread(after, before, made_by_another)
    assert 1 <= asked[0] <= 6
    assert 3 * asked[0] < asked[1] == asked[2]


def _told(each: Utterance) -> tuple[str, str, str]:
    return each.role, each.speaker, each.text


def test_the_same_readings_whatever_was_corrected_before(here: Model) -> None:
    before = read(lesson(TALK), here)
    there = reread(with_changes(before, {0: {"role": "student"}}), before)
    back = reread(with_changes(there, {0: {"role": "teacher"}}), there)
    assert there != before
    assert back == before


def test_a_lesson_that_no_model_read_stays_so(here: Model) -> None:
    before = lesson(TALK)
    after = with_changes(before, {0: {"role": "student"}})
    assert reread(after, before) == after


@pytest.mark.usefixtures("away")
def test_without_the_model_stale_readings_go_and_it_is_said(model: Model) -> None:
    before = read(long_lesson(40), model)
    after = reread(with_changes(before, {8: {"role": "student"}}), before)
    assert of(after)[8] == {}
    assert of(after)[9:] == of(before)[9:]
    assert "1 corrected sentence not read again" in after.provenance.models["labels"]


@pytest.mark.usefixtures("away")
def test_without_the_model_many_corrections_leave_it_to_the_rules(model: Model) -> None:
    before = read(long_lesson(40), model)
    after = reread(with_changes(before, {k: {"role": "student"} for k in range(0, 40, 2)}), before)
    assert not any(of(after))
    assert not is_read(after)
    assert after.provenance.models["labels"].startswith("rules; what talkmoves 1")


@pytest.mark.usefixtures("away")
def test_without_the_model_and_a_correction_nothing_changes(model: Model) -> None:
    before = read(lesson(TALK), model)
    assert reread(before, before) == before


def test_a_lesson_is_read_quickly_beside_the_model(model: Model) -> None:
    """The layout must cost little beside the network: the miniature's is next to nothing."""
    talk = long_lesson(700)
    assert quickest(lambda: read(talk, model), 2.0) < 2.0
