"""Tablets that file through bad networks, a model in plain Python of what must be there, and the comparison."""
