"""What every poller here has in common: where the API is, how to get in, and the job that it wants."""

import os

URL = os.environ["JOBTWIN_OSAPI_URL"]
HEADERS = {"Authorization": "Bearer " + os.environ["JOBTWIN_OSAPI_CREDENTIAL"]}
JOB = {
    "operation": {"type": "network.dns.update", "data": {"interface": "eth0", "servers": ["10.0.0.53"]}},
    "target_hostname": "_all",
}
DEADLINE = 600
"""Seconds after which a sound poller gives up."""
