from hypothesis import settings

# The same examples in every run: a gate that says no says it again. No deadline: tests never time anything.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
