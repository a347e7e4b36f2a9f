"""From a file's bytes to rows and doubts: nothing here knows the database.

``opening`` tells formats apart and yields raw rows; ``headers`` and ``tables`` find the table among
titles, totals and signatures; ``columns`` reads cells; ``matters``, ``figures`` and ``reference``
know the kinds of rows; ``reading`` puts them together.
"""
