"""Kill processes that write, at moments of their own, and see what is left: `make kills`."""
