"""English."""

from babel import Locale

from .language import Language, NameForm

ENGLISH = Language(
    name="English",
    locale=Locale("en", "GB"),
    hours="HH:mm",
    kinds={},
    acting=NameForm({}),
    belonging=NameForm({}, "of "),
)
