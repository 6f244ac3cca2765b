"""What happens inside one run: the model, a pass over the data, what is watched."""
