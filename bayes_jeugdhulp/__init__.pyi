from . import errors as errors
from .areas import Areas as Areas
from .areas import build_areas as build_areas
from .counts import CountsPolicy as CountsPolicy
from .inference import SamplingSpec as SamplingSpec
from .inference import check_gate as check_gate
from .inference import fit as fit
from .inference import load as load
from .inference import save as save
from .model import ModelSpec as ModelSpec
from .model import build_model as build_model
from .report.borders import read_borders as read_borders
from .report.figures import write_figures as write_figures
from .report.prior import write_prior_figure as write_prior_figure
from .results import FlagRule as FlagRule
from .results import make_results as make_results
from .results import summarise as summarise
from .results import write_results as write_results
from .sources.scp import read_scp as read_scp
from .sources.scp import read_scp_expected as read_scp_expected
from .sources.simulated import simulated_netherlands as simulated_netherlands
from .sources.table import read_table as read_table

__version__: str
