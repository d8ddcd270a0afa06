"""What a run goes by and whom it tells: settings, reporters, and words for a server's refusals."""
