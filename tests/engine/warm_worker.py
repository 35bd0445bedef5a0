"""What the workers of the scheduler's tests have loaded before they are forked."""

from netcore.training.job import prepare

prepare()
