"""SHA-1 and SHA-2 for who hashes little, such as a hook: `hashlib` loads all of OpenSSL for it, 2.5 ms.

These are Python's own, which `hashlib` itself takes where OpenSSL has none; where Python was built without them they
are `hashlib`'s. Who hashes much takes `hashlib`, whose functions are some times as fast on long data.
"""

from __future__ import annotations

__all__ = ["sha1", "sha256", "sha512"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha1, sha256, sha512
else:
    try:
        from _sha1 import sha1

        try:
            from _sha2 import sha256, sha512  # Python 3.12
        except ImportError:
            from _sha256 import sha256
            from _sha512 import sha512
    except ImportError:
        from hashlib import sha1, sha256, sha512
