"""Rubrics as people write them: every mistake gets its line, the wrong word and the allowed ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachai.errors import InputRefused
from coachai.rubric import check_rubric, list_rubrics, load_rubric
from coachai.strict_yaml import BadYaml, parse

SOUND = """\
id: small
version: "1.0"
title: Small
notice: example, not endorsed by any issuer
competency: The teacher waits.
key_method:
  name: Wait
  description: Wait.
  research:
    - {showed: It helps., reference: Somebody (2000).}
parts:
  - id: overview
    kind: overview
    title: Overview
    instructions: Answer.
    prompts:
      - {text: Say why., words: {at_most: 100}}
video:
  minutes: {at_least: 5, at_most: 10}
  continuity: No cut.
  audible: [you]
  consent: Asked for.
human_scale:
  levels: [Demonstrated, Not yet]
  pass_rule: Everything.
  descriptors:
    waits: {Demonstrated: Waits., Not yet: Does not.}
criteria:
  - id: waits
    title: Waits
    statement: Waits.
    indicators:
      - id: clear-waits
        ask: count_at_least
        times: 5
        lasting: 3.0
        what: long pauses
        measures: [wait_time_1]
    for_person: [Whether it helped.]
    coaching:
      strength: It helps.
      next_steps:
        - text: Count to three.
      cannot_tell: Film more.
      prepare: Choose a clip.
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_sound_rubric_loads(tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    rubric = load_rubric(path)
    assert check_rubric(path) == ()
    assert rubric.criteria[0].indicators[0].measures == ("wait_time_1",)
    assert load_rubric(str(path)) == rubric


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    one = load_rubric(written(tmp_path, SOUND))
    other = load_rubric(written(tmp_path, SOUND + "# a remark\n"))
    assert len(one.sha256) == 64
    assert one.sha256 != other.sha256
    assert one.model_dump() == other.model_dump()


def line_of(fragment: str) -> int:
    return SOUND[: SOUND.index(fragment)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Small", "tittle: Small", 'unknown key "tittle"; did you mean "title"? Allowed: id,'),
        (
            "[wait_time_1]",
            "[wait_tme_1]",
            'unknown measure "wait_tme_1"; did you mean "wait_time_1"? Allowed:',
        ),
        ("count_at_least", "count_at_last", 'unknown ask "count_at_last"; did you mean "count_at_least"?'),
        ("times: 5", "times: five", '"times" cannot be "five"; it should be a whole number'),
        ("times: 5", "times: 0", '"times" cannot be "0": input should be greater than or equal to 1'),
        ("lasting: 3.0", "lasting: -3.0", '"lasting" cannot be "-3.0"'),
        ("lasting: 3.0", "lasting: .nan", "it should be a number such as 3.0"),
        ('version: "1.0"', "version: 1.0", "it should be text; put it in quotes"),
        ("audible: [you]", "audible: you", "it should be a list"),
        ("audible: [you]", "audible:", '"audible" cannot be empty; it should be a list'),
        (
            "kind: overview",
            "kind: overwiew",
            "Allowed: overview, evidence, student_reflections or reflection",
        ),
        ("id: small", "id: Small One", "use small letters, digits and single hyphens"),
        ("waits: {Demonstrated", "wait: {Demonstrated", 'unknown criterion "wait"; did you mean "waits"?'),
        ("Not yet: Does not.", "Never: Does not.", 'unknown level "Never". Allowed: Demonstrated, Not yet'),
        ("at_least: 5, at_most", "at_least: 50, at_most", '"at_least" is more than "at_most"'),
        ("title: Small", "id: other", '"id" stands here twice (first in line 1)'),
        ("title: Small", "title: &a Small", "an anchor (&a) is not allowed"),
        ("title: Small", "title: *a", "an alias (*name) is not allowed"),
        ("title: Small", "title: !!python/name:os.system x", "a tag"),
        ("title: Small", "title: Small: or not", "a colon followed by a space must be inside quotes"),
        ("    title: Waits\n", "\ttitle: Waits\n", "a tab stands here"),
        ("{text: Say why.,", "{text: Why?,", "a question mark inside { } or [ ] must be inside quotes"),
        ("title: Small", "title: Sm\x07all", "a character that cannot stand in a text file"),
    ],
)
def test_a_mistake_is_answered_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert SOUND.count(old) >= 1
    problems = check_rubric(written(tmp_path, SOUND.replace(old, new, 1)))
    assert len(problems) == 1
    assert problems[0].startswith(f"mine.yaml line {line_of(old)}: ")
    assert says in problems[0]


@pytest.mark.parametrize(
    ("missing", "at", "says"),
    [
        (
            "        ask: count_at_least\n",
            "- id: clear-waits",
            '"ask" is missing here. Allowed: value, median',
        ),
        ("        what: long pauses\n", "- id: clear-waits", '"what" is missing here'),
        ("      strength: It helps.\n", "    coaching:\n", "needs strength, next_steps and cannot_tell"),
    ],
)
def test_something_left_out_is_answered_with_the_place(
    tmp_path: Path, missing: str, at: str, says: str
) -> None:
    problems = check_rubric(written(tmp_path, SOUND.replace(missing, "", 1)))
    assert len(problems) == 1
    assert problems[0].startswith(f"mine.yaml line {line_of(at)}: ")
    assert says in problems[0]


def test_several_mistakes_are_named_in_order_and_not_without_end(tmp_path: Path) -> None:
    text = SOUND.replace("times: 5", "times: many").replace('"1.0"', "1.0").replace("minutes", "minuets")
    lines = [line.split(":")[0] for line in check_rubric(written(tmp_path, text))]
    assert lines == ["mine.yaml line 2", "mine.yaml line 19", "mine.yaml line 35"]
    many = SOUND.replace("[Whether it helped.]", "\n      - 1" * 40)
    assert check_rubric(written(tmp_path, many))[-1] == "mine.yaml: and 30 more"


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        ("ask: median", 'give either "at_least" or "at_most"'),
        ("ask: value\n        at_least: 1.0\n        at_most: 2.0", "only one of them"),
        ("ask: share_at_least\n        lasting: 3.0\n        share: 1.5", "less than or equal to 1"),
    ],
)
def test_an_indicator_that_asks_nothing_or_the_impossible_is_refused(
    tmp_path: Path, ask: str, says: str
) -> None:
    old = "ask: count_at_least\n        times: 5\n        lasting: 3.0"
    assert says in check_rubric(written(tmp_path, SOUND.replace(old, ask)))[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "line 1: a rubric starts with keys"),
        (b"- a\n- b\n", "line 1: a rubric starts with keys"),
        (b"just words", "line 1: a rubric starts with keys"),
        (b"id: a\ntitle: \xff\xfe\n", "line 2: not UTF-8 text"),
        (b"id: a\n---\nid: b\n", "line 2: a second document"),
        (b"a: " + b"[" * 400, "line 1: nested more than"),
        (b"a: {b: ", "not YAML"),
        (b"x" * 300_000, "too large"),
    ],
)
def test_what_is_no_rubric_is_refused(tmp_path: Path, text: bytes, says: str) -> None:
    with pytest.raises(InputRefused) as refused:
        load_rubric(written(tmp_path, text))
    assert refused.value.code == "BAD_RUBRIC"
    assert says in refused.value.message


def test_a_rubric_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        load_rubric("wait-tim")
    assert 'did you mean "wait-time"?' in refused.value.message
    for missing in (tmp_path / "none.yaml", tmp_path, "../../etc/none.yaml", "a\0b.yaml"):
        with pytest.raises(InputRefused):
            load_rubric(missing)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    plain = load_rubric(written(tmp_path, SOUND))
    other = load_rubric(written(tmp_path, b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()))
    assert other.model_dump() == plain.model_dump()


def test_an_id_wins_over_a_file_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wait-time").write_text("not a rubric")
    assert load_rubric("wait-time").id == "wait-time"
    assert "wait-time" in list_rubrics()


def test_words_that_yaml_would_change_stay_words() -> None:
    parsed = parse("a: yes\nb: 1:30\nc: 2026-01-01\nd: 010\ne: true\nf: 3\ng: 3.5\nh: '3'\ni:\n")
    assert parsed.data == {
        **{"a": "yes", "b": "1:30", "c": "2026-01-01", "d": "010"},
        **{"e": True, "f": 3, "g": 3.5, "h": "3", "i": None},
    }


@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}&*!?|>'\"#%\n\t ,", max_size=80))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    line = 1
    try:
        parse(text)
    except BadYaml as bad:
        line = bad.line
    assert 1 <= line <= len(text.splitlines()) + 2
