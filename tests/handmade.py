"""Small tables made by hand, for tests."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayes_jeugdhulp.areas import Areas, build_areas
from bayes_jeugdhulp.counts import CountsPolicy

EXACT = CountsPolicy()


def make_areas(
    youths: Sequence[int],
    users: Sequence[int | None],
    *,
    gemeente: Sequence[int],
    regio: Sequence[int] | None = None,
    policy: CountsPolicy = EXACT,
    kenmerken: pd.DataFrame | None = None,
    upper: pd.DataFrame | None = None,
) -> Areas:
    """Areas from true counts, published as the policy does; None is missing. ``regio`` is that of each gemeente."""
    shown = [None if count is None else int(policy.publish(count)) for count in users]
    order = [list(gemeente[:i]).count(g) for i, g in enumerate(gemeente)]
    states = {None: "missing", policy.SUPPRESSED: "suppressed"}
    frame = pd.DataFrame(
        {
            "wijkcode": [f"WK{g:04d}{i:02d}" for g, i in zip(gemeente, order, strict=True)],
            "gemeentecode": [f"GM{g:04d}" for g in gemeente],
            "youths": list(youths),
            "users": [None if value in states else value for value in shown],
            "observed_state": [states.get(value, "published") for value in shown],
        }
    )
    if regio is not None:
        frame["jeugdzorgregio"] = [f"JZ{regio[g]:02d}" for g in gemeente]
    if kenmerken is None:
        values = np.random.default_rng(len(youths)).normal(size=(len(youths), 2))
        kenmerken = pd.DataFrame(values, columns=["hoogte", "breedte"])
    return build_areas(frame, kenmerken, policy=policy, title="handwerk", kenmerken_upper=upper)
