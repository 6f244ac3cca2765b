"""How each score of `compare` is observed, relabelled and jackknifed; see `hiertools.scores`."""
