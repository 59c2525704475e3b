"""A mail server that is not our code: takes mail and prints each as a line of JSON.

usage: mailbox.py PORT none
       mailbox.py PORT tls|starttls CERTIFICATE KEY
Mail to refused@… is refused for good; the first mail to busy@… for the moment.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP


class Mailbox:
    def __init__(self):
        self.busy = True

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("busy@") and self.busy:
            self.busy = False
            return "451 4.3.2 later, please"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "headers": {name.lower(): str(value) for name, value in mail.items()},
                    "text": mail.get_content(),
                }
            ),
            flush=True,
        )
        return "250 OK"


async def main(port, security, *certificate):
    mailbox = Mailbox()
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
    begun = {"tls_context": tls, "require_starttls": True} if security == "starttls" else {}
    at_once = tls if security == "tls" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, **begun), "127.0.0.1", int(port), ssl=at_once
    )
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
