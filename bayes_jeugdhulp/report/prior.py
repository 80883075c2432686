"""What the priors predict before any count is seen: a picture for statisticians, in the house's look."""

import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import xarray as xr

from bayes_jeugdhulp.files import replacing
from bayes_jeugdhulp.inference.gate import check_gate
from bayes_jeugdhulp.inference.stored import read_design
from bayes_jeugdhulp.report.style import HIGHER, NEUTRAL, look, numbers, page, words
from bayes_jeugdhulp.report.texts import Texts

# definitions, Priors: where 90% of the prior draws must lie, in percent and in percentage points
MEAN_RANGE, SPREAD_RANGE = (3.0, 25.0), (1.0, 8.0)


def prior_summary(tree: xr.DataTree) -> tuple[np.ndarray, np.ndarray]:
    """National mean (percent) and sd over wijken (points) of the use in every prior draw, two of shape (draw,)."""
    eta = tree["prior"]["eta"].transpose("chain", "draw", "wijk").to_numpy()
    p = 100 / (1 + np.exp(-eta.reshape(-1, eta.shape[-1])))
    youths = read_design(tree).youths
    return p @ youths / youths.sum(), p.std(axis=1)


def write_prior_figure(tree: xr.DataTree, path: str | os.PathLike[str], lang: str = "nl") -> Path:
    """Draw the prior predictive distribution of the national mean and of the spread between wijken.

    Parameters
    ----------
    tree : xarray.DataTree
        A fit.
    path : path
        A png, svg or pdf file.
    lang : {"nl", "en"}, default "nl"

    Returns
    -------
    Path
        The file written.

    Examples
    --------
    >>> import bayes_jeugdhulp as bj
    >>> write_prior_figure(bj.load("fit.nc"), "prior.png").name
    'prior.png'
    """
    text, year = Texts(lang), tree.attrs["year"]
    gate = check_gate(tree)
    metadata = {
        **{str(name): value for name, value in tree.attrs.items()},
        "stamp": gate.require(despite=True),
        "check_failures": [asdict(failure) for failure in gate.failures],
        "quick": gate.quick,
        "year": None if year < 0 else year,
    }
    summary = prior_summary(tree)
    observed = read_design(tree).areas.wijken["observed_pct"].dropna()
    found = (float(observed.mean()), float(observed.std()))
    ranges = (MEAN_RANGE, SPREAD_RANGE)
    shares = [np.mean((low <= s) & (s <= high)) for s, (low, high) in zip(summary, ranges, strict=True)]
    mean, spread = (">99" if 0.995 <= share < 1 else f"{100 * share:.0f}" for share in shares)
    title = text("prior_title", mean=mean, spread=spread)
    around = replace(words(metadata, text, title, text("prior_subtitle")), caption=[text("prior_caption")])
    path = Path(path)
    with look(), replacing(path) as part:
        drawn = page(around, body=2.6)
        panels = drawn.axes((0.4, 0.2, 0.5, 0.35), columns=2, wspace=0.25)
        for axes, draws, (low, high), value, label in zip(
            panels, summary, ranges, found, ("prior_mean", "prior_spread"), strict=True
        ):
            axes.axvspan(low, high, color="#ebebeb", zorder=0)
            axes.hist(draws, bins=np.linspace(0, 1.6 * high, 40).tolist(), color=NEUTRAL)
            axes.axvline(value, color=HIGHER, lw=1.5)
            axes.set_xlabel(text(label))
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
            numbers(axes, text, "x")
        drawn.save(part.parent, part.stem, [part.suffix[1:]])
    return path
