-- Tradepost on Prosody 0.12 or later. Add this block at the end of /etc/prosody/prosody.cfg.lua and
-- restart Prosody. Or, without a restart, `prosodyctl reload` and then
-- `prosodyctl shell "host:activate('share.example.org')"`; a reload alone does not start a component.
--
-- Put the same domain and secret into Tradepost's configuration. Prosody listens for components on
-- 127.0.0.1:5347 unless `component_ports` and `component_interfaces` say otherwise.
--
-- The domain should be below that of a VirtualHost: then its users find the service by themselves.
-- It needs a DNS entry only if people of other servers are to use it.

-- In the global part of the file, before the first VirtualHost, this keeps Prosody from holding
-- small packets back until the one before was acknowledged (Nagle). Answers that follow closely on
-- one another pass four times as fast with it.
--
-- network_settings = { nagle = false }

Component "share.example.org"
  component_secret = "change-me"
  name = "Tradepost"

  -- After a network fault the old connection may look alive for minutes. With the default,
  -- "kick_new", Tradepost would be turned away for that long. Two instances do not fight over
  -- the place: the one that is replaced waits.
  component_conflict_resolve = "kick_old"

-- So that people who are invited and have no account are given one on your server: put these lines
-- before the first VirtualHost. As an administrator the component may do whatever the modules that
-- you have loaded let an administrator do; Tradepost only lists the commands, and asks for
-- urn:xmpp:invite#create-account, at most `invite.accounts_a_day` times a day.
--
--   admins = { "share.example.org" }       -- beside those that are there already
--   modules_enabled = { …; "invites"; "invites_adhoc"; "invites_register" }
--   allow_registration = true              -- with invites_register: only with an invitation
