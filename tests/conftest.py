"""One Hypothesis profile for the kit: never red by chance, never by a slow machine."""

from hypothesis import settings

settings.register_profile("kit", deadline=None, derandomize=True)
settings.load_profile("kit")
