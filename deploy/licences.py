"""Writes what an installed environment holds: every package, its version, its licence and the licence's text.

`Dockerfile.gpu` runs this while it builds, so that the image carries the terms of what is in it. A package
whose licence nothing names ends the build (exit code 1); whoever has looked it up says so with
``--known NAME=LICENCE``.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

TEXTS = re.compile(r"(licen[cs]e|copying|notice|copyright)([-_.][^/]*)?$", re.IGNORECASE)
"""Names of files that hold terms, wherever a package keeps them."""

FIRST_LINES = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "apache license": "Apache-2.0",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
}
"""By its first line a text names itself, where the package's metadata does not."""

OTHER_TERMS = """\
Python itself is under the PSF licence; Debian's packages keep their terms in /usr/share/doc/*/copyright.
Libraries that a package carries along (listed under it) have terms of their own. PyAV's FFmpeg is built with
x264 and x265, which are under the GPL: whoever passes this image on passes them on under it. The NVIDIA
libraries are proprietary and come under NVIDIA's own licence agreement.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One installed package. `licence` is None where nothing names it."""

    name: str
    version: str
    licence: str | None
    home: str
    texts: tuple[str, ...]
    carries: tuple[str, ...]


def installed(paths: list[str], known: dict[str, str]) -> list[Package]:
    """Every package on `paths`, each once, in the order of the alphabet."""
    found: dict[str, Package] = {}
    for distribution in distributions(path=paths):
        name = distribution.metadata["Name"]
        if name not in found:
            found[name] = _package(distribution, known)
    return sorted(found.values(), key=lambda package: package.name.lower())


def _package(distribution: Distribution, known: dict[str, str]) -> Package:
    metadata = distribution.metadata
    texts = tuple(_texts(distribution))
    links = [link.split(",", 1)[-1].strip() for link in metadata.get_all("Project-URL") or []]
    return Package(
        name=metadata["Name"],
        version=distribution.version,
        licence=known.get(metadata["Name"]) or _named(distribution) or _first_line(texts),
        home=metadata.get("Home-page") or next(iter(links), ""),
        texts=texts,
        carries=tuple(
            sorted({file.name for file in distribution.files or () if ".libs" in str(file.parent)})
        ),
    )


def _named(distribution: Distribution) -> str | None:
    """What the metadata say: the SPDX expression, a licence in one line, or the classifiers."""
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    line = str(metadata.get("License") or "").strip()
    if line and "\n" not in line and line.upper() != "UNKNOWN" and len(line) <= 80:
        return line
    classifiers = [each for each in metadata.get_all("Classifier") or [] if each.startswith("License :: ")]
    last = [each.split(" :: ")[-1] for each in classifiers]
    return ", ".join(each for each in last if each not in ("OSI Approved", "DFSG approved")) or None


def _first_line(texts: tuple[str, ...]) -> str | None:
    for text in texts:
        first = next((line.strip().lower() for line in text.splitlines() if line.strip()), "")
        if first in FIRST_LINES:
            return f"{FIRST_LINES[first]}, by the first line of its text"
    return None


def _texts(distribution: Distribution) -> Iterator[str]:
    for file in distribution.files or ():
        if TEXTS.match(file.name) and file.suffix not in (".py", ".pyc", ".json"):
            path = Path(str(distribution.locate_file(file)))
            if path.is_file():
                yield path.read_text(encoding="utf-8", errors="replace").strip()


def document(packages: list[Package]) -> str:
    """All of it as one text; terms that several packages share are printed once."""
    lines = ["Licences of what is installed here", "", *OTHER_TERMS.splitlines(), ""]
    printed: dict[str, str] = {}
    for package in packages:
        title = f"{package.name} {package.version}: {package.licence or 'UNKNOWN'}"
        lines += ["=" * 100, title, package.home, ""]
        if package.carries:
            lines += [f"Carries along: {', '.join(package.carries)}", ""]
        if not package.texts:
            lines += ["The package carries no text of its licence.", ""]
        for text in package.texts:
            mark = hashlib.sha256(text.encode()).hexdigest()
            before = printed.setdefault(mark, package.name)
            lines += [text if before == package.name else f"The same text as under {before}.", ""]
    return "\n".join(lines)


def main() -> int:
    """Write the document; 1 where a licence is unknown, naming the packages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, required=True)
    parser.add_argument("--path", action="append", help="where packages lie; this Python's own by default")
    parser.add_argument("--known", action="append", default=[], metavar="NAME=LICENCE")
    asked = parser.parse_args()
    known = dict(each.split("=", 1) for each in asked.known)
    packages = installed(asked.path or sys.path, known)
    asked.write.write_text(document(packages), encoding="utf-8")
    unknown = [f"{package.name} {package.version}" for package in packages if package.licence is None]
    if unknown:
        sys.stderr.write(f"Nothing names the licence of: {', '.join(unknown)}\n")
        return 1
    sys.stdout.write(f"{len(packages)} packages, every licence named, in {asked.write}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
