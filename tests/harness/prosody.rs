//! A private Prosody: its configuration and the command that runs it.

use std::{fs, path::Path, process::Command};

use super::{
    process::guarded,
    server::{DOMAIN, ELSEWHERE, PASSWORD, Ports, Setup, parts},
};

/// Writes the configuration into `dir`.
pub(crate) fn prepare(dir: &Path, ports: &Ports, setup: &Setup) {
    let quota = setup.offline_quota.map(|most| format!("storage_archive_item_limit = {most}"));
    let elsewhere =
        if setup.elsewhere { format!("VirtualHost \"{ELSEWHERE}\"") } else { String::new() };
    let (invites, admins) = if setup.invites {
        let modules = r#""invites", "invites_adhoc", "invites_register""#;
        (modules, "admins = { \"share.localhost\" }\nallow_registration = true")
    } else {
        ("", "")
    };
    let config = include_str!("prosody.cfg.lua")
        .replace("@DIR@", &dir.display().to_string())
        // Prosody refuses to start as root without it, and only root may say it.
        .replace("@ROOT@", if rustix::process::geteuid().is_root() { "true" } else { "false" })
        .replace("@C2S@", &ports.c2s.port().to_string())
        .replace("@COMPONENT@", &ports.component.port().to_string())
        .replace("@HTTP@", &ports.http.port().to_string())
        .replace("@ELSEWHERE@", &elsewhere)
        .replace("@INVITES@", invites)
        .replace("@ADMINS@", admins)
        .replace("@QUOTA@", &quota.unwrap_or_default())
        .replace("@CONFLICT@", if setup.kick_old { "kick_old" } else { "kick_new" });
    fs::create_dir_all(dir.join("data")).expect("a data folder");
    // Without this folder every start complains about certificates.
    fs::create_dir_all(dir.join("certs")).expect("a certificate folder");
    fs::write(dir.join("prosody.cfg.lua"), config).expect("a configuration file");
}

/// The command that runs it in the foreground.
pub(crate) fn command(dir: &Path) -> Command {
    let mut command = guarded("prosody", "KILL");
    command.arg("--config").arg(dir.join("prosody.cfg.lua")).arg("-F").current_dir(dir);
    command
}

/// Creates an account, whether the server runs or not: it reads the file at each login.
pub(crate) fn add_user(dir: &Path, user: &str) {
    let (user, host) = parts(user);
    let accounts = dir.join("data").join(host).join("accounts");
    fs::create_dir_all(&accounts).expect("an accounts folder");
    let account = format!("return {{ [\"password\"] = \"{PASSWORD}\" }};\n");
    fs::write(accounts.join(format!("{user}.dat")), account).expect("an account file");
}

/// Removes an account. Its roster and its offline messages stay, as with any other tool.
pub(crate) fn remove_user(dir: &Path, user: &str) {
    let account = dir.join("data").join(DOMAIN).join("accounts").join(format!("{user}.dat"));
    fs::remove_file(account).expect("an account file");
}
