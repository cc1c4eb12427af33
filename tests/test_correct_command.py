"""`coachai correct` through its own door: added, listed, taken back, and nothing lost on the way."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coachai.annotation import annotate
from coachai.cli import app
from coachai.correcting import correct_to
from coachai.corrections.adding import Wish
from coachai.records import Transcript
from coachai.report.codec import encode_transcript, read_report, read_transcript
from coachai.report.exports import FORMATS
from tests.putting_right import entry, file_of
from tests.report.made_up import DRAWING, made_up_transcript
from tests.timeline import lesson
from tests.timing import quickest


def run(*arguments: object) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(app, [str(each) for each in arguments])


def correct(folder: Path, *more: object, who: str = "MR") -> Result:
    signed = ("--who", who) if who else ()
    return run("correct", folder, *signed, *more)


def heard_in(folder: Path) -> Transcript:
    return read_transcript(folder / "transcript.json")


def now_in(folder: Path) -> Transcript:
    return read_report(folder / "report.json").transcript


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder as `analyze` leaves it: the made-up lesson with its report."""
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "transcript.json"
    path.write_bytes(encode_transcript(annotate(made_up_transcript())))
    made = run("prescreen", path, "--rubric", "questioning", "--out", folder)
    assert made.exit_code == 0, made.output
    return folder


def test_a_correction_changes_the_report_and_not_what_was_heard(out: Path) -> None:
    before = (out / "transcript.json").read_bytes()
    made = correct(out, "--at", "0:08", "--role", "student", "--note", "her voice")
    assert made.exit_code == 0, made.output
    assert "1 correction holds" in made.output
    assert "(before:" in made.output
    assert (out / "transcript.json").read_bytes() == before
    assert read_report(out / "report.json").rubric.id == "questioning"
    said = next(each for each in now_in(out).utterances if each.start == 8.0)
    assert (said.role, said.corrected[0].was, said.corrected[0].note) == ("student", "teacher", "her voice")
    assert read_transcript(out / "transcript.corrected.json") == now_in(out)
    entries = json.loads((out / "corrections.json").read_bytes())["corrections"]
    assert [(each["from"], each["to"], each["who"], each["at"]) for each in entries] == [
        ("teacher", "student", "MR", 8.0)
    ]


def test_applied_twice_is_as_applied_once(out: Path) -> None:
    assert correct(out, "--at", "0:08", "--no-label", "question").exit_code == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert correct(out, who="").exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_what_is_taken_back_leaves_the_report_as_it_was(out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert correct(out, "--at", "0:08", "--role", "student", "--words", "Why, Tom?").exit_code == 0
    entries = json.loads((out / "corrections.json").read_bytes())["corrections"]
    undone = correct(out, *(part for each in entries for part in ("--undo", each["id"])))
    assert undone.exit_code == 0, undone.output
    assert {name: (out / name).read_bytes() for name in before} == before
    listed = run("correct", out, "--list").output
    assert listed.count("taken back") == 2
    assert len(json.loads((out / "corrections.json").read_bytes())["corrections"]) == 4


def test_another_rubric_or_another_prescreen_keeps_the_corrections(out: Path) -> None:
    assert correct(out, "--at", "0:08", "--role", "student").exit_code == 0
    again = run("prescreen", out / "transcript.json", "--rubric", "wait-time", "--out", out)
    assert again.exit_code == 0, again.output
    assert now_in(out).utterances[2].role == "student"
    assert heard_in(out).utterances[2].role == "teacher"
    other = out.parent / "other"
    assert correct(out, "--rubric", "student-talk", "--out", other, who="").exit_code == 0
    assert now_in(other) == now_in(out)
    assert (other / "transcript.json").read_bytes() == (out / "transcript.json").read_bytes()
    assert (other / "corrections.json").read_bytes() == (out / "corrections.json").read_bytes()
    refused = run("prescreen", out / "transcript.corrected.json", "--rubric", "wait-time", "--out", out)
    assert refused.exit_code == 2
    assert "has its corrections in it" in refused.output


def test_the_page_goes_on_playing_its_video(out: Path) -> None:
    elsewhere = out.parent / "films & more"
    elsewhere.mkdir()
    (elsewhere / "lesson.mp4").write_bytes(b"x")  # as large as the transcript's recording says
    run("prescreen", out / "transcript.json", "--rubric", "wait-time", "--out", out, "--video",
        elsewhere / "lesson.mp4")  # fmt: skip
    player = _player(out)
    assert "films%20%26%20more/lesson.mp4" in player
    assert correct(out, "--at", "0:08", "--role", "student").exit_code == 0
    assert _player(out) == player


def _player(folder: Path) -> str:
    page = (folder / "report.html").read_text(encoding="utf-8")
    return next(line for line in page.splitlines() if 'id="player"' in line)


def test_a_folder_that_was_only_heard_gets_its_corrected_transcript(tmp_path: Path) -> None:
    (tmp_path / "transcript.json").write_bytes(encode_transcript(annotate(made_up_transcript())))
    made = correct(tmp_path, "--at", "0:08", "--words", "Why does the ice float?")
    assert made.exit_code == 0, made.output
    assert "--rubric" in made.output
    assert "Why does the ice float?" in (tmp_path / "transcript.vtt").read_text(encoding="utf-8")
    assert not (tmp_path / "report.json").exists()


def test_the_pages_and_sheets_say_who_put_it_right_and_what_it_was(out: Path) -> None:
    attack = '<img src=x onerror="alert(1)">'
    made = correct(out, "--at", "0:08", "--role", "student", "--words", f"Why {attack}", who=attack)
    assert made.exit_code == 0, made.output
    assert correct(out, "--part", "group work", "--start", "0:43", "--end", "0:58").exit_code == 0
    for name in ("report.html", "evaluator.html"):
        page = (out / name).read_text(encoding="utf-8")
        assert "People put 3 things right that the machine heard" in page
        assert "<img" not in page
        assert "3 by &lt;img" in page
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "speaker put right by &lt;img" in page
    assert "(was: teacher)" in page
    assert "(was: “Why does ice float on water?”)" in page
    assert "Group work, as MR says" in page
    report = read_report(out / "report.json")
    assert "(was: teacher)" in FORMATS["csv"].write(report)
    assert "Lesson parts" in FORMATS["eaf"].write(report)
    assert "(was: teacher)" in FORMATS["eaf"].write(report)


def test_a_label_taken_away_is_on_no_page_and_in_no_sheet(out: Path) -> None:
    assert correct(out, "--at", "0:08", "--no-label", "question").exit_code == 0
    row = next(line for line in FORMATS["csv"].write(now_in(out)).splitlines() if "8.000" in line)
    assert ",question" not in row
    assert "not: asks a question, says MR" in row


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--at", "0:08"), "Say what to put right there"),
        (("--role", "student"), "Say which sentence"),
        (("--at", "8:75", "--role", "student"), "is no time"),
        (("--at", "abc", "--role", "student"), "is no time"),
        (("--at", "1:10:00", "--role", "student"), "Nobody is heard at 1:10:00"),
        (("--at", "0:08", "--role", "techer"), 'did you mean "teacher"?'),
        (("--at", "0:08", "--label", "qestion"), 'did you mean "question"?'),
        (("--at", "0:08", "--words", "a\x1bb"), "cannot be seen"),
        (("--at", "0:08", "--end", "0:16"), "runs into the sentence"),
        (("--utterance", "u000000000000", "--role", "student"), "There is no sentence"),
        (("--part", "lunch", "--start", "0", "--end", "9"), "unknown part of a lesson"),
        (("--part", "group work"), "Say from when to when"),
        (("--part", "group work", "--start", "9", "--end", "1:50"), "to end by 80 s"),
        (("--undo", "c1"), "There is no correction"),
        (("--at", "0:08", "--role", "student", "--list"), "in a command of its own"),
        (("--at", "0:08", "--role", "student", "--rubric", "nope"), "unknown rubric"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    out: Path, arguments: tuple[str, ...], says: str
) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    refused = correct(out, *arguments)
    assert refused.exit_code == 2, refused.output
    assert says in refused.output
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_nobody_corrects_without_a_name(out: Path) -> None:
    assert "Say who puts this right" in correct(out, "--at", "0:08", "--role", "student", who="").output


def test_several_sentences_at_one_time_are_offered_to_choose_from(tmp_path: Path) -> None:
    drawn = lesson("8.1 - 8.4 T: Why?\n8.5 - 9.5 S1: Because.\n9.2 - 10 S2: Me too!", duration=20.0)
    (tmp_path / "transcript.json").write_bytes(encode_transcript(drawn))
    asked = correct(tmp_path, "--at", "0:08", "--role", "student")
    assert asked.exit_code == 2
    offered = [line.split()[1] for line in asked.output.splitlines() if "--utterance" in line]
    assert len(offered) == 2
    assert correct(tmp_path, "--utterance", offered[0], "--role", "student").exit_code == 0
    assert correct(tmp_path, "--at", "8.2", "--role", "unknown").exit_code == 0
    made = read_transcript(tmp_path / "transcript.corrected.json")
    assert [each.role for each in made.utterances] == ["unknown", "student", "student"]


def test_a_time_is_the_one_that_the_page_shows_now(out: Path) -> None:
    assert correct(out, "--at", "0:59", "--start", "0:60", "--end", "1:01.5").exit_code == 2
    assert correct(out, "--at", "0:59", "--start", "1:00", "--end", "1:01.5").exit_code == 0
    assert correct(out, "--at", "1:00", "--role", "student").exit_code == 0
    said = next(each for each in now_in(out).utterances if each.start == 60.0)
    assert (said.role, said.text) == ("student", "What did you find?")


def test_a_sentence_is_found_by_the_time_that_its_tooltip_shows(tmp_path: Path) -> None:
    drawn = lesson("8.0 - 9.37 T: Why?\n9.37 - 9.5 S1: So.\n12.38 - 14 S2: Me too!", duration=20.0)
    (tmp_path / "transcript.json").write_bytes(encode_transcript(drawn))
    assert correct(tmp_path, "--rubric", "wait-time", who="").exit_code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r'title="(\d+:\d\d\.\d)"', page)
    assert shown == ["0:08.0", "0:09.3", "0:12.3"]
    for shown_at in shown:
        assert correct(tmp_path, "--at", shown_at, "--role", "unknown").exit_code == 0
    assert {each.role for each in now_in(tmp_path).utterances} == {"unknown"}


def test_a_file_edited_by_hand_is_applied(out: Path) -> None:
    heard = heard_in(out)
    (out / "corrections.json").write_bytes(
        b"\xef\xbb\xbf" + file_of(heard, entry(1, "role", at=8, to="student"))
    )
    assert correct(out, who="").exit_code == 0
    assert now_in(out).utterances[2].role == "student"
    (out / "corrections.json").write_bytes(file_of(heard, entry(1, "role", at=8, to="nobody")))
    refused = correct(out, who="")
    assert refused.exit_code == 2
    assert 'entry 1 (c1): "to" is "nobody"' in refused.output


def test_a_full_disk_changes_nothing(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    real, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 7:  # every second one is the folder's, which may fail
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr("coachai.report.files.os.fsync", full)
    assert correct(out, "--at", "0:08", "--role", "student").exit_code == 3
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_everything_is_made_anew_in_under_a_second(tmp_path: Path) -> None:
    rows = [
        line.replace(line.split("-")[0].strip(), f"{float(line.split('-')[0]) + 80 * k:.1f}", 1).replace(
            line.split("-")[1].split()[0], f"{float(line.split('-')[1].split()[0]) + 80 * k:.1f}", 1
        )
        for k in range(34)
        for line in DRAWING.splitlines()
        if line.strip()
    ]
    heard = annotate(lesson("\n".join(rows), duration=2720.0))
    assert heard.duration > 45 * 60
    (tmp_path / "transcript.json").write_bytes(encode_transcript(heard))
    entries = [
        entry(k, "role", at=80.0 * k + 8.5, to="student")
        if k % 2
        else entry(k, "words", at=80.0 * k + 8.5, to="Why does it float?")
        for k in range(20)
    ]
    (tmp_path / "corrections.json").write_bytes(file_of(heard, *entries))
    assert quickest(lambda: correct_to(tmp_path, Wish(), rubric="questioning"), 1.0, tries=8) < 1.0
    assert sum(bool(each.corrected) for each in now_in(tmp_path).utterances) == 20
