"""How long the first start takes, and the second. Type: python benchmarks/install.py.

A fresh copy of the checkout is started with start.py, by pip and (where it is on PATH) by uv: first with an empty
download cache, then with a full one, then a second time with everything in place. The clock runs from the command
until JupyterLab answers. It needs the network, about 2 GB of disk for a while, and writes nothing here.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", "my-work", "screenshots", "__pycache__", "*.egg-info")
PATIENCE = 900


def environment(scratch: Path, uv: str | None) -> dict[str, str]:
    """Return an environment with caches of its own, in which start.py finds uv or does not."""
    places = os.environ["PATH"].split(os.pathsep)
    without = [place for place in places if shutil.which("uv", path=place) is None]
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(uv).parent), *without] if uv else without),
        "PIP_CACHE_DIR": str(scratch / "pip"),
        "UV_CACHE_DIR": str(scratch / "uv"),
    }


def seconds_to_open(checkout: Path, env: dict[str, str]) -> float:
    """Return the seconds from the command until the server answers. Raises RuntimeError when it never does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    command = [sys.executable, checkout / "start.py", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and time.perf_counter() - began < PATIENCE:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=1).close()
                return time.perf_counter() - began
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"JupyterLab did not open: start.py ended with {process.poll()}")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Print one line for each installer: cold, warm and second start, in seconds."""
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores")
    print(f"{'installer':<10}{'first, nothing cached':>24}{'first, all cached':>20}{'second start':>15}")
    for name, uv in (("pip", None), ("uv", shutil.which("uv"))):
        if name == "uv" and uv is None:
            print("uv        is not on PATH here")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            checkout = Path(scratch, "checkout")
            shutil.copytree(ROOT, checkout, ignore=NOT_COPIED)
            env = environment(Path(scratch), uv)
            cold = seconds_to_open(checkout, env)
            shutil.rmtree(checkout / ".venv")
            warm = seconds_to_open(checkout, env)
            second = sorted(seconds_to_open(checkout, env) for _ in range(3))[1]
        print(f"{name:<10}{cold:>24.1f}{warm:>20.1f}{second:>15.1f}", flush=True)


if __name__ == "__main__":
    main()
