"""One self-contained page: template, style and script inline, and a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from coachai.records import Report
from coachai.report.files import well_formed

if TYPE_CHECKING:
    from jinja2 import Environment

_NO_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNPRINTABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef{_NO_CHARACTERS}]")

_RECOGNISERS = {
    "faster-whisper": "Whisper, run on your computer",
    "captions": "captions that were given",
    "pocketsphinx": "the built-in recogniser",
    "none": "none",
}


def page(template: str, content: Mapping[str, Any], *, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Render a template of this package into one HTML file that loads nothing but its video."""
    style = "\n".join(_source(each) for each in styles)
    script = "\n".join(_source(each) for each in scripts)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "media-src 'self' file:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    from markupsafe import Markup

    # Both are our own files, without user text; the policy above holds their hashes.
    own = {"style": Markup(style), "script": Markup(script), "policy": policy}
    return _environment().get_template(template).render({**content, **own})


def made_with(report: Report) -> tuple[tuple[str, str], ...]:
    """What made this report, in pairs for the foot of a page."""
    words = report.transcript.words_from
    reader = report.provenance.models.get("labels", "rules")
    source = _RECOGNISERS.get(words.recogniser, words.recogniser)
    return (
        ("Made with", f"coachai {report.provenance.coachai}"),
        ("Words from", f"{source} ({words.model})" if words.model else source),
        ("Talk read by", "rules, without a model" if reader == "rules" else reader),
        ("Rubric", f"{report.rubric.title}, version {report.rubric.version}"),
        ("Recording", f"SHA-256 {report.recording.sha256[:16]}"),
        *_put_right(report),
    )


def _put_right(report: Report) -> tuple[tuple[str, str], ...]:
    """How many corrections by whom, and which file they are from; nothing where there are none."""
    provenance = report.provenance
    if "corrections" not in provenance.options:
        return ()
    digest = provenance.hashes.get("corrections", "")[:16]
    return (("Corrections", f"{provenance.options['corrections']}; SHA-256 {digest}"),)


def printable(text: str) -> str:
    """The text without what a page or a cue cannot hold: controls, lone surrogates, what is no character."""
    return _UNPRINTABLE.sub("\ufffd", well_formed(text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """The printable text with every run of blanks and line breaks as one space, none at its ends."""
    return printable(" ".join(text.split()))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("coachai.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )


@lru_cache(maxsize=8)
def _source(name: str) -> str:
    return files("coachai.report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
