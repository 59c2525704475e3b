//! A private ejabberd without distribution, so without epmd: its configuration and its command.

use std::{fs, path::Path, process::Command};

use super::{
    http,
    process::guarded,
    server::{DOMAIN, ELSEWHERE, PASSWORD, Ports, Setup, parts},
};

/// Writes the configuration into `dir`.
pub(crate) fn prepare(dir: &Path, ports: &Ports, setup: &Setup) {
    let config = include_str!("ejabberd.yml")
        .replace("@C2S@", &ports.c2s.port().to_string())
        .replace("@COMPONENT@", &ports.component.port().to_string())
        .replace(
            "@ELSEWHERE@",
            &if setup.elsewhere { format!(", {ELSEWHERE}") } else { String::new() },
        )
        .replace("@HTTP@", &ports.http.port().to_string())
        // 100 is what Debian's configuration gives to everybody.
        .replace("@QUOTA@", &setup.offline_quota.unwrap_or(100).to_string());
    fs::create_dir_all(dir.join("db")).expect("a data folder");
    fs::create_dir_all(dir.join("log")).expect("a log folder");
    fs::write(dir.join("ejabberd.yml"), config).expect("a configuration file");
}

/// The command that runs it in the foreground. Without `-sname` no epmd is started.
pub(crate) fn command(dir: &Path) -> Command {
    let mut command = guarded("erl", "KILL");
    command
        .args(["-noinput", "-mnesia", "dir"])
        .arg(format!("\"{}\"", dir.join("db").display()))
        .args(["-s", "ejabberd"])
        .env("HOME", dir)
        .env("EJABBERD_CONFIG_PATH", dir.join("ejabberd.yml"))
        .env("EJABBERD_LOG_PATH", dir.join("log").join("ejabberd.log"))
        .env("ERL_LIBS", libraries())
        .env("ERL_CRASH_DUMP_BYTES", "0")
        .current_dir(dir);
    command
}

/// Creates an account through the HTTP API; true when it is there.
pub(crate) async fn add_user(ports: &Ports, user: &str) -> bool {
    let (user, host) = parts(user);
    let account = format!(r#"{{"user":"{user}","host":"{host}","password":"{PASSWORD}"}}"#);
    match http::post(ports.http, "/api/register", &account).await {
        // 409: it was there before a restart.
        Ok(answer) => matches!(answer.status, 200 | 409),
        Err(_) => false,
    }
}

/// Removes an account through the HTTP API; true when it is gone.
pub(crate) async fn remove_user(ports: &Ports, user: &str) -> bool {
    let account = format!(r#"{{"user":"{user}","host":"{DOMAIN}"}}"#);
    http::post(ports.http, "/api/unregister", &account).await.is_ok_and(|it| it.status == 200)
}

/// True when the whole server is up: the ports open before the last module has started.
pub(crate) async fn is_up(ports: &Ports) -> bool {
    let status = http::post(ports.http, "/api/status", "{}").await;
    status.is_ok_and(|answer| answer.status == 200 && answer.body.contains("is running"))
}

/// Debian puts the Erlang libraries of ejabberd under the machine's own name (`x86_64-linux-gnu`).
fn libraries() -> std::path::PathBuf {
    let ours = |entry: fs::DirEntry| {
        let inside = fs::read_dir(entry.path()).ok()?.flatten();
        let found =
            inside.into_iter().any(|e| e.file_name().to_string_lossy().starts_with("ejabberd-"));
        found.then(|| entry.path())
    };
    let places = fs::read_dir("/usr/lib").expect("/usr/lib").flatten();
    places.into_iter().find_map(ours).expect("the package ejabberd is not installed: make deps")
}
