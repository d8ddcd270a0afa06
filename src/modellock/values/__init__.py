"""What everything else is made of: digests, paths, origins, words. Standard library only."""
