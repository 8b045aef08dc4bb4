"""What the test applications answer: who they were told had called."""

import os
import ssl
import sys

url, keyspace, cache_seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
ca_file, self_service_path = os.environ.get("CA_FILE"), os.environ.get("SELF_SERVICE_PATH")
OPTIONS = {
    "url": url,
    "keyspace": keyspace,
    "cache_seconds": cache_seconds,
    "self_service_path": self_service_path,
    "ssl_context": ssl.create_default_context(cafile=ca_file) if ca_file else None,
}


def tell(identity, method):
    return {
        "method": method,
        "key_id": identity.key_id,
        "organization": identity.organization,
        "environment": identity.environment or "",
        "scopes": list(identity.scopes),
        "remembered": identity.age_seconds > 0,
    }
