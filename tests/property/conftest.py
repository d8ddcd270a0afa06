"""How long hypothesis may look: two cores are busy with more than this."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "short", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("short")
