"""By what the list of signals can be filtered: judgement, rule, vendor, region."""

from __future__ import annotations

from dashboards.alerts import Alert
from dashboards.edition import Edition
from dashboards.filters import Choice, Filter
from dashboards.labels import label
from dashboards.movement import rule_words


class Tokens:
    """Tokens of rules, vendors and regions: numbers, so that no delivered name stands in a style sheet."""

    def __init__(self, edition: Edition) -> None:
        alerts = edition.alerts
        self._codes = {
            "rule": sorted({alert.rule for alert in alerts}),
            "vendor": [vendor.id for vendor in edition.network.vendors],
            "region": sorted({a.cell.place.get("region", "") for a in alerts} - {""}),
            "judgement": ["worse", "better", "moved"],
        }

    def of(self, alert: Alert) -> dict[str, str]:
        """Filter -> token of a signal; "all" where it concerns the whole network."""
        codes = {
            "rule": alert.rule,
            "vendor": alert.cell.place.get("vendor"),
            "region": alert.cell.place.get("region"),
            "judgement": alert.mark,
        }
        return {
            name: str(self._codes[name].index(code)) if code in self._codes[name] else "all"
            for name, code in codes.items()
        }

    def filters(self, edition: Edition) -> list[Filter]:
        """The groups of buttons; a group with one choice is left out."""
        words = edition.words
        judged = {
            "worse": words.text("worse"),
            "better": words.text("better"),
            "moved": words.text("moved"),
        }
        names = {
            "judgement": judged,
            "rule": {rule: rule_words(words, rule) for rule in self._codes["rule"]},
            "vendor": {vendor.id: vendor.name for vendor in edition.network.vendors},
            "region": {code: label(words, "region", code) for code in self._codes["region"]},
        }
        titles = {
            "judgement": words.text("Judgement"),
            "rule": words.text("Rule"),
            "vendor": words.text("Vendor"),
            "region": words.text("Region"),
        }
        whole = {"vendor": words.text("the network"), "region": words.text("no one region")}
        fits = [self.of(alert) for alert in edition.alerts]
        found = []
        for name, title in titles.items():
            told = {str(at): names[name][code] for at, code in enumerate(self._codes[name])}
            if name in whole:
                told["all"] = whole[name]
            choices = [
                Choice(token, text, number)
                for token, text in told.items()
                if (number := sum(fit[name] == token for fit in fits))
            ]
            if len(choices) > 1:
                found.append(Filter(name, title, tuple(choices)))
        return found
