"""Overread: quality assurance and peer-review analytics for outsourced medical imaging."""

__version__ = "0.1.0"
