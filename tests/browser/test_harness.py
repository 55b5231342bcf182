"""The harness itself: it would see an attempt to reach the network, and a broken notebook."""

from __future__ import annotations

import os

import psutil
import pytest


def test_attempts_are_seen(lab, refuser, open_notebook):
    lab.write("scratch/attempt.ipynb", "1 + 1")
    notebook = open_notebook("scratch/attempt.ipynb")
    notebook.page.evaluate("() => fetch('http://page.example.org/').catch(() => null)")
    told = notebook.run_code(
        "import socket, urllib.request\n"
        "for call in (lambda: urllib.request.urlopen('http://kernel.example.org/'),\n"
        "             lambda: socket.create_connection(('192.0.2.1', 80), timeout=1)):\n"
        "    try:\n        call()\n    except OSError as error:\n        print(error)"
    )
    assert "no network in the tests" in told
    seen = "\n".join(lab.attempted())
    assert "page.example.org" in seen
    assert "kernel.example.org" in seen
    assert "192.0.2.1" in seen
    assert any("page.example.org" in asked for asked in refuser.asked)
    lab.forget_attempts()
    refuser.asked.clear()


def test_no_other_network_exists(network, lab, open_notebook):
    if not network.cut:
        pytest.skip("this system does not let the tests make a network namespace; attempts are still counted")
    lab.write("scratch/devices.ipynb", "1 + 1")
    notebook = open_notebook("scratch/devices.ipynb")
    assert notebook.run_code("import os; print(sorted(os.listdir('/proc/self/net/dev_snmp6')))") == "['lo']"


def test_all_that_was_started_is_cut_off_and_pytest_is_not(network, lab, browser):
    """Server, driver and Chromium live where only loopback exists; pytest has come back out."""
    if not network.cut:
        pytest.skip("this system does not let the tests make a network namespace; attempts are still counted")
    with network.inside():
        inside = os.readlink("/proc/thread-self/ns/net")
    living = [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]
    names = {each.name() for each in living}
    assert any("chrom" in name for name in names) and any("python" in name or "jupyter" in name for name in names), (
        names
    )
    assert {os.readlink(f"/proc/{each.pid}/ns/net") for each in living} == {inside}
    assert os.readlink("/proc/thread-self/ns/net") != inside


def test_a_failing_cell_is_seen(lab, open_notebook):
    lab.write("scratch/fails.ipynb", "1 / 0", "2")
    notebook = open_notebook("scratch/fails.ipynb")
    notebook.command("notebook:run-all-cells")
    notebook.page.wait_for_selector(".jp-OutputArea-output")
    assert notebook.errors() == ["ZeroDivisionError: division by zero"]
