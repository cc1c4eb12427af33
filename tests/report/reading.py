"""Reading a page as a browser or a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(["meta", "link", "br", "hr", "img", "input", "source", "track"])
_SHAPES = frozenset(["path", "line", "circle", "rect"])


@dataclass
class Read(HTMLParser):
    """Tags with their attributes in order, the visible text, headings and what was wrong."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.headings.append(int(tag[1]))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in _VOID | _SHAPES:
            self.wrong.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}> where it does not belong")

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """Everything a person can read, blanks as one space."""
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def links(self) -> list[str]:
        """Every address that the page points to."""
        return [
            value or "" for _, each in self.tags for name, value in each.items() if name in {"href", "src"}
        ]


def read(page: str) -> Read:
    """Read a page; tags left open are wrong, too."""
    reader = Read()
    reader.feed(page)
    reader.close()
    reader.wrong.extend(f"<{tag}> is never closed" for tag in reader._open)
    return reader
