"""What is chosen, changed, placed and refused: values in, values out, no disk, clock or network."""
