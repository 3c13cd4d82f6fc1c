"""How often one client may ask, and who one client is (T63)."""

import pytest
from aiohttp.test_utils import make_mocked_request
from limits import RateLimitItemPerHour

from verifier.core.errors import TooMany
from verifier.web.limits import Limiter

TWICE = RateLimitItemPerHour(2, 1, "test")


def network(limiter: Limiter, forwarded: str | None = None, remote: str = "192.0.2.1") -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return limiter._network(make_mocked_request("GET", "/", headers=headers).clone(remote=remote))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    (
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 192.0.2.2", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "evil", "unknown"),
        (1, "198.51.100.7:1234", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ),
)
def test_what_a_client_writes_of_itself_is_not_believed(proxies: int, forwarded: str | None, expected: str) -> None:
    assert network(Limiter.make(enabled=True, trusted_proxies=proxies), forwarded) == expected


def test_a_limit_by_key() -> None:
    limiter = Limiter.make(enabled=True, trusted_proxies=0)
    for _ in range(2):
        limiter.count(TWICE, "a")
    limiter.count(TWICE, "b")
    with pytest.raises(TooMany) as over:
        limiter.count(TWICE, "a")
    assert over.value.code == "rate-limited"
    assert over.value.retry_after > 0


def test_no_limit_in_the_sandbox_that_says_so() -> None:
    limiter = Limiter.make(enabled=False, trusted_proxies=0)
    for _ in range(10):
        limiter.count(TWICE, "a")
