"""Whisper in its true sizes with random weights, for machines that real weights cannot reach.

    python benchmarks/random_whisper.py small.en out/random-small.en

Layers, heads, mel bands, vocabulary and the places of the special tokens are those of the real models, and
so is the work of every product. The weights are random but for a part written by hand, because the cost of
a Whisper model depends on how much it writes:

* the encoder marks frames with sound, the decoder weighs their share against its own position and ends the
  text after 3.3 tokens a second of them, in beam search as in greedy search, whoever asks;
* each position writes the next token of one passage, so that there are words to place and to read;
* the alignment heads look at that token's place in the clip, so that word times are spread over it.

What it writes has nothing to do with what is said. Stored as 16-bit floats; the library that loads it
quantises it as it does real weights.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOKENS_A_SECOND = 3.3
"""Tokens of English speech a second: about 2.5 words."""

Weights = NDArray[np.float32]

WINDOW = 30.0
"""Seconds that a Whisper model sees at once: 1500 frames of the encoder."""

FRAMES, POSITIONS = 1500, 448

WRITTEN = 160
"""Positions that have a word: no clip writes more than 30 s of loud frames allow."""

LOUD_SHARE = 0.68
"""Share of the frames of speech that are loud enough to be marked (measured on the sample's speech)."""

LOUD_AT, VOICED = 0.3, (0.03, 0.3)
"""A frame counts where the mean of the library's features is above the first over these bands (as shares of
them all): about 100 to 900 Hz, where voices are. Frames that fill a window up stand at 0."""

CLOCK = 8
STEP = 0.15
"""How far a position moves the decoder's counter; it ends the text where the counter rises over 0."""

WRITE, END = 16.0, 320.0
"""Logits of the next token of the passage, and of the end for each 1.0 of the counter."""

STIR = 0.2
"""Root mean square of what all layers together add to a stream whose entries are about 1."""

_CODES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg "
    "lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so "
    "af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue"
)
LANGUAGES = _CODES.split()
"""The languages in the order of their tokens; the last came with large-v3."""

_SAID = (
    "today we look at one short story about a river . what do you think happens when the snow melts in "
    "spring ? yes , more water comes down from the hills . so who can tell us why the bridge was built so "
    "high ? because people had seen the flood before . let us read the next page together , and then you "
    "tell your neighbour what you would have done . i heard two good ideas over there . can you say that "
    "again ? they moved the houses away from the bank ."
)
PASSAGE = _SAID.split()
"""What every clip is said to say, over and over."""


@dataclass(frozen=True)
class Size:
    """A real Whisper model's shape. `heads` are of the encoder and of the decoder alike."""

    width: int
    heads: int
    encoder: int
    decoder: int
    bands: int = 80
    languages: int = 99
    english: bool = False

    @property
    def first(self) -> int:
        """The position whose answer is a clip's first word (asked without times)."""
        return 1 if self.english else 3

    @property
    def end(self) -> int:
        """The id of the end of text; the other special tokens follow."""
        return 50256 if self.english else 50257

    @property
    def vocabulary(self) -> int:
        """How many tokens there are: text, special ones, and a time for each 20 ms of a window."""
        return self.end + 8 + self.languages + 1501


_LARGE = {"width": 1280, "heads": 20, "encoder": 32, "bands": 128, "languages": 100}
SIZES: dict[str, Size] = {
    "tiny": Size(width=384, heads=6, encoder=4, decoder=4),
    "base": Size(width=512, heads=8, encoder=6, decoder=6),
    "small": Size(width=768, heads=12, encoder=12, decoder=12),
    "medium": Size(width=1024, heads=16, encoder=24, decoder=24),
    "large-v3": Size(**_LARGE, decoder=32),
    "large-v3-turbo": Size(**_LARGE, decoder=4),
}
SIZES |= {
    f"{name}.en": Size(
        width=its.width, heads=its.heads, encoder=its.encoder, decoder=its.decoder, english=True
    )
    for name, its in SIZES.items()
    if not name.startswith("large")
}
"""The shapes of Radford et al. (2022), table 1, and of OpenAI's later models."""

TURBO_HEADS = [(2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)]
"""The alignment heads of large-v3-turbo (openai-whisper); the converter knows those of the other sizes."""


def build(folder: Path, name: str, *, seed: int = 1) -> Path:
    """Write the model's folder, unless it stands there, and return it."""
    if (folder / "tokenizer.json").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    size = SIZES[name]
    tokens = vocabulary(size)
    made = spec(name, seed=seed)
    made.register_vocabulary(tokens)
    made.config.suppress_ids = []
    made.config.suppress_ids_begin = [220, size.end]
    made.config.lang_ids = [] if size.english else [*range(size.end + 2, size.end + 2 + size.languages)]
    made.config.alignment_heads = [list(each) for each in alignment_heads(name)]
    made.validate()
    made.optimize(quantization="float16")
    made.save(str(folder))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": size.bands}))
    # Written last: a folder without it is not taken for whole.
    _write_tokenizer(folder, tokens, size.end)
    return folder


def alignment_heads(name: str) -> list[tuple[int, int]]:
    """(layer, head) of the decoder's heads that tell where a word stands, as in the real model."""
    from ctranslate2.converters.transformers import _WHISPER_ALIGNMENT_HEADS

    return TURBO_HEADS if name == "large-v3-turbo" else _WHISPER_ALIGNMENT_HEADS[f"openai/whisper-{name}"]


def vocabulary(size: Size) -> list[str]:
    """As many tokens as the real model has: bytes, the passage's words, stand-ins, and the special ones."""
    from tokenizers.pre_tokenizers import ByteLevel

    words = dict.fromkeys(f"Ġ{word}" for word in PASSAGE if word.isalpha())
    text = [*sorted(ByteLevel.alphabet()), *words]
    # CTranslate2 tells a multilingual model by the empty word in its vocabulary, which stands there last.
    spare = size.end - len(text) - (0 if size.english else 1)
    text += [f"Ġstandin{k}" for k in range(spare)] + ([] if size.english else [""])
    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{code}|>" for code in LANGUAGES[: size.languages]),
    ]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    return [*text, *special, "<|notimestamps|>", *(f"<|{0.02 * k:.2f}|>" for k in range(1501))]


def _write_tokenizer(folder: Path, tokens: list[str], end: int) -> None:
    import tokenizers

    known = {token: k for k, token in enumerate(tokens[:end])}
    made = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=known, merges=[]))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in tokens[end:]])
    made.save(str(folder / "tokenizer.json"))


def spec(name: str, *, seed: int = 1) -> Any:
    """The weights as CTranslate2's converter holds them, 32-bit. The same for the same seed."""
    from ctranslate2.specs import WhisperSpec

    size = SIZES[name]
    made = WhisperSpec(size.encoder, size.heads, size.decoder, size.heads)
    draw = _Draw(seed)
    _encoder(made.encoder, size, draw)
    _decoder(made.decoder, name, draw)
    return made


class _Draw:
    """Random weights of a wanted spread."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def __call__(self, *shape: int, spread: float) -> Weights:
        drawn = self._generator.standard_normal(shape, dtype=np.float32)
        drawn *= np.float32(spread)
        return drawn

    def codes(self, rows: int, width: int, kept: int) -> Weights:
        """Rows with mean 0 and mean square 1, whose first `kept` entries are 0."""
        drawn = self(rows, width, spread=1.0)
        drawn[:, :kept] = 0
        drawn[:, kept:] -= drawn[:, kept:].mean(axis=1, keepdims=True)
        return np.asarray(drawn / np.sqrt((drawn**2).mean(axis=1, keepdims=True)), np.float32)


def _norm(layer: Any, width: int) -> None:
    layer.gamma, layer.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def _set(layer: Any, weight: Weights) -> None:
    layer.weight, layer.bias = weight, np.zeros(len(weight), np.float32)


def _clock(seconds: NDArray[np.float64]) -> Weights:
    """Times as points that are near each other only when the times are; shape (n, CLOCK)."""
    turns = 2 * np.pi * seconds[:, None] / np.array([60.0, 12.0, 4.0, 1.6])
    return np.concatenate([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def _encoder(encoder: Any, size: Size, draw: _Draw) -> None:
    """Entry 0 of the stream: whether a frame is loud; the next eight: its time; the rest is random."""
    width, steep = size.width, 20.0
    first = draw(width, size.bands, 3, spread=0.02)
    first[:2] = 0
    voiced = slice(*(round(share * size.bands) for share in VOICED))
    first[:2, voiced, 1] = steep / (voiced.stop - voiced.start)
    encoder.conv1.weight, encoder.conv1.bias = first, np.zeros(width, np.float32)
    # Two ramps one apart: their difference is 0 below the level and 1 above it.
    encoder.conv1.bias[:2] = -steep * LOUD_AT, -steep * LOUD_AT - 1
    second = draw(width, width, 3, spread=0.03 / np.sqrt(3 * width))
    second[: 1 + CLOCK] = 0
    second[0, :2, 1] = MARK, -MARK
    encoder.conv2.weight, encoder.conv2.bias = second, np.zeros(width, np.float32)
    codes = draw.codes(FRAMES, width, 1 + CLOCK)
    codes[:, 1 : 1 + CLOCK] = _clock(np.arange(FRAMES) * WINDOW / FRAMES)
    encoder.position_encodings.encodings = codes
    for layer in encoder.layer:
        _attention(layer.self_attention, size, draw, STIR / np.sqrt(size.encoder))
        _feed_forward(layer.ffn, size, draw, STIR / np.sqrt(size.encoder))
    _norm(encoder.layer_norm, width)


MARK = 2.4
"""What entry 0 of a loud frame holds."""


def _attention(attention: Any, size: Size, draw: _Draw, stir: float) -> None:
    """A random layer of self-attention that leaves the first entries of the stream alone."""
    width = size.width
    _norm(attention.layer_norm, width)
    _set(attention.linear[0], draw(3 * width, width, spread=1 / np.sqrt(width)))
    out = draw(width, width, spread=stir / np.sqrt(width))
    out[: 1 + CLOCK] = 0
    _set(attention.linear[1], out)


def _feed_forward(ffn: Any, size: Size, draw: _Draw, stir: float) -> None:
    width = size.width
    _norm(ffn.layer_norm, width)
    _set(ffn.linear_0, draw(4 * width, width, spread=1 / np.sqrt(width)))
    out = draw(width, 4 * width, spread=stir / np.sqrt(4 * width))
    out[: 1 + CLOCK] = 0
    _set(ffn.linear_1, out)


def _decoder(decoder: Any, name: str, draw: _Draw) -> None:
    """Entry 0 of the stream: the counter; the next eight: where the next word stands; then codes."""
    size = SIZES[name]
    width, stir = size.width, STIR / np.sqrt(size.decoder)
    codes = draw.codes(POSITIONS, width, 1 + CLOCK)
    places = np.arange(POSITIONS) - size.first
    codes[:, 0] = STEP * (places + 0.5)
    codes[:, 1 : 1 + CLOCK] = _clock((places + 0.5) / TOKENS_A_SECOND)
    decoder.position_encodings.encodings = codes
    # One table for reading and writing, as in the real models.
    decoder.embeddings.weight = decoder.projection.weight = _table(size, codes, draw)
    decoder.projection.bias = np.zeros(size.vocabulary, np.float32)
    aligning = alignment_heads(name)
    last = size.decoder - 1
    counting = next(head for head in range(size.heads) if (last, head) not in aligning)
    for k, layer in enumerate(decoder.layer):
        _attention(layer.self_attention, size, draw, stir)
        _look(layer.attention, size, draw, [head for at, head in aligning if at == k])
        if k == last:
            _count(layer.attention, size, counting)
        _feed_forward(layer.ffn, size, draw, stir)
    _norm(decoder.layer_norm, width)


def _table(size: Size, codes: Weights, draw: _Draw) -> Weights:
    """A row for each token: random, plus the codes of the positions that write it."""
    text = {token: k for k, token in enumerate(vocabulary(size)[: size.end])}
    table = draw(size.vocabulary, size.width, spread=1 / np.sqrt(size.width))
    table[:, : 1 + CLOCK] = 0
    # A row that answers to its own position and to no other one that writes.
    rows = WRITE * np.linalg.pinv(codes[:WRITTEN, 1 + CLOCK :]).T
    for position in range(size.first, WRITTEN):
        word = PASSAGE[(position - size.first) % len(PASSAGE)]
        table[text[f"Ġ{word}" if word.isalpha() else word], 1 + CLOCK :] += rows[position]
    # The first position, where a clip's language is asked for, says English.
    table[size.end + 2, 1 + CLOCK :] += rows[0]
    table[size.end] = 0
    table[size.end, 0] = END
    return table


def _look(attention: Any, size: Size, draw: _Draw, aligning: list[int]) -> None:
    """Random attention to the sound; the heads in `aligning` look where the next word stands."""
    width, deep = size.width, size.width // size.heads
    _norm(attention.layer_norm, width)
    query, both = (
        draw(width, width, spread=0.3 / np.sqrt(width)),
        draw(2 * width, width, spread=1 / np.sqrt(width)),
    )
    for head in aligning:
        rows = slice(head * deep, (head + 1) * deep)
        query[rows] = both[rows] = 0
        there = range(head * deep, head * deep + CLOCK)
        query[there, range(1, 1 + CLOCK)] = both[there, range(1, 1 + CLOCK)] = LOOK
    out = draw(width, width, spread=STIR / np.sqrt(size.decoder * width))
    out[: 1 + CLOCK] = 0
    _set(attention.linear[0], query)
    _set(attention.linear[1], both)
    _set(attention.linear[2], out)


LOOK = 4.0
"""How sharply the alignment heads look: the scores they give rise by twice this squared over a window."""


def _count(attention: Any, size: Size, head: int) -> None:
    """Let a head look at all frames alike, and take their share of loud ones off the counter."""
    deep = size.width // size.heads
    rows = slice(head * deep, (head + 1) * deep)
    attention.linear[0].weight[rows] = 0
    value = attention.linear[1].weight[size.width + head * deep]
    value[:] = 0
    value[0] = 1.0
    attention.linear[2].weight[0] = 0
    attention.linear[2].weight[0, head * deep] = -STEP * TOKENS_A_SECOND * WINDOW / LOUD_SHARE / MARK
    attention.linear[2].weight[1:, head * deep] = 0


def main() -> None:
    """Write one model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size", choices=sorted(SIZES))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    print(build(asked.folder, asked.size))


if __name__ == "__main__":
    main()
