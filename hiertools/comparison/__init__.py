"""`compare`: a model's class vectors against a tree."""
