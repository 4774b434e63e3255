"""Which service concept holds for a journey, by the plain reading of what was published."""

DEFAULTS = {
    "adequate": 0.8,
    "parameters": {
        "cap": 1.25,
        "loss_weight": 3.0,
        "loss_floor": 1.5,
        "broken_jump": 0.6,
        "withdrawn_loss": 0.3,
        "gain_ceiling": 1.25,
        "worst_weight": 0.2,
        "last_weight": 0.2,
        "fading": 0.5,
        "must_be_factor": 0.75,
        "recovery_cap": 1.0,
    },
    "outlook": {"store_record": 1.0, "customers_record": 0.2, "span_used": -2.5},
    "conduct": {
        "courtesy": {"expected": 4, "kind": "performance", "polarity": 1},
        "competence": {"expected": 4, "kind": "must_be", "polarity": 1},
    },
    "promises": {"goods": {"weight": 0.3}},
}


def over(whole, document):
    """A document over what it builds on."""
    merged = dict(whole)
    for key, value in document.items():
        merged[key] = over(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


class Published:
    """All concepts that were published: (instant, store or *, document)."""

    def __init__(self):
        self._all = []

    def add(self, at, store, document):
        """A concept is published."""
        self._all.append((at, store, document))

    def concept_of(self, began_at):
        """The concept that held when the journey began: the store's own before everybody's."""
        stages = {store: self._stages(store) for store in ("riga-1", "*")}
        for store in ("riga-1", "*"):
            held = [whole for since, whole in stages[store] if since <= began_at]
            if held:
                return over(DEFAULTS, held[-1])
        first = [whole for store in ("riga-1", "*") for _, whole in stages[store]]
        return over(DEFAULTS, first[0]) if first else DEFAULTS

    def _stages(self, store):
        """From when on which concept holds in a store."""
        stages = []
        for since in sorted({at for at, _, _ in self._all}):
            own = self._latest(since, lambda at_store, document: at_store == store and document.get("stores") != [])
            if own is None:
                continue
            if "extends" not in own:
                stages.append((since, own))
                continue
            brand = self._latest(since, lambda _, document: document["concept"] == own["extends"])  # noqa: B023
            if brand is not None:
                stages.append((since, over(brand, own)))
        return stages

    def _latest(self, until, of):
        found = [
            (at, document["version"], number)
            for number, (at, store, document) in enumerate(self._all)
            if at <= until and of(store, document)
        ]
        return self._all[max(found)[2]][2] if found else None
