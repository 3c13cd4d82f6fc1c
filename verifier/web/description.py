"""What ``openapi.json`` says of a door: each door of the table carries its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from .. import words
from .schemas import TEXT, Schema, ref

HTML, JSON = "text/html", "application/json"

Content = Mapping[str, Schema]
Answers = dict[int, tuple[str, Content, tuple[str, ...]]]
"""Status → meaning, schema by content type, names of examples."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that a query may have, as the door reads it and as it is described.

    :param default: in the place of none
    """

    meaning: str
    default: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Description:
    """What a door takes and answers.

    :param query: name → meaning; a name that ends in ``?`` may be absent, and so may a number
    :param body: of a request in JSON, with the name of an example
    :param problems: statuses that come with a problem; that of a limit is told by the door's own
    :param bearer: it takes the token of an order
    """

    summary: str
    answers: Answers
    query: Mapping[str, str | Number] = field(default_factory=dict)
    body: type[BaseModel] | None = None
    example: str = ""
    problems: tuple[int, ...] = ()
    bearer: bool = False


BODY = (400, 413, 415)
"""Problems of a door that takes a body."""

HANDLE = "A handle, or a profile or post URL"


def answer(content: Content, *examples: str, means: str = "OK", status: int = 200) -> Answers:
    return {status: (means, content, examples)}


def json_answer(name: str, *examples: str, means: str = "OK", status: int = 200) -> Answers:
    return answer({JSON: ref(name)}, *examples, means=means, status=status)


def page(*statuses: int) -> Answers:
    translated = ", or ".join(f"in {words.english_name(lang)} under /{lang}" for lang in sorted(words.LANGUAGES))
    means = f"A page; the same {translated}"
    return {status: (means, {HTML: TEXT}, ()) for status in statuses}


SEE: Answers = {303: ("The page to see next", {}, ())}
