"""The embedded GitHub: releases and what belongs to them."""
