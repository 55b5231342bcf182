"""Staff exit: what it costs to pay people to leave, when some come back. Pure: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

from nhsreform.widgets.simulator.scenario import Parameter, Preset, Scenario, as_number

RECLAIM_WEEKS = 4


@dataclass(frozen=True)
class StaffExit:
    """What it costs and saves to let staff go and take some of them back.

    Money is in pounds, in the prices of one year, over `horizon` years.

    Fields:
        leavers, payment, back, pay, gap, dearer, covered, horizon: what went in, as `staff_exit` takes it.
        paid: redundancy payments.
        paid_to_returners: the part of `paid` that went to people who came back.
        saved: pay not paid while posts are empty, less what their work costs otherwise.
        extra: what the returners cost above their old pay.
        net: saved - paid - extra; below 0 the exit costs more than it saves.
        payback: months with the post empty that earn one payment back; None when nothing is saved.
        break_even_gap: months a returner must stay away for the two to be equal; None when even the whole
            horizon is too short.
        break_even_back: percent who may come back before the exit costs more than it saves; None when it
            loses even if nobody comes back, 100 when it saves even if everybody does.
    """

    leavers: float
    payment: float
    back: float
    pay: float
    gap: float
    dearer: float
    covered: float
    horizon: float
    paid: float
    paid_to_returners: float
    saved: float
    extra: float
    net: float
    payback: float | None
    break_even_gap: float | None
    break_even_back: float | None


def staff_exit(
    leavers: float = 2_200, payment: float = 18_180, back: float = 50, pay: float = 32_000,
    gap: float = 12, dearer: float = 20, covered: float = 50, horizon: float = 2.5,
) -> StaffExit:  # fmt: skip
    """Return what it costs and saves to let staff go and take some of them back at a higher price.

    Takes:
        leavers: people let go.
        payment: mean redundancy payment, pounds.
        back: percent of the leavers who come back.
        pay: what one post costs a year, pounds.
        gap: months a returner stays away. Within four weeks the payment is taken back.
        dearer: percent by which a returner costs more than before.
        covered: percent of the work of an empty post that somebody else is paid to do, at the old rate.
        horizon: years counted.

    Raises PackError for a number out of range.
    """
    leavers = as_number(leavers, "leavers", 1, 1_000_000, "a number of people")
    payment = as_number(payment, "payment", 0, 1_000_000, "pounds")
    back = as_number(back, "back", 0, 100, "a percentage")
    pay = as_number(pay, "pay", 1_000, 1_000_000, "pounds a year")
    gap = as_number(gap, "gap", 0, 240, "months")
    dearer = as_number(dearer, "dearer", 0, 300, "a percentage")
    covered = as_number(covered, "covered", 0, 100, "a percentage")
    horizon = as_number(horizon, "horizon", 0.25, 20, "years")

    returners = leavers * back / 100
    away = min(gap / 12, horizon)
    kept_payment = 0 if gap * 52 / 12 <= RECLAIM_WEEKS else payment
    paid_to_returners = returners * kept_payment
    paid = (leavers - returners) * payment + paid_to_returners
    spared = pay * (1 - covered / 100)
    saved = (leavers - returners) * spared * horizon + returners * spared * away
    extra = returners * pay * dearer / 100 * (horizon - away)

    stayer = spared * horizon - payment
    returner = spared * away - kept_payment - pay * dearer / 100 * (horizon - away)
    share = stayer / (stayer - returner) if stayer >= 0 > returner else 1
    a_year_away = spared + pay * dearer / 100
    months = 12 * (payment + pay * dearer / 100 * horizon) / a_year_away if a_year_away else float("inf")
    return StaffExit(
        leavers, payment, back, pay, gap, dearer, covered, horizon,
        paid=paid, paid_to_returners=paid_to_returners, saved=saved, extra=extra, net=saved - paid - extra,
        payback=12 * payment / spared if spared else None,
        break_even_gap=months if months <= 12 * horizon else None,
        break_even_back=None if stayer < 0 else 100 * share,
    )  # fmt: skip


_NAO_2013 = "on the National Audit Office report of July 2013"
_PULSE_NAO = f"Pulse, 'Budgetary uncertainty, doubts over CCG plans and 10,000 redundancies', {_NAO_2013}"
_BMJ_NAO = f"BMJ 2013;347:f4471, {_NAO_2013}"
_MARS = "House of Commons Health Committee, Commissioning, third report 2010-11, paragraph 50"
_PULSE_URL = (
    "https://www.pulsetoday.co.uk/news/uncategorised/budgetary-uncertainty-doubts-over-ccg-plans-and-10000-redundancies-"
    "nao-report-picks-apart-challenging-1-april-transition/"
)
_BMJ_URL = "https://www.bmj.com/content/347/bmj.f4471"
_MARS_URL = "https://publications.parliament.uk/pa/cm201011/cmselect/cmhealth/513/51307.htm"

STAFF_EXIT = Scenario(
    name="staff-exit",
    title="Letting managers go, and taking some back",
    run=staff_exit,
    takes=(
        Parameter("leavers", "People let go", "people", 200, 20_000, 100, 2_200, _MARS, "V", _MARS_URL, kind="record"),
        Parameter(
            "payment", "Mean payment to a leaver", "pounds", 0, 100_000, 5, 18_180,
            f"Worked back from {_MARS}: £40 million for 2,200 leavers is £18,182 each", "D", _MARS_URL,
            kind="record",
        ),
        Parameter("back", "Leavers who come back", "percent", 0, 100, 1, 50),
        Parameter(
            "pay", "Cost of one post", "pounds a year", 15_000, 120_000, 500, 32_000,
            f"Worked back from {_MARS}: £70 million a year expected from 2,200 leavers is £31,818 each", "D", _MARS_URL,
            kind="record",
        ),
        Parameter("gap", "Time away before coming back", "months", 0, 36, 1, 12),
        Parameter("dearer", "Extra cost of a person who comes back", "percent", 0, 100, 5, 20),
        Parameter("covered", "Work of empty posts that somebody else is paid to do", "percent", 0, 100, 5, 50),
        Parameter("horizon", "Years counted", "years", 0.5, 10, 0.5, 2.5),
    ),
    starts=(
        Preset(
            "The auditors' count and payment, 22% from the Department's estimate, to March 2013",
            {"leavers": 10_000, "payment": 43_095, "back": 22},
            f"{_PULSE_NAO}; {_BMJ_NAO}; 22% is worked out from two counts, and the pay of one post stays that of 2010",
            "D", later=True, kind="trade press", urls=(_PULSE_URL, _BMJ_URL),
        ),
        Preset(
            "The resignation scheme of autumn 2010, nobody back", {"leavers": 2_200, "payment": 18_180, "back": 0},
            f"Worked back from {_MARS}: £40 million for 2,200 leavers is £18,182 each; that nobody comes back is the "
            "scheme's hope, not a finding", "D", kind="record", urls=(_MARS_URL,),
        ),
        Preset(
            "What the witnesses fear: half are hired back after six months, at double the price",
            {"back": 50, "gap": 6, "dearer": 100},
        ),
    ),
    leaves_out=(
        "How much of the work of an empty post somebody else is paid to do decides the sign, and nobody has counted it. "
        "At 0% nobody does the work, and leaving looks cheap; at 100% nothing is ever saved.",
        "From November 2010 to the day on which the trusts were to go is 29 months: hence two and a half years. A post "
        "that ends then may cost a payment in any case, now or later; that is left out.",
        "Skill and memory that leave with a person have no price here.",
        "How many come back, after how long, and how much dearer, are your assumptions. In 2010 nobody could count them.",
        "Pensions, tax and the price of time are left out.",
        "Payments are taken to be kept by whoever comes back after more than four weeks.",
    ),
    later=(
        "22% is of about 10,000 redundancies. Other counts have other bases (an MP's 3,261 of 19,126 made redundant "
        "because of the reorganisation; 3,950 of all made redundant to November 2013) and must not be mixed with it.",
        "The BMJ dates the 10,000 May 2010 to September 2012, like the 2,200; Pulse dates them to March 2013. If Pulse is "
        "right, the share who came back is higher than 22%.",
        "The 22% came back to the NHS. No source seen counts people hired back through a private firm, which is what "
        "Richard Vautrey warned MPs of. That a returner costs more is an assumption.",
        "2,200 people at the mean of £43,095 make £94.8 million; the report has £95 million. That those who came back "
        "were paid the mean is itself an assumption. 10,000 at the mean make £431 million and the report has "
        "£435 million: 'about 10,000' is rounded.",
        "A payment could be taken back only from a person who returned within four weeks.",
    ),
)  # fmt: skip
