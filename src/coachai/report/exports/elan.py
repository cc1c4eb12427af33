"""ELAN annotation files (`.eaf`), by the structure of the ELAN Annotation Format 3.0 (MPI, 2017)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote
from xml.etree import ElementTree

from coachai.records import Recording, Report, Transcript
from coachai.report.exports.tiers import Piece, Tier, tiers_of
from coachai.report.page import one_line

UNDATED = "1970-01-01T00:00:00Z"
"""EAF demands a date; the same transcript must give the same bytes, and carries none."""

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_MEDIA_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mpegts": "video/mpeg",
    "wav": "audio/x-wav",
}
_STEREOTYPES = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed "
    "within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same "
    "parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are "
    "allowed",
}
"""The constraints that ELAN itself puts into every file, in its own words."""


def eaf(record: Report | Transcript) -> str:
    """An ELAN document: a tier a voice, of a report also tiers of moments; the recording by its name."""
    transcript = record.transcript if isinstance(record, Report) else record
    tiers = tiers_of(record)
    ElementTree.register_namespace("xsi", _XSI)
    document = ElementTree.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "coachai",
            "DATE": UNDATED,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            f"{{{_XSI}}}noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    _head(document, transcript.recording, sum(len(tier.pieces) for tier in tiers))
    slots = enumerate(_slots(document, tiers), start=1)
    for tier in tiers:
        _tier(document, tier, slots)
    for kind in dict.fromkeys(["utterance", *(tier.kind for tier in tiers)]):
        ElementTree.SubElement(
            document,
            "LINGUISTIC_TYPE",
            {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": kind, "TIME_ALIGNABLE": "true"},
        )
    for stereotype, description in _STEREOTYPES.items():
        ElementTree.SubElement(document, "CONSTRAINT", {"DESCRIPTION": description, "STEREOTYPE": stereotype})
    ElementTree.indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(document, "unicode") + "\n"


def _head(document: ElementTree.Element, recording: Recording, annotations: int) -> None:
    head = ElementTree.SubElement(document, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    address = _address(recording.name)
    ElementTree.SubElement(
        head,
        "MEDIA_DESCRIPTOR",
        {
            "MEDIA_URL": address,
            "RELATIVE_MEDIA_URL": address,
            "MIME_TYPE": _MEDIA_TYPES.get(recording.container, "unknown"),
        },
    )
    used = ElementTree.SubElement(head, "PROPERTY", {"NAME": "lastUsedAnnotationId"})
    used.text = str(annotations)


def _slots(document: ElementTree.Element, tiers: tuple[Tier, ...]) -> list[tuple[str, str]]:
    """Two time slots of its own for each piece, in the order of the tiers: begin and end.

    No slot is shared, so that moving one annotation in ELAN moves no other.
    """
    order = ElementTree.SubElement(document, "TIME_ORDER")
    pieces = [each for tier in tiers for each in tier.pieces]
    ends = [(time, 2 * k + side) for k, each in enumerate(pieces) for side, time in enumerate(_times(each))]
    names = [""] * len(ends)
    for number, (time, place) in enumerate(sorted(ends), start=1):
        names[place] = f"ts{number}"
        ElementTree.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": names[place], "TIME_VALUE": str(time)})
    return list(zip(names[::2], names[1::2], strict=True))


def _times(piece: Piece) -> tuple[int, int]:
    return piece.start, piece.end


def _tier(document: ElementTree.Element, tier: Tier, slots: Iterator[tuple[int, tuple[str, str]]]) -> None:
    """Add a tier; each of its annotations takes the next number and slots."""
    named = {"LINGUISTIC_TYPE_REF": tier.kind, "TIER_ID": tier.name}
    if tier.who:
        named["PARTICIPANT"] = tier.who
    row = ElementTree.SubElement(document, "TIER", named)
    for each, (number, (begin, end)) in zip(tier.pieces, slots, strict=False):
        annotation = ElementTree.SubElement(
            ElementTree.SubElement(row, "ANNOTATION"),
            "ALIGNABLE_ANNOTATION",
            {"ANNOTATION_ID": f"a{number}", "TIME_SLOT_REF1": begin, "TIME_SLOT_REF2": end},
        )
        ElementTree.SubElement(annotation, "ANNOTATION_VALUE").text = each.text


def _address(name: str) -> str:
    """The recording beside the document; of a name that pretends to be a path only its last part."""
    return "./" + quote(re.split(r"[/\\]", one_line(name))[-1])
