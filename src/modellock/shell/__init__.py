"""Where things happen: files, the store, placement, HTTP, transfers, tokens."""
