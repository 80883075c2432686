"""The national model, step by step: read, look, write the model down, sample, check, conclude.

Run it as it is on a simulated Netherlands, or with the SCP's file on the real one of 2017 (about five minutes):

    python models/landelijk.py
    python models/landelijk.py --scp Wijkdata_Jeugdhulp_in_de_wijk.ods --youths youths.csv --regions regions.csv

Copy it and change it: every step below is an ordinary function or a PyMC model.
"""

import argparse

import bayes_jeugdhulp as bj
from bayes_jeugdhulp.model import Priors


def main() -> None:
    """Fit the national model and print what it concludes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scp", help="the SCP's ODS file; without it the Netherlands is simulated")
    parser.add_argument("--youths", help="CSV with the number of youths per wijk")
    parser.add_argument("--regions", help="CSV with the jeugdzorgregio of each gemeente")
    parser.add_argument("--out", default="landelijk.nc", help="where the fit is saved")
    options = parser.parse_args()
    if options.scp and not options.youths:
        parser.error("--scp needs --youths: the SCP's file has no numbers of youths")

    # 1. One validated table: wijk, gemeente, jeugdzorgregio, youths, what is known of the users, kenmerken.
    if options.scp:
        areas = bj.read_scp(options.scp, options.youths, options.regions)
    else:
        areas = bj.simulated_netherlands().areas
    print(areas.title, areas.wijken["observed_state"].value_counts().to_dict())

    # 2. The model. users ~ Binomial(youths, p), a suppressed count known only as at most 9, and
    #    logit p = alpha + kenmerken beta + regio + gemeente + wijk,  wijk ~ ordinary or outlying, both normal,
    #    with sds sigma_wijk (youths / 700)^-kappa and outlying_scale times that
    #    Change the choices here; bayes_jeugdhulp/model/build.py has the PyMC model they lead to.
    spec = bj.ModelSpec(
        wijk_effect="mixture",  # or "normal" or "student_t"
        wijk_scale="size",  # or "constant"
        missing="multiple",  # missing kenmerken are imputed from the others, never from the use
        priors=Priors(),  # for instance Priors(kenmerken=0.4): more room for differences by kenmerken
    )

    # 3. Sample: four imputed tables with four chains each, pooled into 4 x 1500 draws.
    tree = bj.fit(areas, spec, bj.SamplingSpec(seed=2017))

    # 4. The gate comes before any conclusion. ArviZ takes the saved tree as it is: az.summary, az.loo, az.plot_trace.
    print(bj.check_gate(tree))
    bj.save(tree, options.out)

    # 5. Expected use, surprise, size, ranks and totals, against two references.
    results = bj.make_results(tree)
    print(bj.summarise(results))


if __name__ == "__main__":
    main()
