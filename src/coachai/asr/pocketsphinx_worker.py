"""One decoder in a process of its own: ``python -m coachai.asr.pocketsphinx_worker SOUND``.

The decoder holds the interpreter's lock while it works, so several cores need several processes. Reads
one stretch a line on standard input (`first last`, in samples) and answers each with one line of JSON:
``[[word, first_sample, last_sample, probability], ...]``. Ends when its input does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachai.media import Audio

FRAME = 160
"""Samples a decoder frame: 10 ms."""

_LEVEL = 0.5
"""Peak that a stretch is brought to, so that far and quiet voices use the decoder's whole range."""

_MOST_GAIN = 30.0
"""Gain beyond which only noise would be raised."""


def main() -> None:
    """Answer the stretches that come on standard input until it ends."""
    audio = Audio(Path(sys.argv[1]))
    decoder = open_decoder()
    for row in sys.stdin:
        first, last = (int(number) for number in row.split())
        words = heard(decoder, audio.read_samples(first, last))
        print(json.dumps([[w, first + a, first + b, p] for w, a, b, p in words]), flush=True)  # noqa: T201


_SEARCH = {"maxhmmpf": 6000, "maxwpf": 20, "pl_window": 10}
"""Narrower than the defaults: a quarter less time for as many words right on composed lessons, none of
them reported (word error .480 against .477). Half the time (3000 and 10) cost three points, heavier and
lighter language weights four to eight, decoding more at once than `LONGEST` two."""


def open_decoder() -> Any:
    """The bundled US English model with the settings that did best on composed classroom talk."""
    from pocketsphinx import Decoder

    return Decoder(loglevel="FATAL", **_SEARCH)


def heard(decoder: Any, sound: NDArray[np.float32]) -> list[tuple[str, int, int, float]]:
    """Words of one stretch: text, first and last sample within it, posterior probability (0 to 1)."""
    peak = float(np.abs(sound).max(initial=0.0))
    if peak == 0.0:
        return []
    loud = sound * min(_LEVEL / peak, _MOST_GAIN)
    # Without this the noise estimate of one stretch leaks into the next, and the words depend on
    # which worker took which stretch.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(np.round(loud * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    return [
        (each.word, each.start_frame * FRAME, (each.end_frame + 1) * FRAME, min(1.0, max(0.0, each.prob)))
        for each in decoder.seg()
    ]


if __name__ == "__main__":
    main()
