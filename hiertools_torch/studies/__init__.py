"""Many runs: what a study is, who carries its runs out, and what its table says."""
