"""How each score of `compare` is observed, relabelled and jackknifed."""
