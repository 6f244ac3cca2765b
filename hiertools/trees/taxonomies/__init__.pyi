from .inaturalist import from_inaturalist as from_inaturalist
from .nabirds import from_nabirds as from_nabirds
from .ncbi import from_ncbi as from_ncbi
from .sources import TAXONOMIES as TAXONOMIES
from .sources import TaxonomySource as TaxonomySource
from .sources import resolve_taxonomy as resolve_taxonomy
from .wordnet import from_wordnet as from_wordnet
