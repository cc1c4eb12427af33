"""Turns and roles through the package's door, on made voices and, where present, on labelled lessons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from coachai.errors import InputRefused
from coachai.media import Audio, decode
from coachai.records import Span
from coachai.timeline import shared_seconds, total
from coachai.transcript import Line, Turn, Voices
from coachai.voices.hearing import hear_voices
from coachai.voices.network import heard_steps
from coachai.voices.speech import find_speech
from tests.voices.made_voices import CHILD, OTHER_CHILD, TEACHER, Speaker, recorded, spans_of

LESSONS = Path(__file__).parents[2].parent / "shared" / "data" / "lessons"
Told = Sequence[tuple[float, float, Sequence[Speaker]]]


def quiet(_: float) -> None:
    """A progress that nobody watches."""


def exchange(times: int = 6) -> list[tuple[float, float, Sequence[Speaker]]]:
    """A teacher asks, one of two children answers, and so on."""
    told: list[tuple[float, float, Sequence[Speaker]]] = []
    for k in range(times):
        start = 1.0 + 7.0 * k
        told += [
            (start, start + 3.5, [TEACHER]),
            (start + 4.5, start + 6.0, [CHILD if k % 2 else OTHER_CHILD]),
        ]
    return told


def right_share(voices: Voices, told: Told) -> float:
    """Share of the time somebody speaks alone in which the role is right."""
    right = whole = 0.0
    for start, end, speakers in told:
        role = "teacher" if speakers[0] is TEACHER else "student"
        turns = [turn for turn in voices.turns if turn.role == role]
        right += shared_seconds(Span(start=start, end=end), turns)
        whole += end - start
    return right / whole


def line(start: float, end: float, speaker: str | None) -> Line:
    """A caption line whose words do not matter here."""
    return Line(start=start, end=end, words=(), speaker=speaker)


def lines_of(told: Told, names: dict[Speaker, str]) -> list[Line]:
    """The captions of what was told."""
    return [line(start, end, names[speakers[0]]) for start, end, speakers in told]


@pytest.fixture
def lesson(tmp_path: Path) -> Audio:
    """The exchange as sound."""
    return recorded(exchange(), tmp_path / "sound.raw")


def test_the_adult_voice_that_talks_most_is_the_teacher(lesson: Audio) -> None:
    told = exchange()
    voices = hear_voices(lesson, spans_of(told), progress=quiet)
    assert voices.teacher_from == "sound"
    assert voices.teacher_confidence > 0.6
    assert right_share(voices, told) > 0.9
    assert {turn.role for turn in voices.turns} == {"teacher", "student"}
    assert all(0 < turn.role_confidence < 1 for turn in voices.turns)
    assert voices.overlap == ()


def test_turns_lie_in_order_and_do_not_run_over_each_other(lesson: Audio) -> None:
    turns = hear_voices(lesson, spans_of(exchange()), progress=quiet).turns
    assert all(before.end <= after.start for before, after in pairwise(turns))
    assert total(turns) >= total(spans_of(exchange())) - 1e-6


def test_two_voices_in_one_region_are_told_apart(tmp_path: Path) -> None:
    told: Told = [
        part
        for k in range(6)
        for part in ((9.0 * k + 1, 9.0 * k + 5, [TEACHER]), (9.0 * k + 5.1, 9.0 * k + 7.5, [CHILD]))
    ]
    sound = recorded(told, tmp_path / "sound.raw")
    whole = tuple(Span(start=9.0 * k + 1, end=9.0 * k + 7.5) for k in range(6))
    assert right_share(hear_voices(sound, whole, progress=quiet), told) > 0.8


def test_the_same_sound_gives_the_same_voices(lesson: Audio) -> None:
    speech = spans_of(exchange())
    assert hear_voices(lesson, speech, progress=quiet) == hear_voices(lesson, speech, progress=quiet)


def test_progress_only_grows_and_ends_at_one(lesson: Audio) -> None:
    seen: list[float] = []
    hear_voices(lesson, spans_of(exchange()), progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 5
    assert seen[-1] == 1.0


def test_an_interrupt_surfaces_from_progress(lesson: Audio) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hear_voices(lesson, spans_of(exchange()), progress=stop)


def test_without_speech_nobody_teaches(tmp_path: Path) -> None:
    silence = Audio.from_array(np.zeros(32000, dtype=np.float32), tmp_path / "silence.raw")
    heard = hear_voices(silence, (), progress=quiet)
    assert heard == Voices(turns=(), overlap=(), teacher_confidence=0.0, teacher_from="nothing")


def test_speech_that_is_digital_silence_or_a_click_is_no_error(tmp_path: Path) -> None:
    silence = Audio.from_array(np.zeros(32000, dtype=np.float32), tmp_path / "silence.raw")
    spans = (Span(start=0.0, end=0.02), Span(start=0.5, end=1.5), Span(start=1.9, end=2.0))
    heard = hear_voices(silence, spans, progress=quiet)
    assert heard.teacher_confidence <= 0.7


def test_one_voice_alone_is_probably_but_not_surely_the_teacher(tmp_path: Path) -> None:
    told: Told = [(6.0 * k + 1, 6.0 * k + 5, [TEACHER]) for k in range(6)]
    heard = hear_voices(recorded(told, tmp_path / "sound.raw"), spans_of(told), progress=quiet)
    assert right_share(heard, told) > 0.9
    assert heard.teacher_confidence <= 0.8


def test_equal_adults_leave_the_teacher_unsure(tmp_path: Path) -> None:
    other = Speaker(pitch=150.0, size=0.93, tilt=0.7)
    told: Told = [(5.0 * k + 1, 5.0 * k + 4, [TEACHER if k % 2 else other]) for k in range(14)]
    heard = hear_voices(recorded(told, tmp_path / "sound.raw"), spans_of(told), progress=quiet)
    assert heard.teacher_confidence <= 0.7


def test_a_chorus_is_several_voices_and_no_turn(tmp_path: Path) -> None:
    told: Told = [*exchange(), (45.0, 49.0, [CHILD]), (52.0, 56.0, [OTHER_CHILD])]
    audio = recorded(told, tmp_path / "sound.raw")
    steps = heard_steps(audio, quiet)
    # These voices are made of pulses, and the network knows a crowd of people only: it is told of one.
    for start, end in ((45.0, 49.0), (52.0, 56.0)):
        steps.overlap[steps.within(Span(start=start, end=end))] = 3.0
    heard = hear_voices(audio, spans_of(told), progress=quiet)
    crowded = [Span(start=45.0, end=49.0), Span(start=52.0, end=56.0)]
    assert sum(shared_seconds(span, heard.overlap) for span in crowded) > 4.0
    assert total(heard.overlap) <= 8.0 + 1e-6
    assert all(shared_seconds(turn, heard.overlap) == 0 for turn in heard.turns)


def test_where_several_voices_go_at_once_all_the_time_nobody_is_told_apart(tmp_path: Path) -> None:
    told: Told = [(1.0, 8.0, [CHILD]), (8.2, 15.0, [OTHER_CHILD])]
    audio = recorded(told, tmp_path / "sound.raw")
    heard_steps(audio, quiet).overlap[:] = 6.0
    heard = hear_voices(audio, spans_of(told), progress=quiet)
    assert (heard.turns, heard.teacher_confidence) == ((), 0.0)
    assert total(heard.overlap) == pytest.approx(total(spans_of(told)))


def test_turns_follow_the_names_and_the_name_given_teaches(lesson: Audio) -> None:
    lines = [line(1, 4, "Ms. Rivera"), line(4.2, 5, "Ms. Rivera"), line(6, 7, "Student 1")]
    heard = hear_voices(lesson, spans_of(exchange()), lines=lines, teacher_name=" ms.rivera", progress=quiet)
    assert heard.turns == (
        Turn(
            start=1, end=5, speaker="Ms. Rivera", role="teacher", role_confidence=0.98, voice_confidence=0.98
        ),
        Turn(
            start=6, end=7, speaker="Student 1", role="student", role_confidence=0.98, voice_confidence=0.98
        ),
    )
    assert (heard.teacher_from, heard.teacher_confidence) == ("name", pytest.approx(0.98))


@pytest.mark.parametrize("asked", ["river", "MS RIVERA", "Ms. Rivera", "rivera "])
def test_part_of_a_name_will_do_where_it_is_clear(lesson: Audio, asked: str) -> None:
    lines = [line(1, 4, "Ms. Rivera"), line(6, 7, "Rio")]
    if asked == "MS RIVERA":
        lines[0] = line(1, 4, "Ms Rivera")
    heard = hear_voices(lesson, spans_of(exchange()), lines=lines, teacher_name=asked, progress=quiet)
    assert heard.turns[0].role == "teacher"
    assert heard.turns[1].role == "student"


def test_a_full_name_wins_over_a_longer_one_that_contains_it(lesson: Audio) -> None:
    lines = [line(1, 4, "Ann"), line(6, 7, "Anna")]
    heard = hear_voices(lesson, spans_of(exchange()), lines=lines, teacher_name="ann", progress=quiet)
    assert [turn.role for turn in heard.turns] == ["teacher", "student"]


@pytest.mark.parametrize(
    ("asked", "names", "told"),
    [
        ("Ms. Smith", ["Ms. Rivera", "Leo"], ["Ms. Rivera", "Leo"]),
        ("an", ["Ann", "Anna"], ["Ann", "Anna", "in full"]),
        ("Ms. Smith", [None], ["no speaker names", "--teacher-sample"]),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_the_names_that_are(
    lesson: Audio, asked: str, names: list[str | None], told: list[str]
) -> None:
    lines = [line(k, k + 1, name) for k, name in enumerate(names)]
    with pytest.raises(InputRefused) as refused:
        hear_voices(lesson, spans_of(exchange()), lines=lines, teacher_name=asked, progress=quiet)
    assert all(part in refused.value.message for part in [asked, *told])


@pytest.mark.parametrize("titles", [("Ms. Rivera", "Leo", "Mia"), ("Leo", "Ms. Rivera", "Mr. Lee")])
def test_a_title_says_nothing_about_the_role(lesson: Audio, titles: tuple[str, str, str]) -> None:
    lines = lines_of(exchange(), dict(zip((TEACHER, CHILD, OTHER_CHILD), titles, strict=True)))
    heard = hear_voices(lesson, spans_of(exchange()), lines=lines, progress=quiet)
    assert heard.teacher_from == "sound"
    assert {turn.speaker for turn in heard.turns if turn.role == "teacher"} == {titles[0]}
    assert {turn.speaker for turn in heard.turns} == set(titles)


def test_lines_of_two_names_at_once_are_several_voices(lesson: Audio) -> None:
    lines = [line(1, 4, "Ann"), line(2.5, 4.5, "Leo"), line(6, 8, "Ann"), line(7.7, 9, "Leo")]
    heard = hear_voices(lesson, spans_of(exchange()), lines=lines, teacher_name="Ann", progress=quiet)
    assert heard.overlap == (Span(start=2.5, end=4),)


@pytest.mark.parametrize("who", [TEACHER, CHILD])
def test_the_voice_like_the_sample_teaches(tmp_path: Path, who: Speaker) -> None:
    told: Told = [(5.0 * k + 1, 5.0 * k + 4, [CHILD if k % 3 else TEACHER]) for k in range(12)]
    sound = recorded(told, tmp_path / "sound.raw")
    sample = recorded([(0.0, 6.0, [who])], tmp_path / "sample.raw", seed=9)
    heard = hear_voices(sound, spans_of(told), teacher_sample=sample, progress=quiet)
    teaching = [turn for turn in heard.turns if turn.role == "teacher"]
    right = sum(shared_seconds(Span(start=a, end=b), teaching) for a, b, each in told if each[0] is who)
    assert heard.teacher_from == "sample"
    assert right > 0.8 * total(teaching) > 0


def test_a_sample_like_nobody_leaves_the_teacher_unsure(tmp_path: Path) -> None:
    told = exchange()
    sound = recorded(told, tmp_path / "sound.raw")
    noise = 0.2 * np.random.default_rng(5).standard_normal(64000)
    sample = Audio.from_array(noise.astype(np.float32), tmp_path / "sample.raw")
    heard = hear_voices(sound, spans_of(told), teacher_sample=sample, progress=quiet)
    assert heard.teacher_confidence < 0.3


def test_an_empty_sounding_sample_leaves_every_role_unknown(tmp_path: Path) -> None:
    told = exchange()
    sound = recorded(told, tmp_path / "sound.raw")
    sample = Audio.from_array(np.zeros(600, dtype=np.float32), tmp_path / "sample.raw")
    heard = hear_voices(sound, spans_of(told), teacher_sample=sample, progress=quiet)
    assert {turn.role for turn in heard.turns} == {"unknown"}
    assert heard.teacher_confidence == 0.0


def heard_against_truth(name: str, folder: Path) -> tuple[float, float]:
    """Role accuracy by heard time of one voice, plain and balanced by role."""
    (media,) = (path for path in LESSONS.glob(f"{name}.m*") if path.suffix in (".m4a", ".mp4"))
    audio = decode(media, folder, quiet)
    truth = json.loads((LESSONS / f"{name}.truth.json").read_text(encoding="utf-8"))["utterances"]
    turns = hear_voices(audio, find_speech(audio, quiet), progress=quiet).turns
    length = round(audio.duration * 100) + 1
    true, heard = np.zeros(length, dtype=int), np.zeros(length, dtype=int)
    for row in truth:
        true[round(row["start"] * 100) : round(row["end"] * 100)] |= 1 if row["role"] == "teacher" else 2
    for turn in turns:
        heard[round(turn.start * 100) : round(turn.end * 100)] = {"teacher": 1, "student": 2}.get(
            turn.role, 3
        )
    judged = (heard > 0) & (true > 0) & (true < 3)
    right = true == heard
    each = [right[judged & (true == role)].mean() for role in (1, 2)]
    return float(right[judged].mean()), float(np.mean(each))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "plain", "balanced"),
    [("dialogue-011-04-room", 0.88, 0.80), ("voices-012-02-noisy", 0.80, 0.72)],
)
def test_roles_from_the_sound_of_one_labelled_lesson(
    tmp_path: Path, name: str, plain: float, balanced: float
) -> None:
    if not LESSONS.is_dir():
        pytest.skip("needs the labelled lessons beside the checkout (../shared/data/lessons)")
    found = heard_against_truth(name, tmp_path)
    assert found[0] >= plain
    assert found[1] >= balanced


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("kind", "plain", "balanced"), [("dialogue", 0.88, 0.80), ("voices", 0.80, 0.72)])
def test_roles_from_the_sound_of_all_labelled_lessons(
    tmp_path: Path, kind: str, plain: float, balanced: float
) -> None:
    if not LESSONS.is_dir():
        pytest.skip("needs the labelled lessons beside the checkout (../shared/data/lessons)")
    names = sorted(path.name.removesuffix(".truth.json") for path in LESSONS.glob(f"{kind}-*.truth.json"))
    found = [heard_against_truth(name, tmp_path) for name in names]
    assert len(found) == 6
    assert np.mean([each[0] for each in found]) >= plain
    assert np.mean([each[1] for each in found]) >= balanced
