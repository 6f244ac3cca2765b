"""Plots of results. Each takes plain data (trees, frames, arrays) and returns what it drew on.

Plots never compute scores; they arrange what was computed. Text and axes are drawn in one ink
colour, so that a report can let them follow the reader's light or dark page.
"""
