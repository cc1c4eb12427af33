"""How right is it? Everything known about it, as sections: for docs/accuracy.md and for the terminal.

``python -m coachai.accuracy [FILE]`` writes the document. Nothing is measured here and no figure is made up
here: figures come from the two files that the evaluations write, published ones from the papers named.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from coachai.label_figures import REPORTING_F1, VARIANTS, Evaluation, shipped
from coachai.label_tables import Section, Table, exchanges, label_by_label, published
from coachai.measures import MEASURES
from coachai.measures.measure import Measure
from coachai.resources import resource
from coachai.validation import NOT_CHECKED, RESTS_ON_LABELS, STAND_IN, TOO_OFTEN_WRONG, validation_of

SOURCES: Mapping[str, str] = {
    "captions": "captions with punctuation and names",
    "captions_unnamed": "captions with punctuation, without names",
    "captions_unmarked": "captions without punctuation",
    "faster-whisper": "a Whisper model's words",
    "pocketsphinx": "the built-in recogniser's words",
    "sound": "no words, only the sound",
}
"""Where words come from (`validation.source_key`), as people call it."""

_MADE_ON = {"rules": " Some may be among the 350 lessons on which the rules' lists of words were made."}

_EMPHASIS = re.compile(r"(?<!\w)(\*{1,2}|`)(?=\S)(.+?)(?<=\S)\1(?!\w)")


def sections(evaluation: Evaluation | None = None) -> tuple[Section, ...]:
    """Everything that is known; `evaluation` is what is known about labels, as shipped if not given."""
    known = evaluation or shipped()
    return (
        _head(known),
        _at_a_glance(known),
        *_measure_by_measure(known),
        *label_by_label(known),
        exchanges(known),
        published(known),
        _not_checked(known),
        _where_from(known),
    )


def markdown(told: Iterable[Section]) -> str:
    """The sections as a Markdown document."""
    lines: list[str] = []
    for section in told:
        lines += [f"{'#' * section.level} {section.title}", ""]
        for part in section.parts:
            if isinstance(part, str):
                lines += [part, ""]
            elif isinstance(part, Table):
                rule = ("---",) * len(part.heads)
                lines += [f"| {' | '.join(row)} |" for row in (part.heads, rule, *part.rows)]
                lines.append("")
            else:
                lines += [*(f"- {each}" for each in part), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def plain(text: str) -> str:
    """A sentence without the marks of Markdown, for a terminal."""
    return _EMPHASIS.sub(r"\2", text)


def _head(known: Evaluation) -> Section:
    kept = json.loads(resource("configs", "accuracy.json").read_text(encoding="utf-8"))
    checked = [
        "**Composed lessons with known truth.** Synthetic voices speak real exchanges, and real adults and "
        "children read, on a timeline that we know. They show whether pauses, voices and questions are found "
        "as they are, and prove the machinery, not accuracy in a classroom. "
        f"Measured on {kept['date']}; {kept['measured_on']}; questions found by {VARIANTS[kept['labels']]}.",
    ]
    for name, variant in known.variants.items():
        checked.append(
            f"**Coded talk, for {VARIANTS.get(name, name)}.** Read: {variant.on}.{_MADE_ON.get(name, '')}"
        )
    if known.variants:
        checked[-1] += f" Measured on {known.date}; {known.machine}."
    else:
        checked.append(
            "**Coded talk.** No evaluation has been made for this version: labels are not checked."
        )
    return Section(
        1,
        "How do we know?",
        (
            "How right coachai's numbers are, measure by measure, and what nobody has checked. Written by "
            "`make docs` from the files that the evaluations write; `coachai doctor --accuracy` prints the "
            "same, and in a report every number says it under “How do we know?”.",
            "**Nobody has yet compared coachai's numbers with people's on recordings of whole lessons in "
            "real classrooms.** This is what it was checked on:",
            tuple(checked),
            "Three sentences on reading the figures. *Precision* is how much of what we mark is right, "
            "*recall* how much of what there is we mark, and *F1* one figure from 0 to 1 for both, which is "
            "low if either is. Beside every figure stands what comes of no skill at all, such as marking "
            "every sentence: only what is above that is worth anything. Brackets hold a 90 % interval, from "
            "drawing the lessons again a thousand times.",
            f"**A label that reaches less than F1 {REPORTING_F1:.2f}, or not surely more than no skill, is "
            "never counted**: reports show its places to look at, and no rubric can find anything by them. "
            "The same holds for every measure that says “not checked”.",
        ),
    )


def _at_a_glance(known: Evaluation) -> Section:
    best = _best(known)
    rows = tuple(
        (title, *(_in_short(measure, name, source, best, known) for source in SOURCES))
        for measure in MEASURES
        for name, title in measure.yields.items()
    )
    numbered = "; ".join(f"{k} {name}" for k, name in enumerate(SOURCES.values(), 1))
    return Section(
        2,
        "At a glance",
        (
            f"Whether a measure was checked, by where the words come from: {numbered}. Where it rests on "
            f"labels, they are those of {VARIANTS[best]}.",
            (
                "*yes*: checked, with the figures below",
                "*part*: its timing is checked, the rule that finds its places is not",
                "*like*: the figures of typed captions are quoted, because this recogniser cannot be run "
                "where we measure",
                "*look*: checked, and too often wrong to count: places to look at",
                "*no*: nobody has checked it",
                "*–*: gives nothing without words",
            ),
            Table(("measure", *(str(k) for k in range(1, len(SOURCES) + 1))), rows),
        ),
    )


def _best(known: Evaluation) -> str:
    """The variant that a report has if it can: the first that was evaluated."""
    return next((name for name in VARIANTS if name in known.variants), "rules")


def _in_short(measure: Measure, name: str, source: str, variant: str, known: Evaluation) -> str:
    sentence = validation_of(name, source, variant, known)
    if sentence == NOT_CHECKED:
        return "–" if source == "sound" and measure.rests_on != "sound" else "no"
    if sentence.startswith(TOO_OFTEN_WRONG):
        return "look"
    if "has not been checked" in sentence:
        return "part"
    return "like" if source in STAND_IN else "yes"


def _measure_by_measure(known: Evaluation) -> Iterable[Section]:
    """The sentences of every measurement that has any; those that share theirs stand together."""
    yield Section(
        2,
        "Measure by measure",
        (
            "These are the sentences that reports quote. What each measure is stands in `docs/measures.md`; "
            "those without a sentence are named under “What nobody has checked”.",
        ),
    )
    for measure in MEASURES:
        titles: dict[tuple[tuple[str, ...] | str, ...], list[str]] = {}
        for name, title in measure.yields.items():
            titles.setdefault(_known_of(measure, name, known), []).append(f"{title} (`{name}`)")
        for parts, those in titles.items():
            if parts:
                yield Section(3, "; ".join(those), parts)


def _known_of(measure: Measure, name: str, known: Evaluation) -> tuple[tuple[str, ...] | str, ...]:
    """What was checked of one measurement, and for which words it was not; empty where nothing was."""
    variants = [each for each in VARIANTS if each in known.variants] if name in RESTS_ON_LABELS else []
    sources = [each for each in SOURCES if each not in STAND_IN]
    found: dict[str, list[str]] = {}
    for source in sources:
        for variant in variants or [_best(known)]:
            told = found.setdefault(validation_of(name, source, variant, known), [])
            told += [SOURCES[source]] if SOURCES[source] not in told else []
    nothing = found.pop(NOT_CHECKED, [])
    if not found:
        return ()
    something = {each for told in found.values() for each in told}
    needless = SOURCES["sound"] if measure.rests_on != "sound" else ""
    left = [each for each in nothing if each not in something and each != needless]
    said = tuple(f"With {_listed(told)}: {sentence}" for sentence, told in found.items())
    return (said, f"Not checked with {_listed(left)}.") if left else (said,)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{'; '.join(names[:-1])} or {names[-1]}"


def _not_checked(known: Evaluation) -> Section:
    nothing = [
        f"{title} (`{name}`)"
        for measure in MEASURES
        for name, title in measure.yields.items()
        if all(
            validation_of(name, source, each, known) == NOT_CHECKED for source in SOURCES for each in VARIANTS
        )
    ]
    return Section(
        2,
        "What nobody has checked",
        (
            (
                f"These measures, with any words: {'; '.join(nothing)}.",
                "Recordings of whole real lessons: what was coded are transcripts, and what was composed are "
                "readers and synthetic voices.",
                "Other subjects than mathematics, other languages than English, other countries than the "
                "United States for labels.",
                "The words of Whisper models: none can be had where we measure.",
                "Whether a question is open or closed: there are no labels to check the rule with.",
                "Whether anything measured here makes teaching better. A number is a reason to look, and "
                "nothing else.",
            ),
        ),
    )


def _where_from(known: Evaluation) -> Section:
    return Section(
        2,
        "Which figures come from where",
        (
            (
                "`python benchmarks/accuracy.py`: waits, talk, roles and questions as they are found in the "
                "composed lessons; writes `configs/accuracy.json` and its part of `benchmarks/RESULTS.md`.",
                "`python models/discourse/evaluate.py ... --write configs/discourse.json`: every label of "
                f"every variant, in four forms of words ({known.on or 'not run for this version'}).",
                "`python benchmarks/annotation.py`: the rules alone, on 148 TalkMoves lessons that no rule "
                "was made on and on all rated exchanges; writes its part of `benchmarks/RESULTS.md`. It "
                "shares some lessons with the evaluation above, not all: the rules' figures differ a little.",
            ),
            "Speed, noise, voices and damaged files have their own parts in `benchmarks/RESULTS.md`; how the "
            "model was trained, its learning curve and where it fails stand in `models/discourse/README.md`.",
        ),
    )


def main() -> None:
    """Write the document to the file named, or to docs/accuracy.md."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/accuracy.md")
    target.write_text(markdown(sections()), encoding="utf-8")


if __name__ == "__main__":
    main()
