"""Threads, processes, asyncio and structured concurrency (topic 03)."""
