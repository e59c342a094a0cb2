"""Where batches of tiles are worked on. All give the same answers, in any order."""

from __future__ import annotations

from deltascribe.scenes.executors.local import run_local

__all__ = ["run_local"]
