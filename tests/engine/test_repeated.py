"""The cache of what is wanted repeatedly."""

from jobtwin.http.repeated import RepeatedCache


def want(cache: RepeatedCache[int, str], key: int) -> bool:
    """Returns True if a value comes from the cache; otherwise makes it."""
    if cache.get(key) is not None:
        return True
    if cache.note(key):
        cache.put(key, str(key))
    return False


def test_second() -> None:
    """A value is kept from the second time on."""
    cache = RepeatedCache[int, str](2)

    assert [want(cache, 1) for _ in range(4)] == [False, False, True, True]


def test_once() -> None:
    """Keys that are wanted once displace nothing."""
    cache = RepeatedCache[int, str](2)
    for _ in range(2):
        want(cache, 1)
    for key in range(2, 99):
        want(cache, key)

    assert want(cache, 1)


def test_round() -> None:
    """Nothing is kept of more keys than the cache has room for, wanted in turn."""
    cache = RepeatedCache[int, str](2)

    assert not any(want(cache, key) for _ in range(5) for key in range(5))


def test_oldest() -> None:
    """The oldest value is dropped for another that is repeated; a new value is not old."""
    cache = RepeatedCache[int, str](2)
    for key in (1, 1, 2, 2):
        want(cache, key)
    cache.put(1, "one")
    for _ in range(2):
        want(cache, 3)

    assert [cache.get(key) for key in (1, 2, 3)] == ["one", None, "3"]
