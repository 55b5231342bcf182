"""How long 100,000 simulated years for 20 populations take, and how much longer in a plain loop.

    python benchmarks/scenarios.py

The plain loop is the same model in plain Python: for each population, for each year, draw the dear cases one by one
and the rest, add up, compare. It is timed on fewer years and scaled up; all are processor time, so that a busy
machine does not change the ratio. Part of the gain is NumPy; the rest is that all populations share one set of
simulated years, which the loop draws afresh for each. The second line shows the gain without the sharing.
"""

from __future__ import annotations

import math
import random
import sys
import time
from statistics import NormalDist, median

import numpy as np

from nhsreform.widgets.simulator.scenarios import DEAR, overspend_fat_tailed

YEARS = 100_000
LOOP_YEARS = 1_000
PEOPLE = np.geomspace(7_000, 901_000, 20).astype(int).tolist()
K, OVER = 7.5, 2
RUNS = 7


def plain_loop(people: list[int], k: float, over: float, years: int, seed: int) -> list[float]:
    """Return the chance of overspending by more than `over` percent, for each population."""
    draw, normal = random.Random(seed), NormalDist()
    shape = math.sqrt(math.log1p(k * k))
    mu = -shape * shape / 2
    no_case = math.exp(-DEAR)
    chances = []
    for n in people:
        edge = DEAR / n
        cut = -normal.inv_cdf(edge)
        cheap_mean = normal.cdf(cut - shape)
        cheap_sd = math.sqrt(n * ((1 + k * k) * normal.cdf(cut - 2 * shape) - cheap_mean**2))
        limit = n * (1 + over / 100)
        overspent = 0
        for _ in range(years):
            spent = n * cheap_mean + cheap_sd * draw.gauss(0, 1)
            chance = draw.random()
            while chance > no_case:
                spent += math.exp(mu - shape * normal.inv_cdf(edge * (1 - draw.random())))
                chance *= draw.random()
            overspent += spent > limit
        chances.append(overspent / years)
    return chances


def main() -> int:
    """Print both times, the ratio, and that both find the same chances."""
    overspend_fat_tailed(PEOPLE, K, OVER, seed=0)  # once, for the table that is made once
    times, walls, apart = [], [], []
    for seed in range(1, RUNS + 1):  # a new seed each time: nothing is reused
        wall, start = time.perf_counter(), time.process_time()
        fast = overspend_fat_tailed(PEOPLE, K, OVER, simulated=YEARS, seed=seed)
        times.append(time.process_time() - start)
        walls.append(time.perf_counter() - wall)
        start = time.process_time()
        for place, people in enumerate(PEOPLE):
            overspend_fat_tailed([people], K, OVER, simulated=YEARS, seed=1_000 * seed + place)
        apart.append(time.process_time() - start)
    start = time.process_time()
    slow = plain_loop(PEOPLE, K, OVER, LOOP_YEARS, seed=1)
    loop = (time.process_time() - start) * YEARS / LOOP_YEARS
    ours = median(times)
    away = float(np.abs(fast - np.array(slow)).max())
    print(f"{YEARS:,} simulated years for {len(PEOPLE)} populations, median of {RUNS}")
    print(f"  together    {ours:8.3f} s of processor time ({median(walls):.3f} s by the clock)")
    print(
        f"  one by one  {median(apart):8.3f} s of processor time, each population with years of its own: "
        f"{loop / median(apart):.0f} times the loop"
    )
    print(f"  plain loop  {loop:8.3f} s of processor time (measured on {LOOP_YEARS:,} years, scaled up)")
    print(f"  ratio       {loop / ours:8.0f}")
    print(f"  largest difference between the two chances: {away:.3f} (the loop's own error is about 0.015)")
    return 0 if ours < 1 and loop / ours >= 100 else 1


if __name__ == "__main__":
    sys.exit(main())
