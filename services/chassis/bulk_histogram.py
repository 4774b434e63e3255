"""A histogram that takes many values at once: a batch of a thousand events may cost a millisecond, not more."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class BulkHistogram(Collector):
    """One histogram with fixed labels. Written and read in the event loop alone: it takes no lock."""

    def __init__(
        self,
        name: str,
        documentation: str,
        *,
        buckets: Sequence[float],
        registry: CollectorRegistry,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """`buckets`: the upper bounds, rising, above 0 and without infinity."""
        self._name, self._documentation, self._labels = name, documentation, dict(labels or {})
        self._bounds = tuple(buckets)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        registry.register(self)

    def observe_all(self, values: Sequence[float]) -> None:
        """Count values; what is below 0 counts as 0."""
        bounds, counts = self._bounds, self._counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
        self._sum += sum([value for value in values if value > 0])

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram as the registry wants it."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=tuple(self._labels))
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        counts = accumulate(self._counts)
        family.add_metric(tuple(self._labels.values()), list(zip(bounds, counts, strict=True)), self._sum)
        yield family
