"""The long versions of the tests of reliability: `python -m tests.long --help`."""
