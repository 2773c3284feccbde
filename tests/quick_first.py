"""A pytest plugin for `make mutants`: tests that train a model come after all others."""

TRAINED = {"copy_model", "tiny"}


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: (not TRAINED.isdisjoint(item.fixturenames), item.nodeid))
