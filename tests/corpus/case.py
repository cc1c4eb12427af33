"""One recording of the corpus, and the sentences that the product owes to people, word for word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["rejected", "not_scored", "partial", "ok", "ok+note"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, and exactly what is to be said about it.

    `row` is the row of the plan that it belongs to, `name` the file's own name. `texts` are the sentence
    (of a refusal) or all notes (of a report); `{n}` in them stands for a number or a time that depends on
    the encoder. `code` names the refusal; reports have none. `absent` must stand in no file of the report
    whose name ends with `absent_in`.
    """

    row: str
    name: str
    make: Callable[[], bytes]
    outcome: Outcome
    code: str = ""
    texts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    absent: tuple[bytes, ...] = ()
    absent_in: str = ""


SENTENCES = {
    "EMPTY_FILE": "This file is empty. Check that the recording finished saving, then upload it again.",
    "NOT_MEDIA": "This is not a video or sound file we can read. Please upload MP4, MOV, MKV, WebM, AVI, "
    "MTS, MP3, M4A, WAV, FLAC or OGG.",
    "UNFINISHED_RECORDING": "The recording was not finished by the camera, so it cannot be opened. Copy it "
    "from the camera again, or repair it there.",
    "NO_SOUND": "This video has no sound track. Was the microphone off?",
    "BROKEN_TIMELINE": "The clock inside this file jumps by 1:00:00. Please export it again from your video "
    "app.",
    "TOO_DAMAGED": "More than half of this file cannot be read.",
    "PROTECTED": "This file is copy-protected. Upload the original from the camera.",
    "UNREADABLE": "This file is damaged and cannot be read. Copy it from the camera again, or export it "
    "again from your video app.",
    "TOO_LONG": "This recording is longer than 4 hours. Cut it to the lesson you want feedback on.",
    "TOO_SHORT": "Upload at least 1 minute.",
    "NO_SPEECH": "We found no speech in this recording.",
    "TOO_QUIET": "We can hardly hear anything (−{n} dB). No wait time or talk shares were computed. Move the "
    "microphone closer and check its level.",
    "SILENT": "We can hardly hear anything (−{n} dB). No wait time or talk shares were computed. Move the "
    "microphone closer and check its level.",
    "NO_SUCH_TRACK": "There is no sound track 3: this file has 2. Choose another with --track, or "
    "leave it out.",
}
NOT_SCORED = {"TOO_SHORT", "SILENT", "TOO_QUIET", "NO_SPEECH"}


def refused(row: str, name: str, make: Callable[[], bytes], code: str, *options: str) -> Case:
    """A file that must be refused with that code's sentence."""
    return Case(
        row=row,
        name=name,
        make=make,
        outcome="not_scored" if code in NOT_SCORED else "rejected",
        code=code,
        texts=(SENTENCES[code],),
        options=options,
    )


def fine(row: str, name: str, make: Callable[[], bytes]) -> Case:
    """A file about which there is nothing to say."""
    return Case(row=row, name=name, make=make, outcome="ok")


def noted(row: str, name: str, make: Callable[[], bytes], *texts: str) -> Case:
    """A file that is measured as a whole, with exactly these notes."""
    return Case(row=row, name=name, make=make, outcome="ok+note", texts=texts)


def partly(row: str, name: str, make: Callable[[], bytes], *texts: str) -> Case:
    """A file of which a part could be heard, with exactly these notes."""
    return Case(row=row, name=name, make=make, outcome="partial", texts=texts)
