"""Where `dagster dev` finds its network; the command line passes the same paths and engine."""

from __future__ import annotations

import os
from pathlib import Path

from assets.network import Network

ROOT = Path(__file__).resolve().parent.parent


def network() -> Network:
    """The network of OVERREAD_CONFIG, OVERREAD_DATA, OVERREAD_OUT and OVERREAD_ENGINE; else the VIPER example."""
    example = ROOT / "examples" / "viper"
    return Network(
        config=os.environ.get("OVERREAD_CONFIG", str(example / "overread.yaml")),
        data=os.environ.get("OVERREAD_DATA", str(example)),
        out=os.environ.get("OVERREAD_OUT", str(ROOT / "out" / "viper")),
        engine=os.environ.get("OVERREAD_ENGINE", "duckdb"),
    )
