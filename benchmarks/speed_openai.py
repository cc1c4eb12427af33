"""openai-whisper as another side, where it is installed, with the very weights of the other sides."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.random_whisper import FRAMES, POSITIONS, SIZES, Size, spec
from benchmarks.speed_pairs import Heard

if TYPE_CHECKING:
    from benchmarks.speed_pairs import Side


def installed() -> bool:
    """Whether it and what it needs are here."""
    return find_spec("whisper") is not None and find_spec("torch") is not None


def openai(name: str, device: str, beam: int) -> Side:
    """openai-whisper with random weights of a size, in 32 bits on a processor and 16 on a GPU.

    It has no detector of speech and no batches, and is asked without times, as the sequential side is.
    """
    import torch
    import whisper
    from faster_whisper.audio import decode_audio
    from whisper.model import ModelDimensions, Whisper

    size = SIZES[name]
    shape = (size.width, size.heads)
    made = Whisper(
        ModelDimensions(
            size.bands, FRAMES, *shape, size.encoder, size.vocabulary, POSITIONS, *shape, size.decoder
        )
    )
    state = {key: torch.from_numpy(value.copy()) for key, value in _state(spec(name), size)}
    lacking, unknown = made.load_state_dict(state, strict=False)
    assert not unknown
    assert all(each.endswith("mask") for each in lacking)
    model = made.to(device).eval()

    def hear(media: Path) -> Heard:
        found = whisper.transcribe(
            model,
            decode_audio(str(media)),
            language="en",
            beam_size=beam,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            fp16=device == "cuda",
        )
        tokens = sum(1 for each in found["segments"] for token in each["tokens"] if token < size.end)
        windows = len({each["seek"] for each in found["segments"]})
        return Heard(tokens, windows, sum(len(each["text"].split()) for each in found["segments"]))

    return hear


def _state(made: Any, size: Size) -> Iterator[tuple[str, Any]]:
    """The converter's weights under the names that openai-whisper gives them."""
    for name in ("conv1", "conv2"):
        yield from _plain(f"encoder.{name}", getattr(made.encoder, name))
    yield "encoder.positional_embedding", made.encoder.position_encodings.encodings
    yield "decoder.positional_embedding", made.decoder.position_encodings.encodings
    yield "decoder.token_embedding.weight", made.decoder.embeddings.weight
    yield from _norm("encoder.ln_post", made.encoder.layer_norm)
    yield from _norm("decoder.ln", made.decoder.layer_norm)
    for part, layers in (("encoder", made.encoder.layer), ("decoder", made.decoder.layer)):
        for k, layer in enumerate(layers):
            at = f"{part}.blocks.{k}"
            yield from _attention(f"{at}.attn", layer.self_attention, size.width)
            if part == "decoder":
                yield from _attention(f"{at}.cross_attn", layer.attention, size.width)
            yield from _norm(f"{at}.mlp_ln", layer.ffn.layer_norm)
            yield from _plain(f"{at}.mlp.0", layer.ffn.linear_0)
            yield from _plain(f"{at}.mlp.2", layer.ffn.linear_1)


def _attention(at: str, attention: Any, width: int) -> Iterator[tuple[str, Any]]:
    """Queries, keys and values lie in one matrix for attention to oneself, keys and values in one for the
    attention to the sound."""
    yield from _norm(f"{at}_ln", attention.layer_norm)
    rows = [(each.weight, each.bias) for each in attention.linear[:-1]]
    parts = [
        (weight[k : k + width], bias[k : k + width])
        for weight, bias in rows
        for k in range(0, len(bias), width)
    ]
    for name, (weight, bias) in zip(("query", "key", "value"), parts, strict=True):
        yield f"{at}.{name}.weight", weight
        if name != "key":
            yield f"{at}.{name}.bias", bias
    yield from _plain(f"{at}.out", attention.linear[-1])


def _plain(at: str, layer: Any) -> Iterator[tuple[str, Any]]:
    yield f"{at}.weight", layer.weight
    yield f"{at}.bias", layer.bias


def _norm(at: str, layer: Any) -> Iterator[tuple[str, Any]]:
    yield f"{at}.weight", layer.gamma
    yield f"{at}.bias", layer.beta
