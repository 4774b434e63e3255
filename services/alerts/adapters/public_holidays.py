"""The public holidays of a country or of a part of it."""

from datetime import date

YEARS = range(2000, 2101)
"""Beyond any rota; there are countries whose holidays are known for fewer years, as they go by the moon."""


def public_holidays(place: str) -> frozenset[date]:
    """The holidays of a country (LV) or of a part of it (DE-BY), by their codes in ISO 3166.

    Raises ValueError, which names what is known, when the place is not.
    """
    import holidays  # noqa: PLC0415  # takes a sixth of a second: only for whoever asks for holidays

    known = holidays.list_supported_countries(include_aliases=False)
    country, _, part = place.partition("-")
    if country not in known:
        raise ValueError(f"is no country whose holidays are known; known are {', '.join(sorted(known))}")
    if "-" in place and part not in known[country]:
        parts = ", ".join([country, *(f"{country}-{each}" for each in sorted(known[country]))])
        raise ValueError(f"is no part of {country} whose holidays are known; known are {parts}")
    calendar = holidays.country_holidays(country, subdiv=part or None)
    years = range(max(calendar.start_year, YEARS.start), min(calendar.end_year + 1, YEARS.stop))
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))
