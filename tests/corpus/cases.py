"""Every case of the corpus, row by row of the plan."""

from __future__ import annotations

from tests.corpus import carried, damaged, foreign, odd, silence
from tests.corpus.case import Case

CASES: tuple[Case, ...] = tuple(
    sorted(
        [*foreign.CASES, *damaged.CASES, *odd.CASES, *silence.CASES, *carried.CASES],
        key=lambda each: each.row,
    )
)

_SELDOM = {
    "sound.aac", "sound-ends-first.mp4", "two-tracks.mov", "three-tracks.mp4", "six-channels.mkv",
    "phone.mp4",
    "phone-law.wav", "fine.wav", "tape.mp3", "varying-rate.mkv", "uneven.mp4", "late-with-hole.mov",
    "late-with-hole.ogg", "cut-old.avi", "cut-sound.mp3", "cut-sound.aac", "spoilt-1-apple.mov",
    "spoilt-1-sound.aac", "spoilt-1-sound.ogg", "spoilt-1-old.avi", "hole-sound.ogg", "hole-old.avi",
    "endless.mov", "sizes-unknown.wav", "flood.avi", "elsewhere-near.mov", "ten-megabytes-of-tags.mkv",
    "tag-template.mp4", "tag-header.mp4", "tag-path.mp4", "tag-unicode.mp4", "tags.webm", "tags.flac",
    "..mp4", "no suffix", "page-behind.mp4", "archive-behind.mp4", "film-named.html", "matroska-named.avi",
    "styled-subtitles.mkv", "picture-subtitles.mkv", "subtitles.webm", "place.mov", "place-rebuilt.mkv",
    "clipped.mp4", "bomb.mkv", "music.mp3", "two-tracks.mts", "two-languages.mkv", "six-channels.wav",
    "late-with-hole.m4a", "cut-web.webm", "spoilt-1-fragmented.mp4", "spoilt-1-sound.mp3",
    "spoilt-1-camera.mts", "spoilt-20.mkv", "hole-camera.mts", "hole-matroska.mkv", "endless.mkv",
    "flood.webm", "attachment.mkv", "tags.mp3", "song-named.m3u8", "film-named.wav",
    "hundred-thousand-cues.mkv", "place-rebuilt.mp4", "\u201c;rm -rf ~;'`id`$(id)&.mp4",
    "late-with-hole.avi", "late-with-hole.mts", "hole-web.webm", "cut-camera.mts", "hole-sound.flac",
    "tags.mkv", "cut-sound.ogg", "whisper-60.mp4", "size-unknown.wav", "spoilt-50-sound.flac",
    "spoilt-50-camera.mts", "chords.wav", "hum.wav", "silence.mp4", "no-sound.webm", "no-sound.avi",
    "unfinished-2.mp4", "spoilt-1-matroska.mkv", "subtitles.mkv", "place-rebuilt.mov",
    "tag-control.mp4", "x" * 251 + ".mp4",
    "\xe9" * 125 + ".mp4", "\U0001f393 Lecci\xf3n \u8ab2\u5802 \u06f1.mp4",
}  # fmt: skip
"""Variants that only the long run tries; the short one still has every row."""

OFTEN: tuple[int, ...] = tuple(k for k, each in enumerate(CASES) if each.name not in _SELDOM)
SELDOM: tuple[int, ...] = tuple(k for k, each in enumerate(CASES) if each.name in _SELDOM)
