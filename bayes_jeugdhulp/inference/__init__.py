"""From a model to a checked DataTree: sampling, the gate, leave-one-out."""

from bayes_jeugdhulp.inference.gate import Gate, GateThresholds, check_gate
from bayes_jeugdhulp.inference.sampling import SamplingSpec, fit
from bayes_jeugdhulp.inference.stored import load, save

__all__ = ["Gate", "GateThresholds", "SamplingSpec", "check_gate", "fit", "load", "save"]
