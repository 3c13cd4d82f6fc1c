"""What a language writes in its own way, beside its sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel import Locale


@dataclass(frozen=True, slots=True)
class NameForm:
    """The words around the name of a body at one place of a sentence.

    :param articles: by the kind of the name, as :attr:`Language.kinds` tells it: what stands before it
    :param holder: before a domain, of a body whose name is not known
    :param before: the same as `articles` before a name of no kind that is known; `after`: what then stands after it
    """

    articles: Mapping[str, str]
    holder: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language.

    :param name: what it calls itself
    :param locale: whose names of months and days it uses
    :param hours: a time of day, as a pattern of Unicode (UTS 35)
    :param first_day: how the first day of a month is written, if not as a number
    :param kinds: the first word of a name, in lower case, by which its article is known
    :param acting: the form of a name after "by"; `belonging`: with its "of"
    """

    name: str
    locale: Locale
    hours: str
    first_day: str | None = None
    kinds: Mapping[str, str]
    acting: NameForm
    belonging: NameForm
