"""A phrase: what is to be said, and not yet in which language. The package `words` says it in one."""

from typing import Annotated

from pydantic import Field

from touchline_contracts.fields import Fields


class Phrase(Fields):
    """What is said, for every language: the code of an entry in the catalogue, and what stands in its placeholders."""

    code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Names the entry. A reader that does not know it shows the English text beside the phrase.",
            examples=["promise.late"],
        ),
    ]
    arguments: Annotated[
        dict[str, "float | str | Phrase"],
        Field(
            description="By placeholder: numbers, spans in seconds, instants as RFC 3339, texts and codes, or phrases.",
            examples=[{"late": 1980}],
        ),
    ] = Field(default_factory=dict)
