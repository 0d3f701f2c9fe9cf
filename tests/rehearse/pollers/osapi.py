"""The common part of all pollers: the API's URL, the credential, and the job to create."""

import os

URL = os.environ["JOBTWIN_OSAPI_URL"]
HEADERS = {"Authorization": "Bearer " + os.environ["JOBTWIN_OSAPI_CREDENTIAL"]}
JOB = {
    "operation": {"type": "network.dns.update", "data": {"interface": "eth0", "servers": ["10.0.0.53"]}},
    "target_hostname": "_all",
}
DEADLINE = 600
"""Seconds after which a correct poller gives up."""
