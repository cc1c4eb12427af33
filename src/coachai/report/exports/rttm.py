"""Rich Transcription Time Marked (NIST, RT-09): who spoke when, for tools that compare diarisations."""

from __future__ import annotations

from coachai.records import Span, Transcript
from coachai.report.exports.tiers import piece
from coachai.report.page import one_line
from coachai.report.view import voice_of
from coachai.timeline import merged


def rttm(transcript: Transcript) -> str:
    """A line a stretch of one voice, in order of time; the stretches of one voice do not overlap.

    Fields are parted by blanks, so those in names become underscores. Speech without words counts.
    """
    spoken: dict[str, list[Span]] = {}
    for each in transcript.utterances:
        spoken.setdefault(voice_of(each), []).append(each)
    tokens = _tokens(spoken)
    file = _token(transcript.recording.name.rpartition(".")[0] or transcript.recording.name) or "recording"
    rows = sorted(
        (shown.start, shown.end, tokens[who])
        for who, spans in spoken.items()
        for shown in (piece(span, "") for span in merged(spans))
    )
    return "".join(
        f"SPEAKER {file} 1 {start / 1000:.3f} {(end - start) / 1000:.3f} <NA> <NA> {who} <NA> <NA>\n"
        for start, end, who in rows
    )


def _tokens(names: dict[str, list[Span]]) -> dict[str, str]:
    """A name without blanks for each voice, no two alike."""
    tokens: dict[str, str] = {}
    for name in names:
        token, number = _token(name), 1
        while token in tokens.values():
            number += 1
            token = f"{_token(name)}_({number})"
        tokens[name] = token
    return tokens


def _token(text: str) -> str:
    return one_line(text).replace(" ", "_")
