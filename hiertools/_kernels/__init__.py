"""Inner loops: plain arrays in, plain arrays out, imported only where they run."""
