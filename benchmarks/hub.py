"""What a hub of teaching/jupyterhub needs: so many students at once open notebook 01 and run it from top to bottom.

/opt/who-commissions/env/bin/python benchmarks/hub.py 1 5 20

Run as root where the hub is installed and not running. It makes Unix users of its own and takes them away again. Memory is
PSS, in which what processes share is counted once; time is that of the processors, so other work on the machine does not count.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

PLACE = Path(os.environ.get("WHO_COMMISSIONS", "/opt/who-commissions"))
NOTEBOOK = "01-joint-report.ipynb"
TOKEN = secrets.token_hex(16)
HUB = "http://127.0.0.1:8000"
TICKS = os.sysconf("SC_CLK_TCK")


def code_cells() -> list[str]:
    """Return what a student runs."""
    cells = json.loads((PLACE / "pack" / "notebooks" / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


async def ask(path: str, token: str, method: str = "GET", body: dict | None = None) -> dict:
    """Return what the hub, or a student's server, answers."""
    request = HTTPRequest(
        HUB + path,
        method=method,
        headers={"Authorization": f"token {token}"},
        body=None if method in ("GET", "DELETE") else json.dumps(body or {}),
        request_timeout=300,
    )
    answer = await AsyncHTTPClient().fetch(request)
    return json.loads(answer.body or b"{}")


async def student(name: str, cells: list[str]) -> None:
    """Start a server, open the notebook, run each cell when the one before it is done. Stops at a cell that fails."""
    await ask(f"/hub/api/users/{name}", TOKEN, "POST")
    await ask(f"/hub/api/users/{name}/server", TOKEN, "POST")
    while not (await ask(f"/hub/api/users/{name}", TOKEN)).get("servers", {}).get("", {}).get("ready"):
        await asyncio.sleep(1)
    token = (await ask(f"/hub/api/users/{name}/tokens", TOKEN, "POST", {"note": "trial"}))["token"]
    await ask(f"/user/{name}/api/contents/notebooks/{NOTEBOOK}", token)
    where = {"path": f"notebooks/{NOTEBOOK}", "name": NOTEBOOK, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = (await ask(f"/user/{name}/api/sessions", token, "POST", where))["kernel"]["id"]
    url = f"{HUB.replace('http', 'ws')}/user/{name}/api/kernels/{kernel}/channels"
    socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {token}"}))
    for code in cells:
        message = secrets.token_hex(8)
        header = {"msg_id": message, "msg_type": "execute_request", "username": name, "session": name, "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        await socket.write_message(
            json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
        )
        while True:
            reply = await socket.read_message()
            if reply is None:
                raise RuntimeError(f"{name}: the kernel went away")
            said = json.loads(reply) if isinstance(reply, str) else {}
            if said.get("msg_type") == "execute_reply" and said["parent_header"].get("msg_id") == message:
                if said["content"]["status"] != "ok":
                    raise RuntimeError(f"{name}: {said['content']}")
                break
    socket.close()


def processes(owners: set[int]) -> list[tuple[str, float, float]]:
    """Return (what it is, PSS in MB, seconds of processor time) of each process of these users."""
    rows = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.stat().st_uid not in owners:
                continue
            command = (place / "cmdline").read_bytes().decode().replace("\0", " ")
            pss = next(line for line in (place / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
            times = (place / "stat").read_text().rsplit(")", 1)[1].split()[11:15]
        except (OSError, StopIteration):
            continue
        kind = "kernel" if "ipykernel" in command else "server" if "singleuser" in command else "other"
        rows.append((kind, int(pss.split()[1]) / 1024, sum(map(int, times)) / TICKS))
    return rows


def of_hub(hub: int) -> float:
    """Return the PSS of the hub and its proxy in MB."""
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = (place / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if str(hub) in (place.name, parent) and place.stat().st_uid == os.getuid():
                rollup = (place / "smaps_rollup").read_text().splitlines()
                total += int(next(line for line in rollup if line.startswith("Pss:")).split()[1])
        except (OSError, StopIteration):
            continue
    return total / 1024


async def measure(counts: list[int], hub: int) -> None:
    """Print a line for each number of students."""
    cells = code_cells()
    print(
        f"{'students':>8}{'seconds':>9}{'server MB':>11}{'kernel MB':>11}{'all MB':>9}{'CPU s each':>12}{'hub MB':>8}"
    )
    for count in counts:
        names = [f"trial-{count}-{number}" for number in range(count)]
        begin = time.perf_counter()
        await asyncio.gather(*(student(name, cells) for name in names))
        seconds = time.perf_counter() - begin
        await asyncio.sleep(2)
        rows = processes({pwd.getpwnam(f"nhs-{name}").pw_uid for name in names})
        each = {
            kind: sum(pss for what, pss, _ in rows if what == kind) / count for kind in ("server", "kernel", "other")
        }
        cpu = sum(spent for _, _, spent in rows) / count
        print(
            f"{count:>8}{seconds:>9.1f}{each['server']:>11.0f}{each['kernel']:>11.0f}"
            f"{count * sum(each.values()):>9.0f}{cpu:>12.1f}{of_hub(hub):>8.0f}",
            flush=True,
        )
        for name in names:
            await ask(f"/hub/api/users/{name}/server", TOKEN, "DELETE")
        while processes({pwd.getpwnam(f"nhs-{name}").pw_uid for name in names}):
            await asyncio.sleep(1)


def main(counts: list[int]) -> None:
    """Start a hub of its own kind for the trial, measure, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o711)
    config = folder / "config.py"
    config.write_text(
        f"exec(open({str(PLACE / 'hub' / 'jupyterhub_config.py')!r}).read())\n"
        f'c.JupyterHub.services.append({{"name": "trial", "api_token": "{TOKEN}"}})\n'
        'scopes = ["admin:users", "admin:servers", "tokens", "access:servers"]\n'
        'c.JupyterHub.load_roles.append({"name": "trial", "scopes": scopes, "services": ["trial"]})\n',
        encoding="utf-8",
    )
    places = {"WHO_COMMISSIONS_HOMES": str(folder / "students"), "WHO_COMMISSIONS_STATE": str(folder / "state")}
    with (folder / "hub.log").open("wb") as log:
        hub = subprocess.Popen(
            [PLACE / "env" / "bin" / "jupyterhub", "-f", config],
            env=os.environ | places,
            stdout=log,
            stderr=log,
        )
        try:
            asyncio.run(_when_up(counts, hub.pid))
        except Exception:
            print((folder / "hub.log").read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            hub.terminate()
            hub.wait(120)
            # A hub that is stopped while it starts leaves its proxy behind.
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((folder / "state" / "proxy.pid").read_text()), signal.SIGTERM)
            for user in pwd.getpwall():
                if user.pw_dir.startswith(f"{folder}/"):
                    subprocess.run(["/usr/sbin/userdel", user.pw_name], check=False)
            shutil.rmtree(folder, ignore_errors=True)


async def _when_up(counts: list[int], hub: int) -> None:
    for _ in range(60):
        try:
            await ask("/hub/api/users", TOKEN)
            break
        except (OSError, HTTPClientError):
            await asyncio.sleep(1)
    await measure(counts, hub)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [1, 5, 20])
