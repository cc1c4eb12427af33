"""Whisper models, batched over our own speech regions.

Their batched mode ignores every threshold against invented text (faster-whisper 1.2.1, read in its source),
so `doubt` stands in for them. What hears the clips is `whisper_decoder`, or a serving engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from coachai.asr.decoding import BETWEEN, Clip, Decoder, Hearing, by_piece, heard_in_order
from coachai.asr.doubt import believed, mean_logprob
from coachai.asr.journal import Journal, Journaled
from coachai.asr.regions import laid_on, packed, stretches
from coachai.errors import InputRefused
from coachai.media import Audio
from coachai.records import Progress, Span, Word
from coachai.timeline import shared_seconds, subtracted
from coachai.transcript import Recognition

LONGEST = 29.8
"""Seconds of a clip with its margins: just below the 30 that a Whisper model hears at once."""

LONGEST_AGAIN = 13.0
"""The same for a second hearing: half as much, so that its clips are cut in other places."""

JOIN = 2.0
"""Seconds of silence between regions that stay in one piece: the model needs what was said before, but
invents words in long silences."""

MARGIN = 0.2
"""Seconds of the silence around a clip that the model hears too."""

SLACK = 0.3
"""Seconds that a word may stand beside the speech it belongs to: word times come from attention."""

LANGUAGE_PIECES = 3
"""Pieces, the longest, whose language is taken for the recording's."""

NOTE = (
    "Whisper writes fluent sentences even where it mishears, children most of all: check a quotation "
    "against the video. Words where nobody speaks and text that looks invented were left out."
)

ENGLISH_ONLY = (
    "This model knows only English: where another language is spoken, it writes English words nobody said."
)


class FasterWhisper:
    """A Whisper model as a recogniser. `language` is a code such as ``en``; None has it detected, once a
    recording. `together`: pieces that lie apart are heard as one clip, for the model takes as long for a word
    as for half a minute."""

    def __init__(
        self, decoder: Decoder, *, language: str | None = "en", beam_size: int = 5, together: bool = True
    ) -> None:
        self.name = decoder.name
        self._decoder = decoder
        self._language = language
        self._beam_size = beam_size
        self._longest = LONGEST
        self._together = together

    def again(self) -> FasterWhisper:
        """The same loaded model for a second hearing: it takes the likeliest word each time, and hears
        shorter clips, so that other words stand before. As repeatable as the first: no draw is made."""
        second = copy(self)
        second._beam_size, second._longest = 1, LONGEST_AGAIN
        return second

    def keeping(self, journal: Journal) -> FasterWhisper:
        """The same, with each finished clip kept in a journal and not heard again."""
        kept = copy(self)
        kept._decoder = Journaled(self._decoder, journal)
        return kept

    def transcribe(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Recognition:
        """Words that lie in `speech`, punctuated; a line ends at each pause.

        `progress` is called after every clip; whatever it raises stops the work. `dropped` counts the
        words outside speech and those too doubtful to keep. Raises InputRefused (``LANGUAGE``) where the
        model does not know the language, EnvironmentLacks where it cannot run here.
        """
        progress(0.0)
        clips = self._clips(audio, speech)
        language = self._spoken(audio, [piece for clip in clips for piece in clip])
        how = Hearing(language=language, beam_size=self._beam_size)
        words: list[Word] = []
        written = 0
        for clip, heard in zip(
            clips, heard_in_order(self._decoder, audio, clips, how, progress), strict=True
        ):
            written += len(heard.words)
            for piece, its in by_piece(clip, heard.words):
                # Of a clip of several pieces the model's own figure is about all; words have each their own.
                logprob = heard.logprob if len(clip) == 1 else mean_logprob(its)
                spoken = shared_seconds(piece, speech)
                words += believed(its, logprob=logprob, no_speech=heard.no_speech, spoken=spoken)
        lines, outside = laid_on(words, speech, slack=SLACK)
        progress(1.0)
        return Recognition(
            recogniser="faster-whisper",
            model=self.name,
            language=language,
            lines=lines,
            marks=True,
            names=False,
            note=f"{NOTE} {ENGLISH_ONLY}" if clips and len(self._decoder.languages) == 1 else NOTE,
            dropped=written - len(words) + len(outside),
            dismissed=subtracted(outside, speech),
        )

    def _clips(self, audio: Audio, speech: Sequence[Span]) -> Sequence[Clip]:
        if self._together:
            return packed(audio, speech, longest=self._longest, join=JOIN, margin=MARGIN, between=BETWEEN)
        apart = stretches(audio, speech, longest=self._longest, join=JOIN, margin=MARGIN)
        return [(each,) for each in apart]

    def _spoken(self, audio: Audio, pieces: Sequence[Span]) -> str:
        """The language forced, or the one that the longest pieces are most probably in."""
        if not pieces:
            return self._language or ""
        if self._language is None:
            longest = sorted(pieces, key=lambda each: each.duration)[-LANGUAGE_PIECES:]
            return self._decoder.language_of(audio, longest)
        if self._language not in self._decoder.languages:
            raise InputRefused(
                "LANGUAGE",
                f"The model {self.name} does not know the language {self._language}: use a code such as "
                "en or es, with a model whose name does not end in .en.",
            )
        return self._language
