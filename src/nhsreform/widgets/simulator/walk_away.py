"""Walk away: how many GPs may leave before a majority has gone. Pure: numbers in, numbers out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nhsreform.errors import PackError
from nhsreform.widgets.simulator.scenario import Parameter, Preset, Scenario, as_number

SEGMENTS = ("enthusiasts", "pragmatists", "carers", "opposed")


@dataclass(frozen=True)
class WalkAway:
    """What is left when parts of four groups of GPs leave. All in percent of all GPs unless said otherwise.

    Fields:
        shares: the four groups, in the order of `SEGMENTS`.
        leaving: percent of each group that leaves.
        needed: what must be left.
        staying: what is left of each group.
        left: what is left in all.
        spare: left - needed; below 0 too few are left.
        breaking_point: percent of the largest group whose leaving brings what is left down to `needed`, the
            other groups as set; None when the largest group alone cannot (too few are left without it, or
            enough are left even when all of it goes).
    """

    shares: tuple[float, ...]
    leaving: tuple[float, ...]
    needed: float
    staying: tuple[float, ...]
    left: float
    spare: float
    breaking_point: float | None


def walk_away(
    enthusiasts: float = 10, pragmatists: float = 20, carers: float = 60, opposed: float = 10, *,
    enthusiasts_leave: float = 0, pragmatists_leave: float = 0, carers_leave: float = 0, opposed_leave: float = 100,
    needed: float = 50,
) -> WalkAway:  # fmt: skip
    """Return what is left when parts of four groups of GPs leave: plain arithmetic, a thought experiment.

    Takes:
        enthusiasts, pragmatists, carers, opposed: share of each group, percent of all GPs; together 100.
        enthusiasts_leave, pragmatists_leave, carers_leave, opposed_leave: percent of that group that leaves.
        needed: percent of all GPs who must stay.

    Raises PackError for a number out of range, or shares that do not make 100.
    """
    shares = tuple(
        as_number(value, name, 0, 100, "a percentage")
        for name, value in zip(SEGMENTS, (enthusiasts, pragmatists, carers, opposed), strict=True)
    )
    if not math.isclose(sum(shares), 100, abs_tol=1e-6):
        raise PackError(f"The four groups make {sum(shares):g}%. Give shares that make 100 together.")
    leave = (enthusiasts_leave, pragmatists_leave, carers_leave, opposed_leave)
    leaving = tuple(
        as_number(value, f"{name}_leave", 0, 100, "a percentage") for name, value in zip(SEGMENTS, leave, strict=True)
    )
    needed = as_number(needed, "needed", 0, 100, "a percentage")
    staying = tuple(share * (100 - gone) / 100 for share, gone in zip(shares, leaving, strict=True))
    left = sum(staying)
    largest = max(range(4), key=shares.__getitem__)
    others = left - staying[largest]
    within = others <= needed <= others + shares[largest]
    return WalkAway(
        shares, leaving, needed, staying, left, left - needed,
        breaking_point=100 * (others + shares[largest] - needed) / shares[largest] if within else None,
    )  # fmt: skip


_COMMENT = "A reader's comment, which gives no source for it (walk-away-c51)"

WALK_AWAY = Scenario(
    name="walk-away",
    title="If GPs walked away: a thought experiment",
    run=walk_away,
    takes=(
        Parameter("enthusiasts", "Enthusiasts", "percent of GPs", 0, 100, 1, 10, _COMMENT, "V", fixed=True, kind="campaign"),
        Parameter("pragmatists", "Involved pragmatists", "percent of GPs", 0, 100, 1, 20, _COMMENT, "V", fixed=True, kind="campaign"),
        Parameter("carers", "Getting on with caring for the sick", "percent of GPs", 0, 100, 1, 60, _COMMENT, "V", fixed=True, kind="campaign"),
        Parameter("opposed", "Opposed and negative", "percent of GPs", 0, 100, 1, 10, _COMMENT, "V", fixed=True, kind="campaign"),
        Parameter("enthusiasts_leave", "Enthusiasts who leave", "percent of them", 0, 100, 5, 0),
        Parameter("pragmatists_leave", "Involved pragmatists who leave", "percent of them", 0, 100, 5, 0),
        Parameter("carers_leave", "Those getting on with care who leave", "percent of them", 0, 100, 5, 0),
        Parameter("opposed_leave", "Opposed who leave", "percent of them", 0, 100, 5, 100),
        Parameter("needed", "GPs who must stay", "percent of all", 0, 100, 5, 50),
    ),
    starts=(
        Preset(
            "Only the opposed leave",
            {"enthusiasts_leave": 0, "pragmatists_leave": 0, "carers_leave": 0, "opposed_leave": 100},
        ),
        Preset(
            "Half of those getting on with care leave too",
            {"enthusiasts_leave": 0, "pragmatists_leave": 0, "carers_leave": 50, "opposed_leave": 100},
        ),
        Preset(
            "All but the enthusiasts leave",
            {"enthusiasts_leave": 0, "pragmatists_leave": 100, "carers_leave": 100, "opposed_leave": 100},
        ),
    ),
    leaves_out=(
        "This is a thought experiment, as the post is. Nobody in it announces that they will leave.",
        "The shares are one anonymous comment's, without a source.",
        "An agreement announced on 2 November 2011, four weeks before the post, would make membership of a group part "
        "of the GP contract once the Bill had passed. A practice could then hardly leave; a GP could still stop taking "
        "part.",
        "GPs are counted as if spread evenly. In life they leave by practice and by place, so that one group may "
        "lose most of its GPs and the next none.",
        "How many must stay is your assumption. 50% is the 'majority' of the post's title.",
        "Coverage is not consent: a group can cover everyone with few GPs taking part.",
    ),
    later=(
        "A survey of six groups in 2014, in other words than the comment's, found 12% highly engaged and 71% at least "
        "somewhat.",
    ),
)  # fmt: skip
