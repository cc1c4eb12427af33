"""The evaluation of voices as a command: a minute of the sample lesson, also as a meeting and as clips."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import soundfile

from coachai.media import decode, probe
from models.voices import evaluate, inputs, listening

ROOT = Path(__file__).parents[2]
SECONDS = 66.0
AGES = {"Ms. Rivera": ("0030", "31"), "Maya": ("0008", "8"), "Owen": ("0010", "10"), "Leo": ("0012", "12")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`lessons`, `ami` and `clips`, all from the first minute of the sample lesson."""
    folder = tmp_path_factory.mktemp("data")
    sample = ROOT / "samples" / "lesson.mp4"
    audio = decode(sample, folder, lambda _: None, probe(sample))
    sound = audio.read(0.0, SECONDS)
    truth = json.loads((ROOT / "samples" / "lesson.truth.json").read_text(encoding="utf-8"))
    said = [each for each in truth["utterances"] if each["end"] < SECONDS]
    for name in ("lessons", "ami", "clips"):
        (folder / name).mkdir()
    for name in ("ice", "steam"):
        soundfile.write(folder / "lessons" / f"{name}.flac", sound, 16_000)
        changed = {**truth, "duration": SECONDS, "utterances": [{**each, "question": False} for each in said]}
        (folder / "lessons" / f"{name}.truth.json").write_text(json.dumps(changed), encoding="utf-8")
    sources = {"ice": {"speechocean762": ["0030", "8"]}, "steam": {"speechocean762": ["0099"]}}
    (folder / "lessons" / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    soundfile.write(folder / "ami" / "m1.wav", sound, 16_000)
    turn = "SPEAKER m1 1 {start} {length:.3f} <NA> <NA> {who} <NA> <NA>"
    rows = [
        turn.format(start=each["start"], length=each["end"] - each["start"], who=each["speaker"][:3])
        for each in said
    ]
    (folder / "ami" / "m1.rttm").write_text("\n".join(rows), encoding="utf-8")
    write_clips(folder / "clips", [(*AGES[each["speaker"]], each) for each in said[:12]], sound)
    (folder / "card.json").write_text(
        json.dumps({"speakers": {"train": {"read": ["0099", "0050"]}, "held": ["0030"]}}), encoding="utf-8"
    )
    return folder


def write_clips(folder: Path, said: Sequence[tuple[str, str, dict[str, Any]]], sound: Any) -> None:
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["utterance", "speaker", "age", "gender", "seconds", "text", "room"])
        for k, (speaker, age, each) in enumerate(said):
            table.writerow([f"{k:09d}", speaker, age, "F" if k % 2 else "m", 1, each["text"], "x"])
            first, last = round(each["start"] * 16_000), round(each["end"] * 16_000)
            soundfile.write(folder / f"{k:09d}.flac", sound[first:last], 16_000)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["evaluate.py", *map(str, arguments)])
    monkeypatch.setattr(listening, "SPEED_SECONDS", 5.0)
    return evaluate.main()


def test_one_command_writes_every_figure_with_its_interval_and_baseline(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "README.md"
    card.write_text("# voices\n", encoding="utf-8")
    wanted = ["--json", tmp_path / "out.json", "--card", card, "--picture", tmp_path / "p.svg"]
    inputs_ = [
        "--lessons",
        data / "lessons",
        "--ami",
        data / "ami",
        "--clips",
        data / "clips" / "metadata.csv",
    ]
    assert run(monkeypatch, *inputs_, *wanted, "--trained", data / "card.json") == 0
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    for name in (
        "role_accuracy",
        "role_accuracy_balanced",
        "teacher_student_der",
        "speaker_der",
        "adult_child_utterance_accuracy",
        "adult_child_speaker_accuracy",
        "talk_share_error",
        "made_up_group_talk",
    ):
        assert {"value", "low", "high", "n", "of", "baseline"} <= set(found[name]), name
        assert found[name]["value"] is not None, name
        assert found[name]["baseline"] is not None, name
    assert 0.8 <= found["role_accuracy"]["value"] <= 1
    assert found["role_accuracy"]["by_condition"]["clean"]["n"] == 1
    assert found["teacher_student_der"]["value"] < found["teacher_student_der"]["baseline"]
    assert 0 < found["realtime_factor"]["value"] < 1
    ages = found["adult_child_utterance_accuracy"]["by_age"]
    assert set(ages) == {"adults", "6-8", "9-10", "11-12"}
    assert set(found["adult_child_utterance_accuracy"]["by_condition"]) == {
        "clean",
        "room",
        "noisy",
        "far",
        "phone",
    }
    # The lesson with a voice that was learned from is named, and not heard.
    assert found["left_out"]["lessons_of_trained_speakers"] == ["steam"]
    assert "steam" in capsys.readouterr().out
    assert "group_talk_f1" not in found
    assert any("composing takes" in each for each in found["left_out"]["not_run"])
    page = card.read_text(encoding="utf-8")
    assert page.startswith("# voices\n")
    assert "| Role right, by time |" in page
    assert ElementTree.fromstring((tmp_path / "p.svg").read_text(encoding="utf-8")).tag.endswith("svg")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["README.md", "out.json", "p.svg"]


def test_what_is_not_named_is_not_there_and_trained_readers_are_not_counted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"speakers": {"train": ["0030"]}}), encoding="utf-8")
    clips = data / "clips" / "metadata.csv"
    assert run(monkeypatch, "--clips", clips, "--trained", card, "--json", tmp_path / "o.json") == 0
    found = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert set(found["adult_child_speaker_accuracy"]["by_age"]) == {"6-8", "9-10", "11-12"}
    assert found["left_out"]["clips_of_trained_speakers"] > 0
    assert "role_accuracy" not in found
    assert "speaker_der" not in found


def test_a_meeting_with_a_known_speaker_is_reported_apart(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"speakers": {"train": ["May"]}}), encoding="utf-8")
    assert run(monkeypatch, "--ami", data / "ami", "--trained", card, "--json", tmp_path / "o.json") == 0
    found = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    assert "speaker_der" not in found
    assert 0 <= found["speaker_der_seen"]["value"] < found["speaker_der_seen"]["baseline"]


def test_without_a_list_of_what_was_learned_from_leakage_is_said_to_be_unknown(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card.json"
    card.write_text("{}", encoding="utf-8")
    assert run(monkeypatch, "--ami", data / "ami", "--trained", card) == 0
    assert "leakage cannot be checked" in capsys.readouterr().out


def wrong_paths(folder: Path) -> dict[str, tuple[object, ...]]:
    (folder / "empty").mkdir()
    (folder / "bad.csv").write_text("name,years\n1,2\n", encoding="utf-8")
    (folder / "unheard").mkdir()
    (folder / "unheard" / "a.truth.json").write_text('{"utterances": []}', encoding="utf-8")
    (folder / "broken").mkdir()
    (folder / "broken" / "a.truth.json").write_text("{", encoding="utf-8")
    (folder / "broken" / "a.wav").touch()
    return {
        "nothing named": (),
        "no such folder": ("--lessons", folder / "absent"),
        "a folder without lessons": ("--lessons", folder / "empty"),
        "a truth without its sound": ("--lessons", folder / "unheard"),
        "a truth that is no JSON": ("--lessons", folder / "broken"),
        "no meetings": ("--ami", folder / "empty"),
        "no table": ("--clips", folder / "absent.csv"),
        "a table of something else": ("--clips", folder / "bad.csv"),
        "no card": ("--ami", folder, "--trained", folder / "absent.json"),
        "nowhere to write": ("--ami", folder, "--json", folder / "absent" / "out.json"),
    }


def test_wrong_paths_are_one_sentence_and_exit_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for what, arguments in wrong_paths(tmp_path).items():
        assert run(monkeypatch, *arguments) == 2, what
        told = capsys.readouterr()
        assert told.out == "", what
        assert len(told.err.strip().splitlines()) == 1, (what, told.err)


def test_an_interruption_leaves_no_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate.listening, "heard_voices", interrupted)
    assert run(monkeypatch, "--ami", data / "ami", "--json", tmp_path / "out.json") == 130
    assert list(tmp_path.iterdir()) == []
    assert "nothing was written" in capsys.readouterr().err


def test_it_runs_as_a_file() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "models" / "voices" / "evaluate.py"), "--lessons", "absent"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "There is no folder absent; name one with --lessons.\n"


def test_names_are_read_leniently(tmp_path: Path) -> None:
    truth = {
        "condition": "noisy",
        "scene": "group_work",
        "group": [[3, 9]],
        "readers": {"teacher": "30", "student_1": "0008"},
        "utterances": [{"start": 0, "end": 2.5, "role": "teacher", "speaker": "teacher", "text": "Yes."}],
    }
    (tmp_path / "any name.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (tmp_path / "any name.webm").touch()
    (tmp_path / "silent.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    found, unusable = inputs.lessons_in(tmp_path)
    assert [(each.name, each.kind, each.condition) for each in found] == [("any name", "group_work", "noisy")]
    assert [each.partition(":")[0] for each in unusable] == ["silent"]
    assert found[0].speakers == {"0030", "0008"}
    assert (found[0].group[0].start, found[0].group[0].end) == (3, 9)
    kept, seen, unknown = inputs.apart(found, frozenset({"0008"}))
    assert (kept, seen, unknown) == ([], ["any name"], [])


def test_a_lesson_whose_voices_nobody_names_is_kept_and_said_to_be_so(tmp_path: Path) -> None:
    truth = {"utterances": [{"start": 0, "end": 2, "role": "student"}], "duration": 5}
    (tmp_path / "a.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (tmp_path / "a.mp4").touch()
    found, _ = inputs.lessons_in(tmp_path)
    kept, seen, unknown = inputs.apart(found, frozenset({"0008"}))
    assert ([each.name for each in kept], seen, unknown) == (["a"], [], ["a"])


def test_a_table_of_clips_is_read_leniently(tmp_path: Path) -> None:
    rows = ["speaker,utterance,age,gender,accent", "8,000080011,9.0,F,x", "0009,000090011,40,male,x"]
    rows += ["0010,000100011,unknown,f,x", "0011,000110011,15,,x", "0012,000120011,10,f,x"]
    (tmp_path / "metadata.csv").write_text("\ufeff" + "\n".join(rows), encoding="utf-8")
    for name in ("000080011.flac", "000090011.wav", "000100011.flac", "000110011.flac"):
        (tmp_path / name).touch()
    found = inputs.clips_in(tmp_path / "metadata.csv")
    assert [(each.speaker, each.ages, each.gender, each.adult) for each in found] == [
        ("0008", "9-10", "f", False),
        ("0009", "adults", "m", True),
        ("0011", "13-17", "unknown", None),
    ]
