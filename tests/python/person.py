"""A person whose client is slixmpp: logs in, sends one stanza, prints the one that has the wanted id.

usage: person.py HOST PORT JID PASSWORD STANZA WANTED_ID
STANZA may be empty. Ends with status 1 when nothing comes in 80 seconds.
"""

import asyncio
import sys

from slixmpp import ClientXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatcherId

PATIENCE = 80


async def main(host, port, jid, password, stanza, wanted):
    found = asyncio.get_running_loop().create_future()

    def take(answer):
        if not found.done():
            found.set_result(str(answer))

    client = ClientXMPP(jid, password)
    client.enable_starttls = False
    client.enable_direct_tls = False
    client.enable_plaintext = True
    client["feature_mechanisms"].unencrypted_plain = True
    client.register_plugin("xep_0184")
    client.register_handler(Callback("wanted", MatcherId(wanted), take))
    client.add_event_handler("failed_all_auth", lambda _: found.set_exception(SystemExit(2)))
    started = asyncio.get_running_loop().create_future()
    client.add_event_handler("session_start", lambda _: started.set_result(None))
    here = asyncio.get_running_loop().create_future()

    def arrive(presence):
        if presence["from"] == client.boundjid and not here.done():
            here.set_result(None)

    client.add_event_handler("presence_available", arrive)
    client.connect(host, int(port))
    await asyncio.wait_for(started, PATIENCE)
    await client.get_roster()
    client.send_presence()
    # The presence waits in slixmpp's queue, which send_raw passes by. The server sends it back to its
    # own sender (RFC 6121 §4.2.2): from then on whoever hears the stanza finds this person here.
    await asyncio.wait_for(here, PATIENCE)
    if stanza:
        client.send_raw(stanza)
    print(await asyncio.wait_for(found, PATIENCE), flush=True)
    await client.disconnect()


asyncio.run(main(*sys.argv[1:]))
