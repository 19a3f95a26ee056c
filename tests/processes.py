"""Processes beside the test, made of one in which the house is loaded once: a new interpreter would load it each time.

There is one such process in a run of tests, and what it loads is said before its first child, here and nowhere else: the
standard library keeps the last list it was told, and passes in silence over what it cannot load.
"""

from multiprocessing import get_context

BEFOREHAND = (
    "tests.batches.small",
    "tests.builders",
    "tests.fake_bank",
    "tests.runs.years",
    "tests.snapshots.small",
    "tests.webhooks.receiver",
    "web.app",
    "web.bank_line",
    "web.cli.main",
    "web.cli.serving",
    "web.outbox",
    "web.schedule",
    "web.webhooks",
)
"""What is loaded before the first child is made. A test in tests/faults sees to it that each can be."""

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(list(BEFOREHAND))
