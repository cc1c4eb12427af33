"""Readers of transcripts made elsewhere, one format a file; `asr/cues.py` is their door.

No cue is lost silently: whatever has a time in the file is used or listed with its line and a reason.
Ready-made readers were tried on damaged files first and do not hold to that: webvtt-py 0.6, pysubs2 and
srt drop cues without a word (more than half of the files of one comparison), take an end before its start,
and need many seconds for 200,000 cues. So the readers here are our own; `json` reads JSON.
"""
