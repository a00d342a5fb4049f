"""The languages that have the sentences of all pages: English now, others once their catalogue lies in `locale`."""

from __future__ import annotations

from dashboards.words import catalogue_path


def complete(language: str) -> bool:
    """Whether a language has every sentence."""
    return language == "en" or catalogue_path(language).exists()
