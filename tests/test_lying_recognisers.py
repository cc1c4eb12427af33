"""Recognisers that invent, contradict themselves, fall silent or hand over nonsense: none of it is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from coachai.asr.recogniser import Recogniser
from coachai.asr.twice import Twice
from coachai.errors import EnvironmentLacks
from coachai.measures import MEASURES
from coachai.observing import Observing, models_here
from coachai.pipeline import analyze, observe, prescreen_to
from coachai.records import Span, Transcript, Utterance
from coachai.rubric import load_rubric
from coachai.terminal import show_observed
from coachai.timeline import intersected, shared_seconds, subtracted, total
from coachai.transcript import Line, Recognition
from tests.asr.liars import (
    INVENTED,
    TEACHER,
    Answering,
    Scene,
    Telling,
    deaf,
    fickle,
    line,
    scene,
    shared_out,
    unnamed,
)

FILES = ("report.json", "transcript.json", "transcript.vtt", "markers.vtt", "measurements.csv")
PAGES = ("report.html", "evaluator.html")
NAMED = Observing(teacher=TEACHER)
NOTED = "The recogniser wrote words here, but nobody is heard."
COUNTED = "The recogniser wrote words in 10 places where nobody is heard; they were left out."


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def hear(lesson: Scene, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Transcript]:
    """`hear(recogniser)`: the transcript of the lesson with that recogniser's words."""

    def heard(recogniser: Recogniser, how: Observing = NAMED) -> Transcript:
        folder = tmp_path_factory.mktemp("heard")
        models = replace(models_here(how), recogniser=recogniser)
        return observe(lesson.path, how, folder=folder, progress=lambda _: lambda _: None, models=models)

    return heard


@pytest.fixture(scope="module")
def honest(lesson: Scene, hear: Callable[..., Transcript]) -> Transcript:
    return hear(Telling(lesson.said))


def written(transcript: Transcript, out: Path) -> dict[str, str]:
    """Every file of the report, by name."""
    made = prescreen_to(transcript, rubric=load_rubric("questioning"), video=None, out=out)
    assert {*FILES, *PAGES} <= set(made.files)
    return {name: (out / name).read_text(encoding="utf-8") for name in made.files}


# --- H-01: words where nobody speaks -------------------------------------------------------------------


def invented(lesson: Scene, texts: Sequence[str], speakers: Sequence[str | None]) -> list[Line]:
    """These texts in every place where nobody speaks, side by side, told by one or another name."""
    return [
        line(text, span, speakers[k % len(speakers)])
        for where in lesson.places.values()
        for k, (text, span) in enumerate(zip(texts, shared_out(where, len(texts)), strict=True))
    ]


def told_more(lied: dict[str, str], true: dict[str, str], name: str) -> Counter[str]:
    """The words a page shows more often than the honest report's does."""
    return Counter(_shown(lied[name])) - Counter(_shown(true[name]))


def _shown(page: str) -> list[str]:
    return re.sub(r"<[^>]*>", " ", page).replace("\u00a0", " ").split()


def without_places(text: str) -> Any:
    """A report or a transcript as data, without the list of places that were dismissed."""
    told = json.loads(text)
    (told["transcript"] if told["kind"] == "report" else told).pop("dismissed")
    return told


def assert_nothing_invented(lied: dict[str, str], true: dict[str, str]) -> None:
    for name in FILES:
        if name.endswith(".json"):
            assert without_places(lied[name]) == without_places(true[name])
        else:
            assert lied[name] == true[name]
    for name in set(lied) - {*FILES, *PAGES}:
        assert lied[name] == true[name], name
    for name in PAGES:
        # A note parts a turn in two, so a turn's time and speaker may stand there once more.
        parted = re.compile(r"\d+:\d\d|Teacher|Student|[A-Z1-9]|\d+")
        more = [word for word in told_more(lied, true, name) if word not in f"{NOTED} {COUNTED}".split()]
        assert [word for word in more if not parted.fullmatch(word)] == []


def assert_all_dismissed(lines: Sequence[Line], transcript: Transcript) -> int:
    """That every one of these lines stands in a dismissed place; how many there are."""
    for each in lines:
        assert shared_seconds(each, transcript.dismissed) >= each.duration - 0.01, each
    return len(lines)


SPEAKERS: dict[str, tuple[str | None, ...]] = {
    "by nobody": (None,),
    "by the teacher": (TEACHER,),
    "by a student": ("Maya",),
    "by a stranger": ("Subtitles", None, TEACHER),
}


@pytest.mark.parametrize("number", range(4))
def test_nothing_invented_where_nobody_speaks_reaches_a_report(
    lesson: Scene, hear: Callable[..., Transcript], honest: Transcript, tmp_path: Path, number: int
) -> None:
    # Four times ten texts in ten places, and on an organ: 440 cases.
    texts = INVENTED[number::4]
    lines = invented(lesson, texts, list(SPEAKERS.values())[number])
    lied = hear(Telling([*lesson.said, *lines]))
    assert assert_all_dismissed(lines, lied) == 110
    assert_nothing_invented(written(lied, tmp_path / "lied"), written(honest, tmp_path / "true"))


BY_SOUND = {"names": False}


@pytest.fixture(scope="module")
def told_by_sound(
    lesson: Scene, hear: Callable[..., Transcript], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The honest report where nobody is named, as with Whisper."""
    true = hear(Telling(unnamed(lesson.said), **BY_SOUND), Observing())
    return written(true, tmp_path_factory.mktemp("true"))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(INVENTED)))
def test_no_single_invention_reaches_a_report_of_a_recogniser_without_names(
    lesson: Scene,
    hear: Callable[..., Transcript],
    told_by_sound: dict[str, str],
    tmp_path: Path,
    number: int,
) -> None:
    lines = invented(lesson, [INVENTED[number]], [None])
    lied = hear(Telling([*unnamed(lesson.said), *lines], **BY_SOUND), Observing())
    assert assert_all_dismissed(lines, lied) == 11
    assert_nothing_invented(written(lied, tmp_path / "lied"), told_by_sound)


def test_the_places_are_shown_on_the_pages_and_their_words_are_not(
    lesson: Scene, hear: Callable[..., Transcript], tmp_path: Path
) -> None:
    lines = invented(lesson, ["Thanks for watching!"], [None])
    pages = written(hear(Telling([*lesson.said, *lines])), tmp_path)
    shown = " ".join(_shown(pages["report.html"]))
    assert shown.count(NOTED) == 10
    for name in PAGES:
        told = " ".join(_shown(pages[name]))
        assert COUNTED in told
    assert not any("watching" in text for text in pages.values())


def test_a_recogniser_may_be_handed_to_the_whole_job(lesson: Scene, tmp_path: Path) -> None:
    made = analyze(
        lesson.path,
        Observing(asr="mine", teacher=TEACHER),
        rubric=load_rubric("wait-time"),
        out=tmp_path / "out",
        progress=lambda _: lambda _: None,
        models=replace(models_here(NAMED), recogniser=Telling(lesson.said)),
    )
    heard = made.report.transcript
    assert "Why do you think the ice floats?" in [each.text for each in heard.utterances]
    assert heard.provenance.models["words"] == "faster-whisper stub"
    assert heard.provenance.options["asr"] == "mine"


# --- H-02 and the rim: nonsense is one sentence ----------------------------------------------------------


def test_a_recogniser_that_answers_with_nonsense_leaves_nothing_behind(lesson: Scene, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="The recogniser cannot be used"):
        analyze(
            lesson.path,
            NAMED,
            rubric=load_rubric("wait-time"),
            out=tmp_path / "out",
            progress=lambda _: lambda _: None,
            models=replace(models_here(NAMED), recogniser=Answering(lambda *_: None)),
        )
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


# --- H-03: two hearings that differ ----------------------------------------------------------------------


def unsure_in(transcript: Transcript) -> set[str]:
    return {each.text for each in transcript.utterances if each.has("unsure")}


def test_with_agreement_nothing_changes(
    lesson: Scene, hear: Callable[..., Transcript], honest: Transcript
) -> None:
    again = hear(Twice(Telling(lesson.said), Telling(lesson.said)))
    assert again == replace(honest, words_from=replace(honest.words_from, note=again.words_from.note))
    assert "heard twice" in again.words_from.note


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_sentences_that_two_hearings_tell_differently_are_evidence_for_nothing(
    lesson: Scene, hear: Callable[..., Transcript], honest: Transcript, tmp_path: Path, share: float
) -> None:
    other, changed = fickle(lesson.said, share, seed=5)
    found = hear(Twice(Telling(lesson.said), Telling(other)))
    assert [each.text for each in found.utterances] == [each.text for each in honest.utterances]
    middles = [(word.start + word.end) / 2 for word in changed]
    touched = {
        each.text for each in honest.utterances if any(each.start <= middle <= each.end for middle in middles)
    }
    assert unsure_in(found) == touched
    assert 0 < len(touched) < len(honest.utterances)
    unsure = [each for each in found.utterances if each.has("unsure")]
    assert all([label.name for label in each.labels] == ["unsure"] for each in unsure)
    sure = sum(shared_seconds(each, honest.speech) for each in found.utterances if not each.has("unsure"))
    whole = sum(each.duration for each in honest.speech)
    assert found.words_from.coverage == pytest.approx(sure / whole, abs=0.02)
    files = written(found, tmp_path)
    assert files["report.html"].count("unsure: two hearings differ") == len(unsure)
    assert_no_evidence(json.loads(files["report.json"]), unsure, found.speech)
    for name in PAGES:
        shown = " ".join(_shown(files[name]))
        assert "two hearings differ: those words are shown as unsure and count for nothing." in shown
        assert not any(f"“{each.text}”" in shown for each in unsure)


def assert_no_evidence(report: Any, unsure: Sequence[Utterance], speech: Sequence[Span]) -> None:
    """That no moment rests on an unsure sentence: there is a sure one in it, and no wait follows an unsure.

    A student's unsure words may be played before the teacher's press that answers them.
    """
    by_words = {name for each in MEASURES if each.rests_on != "sound" for name in each.yields}
    ends = [each.end for each in unsure]
    for each in report["measurements"]:
        for moment in each["moments"]:
            span = Span(start=moment["start"], end=moment["end"])
            if each["measure"] in by_words:
                spoken = intersected([span], speech)
                assert not spoken or total(subtracted(spoken, unsure)) > 0.2, (each["measure"], moment)
            if each["measure"].startswith("wait_time_1"):
                assert not any(abs(span.start - end) < 0.1 for end in ends), moment


def test_a_recogniser_that_never_says_the_same_is_evidence_for_nothing_at_all(
    lesson: Scene, hear: Callable[..., Transcript], tmp_path: Path
) -> None:
    draw = count()

    def anew(*_: object) -> Recognition:
        lines, _ = fickle(lesson.said, 1.0, seed=next(draw))
        texts = [
            replace(each, words=tuple(replace(w, text=f"{w.text}{next(draw)}") for w in each.words))
            for each in lines
        ]
        return Telling(texts).transcribe(None, (), lambda _: None)  # type: ignore[arg-type]

    stub = Answering(anew)
    found = hear(Twice(stub, stub))
    assert all(each.has("unsure") for each in found.utterances if each.text)
    assert found.words_from.coverage == 0.0
    report = json.loads(written(found, tmp_path)["report.json"])
    measured = {each["measure"]: each for each in report["measurements"]}
    assert measured["question_rate"]["value"] is None
    assert measured["wait_time_2"]["value"] is not None


# --- H-04: speech without words --------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_the_share_of_speech_with_words_is_shown_and_right(
    lesson: Scene,
    hear: Callable[..., Transcript],
    honest: Transcript,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    share: float,
) -> None:
    kept = deaf(lesson.said, share, seed=3)
    found = hear(Telling(kept))
    words = [word for each in kept for word in each.words]
    true = sum(shared_seconds(word, honest.speech) for word in words) / sum(s.duration for s in honest.speech)
    assert abs(true - (1 - share)) < 0.08
    assert found.words_from.coverage == pytest.approx(true, abs=0.02)
    files = written(found, tmp_path)
    shown = f"Words for {round(100 * found.words_from.coverage)} % of the speech."
    for name in PAGES:
        assert shown in " ".join(_shown(files[name]))
    show_observed(found, tmp_path)
    assert shown in " ".join(_shown(capsys.readouterr().out))
    measured = {each["measure"]: each for each in json.loads(files["report.json"])["measurements"]}
    few = found.words_from.coverage < 0.6
    assert (measured["question_rate"]["value"] is None) == few
    assert ("too few to count" in measured["question_rate"]["note"]) == few
    # Who speaks and for how long needs no words.
    assert measured["talk_ratio"]["value"] is not None
    assert measured["wait_time_2"]["value"] is not None
