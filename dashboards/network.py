"""What the pages need to know of a network: title, banner, places, vendors, how to contest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overread.feeds.configuration import Configuration

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contest:
    """How a vendor contests a result.

    Attributes:
        whos: Whom to write to, by language.
        hows: In which form, by language.
        days: Days from publication within which to contest.
    """

    whos: Names
    hows: Names
    days: int

    def who(self, language: str) -> str:
        """Whom to write to, in a language, in English where there are no words in it."""
        return self.whos.get(language) or self.whos.get("en", "")

    def how(self, language: str) -> str:
        """In which form, in a language."""
        return self.hows.get(language) or self.hows.get("en", "")


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor, or the group of readers that plays one in a reader study."""

    id: str
    slug: str
    name: str
    kind: str
    engagement: str | None
    sharing: bool
    contest: Contest | None


@dataclass(frozen=True, slots=True)
class Site:
    """An imaging site."""

    id: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Network:
    """Whose pages these are."""

    slug: str
    titles: Names
    banners: Names
    vendors: tuple[Vendor, ...]
    sites: tuple[Site, ...]

    def title(self, language: str) -> str:
        """Title in a language, in English where it has none."""
        return self.titles.get(language) or self.titles.get("en", self.slug)

    def banner(self, language: str) -> str:
        """Privilege banner in a language, "" where none is configured."""
        return self.banners.get(language) or self.banners.get("en", "")


def slug(identifier: str, taken: frozenset[str] = frozenset()) -> str:
    """A folder's name for an identifier: letters, digits and hyphens; numbered where it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", identifier.lower()).strip("-") or "vendor"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _named(value: object) -> Names:
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items() if text}
    return {"en": str(value)} if value else {}


def _contest(value: Mapping[str, Any] | None) -> Contest | None:
    return (
        Contest(_named(value["who"]), _named(value["how"]), int(value["days"])) if value else None
    )


def network_of(configuration: Configuration) -> Network:
    """The network of a configuration; vendors keep their configured order on every page."""
    described = configuration.model_dump()
    vendors: list[Vendor] = []
    for vendor in described["vendors"]:
        vendors.append(
            Vendor(
                id=vendor["id"],
                slug=slug(vendor["id"], frozenset(v.slug for v in vendors)),
                name=vendor["name"],
                kind=vendor["kind"],
                engagement=vendor["engagement"],
                sharing=bool(vendor.get("sharing_agreement")),
                contest=_contest(vendor.get("contest")),
            )
        )
    return Network(
        slug=configuration.network,
        titles=_named(described["title"]),
        banners=_named(described.get("privilege_banner")),
        vendors=tuple(vendors),
        sites=tuple(Site(s["id"], s["name"], s["region"]) for s in described["sites"]),
    )
