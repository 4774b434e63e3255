"""The envelope of every event: CloudEvents 1.0 in structured JSON, with Touchline's extensions."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_serializer, model_validator

from touchline_contracts.fields import CustomerHash, Fields, Identifier, Instant, JourneyId, StoreId
from touchline_contracts.kinds import BY_DATA, BY_TYPE, Kind
from touchline_contracts.topics import journey_key

Data = TypeVar("Data", bound=Fields)

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


class UnknownFields(Fields):
    """The data of a type that this version does not know: kept as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_serializer(mode="plain")
    def _as_they_came(self) -> dict[str, Any]:
        """Every field, also one that is null: what is not understood must not be changed."""
        return dict(self.model_extra or {})


class Event(BaseModel, Generic[Data]):
    """One event. (`store`, `source`, `id`) identifies it for ever; (`store`, `subject`) is the journey."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    specversion: Annotated[Literal["1.0"], Field(description="The version of CloudEvents.")]
    id: Annotated[
        Identifier, Field(description="Unique in its source. Send the same id again when you are not sure it arrived.")
    ]
    source: Annotated[
        str,
        Field(
            pattern=r"^[!-~]{1,256}$",
            description="URI reference of the system that tells it.",
            examples=["/riga-1/till-3"],
        ),
    ]
    type: Annotated[
        str, Field(min_length=1, max_length=128, description="What happened: touchline., the kind, and its version.")
    ]
    subject: Annotated[JourneyId, Field(description="The journey. Absent on store-wide events.")] | None = None
    time: Annotated[Instant, Field(description="When it happened at the touchpoint, with a zone.")]
    datacontenttype: Annotated[
        str, Field(pattern=r"^application/json\b", description="How `data` is written: always JSON.")
    ] = "application/json"
    store: Annotated[StoreId, Field(description="The store that answers for the journey.")]
    partitionkey: (
        Annotated[
            str,
            Field(
                max_length=200,
                description="The Kafka key: store/subject, or the store for what is store-wide. Set by Touchline.",
            ),
        ]
        | None
    ) = None
    traceparent: Annotated[str, Field(max_length=64, description="W3C trace context.")] | None = None
    receivedtime: (
        Annotated[
            Instant,
            Field(description="When Touchline got it. Set once, by the first of its services that takes the event."),
        ]
        | None
    ) = None
    replay: Annotated[bool, Field(description="True: history. Evaluated and visible, pages nobody.")] = False
    customer: CustomerHash | None = None
    data: Data

    @model_validator(mode="after")
    def _subject_as_the_kind_wants_it(self) -> "Event[Data]":
        kind = BY_TYPE.get(self.type)
        if kind is None:
            return self
        if kind.scope == "journey" and self.subject is None:
            raise ValueError(f"subject: {self.type} is about one journey; put its journey_id into subject")
        if kind.scope == "store" and self.subject is not None:
            raise ValueError(f"subject: {self.type} is about a store, not a journey; leave subject out")
        if self.store == "*" and kind.data.__name__ != "ConceptPublished":
            raise ValueError("store: '*' is kept for service concepts; name one store")
        return self

    @property
    def kind(self) -> Kind | None:
        """What kind of event this is; None for a type that this version does not know."""
        return BY_TYPE.get(self.type)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells this event from every other, for ever."""
        return (self.store, self.source, self.id)

    @property
    def key(self) -> str:
        """The Kafka key: store/journey_id, or the store for what is store-wide."""
        return self.store if self.subject is None else journey_key(self.store, self.subject)

    @property
    def happened_at(self) -> datetime:
        """When it happened; a clock that runs ahead is cut back to the time of receipt, one that runs behind never."""
        return self.time if self.receivedtime is None else min(self.time, self.receivedtime)

    def to_json(self) -> bytes:
        """The event as structured CloudEvents JSON, without the attributes that are not set."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


AnyEvent = Event[Any]


@cache
def event_model(kind: Kind) -> type[AnyEvent]:
    """The model of one kind of event, envelope and data: what JSON Schemas and OpenAPI documents are made from."""
    name = "".join(part.capitalize() for part in kind.name.replace(".", "_").split("_")) + f"V{kind.version}"
    fields: dict[str, Any] = {
        "type": Annotated[
            Literal[kind.type], Field(description="What happened: touchline., the kind, and its version.")
        ],
        "data": kind.data,
    }
    if kind.scope == "journey":
        fields["subject"] = Annotated[JourneyId, Field(description="The journey.")]
    return type(
        name,
        (Event[kind.data],),  # type: ignore[name-defined]  # parametrized at run time, one model per kind
        {"__annotations__": fields, "__doc__": kind.description, "__module__": __name__},
    )


class _TypeOnly(BaseModel):
    """Just enough of an envelope to find the model that reads the rest."""

    type: str = ""


@cache
def _reader(type_: bytes) -> Callable[[bytes | str], AnyEvent]:
    kind = _BY_TYPE.get(type_)
    adapter: TypeAdapter[AnyEvent] = TypeAdapter(Event[UnknownFields] if kind is None else event_model(kind))
    # Past the adapter's own method, which looks at options that nobody gives here, with every event.
    read: Callable[[bytes | str], AnyEvent] = adapter.validator.validate_json
    return read


_BY_TYPE = {type_.encode(): kind for type_, kind in BY_TYPE.items()}
_TYPE_ONLY = TypeAdapter(_TypeOnly)
_TYPE = re.compile(rb'"type"\s*:\s*"([^"\\]{1,128})"')
"""Finds the type without reading the whole body twice, nearly always."""


def parse_event(body: bytes | str) -> AnyEvent:
    """Read one event from structured CloudEvents JSON.

    A type that is not known is read with its data kept as they are.
    Raises pydantic.ValidationError (a ValueError) when the body is not such an event:
    answer the sender with it, or set the message aside as a dead letter; never try again.
    """
    found = _TYPE.search(body) if isinstance(body, bytes) else None
    if found is not None and found[1] in _BY_TYPE:
        try:
            return _reader(found[1])(body)
        except ValidationError:
            pass  # it may have been another "type": then the model's own does not fit
    type_ = _TYPE_ONLY.validate_json(body).type.encode()
    return _reader(type_ if type_ in _BY_TYPE else b"")(body)


def new_event(  # noqa: PLR0913 (an envelope has that many parts, and each is named)
    data: Fields,
    *,
    id: str,
    source: str,
    store: str,
    time: datetime,
    subject: str | None = None,
    replay: bool = False,
    receivedtime: datetime | None = None,
    traceparent: str | None = None,
    customer: str | None = None,
) -> AnyEvent:
    """An event around `data`, with its type and partition key filled in.

    Raises ValueError when a part is not allowed.
    """
    kind = BY_DATA[type(data)]
    return event_model(kind)(
        specversion="1.0",
        id=id,
        source=source,
        type=kind.type,
        subject=subject,
        time=time,
        store=store,
        partitionkey=store if subject is None else journey_key(store, subject),
        traceparent=traceparent,
        receivedtime=receivedtime,
        replay=replay,
        customer=customer,
        data=data,
    )
