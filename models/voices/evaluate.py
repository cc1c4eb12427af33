"""How well the program hears who is teaching: one command, on lessons, meetings and clips with known truth.

    python models/voices/evaluate.py --lessons DIR --ami DIR --clips metadata.csv --json OUT.json

Any of the three may be left out, with its figures. Lessons of speakers that the model learned from
(`sources.json` beside them, `card.json` beside the model) are left out, and so are those speakers' clips;
their meetings are reported apart. A figure is {value, low, high, n, of, baseline}: 90 % intervals over
lessons, minutes or speakers, and what no listening at all comes to. `sets` has the figures of every kind of
lesson; those at the top are of the lessons of kind `voices`. Under ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from benchmarks import machine  # noqa: E402
from benchmarks.scenes import SCENES  # noqa: E402
from coachai.errors import EnvironmentLacks, InputRefused  # noqa: E402
from models.discourse.picture import reliability  # noqa: E402
from models.voices import composing, lessons, listening, meetings, readers, tables  # noqa: E402
from models.voices.figures import Told  # noqa: E402
from models.voices.inputs import (  # noqa: E402
    Clip,
    Lesson,
    Minute,
    Unreadable,
    apart,
    clips_in,
    lessons_in,
    minutes_in,
    trained_on,
)

GROUP_LESSONS = 3
"""Lessons with group work that are composed where the given ones have none: one in each condition."""
RESTS_ON = {
    "lessons": "nothing of roles, talk share and speed",
    "ami": "no speaker_der",
    "clips": "nothing of adult and child, and no lessons composed",
}
"""What is absent where something is not named."""
_LATE_FOR_CAPTIONS, _LATE_FOR_COMPOSING, _CLIPS_UNTIL = 0.5, 0.6, 0.95  # of the time
Say = Callable[[str], None]


@dataclass
class Given:
    """What is evaluated, leakage taken out; `notes` says what was left out and why."""

    lessons: list[Lesson] = field(default_factory=list)
    minutes: list[Minute] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    known: list[Clip] = field(default_factory=list)
    trained: frozenset[str] = frozenset()
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Found:
    """Figures by the names under which others look for them, those of every set of lessons, and the rest."""

    figures: dict[str, Told] = field(default_factory=dict)
    sets: dict[str, dict[str, Told]] = field(default_factory=dict)
    calibration: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    not_run: list[str] = field(default_factory=list)


def given(told: argparse.Namespace) -> Given:
    """Everything that was named, read. Raises Unreadable."""
    if not (told.lessons or told.ami or told.clips):
        raise Unreadable("Name at least one thing to evaluate: --lessons, --ami or --clips.")
    if told.trained is not None and not told.trained.is_file():
        raise Unreadable(f"There is no file {told.trained}; --trained takes the model's card.json.")
    found = Given(trained=trained_on(told.trained or HERE / "card.json"))
    if not found.trained:
        found.notes["trained_on"] = "no list of speakers that were learned from: leakage cannot be checked"
    if told.lessons:
        listed, unusable = lessons_in(told.lessons)
        found.lessons, seen, unknown = apart(listed, found.trained)
        found.notes["lessons_of_trained_speakers"] = seen
        found.notes["lessons_whose_voices_nobody_names"] = unknown
        found.notes["lessons_without_media"] = unusable
    if told.ami:
        found.minutes = minutes_in(told.ami)
    if told.clips:
        found.known = clips_in(told.clips)
        found.clips = [each for each in found.known if each.speaker not in found.trained]
        found.notes["clips_of_trained_speakers"] = len(found.known) - len(found.clips)
    return found


def evaluate(what: Given, told: argparse.Namespace, say: Say) -> Found:
    """Everything that was asked for. Raises EnvironmentLacks."""
    found = Found(
        not_run=[f"no --{name}: {lost}" for name, lost in RESTS_ON.items() if not getattr(told, name)]
    )
    began = time.monotonic()
    late = lambda part: time.monotonic() - began > part * told.minutes * 60  # noqa: E731
    rows = heard(what.lessons, lessons.NONE, what, say)
    if what.minutes:
        hear_meetings(what, found, say)
    if what.lessons:
        say("speed")
        found.figures["realtime_factor"] = speed(what.lessons, found)
    kinds, count = wanted_scenes(what, told)
    if count and late(_LATE_FOR_COMPOSING):
        found.not_run.append("composed lessons: this machine is too slow for them in the time given")
    elif count:
        rows += heard_composed(what, told, (kinds, count), found, say)
    captioned = [each for each in what.lessons if each.kind == "dialogue" and each.plain]
    if captioned and late(_LATE_FOR_CAPTIONS):
        found.not_run.append("lessons with captions: this machine is too slow for them in the time given")
    elif captioned:
        rows += heard(captioned, lessons.CAPTIONS, what, say)
    lesson_figures(rows, what, found)
    if what.clips:
        hear_clips(what, found, began + _CLIPS_UNTIL * told.minutes * 60, say)
    found.details["seconds"] = round(time.monotonic() - began)
    found.details["processor_seconds"] = round(time.process_time() + listening.by_children())
    return found


def heard(given_lessons: Sequence[Lesson], words: str, what: Given, say: Say) -> list[lessons.Row]:
    """The lessons with one source of words; those that the program refuses are noted."""
    rows = []
    for each in given_lessons:
        transcript = listening.heard_lesson(each.media, each.plain if words == lessons.CAPTIONS else None)
        if transcript is None:
            what.notes.setdefault("lessons_refused", []).append(each.name)
            say(f"{each.name}: the program refuses it")
            continue
        rows.append(lessons.row_of(each, words, transcript))
        say(lessons.one_line(rows[-1]))
    return rows


def lesson_figures(rows: Sequence[lessons.Row], what: Given, found: Found) -> None:
    """The figures of every set of lessons, and at the top those of the kind `voices`."""
    if not rows:
        return
    sets: dict[str, list[lessons.Row]] = {}
    for row in rows:
        sets.setdefault(f"{row.lesson.kind}, {row.words}", []).append(row)
    found.sets = {name: lessons.figures_of(own, what.known) for name, own in sets.items()}
    first = f"voices, {lessons.NONE}"
    top = first if first in sets else next(iter(sets))
    found.figures = {**found.sets[top], **found.figures}
    found.details["figures_at_the_top_are_of"] = top
    silent = [row for row in rows if row.words == lessons.NONE]
    group = lessons.group_f1(silent)
    if group is not None:
        found.figures["group_talk_f1"] = group
    else:
        found.not_run.append("group_talk_f1: no lesson has group talk")
    if any(not row.lesson.group for row in silent):
        found.figures["made_up_group_talk"] = lessons.made_up_group(silent)
    found.calibration |= lessons.calibration(silent)


def wanted_scenes(what: Given, told: argparse.Namespace) -> tuple[list[str], int]:
    """Which lessons are composed, and how many of each: group work where no given lesson has it."""
    if not what.clips or told.compose == 0:
        return [], 0
    if told.compose:
        return list(SCENES), told.compose
    return ["group_work"], 0 if any(each.group for each in what.lessons) else GROUP_LESSONS


def heard_composed(
    what: Given, told: argparse.Namespace, wanted: tuple[list[str], int], found: Found, say: Say
) -> list[lessons.Row]:
    """Lessons of readers that were not learned from, composed, heard and thrown away."""
    cast = composing.readers_of(what.clips)
    if lacking := composing.lacking(cast):
        found.not_run.append(f"composed lessons: {lacking}")
        return []
    with tempfile.TemporaryDirectory() as folder:
        made, unmade = composing.composed(Path(folder), cast, *wanted, told.seed, say)
        if unmade:
            found.not_run.append(f"composed lessons: too few readers for {', '.join(unmade)}")
        found.details["composed"] = [each.name for each in made]
        return heard(made, lessons.NONE, what, say)


def hear_meetings(what: Given, found: Found, say: Say) -> None:
    """Meetings of speakers who were not learned from, and the others apart."""
    rows = []
    for each in what.minutes:
        try:
            rows.append(meetings.row_of(each, listening.heard_voices(each.media)))
        except InputRefused as refused:
            what.notes.setdefault("meetings_refused", []).append(f"{each.name}: {refused.message}")
            continue
        say(f"{each.name:28s} voices {rows[-1].voices}  der {rows[-1].found.rate:.2f}")
    seen = [row for row in rows if {each.speaker for each in row.minute.said} & what.trained]
    for name, own in (("speaker_der", [row for row in rows if row not in seen]), ("speaker_der_seen", seen)):
        if own:
            found.figures[name] = meetings.error_rate(own)
            found.details[name] = meetings.details(own)


def hear_clips(what: Given, found: Found, until: float, say: Say) -> None:
    """Adult or child, one clip at a time."""
    answers, shortened = readers.told_apart(
        what.clips, listening.adult_log_odds, listening.clip_sound, until, say
    )
    for condition, most in shortened.items():
        kept = f"{most} sentences a speaker" if most else "left out"
        found.not_run.append(f"clips, {condition}: {kept}, for the time that is given")
    found.figures |= readers.figures_of(answers)
    found.calibration |= readers.calibration(answers)
    found.details["adult_child_area_under_the_curve"] = readers.separation(answers)


def speed(of: Sequence[Lesson], found: Found) -> Told:
    """Seconds of one core for a second of sound: telling voices and roles apart; other stages beside it."""
    longest = max(of, key=lambda each: each.duration)
    shares = listening.shares_of_real_time(longest.media)
    found.details["share_of_real_time"] = {name: round(each, 5) for name, each in shares.items()}
    return Told(value=shares["voices"], low=None, high=None, n=1, of="lessons, repeated to ten minutes")


# The command


def main() -> int:
    """Read, listen, print and write; the exit code."""
    told = arguments()
    try:
        writable(told)
        what = given(told)
        found = evaluate(what, told, say)
        found.details["made_by"] = made_by(told)
        print(tables.page(found.figures, found.sets, found.calibration, notes_of(what, found)))
        write(told, what, found)
    except Unreadable as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except EnvironmentLacks as wrong:
        print(wrong.message, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    return 0


def say(line: str) -> None:
    """Progress, for whoever watches."""
    print(line, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """What the command was told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lessons", type=Path, help="folder of *.truth.json, each with its video or sound")
    parser.add_argument("--ami", type=Path, help="folder of *.rttm, each with its sound")
    parser.add_argument(
        "--clips", type=Path, help="metadata.csv: utterance, speaker, age, gender; clips beside it"
    )
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument(
        "--trained", type=Path, help="card that lists the speakers learned from (the model's own)"
    )
    parser.add_argument(
        "--compose", type=int, help="compose so many lessons of every scene from the clips' readers"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is composed (default 1)")
    parser.add_argument(
        "--minutes", type=float, default=8.5, help="leave things out to take no longer (default 8.5)"
    )
    parser.add_argument("--card", type=Path, help="put the figures into their section of this Markdown file")
    parser.add_argument("--picture", type=Path, help="draw how far probabilities hold, as SVG")
    return parser.parse_args()


def writable(told: argparse.Namespace) -> None:
    """Say before minutes of listening that what was asked for cannot be written. Raises Unreadable."""
    for path in (told.json, told.picture, told.card):
        if path and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise Unreadable(f"{path} cannot be written: it is a folder, or its folder does not exist.")


def made_by(told: argparse.Namespace) -> dict[str, Any]:
    """What made the figures, so that they can be made again."""
    named = [
        f"--{name} {getattr(told, name).name}" for name in ("lessons", "ami", "clips") if getattr(told, name)
    ]
    weights = sorted(path for path in HERE.iterdir() if path.suffix in (".npz", ".onnx"))
    return {
        **machine.machine(),
        "command": " ".join(["python models/voices/evaluate.py", *named]),
        "weights": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weights},
    }


def notes_of(what: Given, found: Found) -> dict[str, Any]:
    """What was left out, and why."""
    left = {name: each for name, each in what.notes.items() if each}
    return {**left, "not_run": found.not_run} if found.not_run else left


def write(told: argparse.Namespace, what: Given, found: Found) -> None:
    """All files that were asked for."""
    if told.json:
        whole = {
            **{name: each.as_json() for name, each in found.figures.items()},
            "sets": {
                name: {figure: each.as_json() for figure, each in own.items()}
                for name, own in found.sets.items()
            },
            "calibration": found.calibration,
            "left_out": notes_of(what, found),
            "details": found.details,
        }
        put(told.json, json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    if told.picture:
        squares = {name: {"marked": its} for name, its in found.calibration.items()}
        put(told.picture, reliability(squares, up="how often it was so"))
    if told.card:
        text = tables.page(found.figures, found.sets, found.calibration, notes_of(what, found))
        made = found.details["made_by"]
        source = f"Made by `{made['command']}` on {made['date']}; {made['machine']}.\n\n"
        machine.keep("figures", source + text, told.card)


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
