"""SubRip subtitles (SRT): what nearly every player and editor takes, with the speaker in front."""

from __future__ import annotations

import re

from coachai.records import Transcript
from coachai.report.exports.tiers import piece
from coachai.report.page import one_line
from coachai.report.view import voice_of

_TAG = re.compile(r"<(?=[a-zA-Z/!?])")


def srt(transcript: Transcript) -> str:
    """A numbered subtitle for each utterance with words: "Speaker: text".

    SRT knows no way to escape, and players take tags for tags: the sign that would open one is written
    with its look-alike (‹ for <, ｛ for {), as is an arrow (→), which would start another subtitle.
    """
    spoken = sorted(
        (each for each in transcript.utterances if one_line(each.text)),
        key=lambda each: (each.start, each.end),
    )
    blocks = []
    for number, each in enumerate(spoken, start=1):
        shown = piece(each, each.text)
        times = f"{_time(shown.start)} --> {_time(shown.end)}"
        blocks.append(f"{number}\n{times}\n{_inert(f'{voice_of(each)}: {shown.text}')}\n")
    return "\n".join(blocks)


def _inert(line: str) -> str:
    return _TAG.sub("‹", line).replace("{\\", "｛\\").replace("-->", "→")


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{rest:03d}"
