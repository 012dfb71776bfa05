"""lanegate: path ownership for parallel lanes, enforced at commit, at push and in CI."""

__version__ = "0.1.0"
