-- A private Prosody (0.12 or 13) on loopback. @NAMES@ are filled in by prosody.rs.
pidfile = "@DIR@/prosody.pid"
data_path = "@DIR@/data"
run_as_root = @ROOT@
plugin_paths = { "/usr/lib/prosody/modules" }
interfaces = { "127.0.0.1" }
c2s_ports = { @C2S@ }
component_ports = { @COMPONENT@ }
component_interfaces = { "127.0.0.1" }
http_ports = { @HTTP@ }
http_interfaces = { "127.0.0.1" }
http_default_host = "localhost"
consider_websocket_secure = true
https_ports = {}
s2s_ports = {}
c2s_direct_tls_ports = {}
modules_enabled = {
    "roster", "saslauth", "disco", "tls", "ping", "register", "presence", "message", "iq", "pep",
    "vcard4", "vcard_legacy", "carbons", "blocklist", "smacks", "offline", "uptime",
    "websocket",
    @INVITES@
}
@ADMINS@
modules_disabled = { "s2s" }
c2s_require_encryption = false
s2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
@QUOTA@
log = { info = "*console" }

VirtualHost "localhost"
@ELSEWHERE@

Component "share.localhost"
    component_secret = "secret"
    component_conflict_resolve = "@CONFLICT@"
