"""The picture of simulation-based calibration: ECDFs of ranks, less the uniform one, within their band."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.sbc import Bands


def write_rank_figure(per_kind: Mapping[str, Bands], titles: Mapping[str, str], path: str | Path) -> None:
    """Draw one panel a kind, a line a quantity; lines that leave the band have a colour and a name.

    Parameters
    ----------
    per_kind : dict
        Kind to bands, from :func:`bayes_jeugdhulp.results.criteria.rank_bands`.
    titles : dict
        Kind to the title of its panel.
    path : path
        PNG file.
    """
    from matplotlib.figure import Figure

    columns = min(2, len(per_kind))
    rows = -(-len(per_kind) // columns)
    figure = Figure(figsize=(5.2 * columns, 3.4 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.ravel()[len(per_kind) :]:
        axis.set_axis_off()
    for axis, (kind, found) in zip(axes.ravel(), per_kind.items(), strict=False):
        axis.fill_between(found.points, found.low - found.points, found.high - found.points, color="0.88", lw=0)
        left = found.left
        for name, values in found.ecdf.items():
            if name not in left:
                axis.plot(found.points, values - found.points, color="0.45", lw=0.6)
        worst = sorted(left, key=lambda name: -np.abs(found.ecdf[name] - found.points).max())
        for i, name in enumerate(worst):
            label = name if i < 5 else None
            axis.plot(found.points, found.ecdf[name] - found.points, color=f"C{i % 10}", lw=1.3, label=label)
        if left:
            axis.legend(fontsize=7, frameon=False, loc="best")
        axis.set_title(f"{titles[kind]}\n{len(left)} of {len(found.ecdf)} quantities leave the band", fontsize=8.5)
        axis.set_xlabel("rank of the truth, as a share", fontsize=8)
        axis.set_ylabel("ECDF less uniform", fontsize=8)
        axis.tick_params(labelsize=7)
        axis.axhline(0, color="0.6", lw=0.5)
        axis.set_xlim(0, 1)
    with replacing(Path(path)) as part:
        figure.savefig(part, dpi=150, format="png")
