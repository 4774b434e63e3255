"""Several Apache Kafka brokers that are one cluster: each is broker and controller, and any one may fail of three."""

import asyncio
from collections.abc import Mapping
from typing import Self

from tests.apache_kafka.broker import ApacheKafka, new_cluster_id, random_port


class ApacheKafkaCluster:
    """Use as an asynchronous context manager; `brokers` can be killed and started one by one."""

    def __init__(self, size: int = 3, *, properties: Mapping[str, str] | None = None) -> None:
        ports: set[int] = set()
        while len(ports) < 2 * size:
            ports.add(random_port())
        of_clients, of_controllers = sorted(ports)[:size], sorted(ports)[size:]
        cluster_id = new_cluster_id()
        voters = [f"{number}@127.0.0.1:{port}" for number, port in enumerate(of_controllers, start=1)]
        self.brokers = [
            ApacheKafka(
                of_clients[index],
                node=index + 1,
                controller_port=of_controllers[index],
                voters=voters,
                cluster_id=cluster_id,
                properties={
                    "default.replication.factor": str(size),
                    "min.insync.replicas": str(size // 2 + 1),
                    **(properties or {}),
                },
            )
            for index in range(size)
        ]
        self.bootstrap_servers = ",".join(broker.bootstrap_servers for broker in self.brokers)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(broker.__aexit__() for broker in self.brokers))

    async def start(self) -> None:
        """Start those that are not running; all together, because a majority elects the controller."""
        async with asyncio.TaskGroup() as starting:
            for broker in self.brokers:
                starting.create_task(broker.start())

    async def stop(self) -> None:
        """Ask all of them to end."""
        # One after the other would leave the last ones without a majority, waiting for a controller.
        await asyncio.gather(*(broker.stop() for broker in self.brokers))
