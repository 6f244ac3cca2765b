"""Every part, in the order of the page."""

from calibration.parts.any_node import ANY_NODE
from calibration.parts.calibration_errors import ERRORS
from calibration.parts.ceilings import CEILINGS
from calibration.parts.coverage import COVERAGE
from calibration.parts.how_good import HOW_GOOD
from calibration.parts.models import BASELINES, SEEDS, SINGLE
from calibration.parts.rejection import BUDGETED, RANDOM, VECTORS
from calibration.parts.restricted import MANY_ROWS, RESTRICTED
from calibration.parts.sample_groups import SAMPLE_GROUPS
from calibration.parts.sample_intervals import SAMPLE_INTERVALS
from calibration.parts.search_pairs import SEARCH_PAIRS
from calibration.parts.searches import SEARCHES
from calibration.parts.self_pair import SELF_PAIR
from calibration.parts.several_trees import SEVERAL_TREES
from calibration.parts.studies import STUDIES
from calibration.parts.swaps import SWAPS
from calibration.parts.tied_predictions import TIED_PREDICTIONS
from calibration.parts.ties import TIES
from calibration.parts.tree_pairs import TREE_PAIRS
from calibration.parts.verdicts import VERDICTS

PARTS = (
    RANDOM,
    TIES,
    VECTORS,
    BUDGETED,
    MANY_ROWS,
    RESTRICTED,
    COVERAGE,
    SINGLE,
    SEEDS,
    BASELINES,
    SEVERAL_TREES,
    TREE_PAIRS,
    HOW_GOOD,
    STUDIES,
    VERDICTS,
    SWAPS,
    TIED_PREDICTIONS,
    SAMPLE_INTERVALS,
    ANY_NODE,
    SEARCHES,
    SEARCH_PAIRS,
    SAMPLE_GROUPS,
    ERRORS,
    SELF_PAIR,
    CEILINGS,
)
