"""From a file to exports of it: what the command `coachai export` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from coachai.errors import InputRefused
from coachai.report.codec import read_either
from coachai.report.delivery import deliver, workplace
from coachai.report.exports import FORMATS
from coachai.report.markers import subtitles_vtt

FROM_A_RECORDING = "vtt"
"""The one format that captions inside a recording come out as: it goes in again with --captions."""

_BLANKS = b" \t\r\n\xef\xbb\xbf"
_PEEKED = 4096


def exported(source: Path, names: Sequence[str]) -> dict[str, str]:
    """The text of each format named (see FORMATS) of a transcript.json, report.json or recording.

    Raises InputRefused (UNKNOWN_FORMAT, ONLY_VTT_FROM_A_RECORDING, and what reading the file raises) and
    EnvironmentLacks.
    """
    chosen = list(dict.fromkeys(name.lower() for name in names))
    for name in chosen:
        if name not in FORMATS:
            raise InputRefused(
                "UNKNOWN_FORMAT",
                f"“{name}” is no format to export to. Give --to one of these: {', '.join(FORMATS)}.",
            )
    if not _is_a_recording(source):
        record = read_either(source)
        return {name: FORMATS[name].write(record) for name in chosen}
    if chosen != [FROM_A_RECORDING]:
        raise InputRefused(
            "ONLY_VTT_FROM_A_RECORDING",
            f"{source.name} is a recording: only the captions inside it can be exported, with --to vtt. For "
            "other formats name the transcript.json that coachai observe writes.",
        )
    from coachai.media.subtitles import captions_inside

    try:
        return {FROM_A_RECORDING: subtitles_vtt(captions_inside(source))}
    except InputRefused as refusal:
        if refusal.code != "NOT_MEDIA":
            raise
        raise InputRefused(
            "NOT_EXPORTABLE",
            f"{source.name} is no transcript.json, no report.json and no recording. Name one of these; "
            "captions are checked with “coachai captions”.",
        ) from None


def exported_one(source: Path, names: Sequence[str]) -> str:
    """The text of the one format named. Raises InputRefused (ONE_AT_A_TIME) and what `exported` raises."""
    texts = exported(source, names)
    if len(texts) > 1:
        raise InputRefused(
            "ONE_AT_A_TIME", "Only one format can be shown at a time. Give --to once, or a folder with --out."
        )
    return next(iter(texts.values()))


def export_to(source: Path, names: Sequence[str], out: Path | None) -> tuple[Path, ...]:
    """Write each format to its file, all or none; the files written.

    `out` is the file of the one format, or the folder of several; beside `source` if None. Raises what
    `exported` raises, InputRefused (OUT_IS_A_FILE, OUT_IS_THE_INPUT, ALREADY_THERE) and EnvironmentLacks.
    """
    texts = exported(source, names)
    targets = _targets(source, list(texts), out)
    for target in targets.values():
        if target.exists() and target.samefile(source):
            raise InputRefused("OUT_IS_THE_INPUT", f"{target.name} is what is read. Name another with --out.")
        if out is None and target.exists() and _is_a_recording(source):
            raise InputRefused(
                "ALREADY_THERE", f"{target.name} is there already. Name another file with --out."
            )
    folder = next(iter(targets.values())).parent
    with workplace(folder) as work:
        deliver(folder, work, {target.name: texts[name] for name, target in targets.items()})
    return tuple(targets.values())


def _targets(source: Path, names: Sequence[str], out: Path | None) -> Mapping[str, Path]:
    if out is None or out.is_dir() or len(names) > 1:
        folder = source.parent if out is None else out
        return {name: folder / f"{source.stem}{FORMATS[name].suffix}" for name in names}
    return {names[0]: out}


def _is_a_recording(source: Path) -> bool:
    """Whether the file is anything but JSON; a file that cannot be read is left to who reads it next."""
    try:
        with source.open("rb") as file:
            head = file.read(_PEEKED).lstrip(_BLANKS)
    except (OSError, ValueError):
        return source.suffix.lower() != ".json"
    return not head.startswith((b"{", b"["))
