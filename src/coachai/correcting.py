"""Corrections at work: the file is read, grown and laid over what was heard, and every page made anew."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from coachai.corrections.adding import Wish, entries_for
from coachai.corrections.applying import apply
from coachai.corrections.file import NAME, Corrections, parse_corrections, read_corrections, with_entries
from coachai.errors import InputRefused
from coachai.records import Report, Transcript

if TYPE_CHECKING:
    from coachai.pipeline import Analysis
    from coachai.rubric import Rubric

HEARD = "transcript.json"
"""What the machine heard; no correction ever changes it."""

CORRECTED = "transcript.corrected.json"
"""The same as people put it right."""

_PLAYER = re.compile(r'<(?:video|audio) id="player"[^>]* src="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRight:
    """A transcript with its corrections: as it was heard, as it is now, and the files that hold both."""

    heard: Transcript
    transcript: Transcript
    corrections: Corrections
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What `correct_to` made: the analysis, where a rubric is known, beside the report that stood there."""

    right: PutRight
    out: Path
    added: int
    analysis: Analysis | None
    rubric: Rubric | None
    before: Report | None


def put_right(
    heard: Transcript, corrections: Corrections, earlier: Callable[[], Transcript | None] = lambda: None
) -> Transcript:
    """The transcript as people put it right: read again where words or roles changed, and labelled anew.

    Where nothing is put right it is what was heard, to the bit. `earlier` fetches the same as it was
    put right before, which only saves a model's reading. Raises InputRefused (BAD_CORRECTIONS).
    """
    from coachai.annotation import annotate

    applied = apply(heard, corrections)
    if applied.count == 0:
        return heard
    made = applied.transcript
    if any(each.readings for each in heard.utterances):
        from coachai.discourse.reading import reread

        made = reread(made, heard, earlier())
    return annotate(made)


def with_corrections(file: Path, heard: Transcript, added: tuple[dict[str, Any], ...] = ()) -> PutRight:
    """A transcript with the corrections that stand beside its file, and `added` ones after them.

    Raises InputRefused: for a mistake in the file, and for a transcript that has its corrections in it.
    """
    from coachai.report.codec import encode_transcript

    corrections = read_corrections(file.with_name(NAME), heard)
    if added:
        corrections = parse_corrections(with_entries(corrections, added), heard)
    made = put_right(heard, corrections, lambda: _earlier(file.with_name(CORRECTED)))
    if not corrections.entries:
        return PutRight(heard=heard, transcript=made, corrections=corrections)
    files = {
        HEARD: encode_transcript(heard),
        CORRECTED: encode_transcript(made),
        NAME: corrections.raw,
    }
    return PutRight(heard=heard, transcript=made, corrections=corrections, files=files)


def _earlier(file: Path) -> Transcript | None:
    """The transcript as it was put right before; what cannot be read is made anew."""
    from coachai.report.codec import read_transcript

    try:
        return read_transcript(file) if file.is_file() else None
    except InputRefused:
        return None


def transcript_file(source: Path) -> Path:
    """The transcript's file, given it or the folder that it stands in."""
    return source / HEARD if source.is_dir() else source


def correct_to(
    source: Path, wish: Wish, *, rubric: str | None, out: Path | None = None, video: Path | None = None
) -> Corrected:
    """Add what a wish asks for to the corrections of a transcript, and write all files anew, or none.

    `source` is the transcript or its folder, `out` its folder if not named; what stands in `source` changes
    only there. Without a rubric it is the one of the report in `out`; where there is no report either, only
    the transcript's own files are written. Raises InputRefused.
    """
    from coachai.report.codec import read_transcript
    from coachai.rubric import load_rubric

    file = transcript_file(source)
    heard = read_transcript(file)
    there = file.parent if out is None else out
    before = _report_in(there, needed=rubric is None)
    chosen = rubric or _rubric_of(before)
    asked = None if chosen is None else load_rubric(chosen)
    added = entries_for(wish, heard, read_corrections(file.with_name(NAME), heard), _now())
    right = with_corrections(file, heard, added)
    if asked is None:
        _write_transcript(right, there)
        analysis = None
    else:
        played = video or _played_in(there, heard) or _played_in(file.parent, heard)
        analysis = prescreen_right(right, rubric=asked, video=played, out=there)
    return Corrected(right=right, out=there, added=len(added), analysis=analysis, rubric=asked, before=before)


def prescreen_right(right: PutRight, *, rubric: Rubric, video: Path | None, out: Path) -> Analysis:
    """Prescreen a transcript as people put it right, and write its report and its own files, or none."""
    from coachai.pipeline import link_to, prescreen, report_files
    from coachai.report.delivery import deliver, workplace

    with workplace(out) as work:
        link = None if video is None else link_to(video, out)
        analysis, contents = report_files(prescreen(right.transcript, rubric), rubric, link)
        whole = {**contents, **right.files}
        deliver(out, work, whole)
    return replace(analysis, files=tuple(whole))


def _write_transcript(right: PutRight, out: Path) -> None:
    from coachai.report.codec import encode_transcript
    from coachai.report.delivery import deliver, workplace
    from coachai.report.markers import transcript_vtt

    contents: dict[str, bytes | str | Path] = {
        HEARD: encode_transcript(right.heard),
        "transcript.vtt": transcript_vtt(right.transcript),
        **right.files,
    }
    with workplace(out) as work:
        deliver(out, work, contents)


def _now() -> datetime:
    return datetime.now().astimezone()


def _report_in(folder: Path, *, needed: bool) -> Report | None:
    """The report that stands there; a damaged one only matters where its rubric is asked for."""
    from coachai.report.codec import read_report

    path = folder / "report.json"
    if not path.is_file():
        return None
    try:
        return read_report(path)
    except InputRefused:
        if needed:
            raise
        return None


def _rubric_of(report: Report | None) -> str | None:
    from coachai.rubric import list_rubrics

    if report is None or report.rubric.id in list_rubrics():
        return None if report is None else report.rubric.id
    raise InputRefused(
        "NO_RUBRIC",
        "The report here was made with a rubric of your own; name its file with --rubric to make it anew.",
    )


def _played_in(folder: Path, transcript: Transcript) -> Path | None:
    """The video that the page in a folder plays: beside it, or where its link leads to this recording."""
    from coachai.pipeline import video_beside

    beside = video_beside(folder / HEARD, transcript)
    page = folder / "report.html"
    if beside is not None or not page.is_file():
        return beside
    link = _PLAYER.search(page.read_text(encoding="utf-8", errors="replace"))
    if link is None:
        return None
    video = folder / unquote(html.unescape(link[1]))
    size = transcript.recording.size_bytes
    return video if video.is_file() and video.stat().st_size == size else None
