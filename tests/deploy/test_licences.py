"""deploy/licences.py: every package with its terms, and no unknown ones without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "licences.py"


def _install(place: Path, name: str, metadata: str = "", text: str | None = None) -> None:
    folder = place / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    folder.joinpath("METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}")
    files = ["METADATA", "RECORD"]
    if text is not None:
        folder.joinpath("LICENSE.txt").write_text(text)
        files.append("LICENSE.txt")
    folder.joinpath("RECORD").write_text("".join(f"{folder.name}/{each},,\n" for each in files))


def _run(place: Path, *more: str) -> tuple[int, str, str]:
    written = place / "out.txt"
    command = [sys.executable, str(SCRIPT), "--path", str(place), "--write", str(written), *more]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.returncode, written.read_text(), ran.stderr


@pytest.mark.parametrize(
    ("metadata", "text", "licence"),
    [
        ("License-Expression: Apache-2.0\n", None, "Apache-2.0"),
        ("License: BSD 3-Clause\n", None, "BSD 3-Clause"),
        ("Classifier: License :: OSI Approved :: MIT License\n", None, "MIT License"),
        ("License: UNKNOWN\n", "MIT License\n\nCopyright somebody", "MIT, by the first line of its text"),
    ],
)
def test_a_licence_is_named_wherever_the_package_says_it(
    tmp_path: Path, metadata: str, text: str | None, licence: str
) -> None:
    _install(tmp_path, "thing", metadata, text)
    code, written, _ = _run(tmp_path)
    assert code == 0
    assert f"thing 1.0: {licence}\n" in written


def test_an_unknown_licence_stops_the_build_by_name_until_somebody_says_what_it_is(tmp_path: Path) -> None:
    _install(tmp_path, "silent", text="All kinds of terms.")
    code, written, said = _run(tmp_path)
    assert code == 1
    assert "silent 1.0" in said
    assert "silent 1.0: UNKNOWN" in written
    code, written, said = _run(tmp_path, "--known", "silent=MIT")
    assert (code, said) == (0, "")
    assert "silent 1.0: MIT\n" in written


def test_terms_stand_there_in_full_and_once(tmp_path: Path) -> None:
    terms = "MIT License\n\nCopyright somebody, all of it"
    _install(tmp_path, "first", "License-Expression: MIT\n", terms)
    _install(tmp_path, "second", "License-Expression: MIT\n", terms)
    _install(tmp_path, "third", "License-Expression: MIT\n")
    _, written, _ = _run(tmp_path)
    assert written.count("Copyright somebody, all of it") == 1
    assert "The same text as under first." in written
    assert written.count("The package carries no text of its licence.") == 1
