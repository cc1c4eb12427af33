"""Files load back to equal objects, keep their names, and say what is wrong with a file that is not ours."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import tempfile
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

from coachai.errors import EnvironmentLacks, InputRefused
from coachai.records import Provenance, Report, Transcript
from coachai.report.codec import (
    encode_report,
    encode_transcript,
    json_schema,
    read_report,
    read_transcript,
    write_report,
    write_transcript,
)
from coachai.report.files import write_whole
from tests.report.generated import reports, transcripts
from tests.report.made_up import made_up_report
from tests.timeline import lesson

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
REPORT_SCHEMA = jsonschema.Draft202012Validator(json.loads(json_schema("report")))
TRANSCRIPT_SCHEMA = jsonschema.Draft202012Validator(json.loads(json_schema("transcript")))


@settings(max_examples=30)
@given(reports)
def test_any_report_loads_back_equal_and_fits_the_schema(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        write_report(report, path)
        assert read_report(path) == report
        REPORT_SCHEMA.validate(json.loads(path.read_bytes()))


@settings(max_examples=20)
@given(transcripts)
def test_any_transcript_loads_back_equal(transcript: Transcript) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.json"
        write_transcript(transcript, path)
        assert read_transcript(path) == transcript
        TRANSCRIPT_SCHEMA.validate(json.loads(path.read_bytes()))


def test_the_names_other_programs_rely_on(tmp_path: Path) -> None:
    write_report(made_up_report(), tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert content["schema_version"] == 1
    assert content["kind"] == "report"
    utterance = next(each for each in content["transcript"]["utterances"] if each["labels"])
    assert {"start", "end", "speaker", "role", "role_confidence", "text", "labels"} <= set(utterance)
    assert set(utterance["labels"][0]) == {"name", "probability", "source"}
    assert set(content["transcript"]["speech"][0]) == {"start", "end"}
    wait = next(each for each in content["measurements"] if each["measure"] == "wait_time_1")
    assert {"value", "low", "high", "unit", "n", "moments", "excluded", "note", "validation"} <= set(wait)
    assert set(wait["moments"][0]) == {"start", "end", "label"}
    assert set(wait["excluded"][0]) == {"start", "end", "reason"}
    assert set(content["findings"][0]) == {
        "criterion", "outcome", "message", "suggestion", "moments_for", "moments_against",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["report", "transcript"])
def test_the_schemas_in_the_repository_are_current(kind: str) -> None:
    stored = (SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert stored == json_schema(kind), "run: python -m coachai.report.schema docs/schema"  # type: ignore[arg-type]
    jsonschema.Draft202012Validator.check_schema(json.loads(stored))


def test_same_report_same_bytes_in_whatever_order_options_were_given() -> None:
    report = made_up_report()
    one = Provenance(coachai="1", models={"a": "1", "b": "2"})
    other = Provenance(coachai="1", models={"b": "2", "a": "1"})
    assert encode_report(dataclasses.replace(report, provenance=one)) == encode_report(
        dataclasses.replace(report, provenance=other)
    )


def test_a_file_name_that_is_not_utf8_is_kept_as_far_as_it_can_be(tmp_path: Path) -> None:
    transcript = lesson("0 - 1 T: Hello.")
    recording = dataclasses.replace(transcript.recording, name="le\udce7on.mp4")
    write_transcript(dataclasses.replace(transcript, recording=recording), tmp_path / "t.json")
    assert read_transcript(tmp_path / "t.json").recording.name == "le�on.mp4"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "NOT_JSON", "cut short"),
        (b'{"schema_version": 1, "kind": "rep', "NOT_JSON", "cut short"),
        (b"\xff\xfe\x00\x01", "NOT_JSON", "not a whole JSON file"),
        (b"[" * 5000, "NOT_JSON", "not a whole JSON file"),
        (b"[]", "NOT_OURS", "not a file that coachai wrote"),
        (b"null", "NOT_OURS", "not a file that coachai wrote"),
        (b'{"segments": []}', "NOT_OURS", "not a file that coachai wrote"),
        (b'{"schema_version": true, "kind": "report"}', "NOT_OURS", "not a file that coachai wrote"),
        (b'{"schema_version": 2, "kind": "report"}', "NEWER_FILE", "newer coachai"),
        (b'{"schema_version": 0, "kind": "report"}', "NOT_OURS", "no file version we know"),
        (b'{"schema_version": 1, "kind": "transcript"}', "WRONG_KIND", "is a transcript, but a report"),
        (b'{"schema_version": 1, "kind": "report"}', "DAMAGED_FILE", "at recording"),
    ],
)
def test_a_file_that_is_not_a_report_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / "some.json"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        read_report(path)
    assert refused.value.code == code
    assert words in refused.value.message
    assert str(tmp_path) not in refused.value.message


def test_a_span_that_runs_backwards_is_refused_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report(made_up_report(), path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["transcript"]["speech"][0] = {"start": 9, "end": 3}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputRefused, match=r"transcript\.speech\.0"):
        read_report(path)


def test_nothing_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no file"):
        read_transcript(tmp_path / "absent.json")
    with pytest.raises(InputRefused, match="is a folder"):
        read_transcript(tmp_path)


def test_a_byte_order_mark_from_an_editor_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"\xef\xbb\xbf" + encode_report(made_up_report()))
    assert read_report(path) == made_up_report()


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, "DISK_FULL", "no room left"),
        (errno.EACCES, "CANNOT_WRITE", "does not let us write"),
        (errno.EROFS, "CANNOT_WRITE", "does not let us write"),
        (errno.EIO, "CANNOT_WRITE", "error"),
    ],
)
def test_a_disk_that_refuses_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, words: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentLacks) as lacks:
        write_report(made_up_report(), path)
    assert lacks.value.code == code
    assert words in lacks.value.message
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "report.html", "half")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_and_a_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="folder is not there"):
        write_whole(tmp_path / "gone" / "x.csv", "")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(EnvironmentLacks, match="a folder of that name"):
        write_whole(tmp_path / "x.csv", "")
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]


def test_a_file_from_before_a_field_was_added_is_read(tmp_path: Path) -> None:
    transcript = lesson("0 - 2 T: Why does ice float?\n3 - 5 S1: It is lighter.")
    content = json.loads(encode_transcript(transcript))
    for later in ("parts", "dismissed", "voices_confidence"):
        del content[later]
    for utterance in content["utterances"]:
        del utterance["corrected"]
    path = tmp_path / "transcript.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_transcript(path) == transcript
