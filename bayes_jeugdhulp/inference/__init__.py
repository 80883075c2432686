"""From a model to a checked DataTree: sampling, the gate, leave-one-out, sensitivity to the priors."""

from bayes_jeugdhulp.inference.crossvalidation import crossvalidate
from bayes_jeugdhulp.inference.gate import Gate, GateThresholds, check_gate
from bayes_jeugdhulp.inference.sampling import SamplingSpec, fit
from bayes_jeugdhulp.inference.sensitivity import prior_sensitivity
from bayes_jeugdhulp.inference.stored import load, save

__all__ = [
    "Gate",
    "GateThresholds",
    "SamplingSpec",
    "check_gate",
    "crossvalidate",
    "fit",
    "load",
    "prior_sensitivity",
    "save",
]
