"""The embedded Hugging Face Hub."""
