"""What people read: templates, verdict sentences, problems, mails. The only room that renders HTML or holds a sentence.

``docs/words.md`` lists the context of each template, and says how to add a sentence or a language.
"""

from .appraisal import AppraisalView, Circumstances, appraisal_text, appraisal_view
from .assets import ASSETS, asset, integrity
from .bodies import affiliation, alone, names_of_state
from .citations import Cited
from .deployment import Deployment, bare, deployed, deploying, language_of, others, page_in, prefix
from .diagnostic import GIVE_PAGE, Point, Rule, diagnostic_view
from .evidence import Evidence, checked_by, seen
from .languages import LANGUAGES, PACKAGED, SOURCE, Lang, english_name, lang_of
from .letters import LETTERS, letter
from .likeness import LookalikeView, Original
from .mails import code_letter, trial_letter
from .pages import (
    AwaitedRecord,
    DiagnosticPage,
    ListedOrder,
    MailedCode,
    OrderPage,
    OrderState,
    Page,
    RegistrationPage,
    ResumePage,
)
from .phrases import service_name
from .plain import NAMES as PLAIN_NAMES
from .plain import PlainPage, PlainPages, plain_pages
from .problems import Explanation, explain
from .rendering import render
from .times import when
from .verdicts import TIES, VerdictView, verdict_view
from .withdrawals import Successor, Withdrawal

__all__ = [
    "ASSETS",
    "GIVE_PAGE",
    "LANGUAGES",
    "LETTERS",
    "PACKAGED",
    "PLAIN_NAMES",
    "SOURCE",
    "TIES",
    "AppraisalView",
    "AwaitedRecord",
    "Circumstances",
    "Cited",
    "Deployment",
    "DiagnosticPage",
    "Evidence",
    "Explanation",
    "Lang",
    "ListedOrder",
    "LookalikeView",
    "MailedCode",
    "OrderPage",
    "OrderState",
    "Original",
    "Page",
    "PlainPage",
    "PlainPages",
    "Point",
    "RegistrationPage",
    "ResumePage",
    "Rule",
    "Successor",
    "VerdictView",
    "Withdrawal",
    "affiliation",
    "alone",
    "appraisal_text",
    "appraisal_view",
    "asset",
    "bare",
    "checked_by",
    "code_letter",
    "deployed",
    "deploying",
    "diagnostic_view",
    "english_name",
    "explain",
    "integrity",
    "lang_of",
    "language_of",
    "letter",
    "names_of_state",
    "others",
    "page_in",
    "plain_pages",
    "prefix",
    "render",
    "seen",
    "service_name",
    "trial_letter",
    "verdict_view",
    "when",
]
