"""The configuration of a network: its sites, vendors and mappings."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator

from overread.feeds.calendar import Calendar
from overread.feeds.mapping import Mapping
from overread.feeds.yaml_model import ConfigurationError, Strict, read_yaml
from overread.model.codes import DEPLOYMENT, ENGAGEMENT, FACILITY_TYPE, REGION


def zone(name: str) -> str:
    """Check an IANA zone name.

    Raises:
        ValueError: There is no such zone.
    """
    if name not in available_timezones():
        raise ValueError(
            f"{name!r} is no IANA time zone; use one such as {ZoneInfo('Europe/Berlin')}"
        )
    return name


class Site(Strict):
    """A place that makes images; its zone decides months and hours, its issuer scopes accession numbers.

    Its calendar counts the working hours of contract terms that name none.
    """

    id: str
    name: str
    country: str = Field(pattern="^[A-Z]{2}$")
    region: str
    zone: str
    facility_type: str
    issuer: str | None = None
    calendar: str | None = None

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return zone(value)

    @field_validator("region", "facility_type")
    @classmethod
    def _listed(cls, value: str) -> str:
        codes = REGION.codes + FACILITY_TYPE.codes
        if value not in codes:
            raise ValueError(f"{value!r} is not a code; use one of {', '.join(codes)}")
        return value


class SharingAgreement(Strict):
    """Days between which review results may be given to the vendor."""

    valid_from: date
    valid_to: date | None = None


# A text for readers: one for all of them, or one per language of the pages.
Worded = str | dict[Literal["en", "zh_Hant"], str]


class Contest(Strict):
    """How a vendor contests a result: whom to write to, in which form, within how many days."""

    who: Worded
    how: Worded
    days: int = Field(gt=0)


class Vendor(Strict):
    """A company, an algorithm's maker or, in a reader study, a sub-study."""

    id: str
    name: str
    kind: Literal["readers", "ai", "both"] = "readers"
    engagement: str | None = None
    deployment: str | None = None
    sharing_agreement: SharingAgreement | None = None
    contest: Contest | None = None

    @model_validator(mode="after")
    def _listed(self) -> Vendor:
        for value, codes in ((self.engagement, ENGAGEMENT), (self.deployment, DEPLOYMENT)):
            if value is not None and value not in codes.codes:
                raise ValueError(f"{value!r} is not a code; use one of {', '.join(codes.codes)}")
        return self


class Configuration(Strict):
    """A network: what is read, from whom, for whom."""

    network: str = Field(pattern="^[a-z0-9-]+$")
    title: Worded
    calendars: dict[str, Calendar] = Field(default_factory=dict)
    sites: tuple[Site, ...] = Field(min_length=1)
    vendors: tuple[Vendor, ...] = Field(min_length=1)
    mappings: tuple[str, ...] = Field(min_length=1)
    targets: dict[str, float] = Field(default_factory=dict)
    privilege_banner: Worded = ""

    @field_validator("sites")
    @classmethod
    def _calendars(cls, value: tuple[Site, ...], info: ValidationInfo) -> tuple[Site, ...]:
        known = info.data.get("calendars", {})
        for site in value:
            if site.calendar is not None and site.calendar not in known:
                raise ValueError(
                    f"site {site.id!r} names calendar {site.calendar!r}, which is not under calendars"
                    f" ({', '.join(known) or 'there is none'})"
                )
        return value


def load_configuration(path: Path) -> tuple[Configuration, tuple[Mapping, ...]]:
    """Read a configuration and the mappings that it names (relative to it).

    Raises:
        ConfigurationError: A file is wrong or two mappings have one name.
    """
    configuration = read_yaml(path, Configuration)
    mappings = tuple(read_yaml(path.parent / name, Mapping) for name in configuration.mappings)
    names = [mapping.source for mapping in mappings]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: two mappings are called {name!r}; rename one")
    return configuration, mappings
