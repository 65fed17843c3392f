"""Rates made fit for a ranking (公平排名): those of small areas drawn towards the rate of all, see `geo.fairness`."""

from collections.abc import Mapping

import pandas as pd

from geo.fairness import shrunk_rates
from portal.reads import Measure


def fair_rates(found: Mapping[str, Measure]) -> dict[str, float]:
    """The shrunk rate of each area whose rate is known, by code; from what the viewer sees, so it adds nothing."""
    known = {code: measure for code, measure in found.items() if measure.rate is not None}
    counts = pd.DataFrame(
        [(measure.numerator, measure.denominator) for measure in known.values()], list(known), ["n", "d"], dtype=float
    )
    return {str(code): float(rate) for code, rate in shrunk_rates(counts["n"], counts["d"]).items()}
