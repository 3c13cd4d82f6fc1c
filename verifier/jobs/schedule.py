"""The jobs of the service, and how often each is due."""

from collections.abc import Callable, Sequence

from ..core.clock import Clock
from ..core.identifiers import MailAddress
from ..publication.status_lists import StatusLists
from ..registration.services import Services
from ..storage import Storage
from ..validation import Tools
from .clockwork import Clockwork, Job
from .forgetting import Forgetting
from .letters import Letters
from .status_lists import StatusListJobs


def build(
    *,
    storage: Storage,
    registration: Services,
    lists: StatusLists,
    tools: Tools,
    operator: MailAddress | None,
    keys_version: Callable[[], int],
    clock: Clock,
) -> Clockwork:
    """The clockwork with all its jobs.

    :param operator: where alerts go; None: nowhere
    :param keys_version: of the key registry now in force
    """
    signing = StatusListJobs(storage, lists, keys_version, clock)
    letters = Letters(storage=storage, tools=tools, operator=operator)
    domains = registration.domains
    jobs: Sequence[Job] = (
        Job("resume", 5, registration.finalizer.resume),
        Job("expire", 10, registration.publisher.expire),
        Job("status-lists", 60, signing.sign_hourly),
        Job("keys", 5, signing.follow_keys),
        Job("forgetting", 60, Forgetting(storage, clock).run),
        Job("policy", 60, registration.policy_effects.apply),
        Job("instances", 60, registration.instances.look_again, lane="instances"),
        Job("bodies", 60, registration.body_rechecks.run, lane="bodies"),
        *((Job("domains", 60, domains.run, lane="domains"),) if domains else ()),
        Job("rechecks", 0, registration.rechecks.run, lane="rechecks", shared=True),
        Job("letters", 0, letters.send, lane="letters", shared=True),
    )
    return Clockwork(storage=storage, jobs=jobs, clock=clock)
