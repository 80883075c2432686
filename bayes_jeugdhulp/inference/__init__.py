"""From a model to a checked DataTree: sampling, the gate, leave-one-out, sensitivity to the priors."""

from bayes_jeugdhulp.inference.crossvalidation import crossvalidate
from bayes_jeugdhulp.inference.gate import Gate, GateThresholds, check_gate
from bayes_jeugdhulp.inference.many import fit_many
from bayes_jeugdhulp.inference.quick import quick_fit
from bayes_jeugdhulp.inference.sampling import SamplingSpec, fit
from bayes_jeugdhulp.inference.sensitivity import prior_sensitivity
from bayes_jeugdhulp.inference.stored import load, save
from bayes_jeugdhulp.inference.views import label_wijken, select_gemeente

__all__ = [
    "Gate",
    "GateThresholds",
    "SamplingSpec",
    "check_gate",
    "crossvalidate",
    "fit",
    "fit_many",
    "label_wijken",
    "load",
    "prior_sensitivity",
    "quick_fit",
    "save",
    "select_gemeente",
]
