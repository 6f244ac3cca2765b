"""What every room uses: checks of arguments, arrays, names of classes, files, threads, wording."""
