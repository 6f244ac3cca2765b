"""What every room of the torch package uses."""
