"""Case files as the pages read them: with what they amount to by the one rule (`geo.case_state`)."""

import pandas as pd

from data import terms
from geo.case_state import case_states


def with_states(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `data.queries.cases` with `is_valid`, `is_closed`, `is_resolved`, `is_open` and `stage`; `resolved_on`
    and `closed_on` are the days that count, not those a ledger may state against its own state."""
    states = case_states(rows, terms.CASE_CODES)
    return rows.assign(**{str(name): states[name] for name in states.columns})
