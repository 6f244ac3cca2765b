"""Class hierarchies: `ClassTree`, what it is read from, and what can be asked of it."""
