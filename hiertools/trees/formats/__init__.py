"""One tree format a file: text or objects to columns of nodes, and back."""
