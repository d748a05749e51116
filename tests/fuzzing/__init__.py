"""What may come from outside, broken in every way that chance and coverage find.

Each module here is a format: valid files to begin with (`seeds`), a way to break one that keeps most of it in
order, so that what is broken lies deep (`mutate`), and what has to hold whatever the file holds (`judge`): it
is read, and every value is that of a second reader, written here and as slow as it is plain; or it is refused
by one error that a person can read. `FORMATS` in `formats` has them all, `python -m tests.long fuzz` runs
them with coverage as the guide, and tests/test_fuzz.py runs a few of each with every change.
"""
