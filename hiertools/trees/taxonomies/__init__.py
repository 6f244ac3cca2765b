"""Class trees from the taxonomies of others, one source a file, found by scheme."""
