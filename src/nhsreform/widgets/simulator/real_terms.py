"""Real terms: one rise in cash, two signs. Pure: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

from nhsreform.widgets.simulator.scenario import Parameter, Preset, Scenario, as_number, as_switch


@dataclass(frozen=True)
class RealTerms:
    """A cash rise in real terms. All in percent of last year's allocation; below 0 is a cut.

    Fields:
        cash, deflator, lodged, counted: what went in, as `real_terms` takes it.
        change: the real change as reports of the time print it, by taking away.
        exact: the same by dividing, which is exact.
        if_counted, if_not_counted: `change` with the lodged money counted as lost, and as kept.
        break_even: the deflator at which `change` is 0.
    """

    cash: float
    deflator: float
    lodged: float
    counted: bool
    change: float
    exact: float
    if_counted: float
    if_not_counted: float
    break_even: float


def real_terms(cash: float = 2.2, deflator: float = 1.9, lodged: float = 2, counted: bool = True) -> RealTerms:
    """Return what a cash rise is worth in real terms.

    Takes:
        cash: growth of the allocation in cash, percent.
        deflator: rise of prices, percent.
        lodged: share of the allocation lodged with the strategic health authority, percent.
        counted: whether the lodged share is counted as lost.

    Raises PackError for a number out of range.
    """
    cash = as_number(cash, "cash", -50, 50, "a percentage")
    deflator = as_number(deflator, "deflator", -20, 50, "a percentage")
    lodged = as_number(lodged, "lodged", 0, 50, "a percentage")
    counted = as_switch(counted, "counted")
    lost = lodged if counted else 0.0
    # Rounded, so that 2.0 - 2.0 - 2.5 and its like come out as they do on paper.
    return RealTerms(
        cash, deflator, lodged, counted,
        change=round(cash - lost - deflator, 9),
        exact=100 * ((1 + cash / 100) * (1 - lost / 100) / (1 + deflator / 100) - 1),
        if_counted=round(cash - lodged - deflator, 9),
        if_not_counted=round(cash - deflator, 9),
        break_even=round(cash - lost, 9),
    )  # fmt: skip


_HFMA = "HFMA, 'PCT allocations: a quick guide'"
_HFMA_URL = "https://hfma.org.uk/articles/pct-allocations-quick-guide"

REAL_TERMS = Scenario(
    name="real-terms",
    title="One cash rise, two signs",
    run=real_terms,
    takes=(
        Parameter("cash", "Growth in cash", "percent", 0, 6, 0.1, 2.2, f"{_HFMA}: the average of recurrent money, 2011/12", "V", _HFMA_URL, kind="trade press"),
        Parameter(
            "deflator", "Rise of prices, the deflator", "percent", 0, 5, 0.1, 1.9,
            f"Worked back from {_HFMA}: 2.2% in cash is 0.3% in the Department's real terms", "D", _HFMA_URL,
            kind="trade press",
        ),
        Parameter(
            "lodged", "Share lodged with the strategic health authority", "percent", 0, 5, 0.5, 2,
            "Public Finance, 9 March 2011 (nuffield-polls)", "V", kind="trade press",
        ),
        Parameter("counted", "Count the lodged share as lost", "yes or no", 0, 1, 1, 1),
    ),
    starts=(
        Preset(
            "The Department's count, average trust", {"cash": 2.2, "deflator": 1.9, "lodged": 2, "counted": 0},
            f"{_HFMA}; its deflator worked back", "D", kind="trade press", urls=(_HFMA_URL,),
        ),
        Preset(
            "As Nuffield's figures come out, smallest rise", {"cash": 2.0, "deflator": 2.5, "lodged": 2, "counted": 1},
            f"{_HFMA}; Public Finance, 9 March 2011; the deflator of 2.5% is worked back from the result", "D",
            kind="trade press", urls=(_HFMA_URL,),
        ),
        Preset(
            "As Nuffield's figures come out, largest rise", {"cash": 4.2, "deflator": 2.5, "lodged": 2, "counted": 1},
            f"{_HFMA}; Public Finance, 9 March 2011; the deflator of 2.5% is worked back from the result", "D",
            kind="trade press", urls=(_HFMA_URL,),
        ),
        Preset(
            "Total money in place of recurrent, average trust", {"cash": 3.0, "deflator": 1.9, "lodged": 2, "counted": 0},
            f"{_HFMA}: total allocations; the Department's deflator worked back", "D", kind="trade press",
            urls=(_HFMA_URL,),
        ),
        Preset(
            "Total money, largest rise, all else as Nuffield's", {"cash": 4.7, "deflator": 2.5, "lodged": 2, "counted": 1},
            f"{_HFMA}: total allocations; Public Finance, 9 March 2011; the deflator of 2.5% is worked back", "D",
            kind="trade press", urls=(_HFMA_URL,),
        ),
        Preset(
            "The Department's count with the other deflator", {"cash": 2.2, "deflator": 2.5, "lodged": 2, "counted": 0},
        ),
    ),
    leaves_out=(
        "Which money? Growth of 2.2% is that of recurrent allocations. Total allocations, with social care, dental "
        "services and pharmacy, grew by 3.0%. The choice can turn the sign as the two others can.",
        "The deflator of 2.5% is worked back from the cuts that Public Finance prints: it makes them come out exactly, "
        "so it proves nothing by itself. The Nuffield report was not read.",
        "Lodged money was held by the strategic health authority. It was not simply gone, and not simply free to "
        "spend: both ways of counting can be defended.",
        "0.3% to 2.5% is a range across trusts, from the largest rise given as an example to the smallest. It is not a "
        "margin of error, and the Department's 0.3% is an average: the two are not the same measure with two signs.",
        "One percentage is taken from another here, which is how the printed figures come out. Dividing is exact; with "
        "these settings to start from it differs by less than a tenth of a point.",
        "Demand and the cost of care may grow faster than prices. That is not in any of these figures.",
    ),
)  # fmt: skip
