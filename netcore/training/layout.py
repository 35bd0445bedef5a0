"""The names of the files in a run's folder. Knows nothing of what is in them."""

BEST_NAME = "checkpoint_best.pth"
LAST_NAME = "checkpoint_last.pth"
HISTORY_NAME = "history.jsonl"
RECORD_NAME = "config.json"
STATUS_NAME = "status.json"
LOG_NAME = "worker.log"
WISH_NAME = "wish.json"
