"""A Whisper model small enough to build in a test, with weights written by hand.

It loads through the real library and says what a test expects: each *script* (a list of words) answers a
pure tone. A frame of a tone lights one channel of the encoder; the decoder looks at the frames with a tone
and at its own position, and one hidden unit for each script and position writes the next word. A second
attention head, the alignment head, looks at 0.4 s a word from the start of the clip: word k of a clip
stands at ``0.4 * k`` to ``0.4 * (k + 1)`` seconds, whatever the script (the first one ends sooner).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BANDS = (20, 26, 32, 38, 44, 50, 56, 62)
"""Mel bands of the tones; script k answers tone k."""

WORD_SECONDS = 0.4
LONGEST_SCRIPT = 40
_PROMPT = 4
_POSITIONS = LONGEST_SCRIPT + _PROMPT + 1
_SILENCE = len(BANDS)
_CLOCK = 8
Weights = NDArray[np.float32]


@dataclass(frozen=True)
class Script:
    """What the model writes for a tone. `doubt`: how strongly it thinks of all the other words at every
    step, 0 to 1; `no_speech`: it holds the clip to be without speech; `language`: what it detects."""

    text: str
    doubt: float = 0.0
    no_speech: bool = False
    language: str = "en"


def tone(script: int, seconds: float, level: float = 0.3) -> NDArray[np.float32]:
    """Sound that script `script` answers, 16 kHz."""
    from faster_whisper.feature_extractor import FeatureExtractor

    filters = FeatureExtractor().mel_filters
    hertz = int(filters[BANDS[script]].argmax()) * 16_000 / 400
    moments = np.arange(round(seconds * 16_000)) / 16_000
    return (level * np.sin(2 * np.pi * hertz * moments)).astype(np.float32)


def build(folder: Path, scripts: list[Script], *, multilingual: bool = False) -> Path:
    """Write the model's folder and return it. `scripts[-1]` also answers silence."""
    folder.mkdir(parents=True)
    tokens = _vocabulary(scripts, multilingual)
    index = {token: i for i, token in enumerate(tokens)}
    spec = _spec(scripts, index, 3 if multilingual else 1)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [index[f"<|{code}|>"] for code in _codes()] if multilingual else []
    spec.config.alignment_heads = [[0, 1]]
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    _write_tokenizer(folder, tokens, index)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80}))
    return folder


def _codes() -> list[str]:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    return list(_LANGUAGE_CODES)


def _vocabulary(scripts: list[Script], multilingual: bool) -> list[str]:
    from tokenizers.pre_tokenizers import ByteLevel

    words = dict.fromkeys(f"Ġ{word}" for script in scripts for word in script.text.split())
    tokens = [*sorted(ByteLevel.alphabet()), *words]
    special = ["<|endoftext|>", "<|startoftranscript|>"]
    special += [f"<|{code}|>" for code in _codes()] if multilingual else []
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *(f"<|{0.02 * i:.2f}|>" for i in range(1501))]
    # CTranslate2 tells a multilingual model by the empty word in its vocabulary.
    return [*tokens, *([""] if multilingual else []), *special]


def _write_tokenizer(folder: Path, tokens: list[str], index: dict[str, int]) -> None:
    import tokenizers

    end = index["<|endoftext|>"]
    made = tokenizers.Tokenizer(
        tokenizers.models.BPE(vocab={token: index[token] for token in tokens[:end]}, merges=[])
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in tokens[end:]])
    made.save(str(folder / "tokenizer.json"))


def _spec(scripts: list[Script], index: dict[str, int], prompt: int) -> Any:
    """`prompt`: how many tokens stand before `<|notimestamps|>`."""
    from ctranslate2.specs import WhisperSpec

    spec = WhisperSpec(1, 2, 1, 2)
    written = sorted({token for script in scripts for token in _steps(script, index, prompt) if token >= 0})
    channels = len(BANDS) + 1
    width = _POSITIONS + channels + len(written) + _CLOCK
    width += -width % 16
    _encoder(spec.encoder, width)
    _decoder(spec.decoder, scripts, index, prompt, (width, written))
    return spec


def _steps(script: Script, index: dict[str, int], prompt: int) -> list[int]:
    """The token that follows each position, -1 where nobody asks."""
    first = index["<|nospeech|>"] if script.no_speech else index.get(f"<|{script.language}|>", -1)
    words = [index[f"Ġ{word}"] for word in script.text.split()]
    assert len(words) <= LONGEST_SCRIPT
    steps = [first, *[-1] * (prompt - 1), *words]
    return steps + [index["<|endoftext|>"]] * (_POSITIONS - len(steps))


def _clock(seconds: NDArray[np.float64]) -> Weights:
    """Times as points that are near each other only when the times are; shape (n, 8)."""
    turns = 2 * np.pi * seconds[:, None] / np.array([60.0, 12.0, 4.0, 1.6])
    return np.concatenate([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def _zeros(layer: Any, rows: int, columns: int) -> tuple[Weights, Weights]:
    layer.weight = np.zeros((rows, columns), np.float32)
    layer.bias = np.zeros(rows, np.float32)
    return layer.weight, layer.bias


def _norm(layer: Any, width: int, gain: float = 1.0) -> None:
    layer.gamma = np.full(width, gain, np.float32)
    layer.beta = np.zeros(width, np.float32)


def _encoder(encoder: Any, width: int) -> None:
    """Channel k: how much tone k stands out; then one for silence; the last eight: the time."""
    encoder.conv1.weight = np.zeros((width, 80, 3), np.float32)
    encoder.conv1.bias = np.zeros(width, np.float32)
    encoder.conv2.weight = np.zeros((width, width, 3), np.float32)
    encoder.conv2.bias = np.zeros(width, np.float32)
    for k, band in enumerate(BANDS):
        encoder.conv1.weight[k, :, 1] = -6.0 / 80
        encoder.conv1.weight[k, band, 1] += 6.0
        encoder.conv2.weight[k, k, 1] = 1.0
        encoder.conv2.weight[_SILENCE, k, 1] = -1.0
    encoder.conv2.bias[_SILENCE] = 6.0
    encoder.position_encodings.encodings = np.zeros((1500, width), np.float32)
    encoder.position_encodings.encodings[:, -_CLOCK:] = 3 * _clock(np.arange(1500) * 0.02)
    _idle(encoder.layer[0], width)
    _norm(encoder.layer_norm, width)


def _idle(layer: Any, width: int) -> None:
    """A layer that changes nothing."""
    _norm(layer.self_attention.layer_norm, width)
    _zeros(layer.self_attention.linear[0], 3 * width, width)
    _zeros(layer.self_attention.linear[1], width, width)
    _norm(layer.ffn.layer_norm, width)
    _zeros(layer.ffn.linear_0, 4 * width, width)
    _zeros(layer.ffn.linear_1, width, 4 * width)


def _decoder(
    decoder: Any, scripts: list[Script], index: dict[str, int], prompt: int, shape: tuple[int, list[int]]
) -> None:
    width, written = shape
    decoder.embeddings.weight = np.zeros((len(index), width), np.float32)
    decoder.position_encodings.encodings = np.zeros((448, width), np.float32)
    for position in range(448):
        decoder.position_encodings.encodings[position, min(position, _POSITIONS - 1)] = 1.0
    layer = decoder.layer[0]
    _idle(layer, width)
    _attend(layer.attention, width, prompt)
    _write(layer.ffn, scripts, index, prompt, shape)
    _norm(decoder.layer_norm, width)
    weight, _ = _zeros(decoder.projection, len(index), width)
    first = _POSITIONS + len(BANDS) + 1
    for k, token in enumerate(written):
        weight[token, first + k] = 1.0


def _attend(attention: Any, width: int, prompt: int) -> None:
    """Head 0 finds the frames with a tone and copies their channels; head 1 looks where the word stands."""
    half = width // 2
    # One hot entry of `width` is about sqrt(width) after normalisation.
    _norm(attention.layer_norm, width, 1 / np.sqrt(width))
    query, constant = _zeros(attention.linear[0], width, width)
    constant[0] = np.sqrt(half)
    times = (np.arange(_POSITIONS) - prompt + 0.5) * WORD_SECONDS
    query[half : half + _CLOCK, :_POSITIONS] = 2.0 * np.sqrt(half) * _clock(times).T
    both, _ = _zeros(attention.linear[1], 2 * width, width)
    keys, values = both[:width], both[width:]
    keys[0, : len(BANDS)] = 3.0
    keys[half : half + _CLOCK, -_CLOCK:] = np.eye(_CLOCK)
    channels = len(BANDS) + 1
    values[:channels, :channels] = np.eye(channels)
    out, _ = _zeros(attention.linear[2], width, width)
    # A lit channel is about 7 after the encoder's normalisation.
    out[_POSITIONS : _POSITIONS + channels, :channels] = np.eye(channels) / 7


def _write(
    ffn: Any, scripts: list[Script], index: dict[str, int], prompt: int, shape: tuple[int, list[int]]
) -> None:
    """One hidden unit a script and position, lit when both are; it writes the next token."""
    width, written = shape
    _norm(ffn.layer_norm, width, np.sqrt(2 / width))
    answers = [*enumerate(scripts), (_SILENCE, scripts[-1])]
    hidden = len(answers) * _POSITIONS
    hidden += -hidden % 16
    heard, floor = _zeros(ffn.linear_0, hidden, width)
    said, _ = _zeros(ffn.linear_1, width, hidden)
    first = _POSITIONS + len(BANDS) + 1
    unit = 0
    for channel, script in answers:
        for position, token in enumerate(_steps(script, index, prompt)):
            heard[unit, position] = 20.0
            heard[unit, _POSITIONS + channel] = 20.0
            floor[unit] = -28.0
            if token >= 0:
                if prompt <= position < prompt + len(script.text.split()):
                    said[first : first + len(written), unit] = 5.0 * script.doubt
                said[first + written.index(token), unit] = 5.0
            unit += 1
