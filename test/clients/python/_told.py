"""What the test applications answer: who they were told had called."""

import sys

url, keyspace, cache_seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
OPTIONS = {"url": url, "keyspace": keyspace, "cache_seconds": cache_seconds}


def tell(identity, method):
    return {
        "method": method,
        "key_id": identity.key_id,
        "organization": identity.organization,
        "environment": identity.environment or "",
        "scopes": list(identity.scopes),
        "remembered": identity.age_seconds > 0,
    }
