"""Backups: one file with the database and what is kept beside it, and what writes, checks and reads that file.

Keys are never in it: without them a backup tells no roster.
"""
