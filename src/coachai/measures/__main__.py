"""Write docs/measures.md from the measures themselves: ``python -m coachai.measures [FILE]``."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import asdict
from pathlib import Path

from coachai import mishearing, uncertainty
from coachai.measures import MEASURES
from coachai.measures.measure import LABEL_RECALL, SHARE_NEEDS, TEACHER_KNOWN, WORDS_NEEDED, Measure

PARTS = ("Definition", "How computed", "Left out", "Limits", "Source")
"""What a measure's docstring says, in this order; only "Left out" may be missing."""

_RESTS_ON = {
    "sound": "the sound and who speaks; no words are needed",
    "teacher_words": "the teacher's words",
    "student_words": "students' words, which recognisers lose first",
}


def document() -> str:
    """The whole of docs/measures.md."""
    return "\n".join([_head(), *(_section(measure) for measure in MEASURES), _errors()])


def parts_of(measure: Measure) -> dict[str, str]:
    """A measure's docstring by its parts; the first line is under "Title"."""
    text = inspect.getdoc(inspect.getmodule(measure.compute)) or ""
    title, _, rest = text.partition("\n\n")
    pieces = re.split(rf"^({'|'.join(PARTS)})\b(?:, each with its reason)?: ", rest, flags=re.MULTILINE)
    found = {"Title": title.rstrip(".")}
    found |= {name: " ".join(said.split()) for name, said in zip(pieces[1::2], pieces[2::2], strict=True)}
    return found


def _head() -> str:
    return f"""# What is measured

Written by `make docs` from the measures themselves; change the docstrings in `src/coachai/measures/`.

A measure is a pure function of the saved transcript. Every number has a 90 % interval for this recording's
own true value, the moments it rests on, what was left out and why, and what is known about how well it
works. "Cannot say" is an answer: a measure that rests on words gives no number where words cover less
than {WORDS_NEEDED:.0%} of the speech (its moments stay), none speaks of teacher and students where we are
less than {TEACHER_KNOWN:.0%} sure which voice teaches, and no share is given for fewer than
{SHARE_NEEDS} episodes.
"""


def _section(measure: Measure) -> str:
    said = parts_of(measure)
    lines = [f"## {said.pop('Title')}", ""]
    lines += [f"- `{name}`: {title}" for name, title in measure.yields.items()]
    lines += ["", *(f"**{name}.** {text[:1].upper()}{text[1:]}\n" for name, text in said.items())]
    lines += [f"**Rests on** {_RESTS_ON[measure.rests_on]}.", ""]
    return "\n".join(lines)


def _errors() -> str:
    columns = list(asdict(next(iter(mishearing.ERRORS.values()))))
    rows = [
        f"| {source} | " + " | ".join(_cell(getattr(errors, each)) for each in columns) + " |"
        for source, errors in mishearing.ERRORS.items()
    ]
    low, high = LABEL_RECALL
    drift = ", ".join(f"{value:g} ({kind})" for kind, value in mishearing.DRIFT.items())
    added = ", ".join(f"{name} {value:g}" for name, value in asdict(mishearing.NOISE).items())
    return "\n".join(
        [
            "## Where the intervals come from",
            "",
            inspect.getdoc(uncertainty) or "",
            "",
            inspect.getdoc(mishearing) or "",
            "",
            "| source of words | " + " | ".join(columns) + " |",
            "|---" * (len(columns) + 1) + "|",
            *rows,
            "",
            *_lines(inspect.getdoc(mishearing.Errors) or ""),
            "",
            f"Below {mishearing.QUIET_SNR_DB:.0f} dB between speech and noise the errors grow, down to",
            f"{mishearing.NOISY_SNR_DB:.0f} dB: {added}. Of what other labels than `question` mark,",
            f"{low:.0%} to {high:.0%} is taken to be found: a wide guess. Where a model read the words,",
            "how many there are is drawn from its calibrated probabilities, whose log-odds are off together",
            f"in one lesson by a standard deviation of {drift};",
            "chosen on lessons that are not reported (`benchmarks/label_intervals.py`).",
            "",
        ]
    )


def _lines(text: str) -> list[str]:
    return text.split("\n\n", 1)[-1].splitlines()


def _cell(value: float | tuple[float, float]) -> str:
    return f"{value[0]:g} to {value[1]:g}" if isinstance(value, tuple) else f"{value:g}"


def main() -> None:
    """Write the document to the file named, or to docs/measures.md."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/measures.md")
    target.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
