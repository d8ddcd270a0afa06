"""Fetches what pooch.json names into the folder `got`."""

import json

import pooch

with open("pooch.json", encoding="utf-8") as file:
    asked = json.load(file)
registry = {path: f"sha256:{digest}" for path, digest in asked["registry"].items()}
fetcher = pooch.create(path="got", base_url=asked["base_url"], registry=registry)
pooch.get_logger().setLevel("WARNING")
for path in registry:
    fetcher.fetch(path)
