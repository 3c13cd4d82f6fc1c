"""Which addresses may be dialled (T22, T23)."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import lines
from verifier.core.errors import OutsideError
from verifier.fetch import Address, check_address
from verifier.fetch.guard import _SPECIAL4, _SPECIAL6

VECTORS = lines("input/ip-addresses.jsonl")


def accepted(address: Address) -> bool:
    try:
        check_address(address)
    except OutsideError:
        return False
    return True


def test_t23_each_vector_is_decided_as_it_says(subtests: pytest.Subtests) -> None:
    for vector in VECTORS:
        with subtests.test(vector["input"]):
            assert accepted(ip_address(vector["input"])) == (vector["expect"] == "accept")


@pytest.mark.parametrize(
    "text",
    [
        "0.1.2.3", "127.255.255.254", "192.0.0.9", "192.0.0.170", "192.88.99.1", "192.88.99.2", "198.18.0.1",
        "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "100:0:0:1::1", "2001:1::1",
        "2001:10::1", "2001:20::1", "2002:808:808::1", "2001:0:808:808::1", "3fff::1", "fd00::1", "fe80::1%eth0",
        "ff0e::1", "4000::1", "e000::1",
    ],
)  # fmt: skip
def test_t23_what_is_not_public_unicast_is_refused(text: str) -> None:
    assert not accepted(ip_address(text))


def test_a_refusal_names_the_address() -> None:
    with pytest.raises(OutsideError) as caught:
        check_address(ip_address("10.0.0.1"))
    assert (caught.value.code, caught.value.values) == ("fetch-name", {"address": "10.0.0.1"})


@pytest.mark.parametrize("text", ["1.1.1.1", "223.255.255.255", "2a01:e0a::1", "64:ff9b::808:808", "2620:4f:8001::1"])
def test_public_addresses_pass(text: str) -> None:
    check_address(ip_address(text))


def test_the_registries_were_read() -> None:
    assert {IPv4Network("127.0.0.0/8"), IPv4Network("192.0.0.171/32"), IPv4Network("192.0.0.0/24")} <= set(_SPECIAL4)
    assert {IPv6Network("2002::/16"), IPv6Network("2001::/23"), IPv6Network("fc00::/7")} <= set(_SPECIAL6)
    assert IPv4Network("192.31.196.0/24") not in _SPECIAL4


@given(st.ip_addresses())
def test_the_guard_is_at_least_as_strict_as_python(address: Address) -> None:
    if accepted(address):
        assert address.is_global
        assert not address.is_multicast


BLOCKS: list[IPv4Network | IPv6Network] = [*_SPECIAL4, *_SPECIAL6]


@given(st.sampled_from(BLOCKS).flatmap(lambda block: st.ip_addresses(network=block)))
def test_every_address_of_a_special_block_is_refused(address: Address) -> None:
    assert not accepted(address)


EMBEDDINGS: list[Callable[[int], int]] = [
    lambda v4: v4,  # IPv4-compatible
    lambda v4: 0xFFFF << 32 | v4,  # mapped
    lambda v4: 0x0064_FF9B << 96 | v4,  # NAT64
    lambda v4: 0x0064_FF9B_0001 << 80 | v4,  # local NAT64
    lambda v4: 0x2002 << 112 | v4 << 80,  # 6to4
    lambda v4: 0x2001_0000 << 96 | v4 << 64,  # Teredo server
    lambda v4: 0x2001_0000 << 96 | (v4 ^ 0xFFFF_FFFF),  # Teredo client
]


@given(st.ip_addresses(v=4), st.sampled_from(EMBEDDINGS))
def test_t23_no_embedding_opens_what_is_closed(address: IPv4Address, embed: Callable[[int], int]) -> None:
    if not accepted(address):
        assert not accepted(IPv6Address(embed(int(address))))
