"""Do the intervals of counted labels hold what people counted? One command.

    python benchmarks/label_intervals.py --model models/discourse/talkmoves --part test

Every TalkMoves lesson of the part is read as the program reads it; what people coded is the truth. Printed
for each label: how often the 90 % interval of a lesson's count holds the true count, how wide it is and how
far the count itself is off. `--part dev` also prints which drift (`mishearing.DRIFT`) makes it 90 %, and what
readings too small to be kept come to (`mishearing.UNREAD`); only those lessons may be used to choose. For the
share of focusing follow-ups no lesson has enough rated exchanges, so exchanges are drawn together at random:
that says whether the probabilities are right, not how lessons drift.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.resolve().parent), str(HERE.resolve().parent / "models" / "discourse")]

from corpora import Lesson, composed_of, part_of, read_lessons, split
from exchanges import rated, read_exchanges_in
from forms import written

from benchmarks.machine import keep, machine
from coachai.annotation import annotate
from coachai.chances import tally_of
from coachai.discourse.model import Model, load
from coachai.readings import (
    FOLLOW_UPS,
    LABEL_NAMES,
    LEAST,
    STUDENT_MOVES,
    TEACHER_MOVES,
    THRESHOLDS,
    decide,
)
from coachai.records import (
    AudioQuality,
    Label,
    Provenance,
    Recording,
    Role,
    Transcript,
    Utterance,
    WordSource,
)
from coachai.uncertainty import Tally, share_of_either, tallied

DATA = HERE.parents[1] / "shared" / "data"
DRIFTS = tuple(round(0.1 * step, 1) for step in range(13))
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "question": ("question",),
    "teacher": TEACHER_MOVES,
    "student": STUDENT_MOVES,
}
HEAD = """# Do the intervals of counted labels hold?

Written by `python benchmarks/label_intervals.py --keep`: the 90 % interval of each label's count in a lesson,
against what people coded there. "Without drift" takes the probabilities as if they were off nowhere together;
"the count itself is right" is what a number without an interval comes to."""
FORMS = {"marked": "Sentences with marks", "bare": "Words without marks or case"}
GROUPS, GROUP = 200, 30
"""How many lessons of rated exchanges are drawn, and how many exchanges one has."""

QUIET = AudioQuality(speech_level_dbfs=-20.0, noise_level_dbfs=-60.0, snr_db=40.0, clipped_share=0.0)


@dataclass(frozen=True, slots=True)
class Counted:
    """One label in one lesson: what people counted, what the program did, what its interval is drawn from."""

    label: str
    truth: int
    made: int
    tally: Tally

    def holds(self, drift: float) -> bool:
        """Whether the interval holds the true count."""
        low, high = self.interval(drift)
        return low <= self.truth <= high

    def interval(self, drift: float) -> tuple[float, float]:
        """The interval, if readings drifted so far."""
        return tallied(replace(self.tally, drift=drift), float(self.made))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--keep", action="store_true", help="write the tables to benchmarks/RESULTS.md, too")
    told = parser.parse_args()
    if not told.data.is_dir():
        sys.exit(f"The labelled data is not at {told.data}; name its folder with --data.")
    model = load(told.model)
    lessons = split(
        read_lessons(told.data / "talkmoves" / "train.jsonl.gz"), told.part, composed_of(told.data)
    )
    where = machine()
    page = [HEAD, ""]
    page.append(f"{len(lessons)} lessons ({told.part}), {where['date']}; {where['machine']}.\n")
    for form in ("marked", "bare"):
        read = [as_read(model, lesson, text, form) for lesson, text in _written(lessons, form)]
        found = [each for transcript, lesson in read for each in counted(transcript, lesson, form)]
        page.append(f"{FORMS[form]}:\n\n{table(found)}\n")
        if told.part == "dev":
            page.append(f"{drifts(found)}\n\n{unread(read)}\n")
    page.append(focusing(model, told.data, told.part))
    text = "\n".join(page) + "\n"
    if told.keep:
        keep("label intervals", text)
    print(text)


def _written(lessons: Sequence[Lesson], form: str) -> Iterator[tuple[Lesson, list[str]]]:
    texts = written([[each.text for each in lesson.said] for lesson in lessons], form)
    return zip(lessons, texts, strict=True)


def as_read(model: Model, lesson: Lesson, texts: Sequence[str], form: str) -> tuple[Transcript, Lesson]:
    """A lesson as a labelled transcript, one utterance a second."""
    roles: list[Role] = [_role(each.role) for each in lesson.said]
    found = model.read(roles, [each.speaker for each in lesson.said], texts, marks=form == "marked")
    source = f"model:{model.card.name}"
    said = tuple(
        Utterance(
            start=float(k),
            end=k + 0.9,
            speaker=each.speaker,
            role=role,
            role_confidence=1.0,
            text=text,
            readings=tuple(
                Label(name=name, probability=round(chance, 3), source=source)
                for name, chance in read.items()
                if name != "none" and chance >= LEAST
            ),
        )
        for k, (role, each, text, read) in enumerate(zip(roles, lesson.said, texts, found, strict=True))
    )
    return annotate(_transcript(said, marks=form == "marked")), lesson


def _role(name: str) -> Role:
    return "teacher" if name == "teacher" else "student" if name == "student" else "unknown"


def _transcript(said: tuple[Utterance, ...], *, marks: bool) -> Transcript:
    """Nothing but what was said."""
    return Transcript(
        recording=Recording(
            name="lesson",
            sha256="0" * 64,
            size_bytes=1,
            duration=float(len(said)),
            container="mp4",
            audio_codec="aac",
            audio_sample_rate=48000,
            audio_channels=1,
        ),
        duration=float(len(said)),
        language="en",
        utterances=said,
        speech=(),
        overlap=(),
        missing=(),
        quality=QUIET,
        words_from=WordSource(
            recogniser="captions", model="", marks=marks, names=True, coverage=1.0, note=""
        ),
        teacher_confidence=1.0,
        teacher_from="name",
        provenance=Provenance(coachai="benchmark"),
    )


def counted(transcript: Transcript, lesson: Lesson, form: str) -> Iterator[Counted]:
    """Each label's count in a lesson, over the sentences that people coded."""
    pairs = list(zip(transcript.utterances, lesson.said, strict=True))
    for family, labels in FAMILIES.items():
        role: Role = "student" if family == "student" else "teacher"
        if family == "question" and form == "marked":
            continue  # there the marks tell, and are the truth
        coded = [
            (said, code.asks if family == "question" else code.teacher if role == "teacher" else code.student)
            for said, code in pairs
            if (code.teacher if role == "teacher" else code.student) is not None
        ]
        for place, name in enumerate(labels, 1):
            label = LABEL_NAMES.get(name, name)
            yield Counted(
                label=name,
                truth=sum(code == (True if family == "question" else place) for _, code in coded),
                made=sum(said.has(label) for said, _ in coded),
                tally=tally_of(transcript, role, (label,), [said for said, _ in coded]),
            )


def table(found: Sequence[Counted]) -> str:
    """What holds with the drift that the program uses, and without any."""
    rows = [
        "| label | lessons | intervals hold | without drift | the count itself is right |"
        " median width | median count | median error |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for label in dict.fromkeys(each.label for each in found):
        own = [each for each in found if each.label == label]
        drift = own[0].tally.drift
        widths = [high - low for low, high in (each.interval(drift) for each in own)]
        as_made = [abs(each.made - each.truth) for each in own]
        fixed = np.mean([each.made == each.truth for each in own])
        rows.append(
            f"| {label} | {len(own)} | {_share(own, drift):.0%} | {_share(own, 0.0):.0%} | {fixed:.0%} |"
            f" {np.median(widths):.1f} | {np.median([each.truth for each in own]):.0f} |"
            f" {np.median(as_made):.1f} |"
        )
    return "\n".join(rows)


def _share(found: Sequence[Counted], drift: float) -> float:
    return float(np.mean([each.holds(drift) for each in found]))


def drifts(found: Sequence[Counted]) -> str:
    """For each family how often intervals hold, by drift."""
    rows = ["| drift | " + " | ".join(FAMILIES) + " |", "|---" * (len(FAMILIES) + 1) + "|"]
    for drift in DRIFTS:
        shares = [
            [each.holds(drift) for each in found if each.label in labels] for labels in FAMILIES.values()
        ]
        rows.append(
            f"| {drift} | " + " | ".join(f"{np.mean(each):.1%}" if each else "" for each in shares) + " |"
        )
    return "\n".join(rows)


def unread(read: Sequence[tuple[Transcript, Lesson]]) -> str:
    """How often people gave a label where its reading was too small to be kept."""
    told = []
    for family, labels in FAMILIES.items():
        for place, name in enumerate(labels, 1):
            there = [
                (code.asks is True) if family == "question" else _code(code, family) == place
                for transcript, lesson in read
                for said, code in zip(transcript.utterances, lesson.said, strict=True)
                if _code(code, "student" if family == "student" else "teacher") is not None
                and not any(each.name == name for each in said.readings)
            ]
            told.append(f"{name} {np.mean(there):.4f}")
    return "Given by people where the reading was below .05: " + ", ".join(told)


def _code(code: object, family: str) -> int | None:
    return getattr(code, family)  # type: ignore[no-any-return]


def focusing(model: Model, data: Path, part: str) -> str:
    """Shares of focusing follow-ups among groups of exchanges."""
    of = rated(data / "focusing" / "train.csv", "focusing", lambda name: part_of(name) == part)
    answers = read_exchanges_in(model, of, "marked")
    kinds = np.array([each.level for each in of.rows], dtype=float)
    usable = np.flatnonzero(~np.isnan(kinds))
    random = np.random.default_rng(0)
    held: list[bool] = []
    widths: list[float] = []
    off: list[float] = []
    for _ in range(GROUPS):
        group = random.choice(usable, GROUP)
        made = [decide(answers.chances[k], "exchange") for k in group]
        names = [each[0] for each in made if each is not None]
        truth = [kinds[k] for k in group if kinds[k] > 0]
        if not names or not truth:
            continue
        value = names.count("focusing") / len(names)
        chances = [
            tuple(
                chance if (chance := answers.chances[k].get(name, 0.0)) >= LEAST else 0.0
                for name in FOLLOW_UPS
            )
            for k in group
        ]
        low, high = share_of_either(chances, 0.0, value)  # type: ignore[arg-type]
        share = float(np.mean([each == 2 for each in truth]))
        held.append(low <= share <= high)
        widths.append(high - low)
        off.append(abs(value - share))
    return (
        f"Share of focusing follow-ups, {len(held)} groups of {GROUP} of {len(usable)} exchanges: intervals "
        f"hold {np.mean(held):.0%}, median width {np.median(widths):.2f}, median error {np.median(off):.2f} "
        f"(thresholds {', '.join(f'{name} {THRESHOLDS[name]:g}' for name in FOLLOW_UPS)})"
    )


if __name__ == "__main__":
    main()
