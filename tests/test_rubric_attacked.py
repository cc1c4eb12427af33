"""Rubrics under attack: read or refused with a line, at once, whatever was typed into them (F-04)."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from coachai.rubric import Rubric, check_rubric, load_rubric
from coachai.strict_yaml import BadYaml, parse
from tests.test_rubric import SOUND, written
from tests.timing import quickest


def test_a_billion_laughs_are_stopped_at_the_first(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in pairwise("abcdefghi"))
    assert "line 1: an anchor" in check_rubric(written(tmp_path, bomb))[0]
    assert quickest(lambda: refused(bomb), 0.010) <= 0.010


def refused(text: str) -> None:
    with pytest.raises(BadYaml):
        parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<<: {id: a}", "line 1: a merge key (<<) is not allowed here"),
        ("id: a\nvideo: {'<<': {id: a}}", "line 2: a merge key"),
        ("%YAML " + "9" * 5000 + ".1\n---\nid: a", "line 1: a number here is too large"),
        ("%YAML 1.2\n---\nid: a", "line 1: a line that starts with %"),
        ("%TAG ! tag:x,2000:\n---\nid: a", "line 1: a line that starts with %"),
        ('id: a\ntitle: "\\UFFFFFFFF"', "line 2: a number here is too large"),
        ('id: a\ntitle: "\\ud800"', "line 2: an invisible control character"),
        ('id: a\ntitle: "\\e[31mred"', "line 2: an invisible control character"),
        ('id: a\n"\\0": b', "line 2: an invisible control character"),
        ("id: a\ntitle: \u202eb", "line 2: an invisible control character"),
        ("id: a\u2028title: b", "line 1: a hidden line break"),
        ("id: a\n? [x]\n: y", "line 2: a key must be a plain word"),
        ("id: a\n? " + "k" * 5000 + "\n: y", "line 2: a key must be a plain word (at most 200"),
        ("id: a\n? |\n  two\n  lines\n: y", "line 2: a key must be a plain word"),
        ("id: !" + "x" * 5000 + " a", "line 1: a tag (!xxxxx"),
        ("id:\n" + "- a\n" * 9_000, "line 5000: more than 5000 entries"),
        ("\n".join(f"k{i}: v" for i in range(9_000)), "line 5000: more than 5000 entries"),
        ("- " * 30_000, "line 1: nested more than 20 levels"),
    ],
)
def test_what_yaml_can_do_and_a_rubric_may_not(tmp_path: Path, text: str, says: str) -> None:
    problems = check_rubric(written(tmp_path, text))
    assert len(problems) == 1
    assert problems[0].startswith(f"mine.yaml {says}")
    assert len(problems[0]) < 300
    assert quickest(lambda: refused(text), 5.0, tries=1) < 5.0


def test_no_answer_is_longer_than_a_line_whatever_was_typed(tmp_path: Path) -> None:
    text = SOUND.replace("kind: overview", 'kind: "over\\nview"').replace("Not yet]", '"Not\\n\\nyet"]')
    problems = check_rubric(written(tmp_path, text))
    assert [each.split(": ")[0] for each in problems] == ["mine.yaml line 13"]
    assert '"kind" cannot be "over view"' in problems[0]
    odd = tmp_path / "a\nb\x1b[31m.yaml"
    odd.write_text("id: [", encoding="utf-8")
    assert check_rubric(odd)[0].startswith("a?b?[31m.yaml line 1: ")


TYPED = (
    *(
        "&a x",
        "*a",
        "!!python/object/apply:os.system [id]",
        "!!binary eA==",
        "<<: {a: b}",
        "no",
        "1e3",
        "0x10",
    ),
    *("12:30:00", "2026-11-22", "~", "", "|\n  x", ">-\n  x", "{", "}", "[", "]", "? ", "- ", "\t", "'", '"'),
    *(
        '"\\ud800"',
        '"\\UFFFFFFFF"',
        '"\\e[1m"',
        "%YAML 1.1",
        "---",
        "...",
        "=",
        "#",
        ": ",
        ",",
        "\u2028",
        "\x85",
    ),
    *(
        "9" * 400,
        "1" * 400 + ".0",
        ".inf",
        "-.nan",
        "true",
        "null",
        "-1",
        "0",
        "5.0",
        "x" * 3000,
        "\ufeff",
        "\0",
    ),
    *("{a: b}", "[a, b]", "id", "ask: clips", "wait_time_1", "Ω ünïcödé 🎓", "a\r\nb", "\r"),
)
"""What people, editors and attackers put into a file."""

HOWS = ("value", "insert", "remove", "double", "swap", "cut", "indent", "letter")
_CHANGE = st.tuples(
    st.sampled_from(HOWS), st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(TYPED)
)


def mutated(text: str, changes: list[tuple[str, int, int, str]]) -> str:
    """A rubric's text after some accidents, each at a line and a place."""
    for how, first, second, typed in changes:
        lines = text.split("\n")
        i, j = first % len(lines), second % len(lines)
        if how == "value":
            lines[i] = f"{lines[i].partition(':')[0]}: {typed}"
        elif how == "remove":
            del lines[i]
        elif how == "double":
            lines.insert(i, lines[i])
        elif how == "swap":
            lines[i], lines[j] = lines[j], lines[i]
        elif how == "cut":
            lines = lines[: i + 1]
        elif how == "indent":
            lines[i] = lines[i].lstrip() if second % 2 else f"  {lines[i]}"
        elif how == "insert":
            lines.insert(i, " " * (second % 9) + typed)
        else:
            place = second % (len(lines[i]) + 1)
            lines[i] = lines[i][:place] + typed + lines[i][place + 1 :]
        text = "\n".join(lines)
    return text


def is_read_or_refused(folder: Path, text: str) -> None:
    """Each mistake with a line of this file; or a rubric that is the same after dumping and loading."""
    raw = text.encode("utf-8", "ignore")
    path = written(folder, raw)
    problems = check_rubric(path)
    for problem in problems:
        found = re.fullmatch(r"mine\.yaml line (\d+): .+|mine\.yaml: and \d+ more", problem)
        assert found, problem
        assert problem.isprintable()
        assert 1 <= int(found[1] or 1) <= len(re.findall(r"\r\n|\r|\n", text)) + 1, problem
    if not problems:
        rubric = load_rubric(path)
        again = load_rubric(written(folder, dumped(rubric)))
        assert again.model_dump() == rubric.model_dump()


def dumped(rubric: Rubric) -> str:
    """A rubric as YAML again, by another writer than people."""
    return yaml.safe_dump(rubric.model_dump(mode="json", exclude_none=True), allow_unicode=True)


def all_texts() -> list[str]:
    shipped = Path(__file__).parents[1] / "configs" / "rubrics"
    return [SOUND, *(path.read_text(encoding="utf-8") for path in sorted(shipped.glob("*.yaml")))]


@settings(max_examples=2_000)
@given(st.lists(_CHANGE, min_size=1, max_size=4))
def test_a_rubric_after_any_accident_is_read_or_refused_with_a_line(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, int, str]]
) -> None:
    is_read_or_refused(tmp_path_factory.getbasetemp(), mutated(SOUND, changes))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=20_000)
@given(st.sampled_from([SOUND] * 8 + all_texts()), st.lists(_CHANGE, min_size=1, max_size=6))
def test_twenty_thousand_accidents_to_every_rubric(
    tmp_path_factory: pytest.TempPathFactory, text: str, changes: list[tuple[str, int, int, str]]
) -> None:
    is_read_or_refused(tmp_path_factory.getbasetemp(), mutated(text, changes))


@pytest.mark.parametrize("text", all_texts(), ids=lambda text: text.split("\n")[0])
def test_loading_dumping_and_loading_again_changes_nothing(tmp_path: Path, text: str) -> None:
    rubric = load_rubric(written(tmp_path, text))
    again = load_rubric(written(tmp_path, dumped(rubric)))
    assert again.model_dump() == rubric.model_dump()


def test_a_rubric_knows_no_pattern_that_could_run_away(tmp_path: Path) -> None:
    """Words are compared, never searched with: what looks like a regular expression is a measure's name."""
    text = SOUND.replace("[wait_time_1]", '["(a+)+$"]')
    assert 'unknown measure "(a+)+$". Allowed:' in check_rubric(written(tmp_path, text))[0]
