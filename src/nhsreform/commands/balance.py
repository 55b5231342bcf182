"""`nhsreform balance`: how evenly the claims fall."""

from __future__ import annotations

import argparse

from nhsreform.commands import OK


def add(parser: argparse.ArgumentParser) -> None:
    """Add nothing: it takes no options."""


def run(arguments: argparse.Namespace) -> int:
    """Print the balance."""
    from nhsreform.debate.balance import report

    print(report())
    return OK
