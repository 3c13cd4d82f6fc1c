"""What the tests of checks share: strangers' servers, and somebody on one of them."""

from collections.abc import AsyncIterator

import pytest

from tests.doubles.http import HttpDouble
from tests.doubles.instance import Instance, Person
from tests.doubles.mastodon_api import Api


@pytest.fixture
async def http() -> AsyncIterator[HttpDouble]:
    async with HttpDouble.running() as double:
        yield double


@pytest.fixture
def person(http: HttpDouble) -> Person:
    return Instance(http).person("marianne")


@pytest.fixture
def api(http: HttpDouble, person: Person) -> Api:
    return Api(http, person)
