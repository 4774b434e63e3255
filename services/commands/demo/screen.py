"""The demo's screen: three stores, and what happens in them, in words that a manager understands."""

from datetime import datetime
from math import ceil

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.commands.demo.board import MOST_NEWS, Board, News
from services.commands.demo.day import STORES

MARGIN = 24
"""Columns of the news that hold no words: frame, time, store, and what breaking between words leaves empty."""


def screen(board: Board, now: datetime, page: str, width: int) -> Group:
    """The whole screen at this moment, on a terminal of so many columns."""
    stores = Table(expand=True, title_justify="left", title=f"A day in three stores   [bold]{now:%H:%M}[/bold]")
    stores.add_column("store")
    for name in ("journeys open", "journeys ended", "got / expected", "promises open", "alerts open"):
        stores.add_column(name, justify="right")
    for store, view in board.stores().items():
        kv = "-" if view.mean_kv is None else f"{view.mean_kv:.2f}"
        alerts = Text(str(view.alerts_open), style="bold red" if view.alerts_open else "green")
        stores.add_row(STORES[store], str(view.open), str(view.closed), kv, str(view.promises_open), alerts)
    news = Table.grid(padding=(0, 1), expand=True)
    news.add_column(width=5, style="dim")
    news.add_column(width=8)
    news.add_column(ratio=1)
    for at, store, style, words in _latest(board.news, width - MARGIN):
        news.add_row(f"{at:%H:%M}", STORES[store], Text(words, style=style))
    page_line = Text.assemble("The managers' page: ", (page, "bold underline"), "   Ctrl-C ends the day.")
    return Group(stores, Panel(news, title="What happens", title_align="left", height=MOST_NEWS + 2), page_line)


def _latest(news: list[News], columns: int) -> list[News]:
    """The latest news that fit, however often their lines break: the newest is never the one that is cut off."""
    lines, first = 0, len(news)
    while first > 0 and (lines := lines + ceil(len(news[first - 1][3]) / max(columns, 1))) <= MOST_NEWS:
        first -= 1
    return news[first:]


def summary(board: Board, *, events: int, seconds_to_alert: float | None, console: Console) -> None:
    """What the day came to."""
    table = Table(title="The day in numbers", title_justify="left", show_header=False)
    table.add_row("events accepted", str(events))
    table.add_row("journeys evaluated", str(len(board.evaluations)))
    table.add_row(
        "alerts", f"{len(board.opened)}, of which {board.escalated} escalated and {board.retracted} withdrawn"
    )
    table.add_row("saves", f"{board.saves} (alerted journeys that ended well all the same)")
    table.add_row("lost", str(board.losses))
    if seconds_to_alert is not None:
        table.add_row("first alert", f"{seconds_to_alert:.1f} s after the start")
    console.print(table)
