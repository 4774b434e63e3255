"""The stories as data, and what `touchline play` says without playing: nothing here starts a service."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from services.commands.concept_files import CONCEPTS
from services.commands.main import app
from services.commands.stories import STORE, STORIES, Branch, Expected, Look, NotThere, Played, Step, Story
from services.commands.stories.times import at, moved, spoken
from services.commands.story_tables import all_came_out, overview
from touchline_contracts.cleanliness import CleanlinessRepaired
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted
from touchline_contracts.promises import PromiseMade

DOCUMENT = Path(__file__).parents[2] / "docs" / "stories.md"
ARRIVES = Step("15:00", "A customer comes in.", CustomerArrived(channel="door"))
STORIES_BY_NAME = [pytest.param(story, id=story.name) for story in STORIES.values()]


def a_story(*steps: Step | Look, expected: tuple[Expected, ...] = ()) -> Story:
    branch = Branch(name="a", words="As it goes.", steps=steps)
    return Story(
        name="visit",
        title="A visit",
        concept="hardware-shop",
        store="riga-1",
        until="18:00",
        branches=(branch,),
        expected=expected,
    )


def ids(story: Story) -> list[str]:
    return [event.id for _, event in story.events(story.branches[0])]


def play(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["play", *arguments], env={"COLUMNS": "80"})
    return result.exit_code, result.output


def test_without_a_name_the_stories_are_listed_a_line_each():
    exit_code, output = play()

    lines = [line.rstrip() for line in output.splitlines()]
    assert exit_code == 0
    assert [line.split()[0] for line in lines] == list(STORIES)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["supermarket"], "There is no story 'supermarket'"), (["warehouse", "--all"], "Name a story or use --all")],
)
def test_what_cannot_be_played_is_said_with_the_stories_that_there_are(arguments, says):
    exit_code, output = play(*arguments)

    assert exit_code == 2
    assert says in output
    assert "twice_and_late" in output


def test_the_document_names_each_story_with_its_module():
    named = re.findall(r"^\| \[(\w+)\]\((\S+)\) \|", DOCUMENT.read_text(), flags=re.MULTILINE)

    assert [name for name, _ in named] == list(STORIES)
    assert all((DOCUMENT.parent / path).is_file() for _, path in named)


def test_the_example_of_the_document_is_a_story():
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    names = dict(globals())

    exec(code, names)  # noqa: S102

    story = names["IGNORED"]
    assert [event.type for _, event in story.events(story.branches[0])] == [
        "touchline.customer.arrived.v1",
        "touchline.customer.greeted.v1",
    ]


def test_no_two_stories_are_played_in_the_same_store():
    stores = [story.store for story in STORIES.values()]

    assert sorted(stores) == sorted(set(stores))


@pytest.mark.parametrize("story", STORIES_BY_NAME)
def test_a_story_is_whole(story):
    heard = [step.heard for branch in story.branches for step in branch.steps]

    assert story.expected
    assert len({branch.name for branch in story.branches}) == len(story.branches)
    assert max(map(at, heard)) < at(story.until)
    assert all((CONCEPTS / f"{story.concept_of(branch)}.yaml").is_file() for branch in story.branches)


@pytest.mark.parametrize("story", STORIES_BY_NAME)
def test_nothing_comes_out_of_a_story_that_was_not_played(story):
    assert [each.words for each in story.expected if each.seen(Played(timedelta())).so] == []


def test_what_is_asked_for_and_is_not_there_has_not_come_out_and_says_why():
    story = a_story(ARRIVES, expected=(Expected("it is so", lambda it: it["b"].kv > 0),))
    console = Console(width=80)

    with console.capture() as captured:
        console.print(overview([(story, Played(timedelta()))]))

    assert not all_came_out([(story, Played(timedelta()))])
    assert "✗ it is so (branch b: nothing is known" in captured.get()
    assert "0 of 1 came out" in captured.get()


def test_what_did_not_come_out_counts_also_beside_what_did():
    did, did_not = Expected("so", lambda _: True), Expected("not so", lambda _: False)

    assert all_came_out([(a_story(ARRIVES, expected=(did,)), Played(timedelta()))])
    assert not all_came_out([(a_story(ARRIVES, expected=(did, did_not)), Played(timedelta()))])


def test_the_same_step_twice_is_the_same_event_told_twice():
    late = Step(ARRIVES.time, ARRIVES.words, ARRIVES.data, arrives="16:00")
    greeted = Step("15:01", "Hello.", CustomerGreeted())

    assert ids(a_story(ARRIVES, greeted, ARRIVES, late)) == ["visit-a-1", "visit-a-2", "visit-a-1", "visit-a-1"]


def test_what_holds_for_the_store_has_no_journey_and_customers_have_one_each():
    second = Step("15:02", "A second one.", CustomerArrived(channel="door"), who="second guest")
    cleaned = Step("15:03", "Cleaned.", CleanlinessRepaired(area="toilet"), who=STORE)
    story = a_story(ARRIVES, second, cleaned)

    assert [event.subject for _, event in story.events(story.branches[0])] == ["visit-a", "visit-a-second-guest", None]
    assert story.customers(story.branches[0]) == ["", "second guest"]


def test_a_story_can_be_played_on_another_day_with_all_its_instants():
    made = PromiseMade(promise_id="p", what="callback", due=at("17:00"), fulfilled_by="colleague")
    story = a_story(Step("15:00", "A promise.", made))

    ((_, event),) = story.events(story.branches[0], later=timedelta(days=3))

    assert event.time == at("+3 15:00")
    assert event.data.due == at("+3 17:00")
    assert moved(made, timedelta()).due == at("17:00")


@pytest.mark.parametrize("time", ["15:00", "15:00:30", "+1 09:00", "-365 11:00"])
def test_a_time_is_said_as_it_is_written(time):
    assert spoken(at(time)) == time


@pytest.mark.parametrize("time", ["3 pm", "25:00", "15", "+1", "1 09:00"])
def test_a_time_that_is_none_is_refused(time):
    with pytest.raises(ValueError, match=r"15|must be"):
        at(time)


def test_what_was_not_seen_is_not_there():
    played = Played(timedelta())

    with pytest.raises(NotThere, match="nobody looked at page"):
        played.page("a", "page")
