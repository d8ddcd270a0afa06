"""The verbs as functions, for programs: typed, with frozen results, and without a word printed.

Like the command, they look for models.toml from a directory upwards, and go by the environment for
store, endpoints and tokens. What the command takes as flags they take as arguments. They raise the
errors of `modellock.errors`. `modellock` names them all, and loads each with what it needs when it
is first used.
"""
