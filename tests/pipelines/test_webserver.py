"""The web server shows the graph."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "dagster_webserver",
            "-w",
            str(ROOT / "workspace.yaml"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
        ],
        cwd=ROOT,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path), "OVERREAD_OUT": str(tmp_path / "out")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=30)


def ask(address, query, until=90.0):
    deadline = time.monotonic() + until
    request = Request(
        f"{address}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    while True:
        try:
            with urlopen(request, timeout=10) as answer:
                return json.load(answer)["data"]
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_the_graph_is_served(server):
    nodes = ask(server, "{ assetNodes { groupName assetKey { path } isPartitioned } }")[
        "assetNodes"
    ]
    groups = {node["assetKey"]["path"][-1]: node["groupName"] for node in nodes}
    assert groups == {
        "ledger": "landing",
        "facts": "facts",
        "counts": "counts",
        "measure": "measures",
        "signal": "signals",
        "measure_release": "release",
        "site": "publications",
    }
    assert {n["assetKey"]["path"][-1] for n in nodes if n["isPartitioned"]} == {"facts", "counts"}
