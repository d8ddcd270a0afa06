"""HTTP on loopback: what a request was, what the reply is, and how it goes onto the wire."""
