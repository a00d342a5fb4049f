"""Chance by hash: every draw is a pure function of seed, row and salt, so no thread or batch can move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from overread.demonstration.codes import code_at


@dataclass(frozen=True, slots=True)
class Chance:
    """SQL of draws.

    A row's whole number is hashed, mixed with 64 bits of seed and salt, and hashed again: of neighbouring rows and
    of two salts nothing is left in common, and no text is built for a draw (a hash of text costs ten times as much).
    DuckDB's `hash` of several arguments would not do: its combined hashes of two salts correlate at 0.88.

    Attributes:
        seed: Seed of the network.
    """

    seed: int

    def uniform(self, key: str, salt: str) -> str:
        """SQL of a uniform draw in [0, 1) for each value of the SQL expression `key`, a BIGINT."""
        bits = int.from_bytes(blake2b(f"{self.seed}/{salt}".encode(), digest_size=8).digest())
        return f"((hash(xor(hash({key}), {bits}::UBIGINT)) >> 11) / 9007199254740992.0)"

    def normal(self, key: str, salt: str) -> str:
        """SQL of a standard normal draw (Box-Muller)."""
        first, second = self.uniform(key, f"{salt}-r"), self.uniform(key, f"{salt}-a")
        return f"(sqrt(-2 * ln(1 - {first})) * cos(2 * pi() * {second}))"

    def lognormal(self, key: str, salt: str, median: str, sigma: float) -> str:
        """SQL of a lognormal draw with the given median (SQL) and sigma of the logarithm."""
        return f"(({median}) * exp({sigma} * {self.normal(key, salt)}))"

    def exponential(self, key: str, salt: str, mean: str) -> str:
        """SQL of an exponential draw with the given mean (SQL)."""
        return f"(({mean}) * -ln(1 - {self.uniform(key, salt)}))"

    def pick(self, key: str, salt: str, column: str, weights: Mapping[str, int]) -> str:
        """SQL of one of the given codes of a column, drawn by whole-numbered weights."""
        items = [value for value, weight in weights.items() for _ in range(weight)]
        return code_at(column, items, f"floor({self.uniform(key, salt)} * {len(items)})::INT")
