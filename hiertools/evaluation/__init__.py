"""`evaluate`: a classifier's predictions against a tree."""
