"""The answers of made-up claims, in the shape that codings() gives them."""

import pandas as pd

from nhsreform.data.stances import stance
from nhsreform.data.tables import table


def coded_of(every: pd.DataFrame) -> pd.DataFrame:
    """Return the coding that rows with theme, position and strength stand for; rows of one claim are its answers in order."""
    coded = every[["claim_id", "theme", "position", "strength"]].reset_index(drop=True)
    coded = coded.assign(alternative_reading="", note="", stance=stance(coded))
    coded["group"] = coded.theme.map(table("themes").set_index("theme").group)
    return coded.assign(main=~coded.claim_id.duplicated())
