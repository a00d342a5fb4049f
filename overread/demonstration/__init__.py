"""The demonstration network: source files as hospitals deliver them, with known problems and their answer key."""

from overread.demonstration.generate import generate

__all__ = ["generate"]
