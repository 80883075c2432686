"""A model of your own, to copy: your table, your kenmerk, your prior, and a term of your own in PyMC.

Run it as it is on a small simulated Netherlands, or on your table (docs/data-layout.md):

    python models/eigen_model.py
    python models/eigen_model.py --table wijken.csv --suppressed-below 10 --title "Mijn gemeenten"

The term here lets classes of wijken by their number of youths have levels of their own. Put yours in its place.
"""

import argparse

import numpy as np
import pandas as pd
import pymc as pm
from pytensor.tensor.variable import TensorVariable

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.areas import Areas
from bayes_jeugdhulp.model import Design, Priors

CLASSES = ["under 150", "150 to 500", "500 to 1,500", "1,500 and more"]


def size_class(design: Design) -> TensorVariable:
    """Add to the log odds of use a level for each class of wijken, drawn towards 0: the term of your own.

    It runs inside the model. ``design.areas.wijken`` has the wijken in the model's order, and what is returned is one
    number a wijk. Let wijken share its parameters, and leave kenmerken with gaps out of it: their imputations differ.
    """
    of_wijk = pd.cut(design.areas.wijken["youths"], [0, 150, 500, 1500, np.inf], right=False).cat.codes
    pm.modelcontext(None).add_coord("size_class", CLASSES)
    effect = pm.ZeroSumNormal("size_effect", 0.1, dims="size_class")  # adds to 0, so that alpha stays what it is
    return effect[of_wijk.to_numpy()]


def main() -> None:
    """Fit the model with and without what is your own, and lay the two side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", help="your table; without it the Netherlands is simulated")
    parser.add_argument("--suppressed-below", type=int, default=0, help="smallest count that your source publishes")
    parser.add_argument("--title", help="what the figures are; default the name of the file")
    parser.add_argument("--simulated", action="store_true", help="the figures of the table are invented")
    parser.add_argument("--wijken", type=int, default=250, help="of the simulated Netherlands")
    parser.add_argument("--draws", type=int, default=1500, help="kept per chain")
    parser.add_argument("--seed", type=int, default=2017)
    parser.add_argument("--out", default="eigen_model.nc", help="where the fit is saved")
    given = parser.parse_args()

    # 1. Your table, and a kenmerk of your own beside those in it: any column, one number a wijk, empty where missing.
    areas = read(given)
    share = areas.wijken.groupby("gemeentecode")["youths"].transform(lambda youths: np.log(youths.sum()))
    areas = areas.with_kenmerken(share.to_frame("log_youths_gemeente"))
    print(areas.title, areas.wijken["observed_state"].value_counts().to_dict())

    # 2. Your choices: kenmerken to leave out, and priors. Twice the room here for differences that go with kenmerken.
    default = bj.ModelSpec(without=("log_youths_gemeente",))
    own = bj.ModelSpec(priors=Priors(kenmerken=0.5))

    # 3. Sampled, checked and saved like any other fit: bj.make_results and bj.write_report take the file, with the
    #    term as part of what is expected. The report does not describe it; say yourself what it is.
    sampling = bj.SamplingSpec(draws=given.draws, seed=given.seed)
    tree = bj.fit(areas, own, sampling, term=size_class, progress=False)
    bj.save(tree, given.out)
    print(bj.check_gate(tree))
    print(tree["posterior"]["size_effect"].mean(("chain", "draw")).to_series().round(3).to_string())

    # 4. Is it any better than the default? The statuses that change stand below.
    print(bj.compare([("default", bj.fit(areas, default, sampling, progress=False)), ("own", tree)]))


def read(given: argparse.Namespace) -> Areas:
    """Read your table, or simulate a country."""
    if not given.table:
        size = {"wijken": given.wijken, "gemeenten": given.wijken // 8, "regios": 5}
        return bj.simulated_netherlands(given.seed, **size).areas
    policy = bj.CountsPolicy(suppressed_below=given.suppressed_below)
    return bj.read_table(given.table, policy, title=given.title, simulated=given.simulated)


if __name__ == "__main__":
    main()
