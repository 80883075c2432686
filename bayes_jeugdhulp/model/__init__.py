"""Areas and a ModelSpec to a PyMC model."""

from bayes_jeugdhulp.model.build import build_model
from bayes_jeugdhulp.model.design import Design, drop_constant_kenmerken, make_design
from bayes_jeugdhulp.model.spec import ModelSpec, Priors

__all__ = ["Design", "ModelSpec", "Priors", "build_model", "drop_constant_kenmerken", "make_design"]
