"""One module for each command: from an `Invocation` to a verb, from its result to an `Answer`."""
