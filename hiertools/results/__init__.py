"""What every result is: a table of scores that is saved, read and held against another."""
