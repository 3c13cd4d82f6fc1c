"""Problems of a link that is not green: the fields of a profile, and the pages that they lead to (``/diagnostic``)."""

from collections.abc import Mapping

from ..phrases import N_, Sentences

_COPY = N_("Copy the link again, whole, as the only content of the field, then save your profile.")
_SOFTWARE = N_("Ask the makers of your software: only they can change it. Your attestation does not depend on it.")

FIELD_PROBLEMS: Mapping[str, Sentences] = {
    "field-none": Sentences(
        N_("The profile shows no field"),
        N_("Of the account, we read no field at all."),
        N_("Add a field to your profile, with the link as its only content. Some software has none."),
    ),
    "field-missing": Sentences(
        N_("No field of the profile holds the link"),
        N_("Fields read: %(fields)s. None of them is %(page)s"),
        N_("Put the link in a field of the profile, as its only content, then save."),
    ),
    "field-not-listed": Sentences(
        N_("Your software publishes a single field in a form that Mastodon does not read"),
        N_("The field is right, but it is not in a list."),
        N_("Add a second field to your profile: with two, there is a list."),
    ),
    "field-link": Sentences(
        N_("Your software publishes the link in a form that Mastodon does not read"),
        N_("The link is right, but it is not a field of the profile."),
        _SOFTWARE,
    ),
    "field-plain": Sentences(
        N_("The field is a text, not a link"),
        N_("The address is right, but your software publishes it without a link."),
        N_("Save your profile again. If nothing changes, ask the makers of your software."),
    ),
    "field-not-alone": Sentences(
        N_("The link is not alone in its field"),
        N_("The address is right, but something stands around it."),
        N_("Leave nothing else in the field, not a word. If nothing else is there, your software adds it."),
    ),
    "field-label": Sentences(
        N_("The link shows another text than its address"),
        N_("The field shows %(seen)s instead of %(page)s"),
        _COPY,
    ),
    "field-long": Sentences(
        N_("The field is too long"),
        N_("Beyond %(limit)s characters, nothing of a field is read."),
        N_("Use a shorter address, as the only content of the field."),
    ),
    "field-spelling": Sentences(
        N_("The address has a form that Mastodon does not check"),
        N_("The field holds %(seen)s"),
        N_("Write each character as it is, without codes or accents, then save your profile."),
    ),
    "field-percent": Sentences(
        N_("A character of the address is written as a code"),
        N_("The profile links to %(seen)s instead of %(page)s"),
        N_("Write the address with its plain characters, such as an @ sign, then save your profile."),
    ),
    "field-http": Sentences(
        N_("The address does not start with https"), N_("The profile links to %(seen)s instead of %(page)s"), _COPY
    ),
    "field-slash": Sentences(
        N_("The address differs by its last slash"), N_("The profile links to %(seen)s instead of %(page)s"), _COPY
    ),
    "field-near": Sentences(
        N_("The address is nearly right"), N_("The profile links to %(seen)s instead of %(page)s"), _COPY
    ),
    "page-attests-nothing": Sentences(
        N_("This page attests nothing (yet)"),
        N_("Until it does, it links back to nobody."),
        N_("If the request is yours, publish your attestation first, then save your profile again."),
    ),
    "page-vouches-no-more": Sentences(
        N_("This page no longer vouches for an account"),
        N_("As long as it does not, it links back to nobody."),
        N_("Read the page of the account: it says why, and what to do. The link comes after."),
    ),
    "page-not-account": Sentences(
        N_("This address of ours is not the page of an account"),
        N_("We read no other page of ours for this."),
        N_("Give the address that stands in your profile, such as %(example)s"),
    ),
}
