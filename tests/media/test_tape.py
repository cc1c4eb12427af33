"""Gap arithmetic: whatever the time stamps, sound ends up where they say."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from av.audio.frame import AudioFrame
from hypothesis import given
from hypothesis import strategies as st

from coachai.media.run import Run
from coachai.media.tape import LAST_PACKET, LONGEST_TAIL, SHORTEST_GAP, Tape
from coachai.records import Span
from coachai.timeline import merged

RATE = 1000

# (seconds since the end of the previous piece, length in samples): gaps, overlaps, exact fits
pieces = st.lists(
    st.tuples(st.one_of(st.just(0.0), st.floats(-1.0, 2.0)), st.integers(1, 800)), min_size=1, max_size=20
)


Laid = tuple[np.ndarray, list[float], tuple[Span, ...]]


def laid(tape_pieces: list[tuple[float, int]], end: float) -> Laid:
    """The tape's samples (piece k is written as the number k + 1), the pieces' times, what is missing."""
    sound = bytearray()
    tape = Tape(sound.extend, RATE)
    times, at = [], 0.0
    for number, (gap, length) in enumerate(tape_pieces):
        time = max(-0.5, at + gap)
        tape.move_to(time)
        tape.add(np.full(length, number + 1, np.int16))
        times.append(time)
        at = max(at, time + length / RATE)
    missing = tape.finish(max(at, end))
    return np.frombuffer(bytes(sound), "<i2"), times, missing


@given(pieces, st.floats(0, 30))
def test_every_piece_stands_at_its_time_and_overlaps_go_to_the_first(
    tape_pieces: list[tuple[float, int]], end: float
) -> None:
    samples, times, _ = laid(tape_pieces, end)
    truth = np.zeros(samples.size + 2000, np.int16)
    reached = 0
    for number, (time, (_, length)) in enumerate(zip(times, tape_pieces, strict=True)):
        first = round(time * RATE)
        truth[max(first, reached) : max(first + length, 0)] = number + 1
        reached = max(reached, first + length)
    assert np.array_equal(samples, truth[: samples.size])
    assert samples.size >= round(end * RATE)


@given(pieces, st.floats(0, 30))
def test_missing_is_exactly_the_long_silences_between_pieces(
    tape_pieces: list[tuple[float, int]], end: float
) -> None:
    samples, _, missing = laid(tape_pieces, end)
    silent = np.flatnonzero(np.diff(np.concatenate([[0], samples == 0, [0]]).astype(int)))
    long = [
        Span(start=a / RATE, end=b / RATE)
        for a, b in zip(silent[::2], silent[1::2], strict=True)
        if b - a >= (LONGEST_TAIL if b == samples.size else SHORTEST_GAP) * RATE
    ]
    assert missing == merged(long, gap=0.1)  # a scrap of sound between two silences is not worth telling


def test_a_second_of_sound_two_seconds_late() -> None:
    samples, _, missing = laid([(2.0, 1000)], 5.0)
    assert samples.size == 5000
    assert missing == (Span(start=0.0, end=2.0), Span(start=3.0, end=5.0))


def test_what_could_not_be_decoded_is_missing_too() -> None:
    tape = Tape(bytearray().extend, RATE)
    tape.add(np.ones(4000, np.int16))
    lost = [Span(start=1.0, end=1.02), Span(start=3.5, end=4.5), Span(start=4 - LAST_PACKET, end=4.0)]
    assert tape.finish(4.0, lost) == (Span(start=1.0, end=1.02), Span(start=3.5, end=4.0))


def test_a_packet_that_a_cut_went_through_is_not_told() -> None:
    tape = Tape(bytearray().extend, RATE)
    tape.add(np.ones(4000, np.int16))
    assert tape.finish(4.0, [Span(start=3.98, end=4.02)]) == ()


def test_pictures_that_go_on_a_little_are_no_loss_unless_sound_was_promised() -> None:
    def ending(promised: float | None, seconds: float) -> tuple[Span, ...]:
        tape = Tape(bytearray().extend, RATE)
        tape.add(np.ones(4000, np.int16))
        return tape.finish(seconds, promised=promised)

    assert ending(None, 4.9) == ending(4.1, 4.9) == ()
    assert ending(4.7, 4.9) == (Span(start=4.0, end=4.9),)
    assert ending(None, 5.2) == ending(4.0, 5.2) == (Span(start=4.0, end=5.2),)


# (time stamp in units of 1/90000 s, length in samples at 16 kHz): jitter, gaps, overlaps, steps backwards
stamps = st.lists(
    st.tuples(st.one_of(st.integers(-2000, 2000), st.integers(-400_000, 900_000)), st.integers(1, 3200)),
    min_size=1,
    max_size=40,
)


@given(stamps, st.integers(0, 10 * 16_000))
def test_any_time_stamps_end_at_the_recordings_own_length(moves: list[tuple[int, int]], longer: int) -> None:
    length = 0

    def write(samples: bytes) -> None:
        nonlocal length
        length += len(samples) // 2

    tape = Tape(write)
    at = 0
    for move, samples in moves:
        at = max(-90_000, at + move)
        before = length
        tape.move_to(at / 90_000)
        tape.add(np.ones(samples, np.int16))
        assert length >= before  # time never runs backwards
        at += round(samples * 90_000 / 16_000)
    seconds = (length + longer) / 16_000
    missing = tape.finish(seconds)
    assert abs(length / 16_000 - seconds) <= 0.020
    assert all(0 <= each.start < each.end <= seconds for each in missing)
    assert all(a.end < b.start for a, b in pairwise(missing))


def test_an_hour_of_rounded_time_stamps_drifts_by_no_sample() -> None:
    """Matroska rounds to milliseconds: 21.333 ms packets must not pull the sound along."""
    length = 0

    def write(samples: bytes) -> None:
        nonlocal length
        length += len(samples) // 2

    tape = Tape(write, 48_000)
    run = Run(tape)
    packets = 3600 * 48_000 // 1024
    for number in range(packets):
        frame = AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        frame.pts, frame.time_base = round(number * 1024 / 48), Fraction(1, 1000)
        run.add(frame, 0.0, 4000.0)
    run.flush()
    assert abs(length - packets * 1024) <= 1
    assert tape.finish(packets * 1024 / 48_000) == ()
