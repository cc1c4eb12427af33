"""Readers of transcripts made elsewhere, one format a file; `asr/cues.py` is their door.

No cue is lost silently: whatever has a time in the file is used or listed with its line and a reason.
Ready-made readers do not hold to that: in a comparison on 4,000 damaged files, made before these were
written, webvtt-py, pysubs2 and srt dropped cues of more than half of them without a word, took an end before
its start, and needed 3 to 10 s for 200,000 cues. So the readers here are our own; `json` reads JSON.
"""
