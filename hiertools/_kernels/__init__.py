"""Compiled inner loops: plain arrays in, plain arrays out, imported only where they run."""

from hiertools._kernels._cache import ensure_cache

ensure_cache()
