"""The jobs of the service, and how often each is due."""

from collections.abc import Sequence
from functools import partial

from ..core.clock import Clock
from ..core.identifiers import MailAddress
from ..core.initiator import job
from ..core.sealing import DeploymentSecret
from ..publication.status_lists import StatusLists
from ..registration.services import Services
from ..signer import KeyRing
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
    secret: DeploymentSecret,
    ring: KeyRing,
    clock: Clock,
) -> Clockwork:
    """The clockwork with all its jobs.

    :param operator: where alerts go; None: nowhere
    """
    signing = StatusListJobs(storage, lists, ring, clock)
    letters = Letters(storage=storage, tools=tools, operator=operator, secret=secret)
    domains = registration.domains
    jobs: Sequence[Job] = (
        Job("expire", 10, registration.publisher.expire),
        Job("keys", 5, signing.follow_keys),
        Job("forgetting", 60, Forgetting(storage, clock).run),
        Job("sign-ins", 60, registration.sign_ins.forget),
        Job("policy", 60, registration.policy_effects.apply),
        # What signs has lanes of its own: a signer that does not answer holds up nothing else.
        Job("next-lists", 60, signing.make_room, lane="next-lists"),
        Job("resume", 5, registration.finalizer.resume, lane="resume"),
        Job("instances", 60, registration.instances.look_again, lane="instances"),
        Job("bodies", 60, partial(registration.body_rechecks.run, job("bodies")), lane="bodies"),
        Job("awaited", 60, registration.awaited_records.look, lane="awaited"),
        *((Job("domains", 60, domains.run, lane="domains"),) if domains else ()),
        Job("rechecks", 0, partial(registration.rechecks.run, job("rechecks")), lane="rechecks", shared=True),
        Job("status-lists", 0, signing.sign_due, lane="status-lists", shared=True, wake=lists.changed),
        Job("late-lists", 60, signing.tell_late, lane="late-lists"),
        Job("letters", 0, letters.send, lane="letters", shared=True),
    )
    return Clockwork(storage=storage, jobs=jobs, clock=clock)
