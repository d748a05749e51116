"""The commands: arguments in, exit code out.

Whatever a function of this room cannot use (an option, a file, a name that is taken) it refuses with an
`InputError`, which the program prints before it ends with exit code 2.
"""
