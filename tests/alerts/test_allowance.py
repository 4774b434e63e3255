"""Which addresses may be reached: none that is private, local, or another address in disguise, unless it is allowed."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.allowance import PUBLIC_ONLY, allowance, is_public

NOT_PUBLIC = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    *("192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4"),
    *("::/128", "::1/128", "fe80::/10", "fec0::/10", "fc00::/7", "ff00::/8", "2001:db8::/32", "100::/64", "2001::/32"),
]  # fmt: skip
METADATA = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"]
IN_DISGUISE = ["::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48"]
"""What IPv6 has to write an IPv4 address in its last 32 bits."""

ANY_V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
ANY_V6 = st.integers(0, 2**128 - 1).map(IPv6Address)


def within(network: str):
    """Any address of a network."""
    found = ip_network(network)
    return st.integers(int(found[0]), int(found[-1])).map(type(found[0]))


@given(st.sampled_from(NOT_PUBLIC).flatmap(within))
def test_no_address_of_a_network_that_is_not_public_is(address):
    assert not is_public(address)
    assert not PUBLIC_ONLY.permits(str(address))


@given(ANY_V4, st.sampled_from(IN_DISGUISE))
def test_an_ipv4_address_in_disguise_is_never_public(address, disguise):
    assert not is_public(IPv6Address(int(ip_network(disguise)[0]) + int(address)))


@given(ANY_V4, st.integers(0, 2**80 - 1))
def test_an_ipv4_address_within_6to4_is_never_public(address, rest):
    assert not is_public(IPv6Address((0x2002 << 112) + (int(address) << 80) + rest))


@given(ANY_V4 | ANY_V6)
def test_what_is_public_is_so_for_the_standard_library_too(address):
    if is_public(address):
        assert address.is_global
        assert not any((address.is_multicast, address.is_reserved, address.is_link_local))


@pytest.mark.parametrize("address", METADATA)
def test_where_clouds_keep_the_secrets_of_a_machine_is_not_public(address):
    assert not PUBLIC_ONLY.permits(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_what_is_public_is_permitted(address):
    assert PUBLIC_ONLY.permits(address)


@given(ANY_V4, ANY_V4, st.integers(0, 32))
def test_an_allowed_network_permits_its_own_addresses_and_no_others(base, other, length):
    network = ip_network((int(base), length), strict=False)
    allowed = allowance([str(network)])

    assert allowed.permits(str(base))
    assert allowed.permits(str(other)) == (other in network or is_public(other))


def test_the_interface_of_a_link_local_address_does_not_hide_it():
    assert not PUBLIC_ONLY.permits("fe80::1%eth0")


@pytest.mark.parametrize("host", ["alertmanager", "ALERTMANAGER", "alertmanager."])
def test_a_host_is_allowed_by_its_name_however_it_is_written(host):
    allowed = allowance(["Alertmanager"])

    assert allowed.names(host)
    assert not allowed.names(f"x{host}")
    assert not allowed.forbids(f"http://{host}:9093/")


@pytest.mark.parametrize(
    ("url", "forbidden"),
    [
        ("http://127.0.0.1/", True),
        ("http://[::1]:80/", True),
        ("http://[::ffff:127.0.0.1]/", True),
        ("http://localhost:9093/", True),
        ("http://any.localhost./", True),
        ("https://8.8.8.8/", False),
        ("https://hooks.example/", False),
    ],
)
def test_what_can_be_said_without_asking_anybody_is_said(url, forbidden):
    assert PUBLIC_ONLY.forbids(url) is forbidden


@pytest.mark.parametrize("written", ["10.0.0.1/8", "http://phone", "phone:80", "10.0.0.0/40"])
def test_what_is_neither_a_host_nor_a_network_is_refused(written):
    with pytest.raises(ValueError, match="neither a host"):
        allowance([written])


def test_an_address_alone_is_a_network_of_one():
    allowed = allowance(["10.1.2.3"])

    assert allowed.permits("10.1.2.3")
    assert not allowed.permits("10.1.2.4")
    assert ip_address("10.1.2.3") in allowed.networks[0]
