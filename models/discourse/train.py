"""Train the discourse model in passes that can be interrupted and repeated.

    python models/discourse/train.py --data ../shared/data --out models/discourse/work
    python models/discourse/train.py --data ../shared/data --out models/discourse/work-open --open

Every pass over the lessons is a stage of its own, with a checkpoint every four minutes; the same command goes
on where the last one stopped, and a finished pass is not done again. `export.py` and `calibrate.py` then make
what ships. `--open` trains on the MIT-licensed sets only; `--encoder` takes any encoder of the transformers
library, by name or local path; `--share 0.1 --passes 4` trains four passes on a tenth of the lessons (the
card's learning curve).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from corpora import (
    Exchange,
    Lesson,
    Said,
    Unreadable,
    composed_of,
    part_of,
    read_exchanges,
    read_lessons,
    split,
)
from network import Reader, columns, load_encoder
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase
from word_errors import bare, with_word_errors

from coachai.discourse.windows import MARKERS, SEQUENCE, batch, markers, shortened

SEED = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """How a pass is made: sequences in one step, the learning rate of the encoder at its begin and end, and
    the share of the steps after which exchanges are read too."""

    sequences: int
    rates: tuple[float, float]
    exchanges: float = 0.14


PASSES = (
    Pass(16, (1.5e-4, 1.2e-4)),
    Pass(8, (1.6e-4, 1.05e-4)),
    Pass(8, (1.05e-4, 0.5e-4)),
    Pass(8, (0.5e-4, 0.0)),
    Pass(8, (1.4e-4, 0.9e-4), exchanges=0.2),
    Pass(8, (0.9e-4, 0.4e-4), exchanges=0.2),
    Pass(8, (0.4e-4, 0.0), exchanges=0.2),
)
OPEN_PASSES = tuple(Pass(16, (1.5e-4 * (8 - k) / 8, 1.5e-4 * (7 - k) / 8)) for k in range(8))
"""With exchanges alone, where a pass reads each of them once."""
WARM_UP = 0.2
"""Share of a pass in which the rate rises to where the pass begins, if the pass before ended lower."""
HEAD_RATE, DECAY = 6.0, 0.01
"""The head's rate as a multiple of the encoder's, and the decay of weights."""
FORMS = (("typed", 0.45), ("bare", 0.3), ("errors", 0.25))
"""How a run of a lesson is laid: as typed, without marks, or with word errors; and how often."""
ONE_VOICE = 0.3
"""Share of runs in which all students count as one voice, as where nobody told them apart."""
WEIGHTS = {"question": 1.0, "teacher": 1.0, "student": 0.7, "uptake": 0.3, "focusing": 0.3}
UNKNOWN = 0.03
"""Share of the utterances whose voice nobody knows."""
AVERAGE = 0.995
"""What the averaged weights, which are the ones kept, retain of themselves in each step."""
CHECKPOINT_SECONDS, TELL_EVERY = 240.0, 50
"""Seconds between two checkpoints, and steps between two lines about how it goes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One utterance for training: its tokens with the marker, and its labels (-100: none)."""

    ids: list[int]
    asks: float
    teacher: int
    student: int


class Laying:
    """Turns sentences into tokens, remembering those it has seen."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self.seen: dict[str, list[int]] = {}
        self.markers = tokenizer.convert_tokens_to_ids(list(MARKERS))
        begin = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
        end = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
        self.edges = (begin, end, tokenizer.pad_token_id)

    def words(self, text: str) -> list[int]:
        if text not in self.seen:
            if len(self.seen) > 600_000:
                self.seen.clear()
            self.seen[text] = shortened(self.tokenizer.encode(text, add_special_tokens=False))
        return self.seen[text]


def vocabulary(lessons: Sequence[Lesson]) -> list[str]:
    """Every word of the lessons as often as it is said."""
    return [word for lesson in lessons for said in lesson.said for word in bare(said.text)]


def runs(
    lessons: Sequence[Lesson], laying: Laying, rng: random.Random, words: Sequence[str]
) -> Iterator[list[Piece]]:
    """The lessons cut anew into runs that fill a sequence, in random order, each in one of `FORMS`."""
    cut: list[tuple[Lesson, int, int]] = []
    for lesson in lessons:
        lengths = [1 + len(laying.words(said.text)) for said in lesson.said]
        start, room = 0, rng.randint(SEQUENCE // 4, SEQUENCE - 2)
        total = 0
        for k, length in enumerate(lengths):
            if total + length > room:
                cut.append((lesson, start, k))
                start, total, room = k, 0, SEQUENCE - 2
            total += length
        cut.append((lesson, start, len(lengths)))
    rng.shuffle(cut)
    for lesson, start, stop in cut:
        yield laid(lesson.said[max(0, start - 1) : stop], start > 0, laying, form(rng, words), rng)


Form = tuple[Callable[[str], str], bool]


def form(rng: random.Random, words: Sequence[str]) -> Form:
    """How texts are written in a run, and whether its questions are to be told from words alone."""
    name = rng.choices([each for each, _ in FORMS], [share for _, share in FORMS])[0]
    if name == "typed":
        return lambda text: text, False
    if name == "bare":
        return lambda text: " ".join(bare(text)), True
    rate = rng.choice((0.1, 0.2, 0.35))
    return lambda text: " ".join(with_word_errors(bare(text), rate, rng, words)), True


def laid(
    around: Sequence[Said], follows: bool, laying: Laying, written: Form, rng: random.Random
) -> list[Piece]:
    """A run of a lesson as pieces, cut short where errors have made it longer than a sequence.

    `follows`: the first utterance only tells who spoke before.
    """
    write, bare_words = written
    one_voice = rng.random() < ONE_VOICE
    roles = [each.role if rng.random() >= UNKNOWN else "unknown" for each in around]
    voices = [each.role if one_voice else each.speaker for each in around]
    kinds = markers(roles, voices)[int(follows) :]
    part = around[int(follows) :]
    pieces: list[Piece] = []
    room = SEQUENCE - 2
    for said, kind in zip(part, kinds, strict=True):
        ids = [laying.markers[kind], *laying.words(write(said.text))]
        room -= len(ids)
        if room < 0:
            break
        heard = len(ids) > 1
        pieces.append(
            Piece(
                ids,
                -100.0 if said.asks is None or not bare_words or not heard else float(said.asks),
                -100 if said.teacher is None or not heard else said.teacher,
                -100 if said.student is None or not heard else said.student,
            )
        )
    return pieces


def exchanged(exchange: Exchange, laying: Laying, *, marks: bool) -> list[list[int]]:
    """An exchange as two utterances: all the student says, all the teacher says."""
    write = (lambda text: text) if marks else (lambda text: " ".join(bare(text)))
    return [
        [laying.markers[2], *long_turn(laying, write(exchange.student))],
        [laying.markers[0], *long_turn(laying, write(exchange.teacher))],
    ]


def long_turn(laying: Laying, text: str) -> list[int]:
    """A turn's tokens: more of them than of one utterance."""
    ids = laying.tokenizer.encode(text, add_special_tokens=False)
    return ids if len(ids) <= 120 else [*ids[:80], *ids[-40:]]


def talk_loss(reader: Reader, pieces: Sequence[list[Piece]], laying: Laying, device: str) -> Tensor:
    """The loss over a batch of runs."""
    out, laid_out = read(reader, [[each.ids for each in run] for run in pieces], laying, device)
    most = laid_out

    def target(which: Callable[[Piece], float], kind: torch.dtype) -> Tensor:
        rows = [[which(each) for each in run] + [-100] * (most - len(run)) for run in pieces]
        return torch.tensor(rows, dtype=kind, device=device)

    loss = out.sum() * 0
    asks = target(lambda each: each.asks, torch.float32)
    known = asks >= 0
    if known.any():
        logits = out[..., columns("question")].squeeze(-1)
        loss = loss + WEIGHTS["question"] * nn.functional.binary_cross_entropy_with_logits(
            logits[known], asks[known]
        )
    for task, which in (("teacher", lambda each: each.teacher), ("student", lambda each: each.student)):
        truth = target(which, torch.long)
        if (truth >= 0).any():
            logits = out[..., columns(task)].flatten(0, 1)
            loss = loss + WEIGHTS[task] * nn.functional.cross_entropy(
                logits, truth.flatten(), ignore_index=-100
            )
    return loss


def exchange_loss(
    reader: Reader, task: str, pairs: Sequence[tuple[list[list[int]], float]], laying: Laying, device: str
) -> Tensor:
    """The loss over rated exchanges: squared error of the rating."""
    out, _ = read(reader, [ids for ids, _ in pairs], laying, device)
    rating = torch.tensor([value for _, value in pairs], device=device)
    return WEIGHTS[task] * nn.functional.mse_loss(out[:, 1, columns(task)].squeeze(-1), rating)


def read(
    reader: Reader, sequences: Sequence[Sequence[list[int]]], laying: Laying, device: str
) -> tuple[Tensor, int]:
    """The head's output for sequences of utterances, and how many places each row has."""
    its = batch(sequences, laying.edges)
    kind = torch.bfloat16
    with torch.autocast(device_type=device, dtype=kind):
        out = reader(
            torch.from_numpy(its.ids).to(device),
            torch.from_numpy(its.attention).to(device),
            torch.from_numpy(its.marks).to(device),
            torch.from_numpy(its.pool).to(device),
        )
    return out.float(), its.marks.shape[1]


@dataclass
class Material:
    """What is trained on."""

    lessons: list[Lesson]
    exchanges: dict[str, list[Exchange]]
    words: list[str]


def material(data: Path, *, open_only: bool, part: str = "train") -> Material:
    """The training part of every set. Raises Unreadable."""
    exchanges = {
        "uptake": read_exchanges(data / "uptake" / "train.csv", "uptake_zscore"),
        "focusing": read_exchanges(data / "focusing" / "train.csv", "follow_up_unfiltered_zscore"),
    }
    kept = {task: [each for each in rows if part_of(each.lesson) == part] for task, rows in exchanges.items()}
    lessons = [] if open_only else read_lessons(data / "talkmoves" / "train.jsonl.gz")
    own = split(lessons, part, composed_of(data)) if lessons else []  # type: ignore[arg-type]
    return Material(own, kept, vocabulary(own))


def steps(
    of: Material, laying: Laying, rng: random.Random, how: Pass
) -> Iterator[Callable[[Reader, str], Tensor]]:
    """One pass: every lesson once, exchanges in between (every exchange once where there is nothing else)."""
    ready = {
        task: [(exchanged(each, laying, marks=rng.random() < 0.7), each.rating) for each in rows]
        for task, rows in of.exchanges.items()
    }
    batches: list[tuple[str, list[tuple[list[list[int]], float]]]] = []

    def refill() -> None:
        for task, rows in ready.items():
            mixed = rng.sample(rows, len(rows))
            batches.extend((task, mixed[k : k + 32]) for k in range(0, len(mixed), 32))
        rng.shuffle(batches)

    def exchange_step() -> Callable[[Reader, str], Tensor]:
        task, pairs = batches.pop()
        return lambda reader, device: exchange_loss(reader, task, pairs, laying, device)

    if not of.lessons:
        refill()
        while batches:
            yield exchange_step()
        return
    gathered: list[list[Piece]] = []
    for run in runs(of.lessons, laying, rng, of.words):
        gathered.append(run)
        if len(gathered) == how.sequences:
            here = gathered
            yield lambda reader, device, here=here: talk_loss(reader, here, laying, device)
            gathered = []
            if rng.random() < how.exchanges:
                if not batches:
                    refill()
                yield exchange_step()
    if gathered:
        yield lambda reader, device: talk_loss(reader, gathered, laying, device)


class Training:
    """The network, what moves its weights, and how far it has come."""

    def __init__(self, encoder: str, out: Path) -> None:
        torch.manual_seed(SEED)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.reader, self.tokenizer = load_encoder(encoder)
        self.reader.to(self.device)
        self.laying = Laying(self.tokenizer)
        heads = list(self.reader.head.parameters())
        apart = {id(each) for each in heads}
        body = [each for each in self.reader.parameters() if id(each) not in apart]
        groups = [{"params": body, "times": 1.0}, {"params": heads, "times": HEAD_RATE}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=DECAY)
        self.average = torch.optim.swa_utils.AveragedModel(
            self.reader, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE)
        )
        self.kept = out / "checkpoint.pt"
        self.out = out
        self.passed, self.step, self.seconds = 0, 0, 0.0
        if self.kept.is_file():
            self._take_up()

    def _take_up(self) -> None:
        state = torch.load(self.kept, map_location=self.device, weights_only=True)
        self.reader.load_state_dict(state["reader"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"].cpu())
        self.passed, self.step, self.seconds = state["pass"], state["step"], state["seconds"]

    def keep(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {
            "reader": self.reader.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "pass": self.passed,
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, self.kept.with_suffix(".part"))
        self.kept.with_suffix(".part").replace(self.kept)

    def learn(self, step: Callable[[Reader, str], Tensor], rate: float) -> float:
        """One step at a learning rate; its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["times"] * rate
        loss = step(self.reader, self.device)
        loss.backward()
        nn.utils.clip_grad_norm_(self.reader.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update_parameters(self.reader)
        return float(loss.detach())


def rate_at(passes: Sequence[Pass], number: int, done: float) -> float:
    """The learning rate at `done` (0 to 1) of a pass: along a line, after a rise where it began lower."""
    first, last = passes[number].rates
    before = passes[number - 1].rates[1] if number else 0.0
    if done < WARM_UP and before < first:
        return before + (first - before) * done / WARM_UP
    return first + (last - first) * done


def train(of: Material, encoder: str, out: Path, passes: Sequence[Pass]) -> None:
    """Train, going on from the last checkpoint, and write the averaged weights after every pass."""
    training = Training(encoder, out)
    training.reader.train()
    while training.passed < len(passes):
        _pass(training, of, passes)
        torch.save(training.average.module.state_dict(), out / f"pass-{training.passed}.pt")
        training.keep()
    training.tokenizer.save_pretrained(out / "tokenizer")
    told = {
        "encoder": encoder,
        "passes": training.passed,
        "minutes": round(training.seconds / 60),
        "device": torch.cuda.get_device_name() if training.device == "cuda" else "cpu",
        "lessons": len(of.lessons),
        "exchanges": {task: len(rows) for task, rows in of.exchanges.items()},
    }
    (out / "trained.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _pass(training: Training, of: Material, passes: Sequence[Pass]) -> None:
    """One pass over everything, from the step at which it was left."""
    number = training.passed
    how = passes[number]
    if training.step == 0:
        torch.manual_seed(SEED * 1000 + number)
    # Runs are cut at random, so that the same pass is laid twice: to count its steps, and to make them.
    count = sum(1 for _ in steps(of, training.laying, random.Random(SEED * 1000 + number), how))
    losses: list[float] = []
    saved = told = time.monotonic()
    for k, step in enumerate(steps(of, training.laying, random.Random(SEED * 1000 + number), how)):
        if k < training.step:
            continue
        losses.append(training.learn(step, rate_at(passes, number, k / count)))
        training.step = k + 1
        now = time.monotonic()
        if len(losses) == TELL_EVERY:
            print(
                f"pass {number + 1} of {len(passes)}, step {k + 1} of {count}, "
                f"loss {sum(losses) / len(losses):.4f}, {(now - told) / len(losses):.2f} s a step",
                flush=True,
            )
            training.seconds += now - told
            losses, told = [], now
        if now - saved > CHECKPOINT_SECONDS:
            training.keep()
            saved = now
    training.seconds += time.monotonic() - told
    training.passed, training.step = number + 1, 0


def _hold_memory() -> None:
    """Start again with large blocks of memory kept: getting them anew costs a third of every step."""
    kept = {"MALLOC_MMAP_THRESHOLD_": "2000000000", "MALLOC_TRIM_THRESHOLD_": "20000000000"}
    if sys.platform == "linux" and not kept.keys() <= os.environ.keys():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **kept})


def main() -> None:
    """Run the stages that are not done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--passes", type=int, help="stop after so many (otherwise all)")
    parser.add_argument("--open", action="store_true", help="MIT-licensed sets only")
    parser.add_argument("--share", type=float, default=1.0, help="of the training lessons (learning curve)")
    told = parser.parse_args()
    _hold_memory()
    told.out.mkdir(parents=True, exist_ok=True)
    try:
        of = material(told.data, open_only=told.open)
        of.lessons = random.Random(SEED).sample(of.lessons, round(told.share * len(of.lessons)))
        train(of, told.encoder, told.out, (OPEN_PASSES if told.open else PASSES)[: told.passes])
    except Unreadable as wrong:
        sys.exit(str(wrong))
    except KeyboardInterrupt:
        sys.exit("Interrupted; the same command goes on from the last checkpoint.")


if __name__ == "__main__":
    main()
