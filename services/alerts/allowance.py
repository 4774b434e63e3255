"""Which addresses requests of ours may go to: public ones, and what the operator has allowed by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

_PUBLIC = (ip_network("0.0.0.0/0"), ip_network("2000::/3"))
_NEVER_PUBLIC = tuple(
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # this machine, private
        "100.64.0.0/10",  # behind a provider's address translation
        "169.254.0.0/16",  # link-local: where clouds tell a machine its own secrets
        *("168.63.129.16/32", "192.0.0.0/24"),  # where two clouds tell them, too
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15"),  # for documents and measurements
        "192.88.99.0/24",  # once a way to IPv6
        "224.0.0.0/3",  # multicast, reserved, broadcast
        *("2001::/23", "2001:db8::/32", "3fff::/20"),  # protocols, documents
        "2002::/16",  # IPv4 in IPv6, whatever that may be
    )
)
"""Of IPv6 only 2000::/3 is given out at all: mapped, translated, local and multicast addresses lie outside of it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where requests may go although it is no public address: hosts by name, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IpNetwork, ...] = ()

    def names(self, host: str) -> bool:
        """Whether a host may be reached wherever it is."""
        return _plain(host) in self.hosts

    def permits(self, address: str) -> bool:
        """Whether this address, not a name, may be connected to. ValueError when it is none."""
        found = ip_address(address.partition("%")[0])  # the interface of a link-local address is not part of it
        return any(found in network for network in self.networks) or is_public(found)

    def forbids(self, url: str) -> bool:
        """Whether it can be said of an address of the web, without asking anybody, that it must not be reached."""
        host = _plain(urlsplit(url).hostname or "")
        if self.names(host):
            return False
        try:
            return not self.permits(host)
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")


PUBLIC_ONLY = Allowance()


def allowance(written: Iterable[str]) -> Allowance:
    """What hosts and networks like `10.1.0.0/16` allow. ValueError, with its words, for what is neither."""
    hosts, networks = set(), []
    for each in written:
        try:
            networks.append(ip_network(each))
        except ValueError:
            if "/" in each or ":" in each:
                raise ValueError(
                    f"{each!r} is neither a host, such as alertmanager, nor a network, such as 10.1.0.0/16"
                ) from None
            hosts.add(_plain(each))
    return Allowance(frozenset(hosts), tuple(networks))


def is_public(address: IpAddress) -> bool:
    """Whether an address is one that anybody on the Internet could be reached at."""
    return any(address in network for network in _PUBLIC) and not any(address in network for network in _NEVER_PUBLIC)


def _plain(host: str) -> str:
    return host.lower().rstrip(".")
