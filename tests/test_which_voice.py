"""Which voice is yours? Doubt that grows as voices are mixed up, a question, and an answer that mends."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import coachai.voices.hearing
from benchmarks.swapping import swapped
from coachai.cli import app
from coachai.errors import InputRefused
from coachai.measures import measure_all
from coachai.pipeline import Observing, analyze, corrected
from coachai.records import Provenance, Transcript, Word
from coachai.report.codec import encode_transcript, read_transcript
from coachai.roles import voices_of, with_teacher
from coachai.rubric import load_rubric
from coachai.transcript import Line, Voices
from coachai.trust import TEACHER_CERTAIN, TEACHER_KNOWN, reliance, to_record_better
from coachai.voices.doubting import doubted
from coachai.voices.hearing import hear_voices
from coachai.which_voice import LONGEST_CLIP, SHORTEST_CLIP, answer, asks_whose_voice, voices_to_hear
from tests.timeline import lesson
from tests.voices.made_voices import CHILD, OTHER_CHILD, TEACHER, recorded, spans_of

SAMPLE = Path(__file__).parents[1] / "samples" / "lesson.mp4"
SEEDS = 12


def quiet(_: float) -> None:
    """A progress that nobody watches."""


def voiced(drawing: str, **changes: Any) -> Transcript:
    """A drawn lesson whose speakers are voices told apart by sound: T is C, S1 is A, S2 is B."""
    drawn = lesson(drawing, names=False, **{"teacher_from": "sound", **changes})
    letters = {"Teacher": "C", "Student 1": "A", "Student 2": "B", "?": ""}
    return replace(
        drawn,
        utterances=tuple(
            replace(each, voice=letters[each.speaker], speaker=shown(letters[each.speaker], each.role))
            for each in drawn.utterances
        ),
    )


def shown(voice: str, role: str) -> str:
    return "Teacher" if role == "teacher" else f"{'Student' if role == 'student' else 'Voice'} {voice or '?'}"


DRAWING = """
  0.0 -  2.0  T: Why does ice float?  #question
  4.0 -  6.0 S1: It is lighter.
  6.5 - 12.0  T: Lighter than the water around it, yes, and by how much is it lighter?
 14.0 - 15.0 S2: A tenth.
 16.0 - 20.0  T: A tenth. Who can say how we would find that out?
 23.0 - 28.0 S2: We could weigh the water first and then the ice in the same cup.
 28.5 - 29.0  ?: (nothing understood)
 30.0 - 45.0  T: That is what we do now.
"""
UNSURE = {"teacher_confidence": 0.7}


@pytest.mark.parametrize(
    "name", ["lesson.mp4", "my lesson.mp4", "a\x1b[2Jb\udce7.mp4", "it's\n.mp4", "\u202egpm.mp4"]
)
def test_the_answer_names_any_file_so_that_a_shell_finds_it_and_a_terminal_shows_it(name: str) -> None:
    command = answer("B", transcript="t.json", rubric="wait-time", out="out", video=name)
    assert command.isprintable()
    script = command.replace("coachai", "printf '%s\\0'", 1)
    told = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout.split(b"\0")
    assert os.fsencode(name) in told


# --- The doubt ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Voices:
    """A teacher with two children, twenty exchanges, heard by the sound."""
    told = [
        part
        for k in range(20)
        for part in (
            (6.0 * k + 1, 6.0 * k + 3.5, [TEACHER]),
            (6.0 * k + 4.5, 6.0 * k + 6.0, [CHILD if k % 2 else OTHER_CHILD]),
        )
    ]
    sound = recorded(told, tmp_path_factory.mktemp("sound") / "sound.raw")
    return hear_voices(sound, spans_of(told), progress=quiet)


def asking(voices: Voices) -> list[Line]:
    """Each of the teacher's turns as a question, as captions without names would have it."""
    return [
        Line(
            start=turn.start,
            end=turn.end,
            words=(Word(start=turn.start, end=turn.end, text="Why?"),),
        )
        for turn in voices.turns
        if turn.role == "teacher"
    ]


def test_where_nothing_is_swapped_nothing_is_doubted(voices: Voices) -> None:
    kept = doubted(voices, asking(voices))
    assert voices.teacher_confidence >= TEACHER_CERTAIN
    assert kept.teacher_confidence == pytest.approx(voices.teacher_confidence)
    assert kept.voices_confidence == pytest.approx(1.0)
    assert kept.turns == voices.turns


@pytest.mark.parametrize("how", ["random", "block"])
@pytest.mark.parametrize("words", [True, False], ids=["questions", "sound alone"])
def test_the_more_turns_are_swapped_the_less_sure_we_are(voices: Voices, how: str, words: bool) -> None:
    lines = asking(voices) if words else []
    sure = [
        np.mean(
            [
                doubted(swapped(voices, share, seed, how), lines).teacher_confidence
                for seed in range(SEEDS if share else 1)
            ]
        )
        for share in (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
    ]
    # Two turns of forty may be what telling voices apart costs anyway; from a tenth on it shows.
    assert all(less <= more + 1e-9 for more, less in pairwise(sure)), sure
    assert all(less < more - 0.005 for more, less in pairwise(sure[1:])), sure
    assert sure[0] >= TEACHER_CERTAIN
    assert sure[-1] < TEACHER_KNOWN


@pytest.mark.parametrize("seed", range(6))
def test_from_three_tenths_on_every_lesson_asks(voices: Voices, seed: int) -> None:
    for how in ("random", "block"):
        mixed = doubted(swapped(voices, 0.3, seed, how), asking(voices))
        assert mixed.teacher_confidence < TEACHER_CERTAIN


def test_of_two_who_teach_both_are_played_and_a_film_only_if_there_is_nobody_else() -> None:
    drawn = voiced(DRAWING, **UNSURE)
    both = replace(
        drawn,
        utterances=tuple(replace(u, role="teacher") if u.voice == "A" else u for u in drawn.utterances),
    )
    assert [clip.voice for clip in voices_to_hear(both)] == ["C", "A"]
    film = replace(
        drawn,
        utterances=tuple(replace(u, role="unknown") if u.voice == "B" else u for u in drawn.utterances),
    )
    assert [clip.voice for clip in voices_to_hear(drawn)] == ["C", "B"]
    assert [clip.voice for clip in voices_to_hear(film)] == ["C", "A"]


def test_in_a_class_of_adults_the_report_says_that_it_is_less_sure_and_why() -> None:
    grown = voiced(DRAWING, teacher_confidence=0.78, among_adults=True)
    assert asks_whose_voice(grown)
    assert "everybody here sounds like an adult" in reliance(grown)
    told = with_teacher(grown, "C")
    assert "sounds like an adult" not in reliance(told)


@pytest.mark.parametrize("words", [True, False], ids=["questions", "sound alone"])
def test_teacher_and_student_exchanged_as_a_whole_says_nothing(voices: Voices, words: bool) -> None:
    mixed = doubted(swapped(voices, 1.0, 0, "whole"), asking(voices) if words else [])
    assert mixed.teacher_confidence < TEACHER_KNOWN


def test_a_turn_that_sounds_like_the_other_side_is_doubted_itself(voices: Voices) -> None:
    mixed = swapped(voices, 0.1, 3)
    for before, now, after in zip(voices.turns, mixed.turns, doubted(mixed, []).turns, strict=True):
        if before.role != now.role:
            assert after.role_confidence < 0.5
            assert after.voice_confidence < 0.5
        else:
            assert after.role_confidence > 0.5


def test_names_in_captions_that_do_not_fit_the_sound_are_doubted(tmp_path: Path) -> None:
    told = [
        part
        for k in range(16)
        for part in ((6.0 * k + 1, 6.0 * k + 3.5, [TEACHER]), (6.0 * k + 4.5, 6.0 * k + 6.0, [CHILD]))
    ]
    sound = recorded(told, tmp_path / "sound.raw")

    def sure(wrong: int) -> float:
        names = ["Ms. Rivera", "Leo"] * 16
        for k in range(wrong):
            names[4 * k], names[4 * k + 1] = names[4 * k + 1], names[4 * k]
        lines = [
            Line(start=start, end=end, words=(), speaker=name)
            for (start, end, _), name in zip(told, names, strict=True)
        ]
        heard = hear_voices(sound, spans_of(told), lines=lines, teacher_name="Rivera", progress=quiet)
        assert heard.teacher_from == "name"
        return doubted(heard, lines).teacher_confidence

    right, some, many = sure(0), sure(3), sure(7)
    assert right == pytest.approx(0.98, abs=0.01)
    assert right > some > many
    assert many < TEACHER_CERTAIN


@pytest.mark.parametrize("share", [0.55, 0.7, 0.9])
@pytest.mark.parametrize("mixed", [0.1, 0.25, 0.4])
def test_the_more_is_mixed_up_the_wider_the_talk_ratio_and_it_holds_what_was_true(
    share: float, mixed: float
) -> None:
    # 600 s of talk; four fifths of what may be mixed up of the teacher's and of the students' time really is.
    swapped_share = 0.8 * mixed
    seen = share * (1 - swapped_share) + (1 - share) * swapped_share
    heard = lesson(
        f"0 - {600 * seen} T: So.\n{600 * seen} - 600 S1: Yes.", names=False, voices_confidence=1 - mixed
    )
    ratios = {each.measure: each for each in measure_all(heard)}
    certain = {each.measure: each for each in measure_all(replace(heard, voices_confidence=1.0))}
    low, high = ratios["talk_ratio"].low, ratios["talk_ratio"].high
    plain = certain["talk_ratio"]
    assert low is not None
    assert high is not None
    assert plain.low is not None
    assert plain.high is not None
    assert low <= seen <= high
    assert high - low > plain.high - plain.low
    assert low <= share <= high


def test_without_sound_to_ask_nothing_changes() -> None:
    nobody = Voices(turns=(), overlap=(), teacher_confidence=0.0, teacher_from="nothing")
    assert doubted(nobody, []) == nobody


# --- The question ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"teacher_confidence": TEACHER_CERTAIN}, False),
        ({"teacher_confidence": TEACHER_CERTAIN - 0.001}, True),
        ({"teacher_confidence": 0.0}, True),
        ({"teacher_confidence": 0.3, "teacher_from": "asked"}, False),
        ({"teacher_confidence": 0.3, "teacher_from": "name"}, True),
    ],
)
def test_it_is_asked_below_certainty_and_once(changes: dict[str, Any], asks: bool) -> None:
    heard = voiced(DRAWING, **changes)
    assert asks_whose_voice(heard) is asks
    assert bool(voices_to_hear(heard)) is asks


def test_two_clips_of_the_likeliest_voices_each_alone_and_long_enough() -> None:
    first, second = voices_to_hear(voiced(DRAWING, **UNSURE))
    assert (first.voice, first.start, first.end) == ("C", 30.0, 38.0), "of a long sentence, eight seconds"
    assert (second.voice, second.start, second.end) == ("B", 23.0, 28.0)
    assert second.said == "We could weigh the water first and then the ice in the same cup."


def test_the_surest_stretch_is_played_and_never_one_where_others_speak_or_sound_is_missing() -> None:
    heard = voiced(DRAWING + "\n 31 - 32 *\n 17 - 18 -", **UNSURE)
    doubtful = replace(
        heard,
        utterances=tuple(
            replace(each, voice_confidence=0.4 if each.start == 23.0 else 0.9) for each in heard.utterances
        ),
    )
    first, second = voices_to_hear(doubtful)
    assert (first.voice, first.start) == ("C", 6.5), "30 s has a chorus, 16 s a hole"
    assert (second.voice, second.start) == ("B", 23.0), "its only one of three seconds and more"


def test_a_voice_that_never_talks_long_gets_the_longest_it_has() -> None:
    heard = voiced("0 - 20 T: So.\n 22 - 23 S1: Yes.\n 25 - 27 S1: No, no.", **UNSURE)
    assert [(each.voice, each.start, each.end) for each in voices_to_hear(heard)] == [
        ("C", 0.0, 8.0),
        ("A", 25.0, 27.0),
    ]


@settings(max_examples=60)
@given(st.data())
def test_a_clip_is_one_voice_alone_whatever_the_lesson(data: st.DataObject) -> None:
    clock, rows = 0.0, []
    for _ in range(data.draw(st.integers(1, 25))):
        clock += data.draw(st.sampled_from([0.0, 0.3, 0.9, 2.0]))
        lasts = data.draw(st.sampled_from([0.2, 1.0, 2.5, 4.0, 11.0]))
        who = data.draw(st.sampled_from(["T", "S1", "S2", "?"]))
        rows.append(f"{clock:.2f} - {clock + lasts:.2f} {who}: some words that are said here")
        clock += lasts - data.draw(st.sampled_from([0.0, 0.0, 0.1]))
    heard = voiced("\n".join(rows), **UNSURE)
    for clip in voices_to_hear(heard):
        assert 0 < clip.duration <= LONGEST_CLIP + 1e-9
        speaking = [
            each for each in heard.utterances if min(each.end, clip.end) - max(each.start, clip.start) > 1e-9
        ]
        assert {each.voice for each in speaking} == {clip.voice}
        # Joined sentences may pass the limit together; alone, one of three seconds or more must not be lost.
        lone = [
            each
            for each in heard.utterances
            if each.voice == clip.voice
            and each.duration >= SHORTEST_CLIP
            and not any(
                other.voice != clip.voice and min(each.end, other.end) > max(each.start, other.start)
                for other in heard.utterances
            )
        ]
        assert not lone or clip.duration >= SHORTEST_CLIP - 1e-9


def test_the_command_holds_together_whatever_the_names_are() -> None:
    line = answer(
        "B", transcript="my out/transcript.json", rubric="it's.yaml", out="my out", video="-a b; rm *.mp4"
    )
    assert shlex.split(line) == [
        *("coachai", "prescreen", "my out/transcript.json", "--teacher-voice", "B"),
        *("--rubric", "it's.yaml", "--out", "my out", "--video", "./-a b; rm *.mp4"),
    ]


def test_trust_tells_what_to_do_before_and_after_the_answer() -> None:
    unknown = voiced(DRAWING, teacher_confidence=0.3)
    assert "Which voice is yours?" in to_record_better(unknown).step
    assert "we could not tell which voice is yours" in reliance(unknown)
    mixed = with_teacher(replace(unknown, voices_confidence=0.4), "C")
    assert "too mixed up" in to_record_better(mixed).step
    assert "you told us which voice is yours" in reliance(mixed)
    assert "which voice" not in to_record_better(with_teacher(unknown, "C")).step


# --- The answer -----------------------------------------------------------------------------------


def roles(transcript: Transcript) -> list[tuple[str, str]]:
    return [(each.voice, each.role) for each in transcript.utterances]


def test_the_answer_gives_every_utterance_its_role_and_name_anew() -> None:
    chosen = with_teacher(voiced(DRAWING, **UNSURE), "b")
    assert [each.speaker for each in chosen.utterances] == [
        *("Student C", "Student A", "Student C", "Teacher", "Student C", "Teacher", "Voice ?", "Student C")
    ]
    assert {each.speaker: each.role for each in chosen.utterances} == {
        "Teacher": "teacher",
        "Student A": "student",
        "Student C": "student",
        "Voice ?": "unknown",
    }
    assert (chosen.teacher_from, chosen.teacher_confidence) == ("asked", 1.0)
    assert not asks_whose_voice(chosen)


@pytest.mark.parametrize(
    "asked", ["B", "b", " Voice B ", "student b", "Student B"], ids=lambda asked: asked.strip()
)
def test_a_voice_may_be_called_by_its_letter_or_by_the_name_on_display(asked: str) -> None:
    heard = voiced(DRAWING, **UNSURE)
    assert with_teacher(heard, asked) == with_teacher(heard, "B")
    assert with_teacher(heard, "Teacher") == with_teacher(heard, "C")


def test_students_of_named_captions_can_be_chosen_too_and_names_that_were_kept_stay() -> None:
    named = replace(
        lesson("0 - 4 T: Why?\n5 - 9 S1: So.\n10 - 14 S2: No."),
        utterances=tuple(
            replace(each, voice=voice)
            for each, voice in zip(
                lesson("0 - 4 T: Why?\n5 - 9 S1: So.\n10 - 14 S2: No.").utterances, "312", strict=True
            )
        ),
    )
    chosen = with_teacher(named, "Student 2")
    assert [each.speaker for each in chosen.utterances] == ["Student 3", "Student 1", "Teacher"]
    kept = replace(
        named,
        utterances=tuple(
            replace(each, speaker=name)
            for each, name in zip(named.utterances, ("Zoe", "Leo", "Mia"), strict=True)
        ),
    )
    assert [(u.speaker, u.role) for u in with_teacher(kept, "mia").utterances] == [
        ("Zoe", "student"),
        ("Leo", "student"),
        ("Mia", "teacher"),
    ]


def test_one_person_taken_for_two_voices_answers_with_both() -> None:
    chosen = with_teacher(voiced(DRAWING, **UNSURE), "C, B")
    assert {voice for voice, role in roles(chosen) if role == "teacher"} == {"B", "C"}
    assert {voice for voice, role in roles(chosen) if role == "student"} == {"A"}


@pytest.mark.parametrize("asked", ["Q", "", "C,Q", "Voice", "AB", "A B", "?"])
def test_a_voice_that_is_not_there_is_refused_with_those_that_are(asked: str) -> None:
    with pytest.raises(InputRefused) as refused:
        with_teacher(voiced(DRAWING, **UNSURE), asked)
    assert "A, B, C" in refused.value.message
    assert refused.value.exit_code == 2


def test_a_transcript_from_before_voices_had_letters_says_so() -> None:
    with pytest.raises(InputRefused, match="make it again"):
        with_teacher(lesson("0 - 4 T: Why?"), "A")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["A", "B", "C", "A,B"]), min_size=1, max_size=4), st.data())
def test_only_the_last_answer_counts_and_the_first_can_be_given_back(
    answers: list[str], data: st.DataObject
) -> None:
    heard = voiced(DRAWING, **UNSURE)
    unsure = replace(
        heard,
        voices_confidence=data.draw(st.sampled_from([0.3, 0.9, 1.0])),
        utterances=tuple(
            replace(each, voice_confidence=data.draw(st.sampled_from([0.2, 0.5, 0.8, 1.0])))
            for each in heard.utterances
        ),
    )
    once = corrected(unsure, answers[-1])
    again = unsure
    for each in answers:
        again = corrected(again, each)
    assert again == once
    assert corrected(again, answers[-1]) == once
    assert once.teacher_confidence == unsure.voices_confidence
    assert all(0 <= each.role_confidence <= 1 for each in once.utterances)
    back = corrected(corrected(heard, "A"), "C")
    assert roles(back) == roles(heard)
    assert [each.speaker for each in back.utterances] == [each.speaker for each in heard.utterances]


def test_everything_after_the_transcript_follows_the_answer() -> None:
    # The guess had teacher and student exchanged; the answer must give what was right from the start.
    right = voiced(DRAWING.replace("?: (", "S1: ("), teacher_confidence=1.0)
    wrong = with_teacher(replace(right, teacher_confidence=0.2), "B")
    assert measures(wrong) != measures(right)
    assert measures(corrected(wrong, "C")) == measures(corrected(right, "C"))


def measures(transcript: Transcript) -> dict[str, Any]:
    return {each.measure: each.value for each in measure_all(transcript)}


# --- Through the doors ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample lesson analyzed while three turns in ten go to somebody else."""
    hear = coachai.voices.hearing.hear_voices

    def mixing(*args: Any, **kwargs: Any) -> Voices:
        return swapped(hear(*args, **kwargs), 0.3, 1)

    folder = tmp_path_factory.mktemp("swapped") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coachai.voices.hearing, "hear_voices", mixing)
        analyze(
            SAMPLE,
            Observing(asr="none"),
            rubric=load_rubric("wait-time"),
            out=folder,
            progress=lambda _: quiet,
        )
    return folder


def test_a_mixed_up_lesson_asks_the_teacher_and_only_tells_the_evaluator(out: Path) -> None:
    teacher, evaluator = ((out / name).read_text() for name in ("report.html", "evaluator.html"))
    assert "Which voice is yours?" in teacher
    assert "Which voice is yours?" not in evaluator
    assert "--teacher-voice" not in evaluator
    assert "We are not sure which voice is the teacher" in evaluator


def test_the_command_on_the_page_answers_and_the_report_is_made_anew(out: Path, tmp_path: Path) -> None:
    page = (out / "report.html").read_text()
    line = re.findall("<code>(coachai prescreen [^<]*)</code>", page)[0].replace("&#39;", "'")
    asked = shlex.split(line)[1:]
    chosen = asked[asked.index("--teacher-voice") + 1]
    asked = [str(out / each) if each in {"transcript.json", "."} else each for each in asked]
    asked[asked.index("--out") + 1] = str(tmp_path / "anew")
    asked[asked.index("--video") + 1] = str(out / asked[asked.index("--video") + 1])
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    anew = read_transcript(tmp_path / "anew" / "transcript.json")
    assert anew.teacher_from == "asked"
    assert {each.voice for each in anew.utterances if each.role == "teacher"} == {chosen}
    assert "Which voice is yours?" not in (tmp_path / "anew" / "report.html").read_text()
    assert "Which voice is yours?" not in done.output


def test_a_wrong_letter_ends_with_one_line_and_nothing_written(out: Path, tmp_path: Path) -> None:
    there = ", ".join(voices_of(read_transcript(out / "transcript.json")))
    done = CliRunner().invoke(
        app,
        [
            *("prescreen", str(out / "transcript.json"), "--teacher-voice", "ZZ"),
            *("--rubric", "wait-time", "--out", str(tmp_path / "anew")),
        ],
    )
    assert done.exit_code == 2
    assert there in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "anew").exists()


def test_the_terminal_asks_too_with_a_command_that_works_from_here(out: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app,
        [
            *("prescreen", str(out / "transcript.json"), "--rubric", "wait-time"),
            *("--video", str(SAMPLE), "--out", str(tmp_path / "again")),
        ],
    )
    assert "Which voice is yours?" in done.output
    line = next(each for each in done.output.splitlines() if each.strip().startswith("coachai prescreen"))
    again = CliRunner().invoke(app, shlex.split(line)[1:])
    assert again.exit_code == 0, again.output


def test_two_ways_of_knowing_the_teacher_are_refused_before_anything_is_heard(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app,
        [
            *("analyze", str(SAMPLE), "--asr", "none", "--teacher", "Ms. Rivera", "--teacher-voice", "A"),
            *("--rubric", "wait-time", "--out", str(tmp_path / "out")),
        ],
    )
    assert done.exit_code == 2
    assert "give one" in done.stderr


def test_no_voiceprint_is_written(out: Path) -> None:
    told = json.loads((out / "transcript.json").read_text())
    assert {name for each in told["utterances"] for name in each} == {
        *("start", "end", "speaker", "role", "role_confidence", "text", "words", "labels"),
        *("voice", "voice_confidence", "readings", "corrected"),
    }
    assert not [name for name in told if name in {"heard", "between", "voices", "turns", "points"}]
    assert not list(rows_of_numbers(told))
    assert {each.name for each in out.iterdir()} == {
        *("report.html", "evaluator.html", "report.json", "transcript.json", "transcript.vtt"),
        *("markers.vtt", "measurements.csv"),
    }


def rows_of_numbers(told: Any) -> Iterator[Any]:
    """Lists of numbers anywhere in a JSON value: what a voiceprint would have to be."""
    if isinstance(told, dict):
        for each in told.values():
            yield from rows_of_numbers(each)
    if isinstance(told, list):
        if told and all(isinstance(each, int | float) for each in told):
            yield told
        for each in told:
            yield from rows_of_numbers(each)


def test_a_row_of_numbers_would_be_seen() -> None:
    assert list(rows_of_numbers({"voices": [{"point": [0.1, 0.2]}]})) == [[0.1, 0.2]]


def test_the_file_keeps_voices_and_reads_back_equal(tmp_path: Path) -> None:
    chosen = with_teacher(replace(voiced(DRAWING, **UNSURE), provenance=Provenance(coachai="x")), "A")
    (tmp_path / "transcript.json").write_bytes(encode_transcript(chosen))
    assert read_transcript(tmp_path / "transcript.json") == chosen
