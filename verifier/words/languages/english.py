"""English."""

from babel import Locale

from .language import Language, NameForm

ENGLISH = Language(
    name="English",
    locale=Locale("en", "GB"),
    hours="HH:mm",
    kinds={},
    acting=NameForm({}, "the public body that holds "),
    belonging=NameForm({}, "of the public body that holds ", "of "),
)
