"""What compiled loops take for equal: the rule of ``hiertools._core.near_ties``, for them all."""

TOLERANCE = 64.0 * 2.0**-52
"""How far rounding parts equal distances, as a share of the largest."""

GAP = 4.0
"""A run is tied only if so many tolerances keep it apart from the rest."""
