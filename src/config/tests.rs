mod manual;

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use proptest::prelude::*;

use super::*;

const SHOWN: &str = include_str!("../../config/tradepost.toml");
const LEAST: &str = "[component]\ndomain = \"share.verona.lit\"\nsecret = \"s3cr3t\"\n";

/// Loads `text` and the variables as they would come from a file `t.toml` and the environment.
fn load(text: &str, env: &[(&str, &str)]) -> Result<Config, Invalid> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let credentials = env.clone().find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
    let source = Source::read("t.toml", text, env)?;
    Config::checked(&source, credentials.map(|(_, folder)| PathBuf::from(folder)).as_deref())
}

/// The error of [`load`], as the operator sees it.
fn wrong(text: &str, env: &[(&str, &str)]) -> String {
    load(text, env).expect_err(text).to_string()
}

fn file(text: &str, mode: u32) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

/// `config/tradepost.toml` with the defaults that it shows switched on.
fn all_switched_on() -> String {
    let key = |line: &str| {
        line.strip_prefix("# ").is_some_and(|rest| {
            let word = rest.split(" = ").next().unwrap_or_default();
            rest.contains(" = ") && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
    };
    let on = |line: &str| if key(line) { line[2..].to_owned() } else { line.to_owned() };
    SHOWN.lines().map(on).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_file_shows_every_key_and_no_other() {
    let table: toml::Table = toml::from_str(&all_switched_on()).unwrap();
    let shown: BTreeSet<String> = table
        .iter()
        .flat_map(|(section, keys)| {
            keys.as_table().unwrap().keys().map(move |key| format!("{section}.{key}"))
        })
        .collect();
    assert_eq!(shown, source::paths().collect());
}

#[test]
fn the_example_file_shows_the_defaults() {
    let lines: Vec<String> = all_switched_on()
        .lines()
        .filter(|line| !line.contains("_file = ") && !line.starts_with("public_url"))
        .filter(|line| !line.starts_with("region") && !line.starts_with("register_url"))
        .filter(|line| !line.starts_with("ejabberd_") && !line.starts_with("templates"))
        .map(str::to_owned)
        .collect();
    let all = lines.join("\n");
    // Nothing of these is there by default: see below.
    let (before, rest) = all.split_once("[email]").unwrap();
    let (_, after) = rest.split_once("[limits]").unwrap();
    let all = format!("{before}[limits]{after}");
    assert_eq!(load(SHOWN, &[]).unwrap(), load(&all, &[]).unwrap());
}

const MAIL: &str = "[email]\nserver = \"127.0.0.1:25\"\nfrom = \"a@b.lit\"\n";
const SMS: &str = "[sms]\nurl = \"https://sms.lit\"\nbody = 'to={to}&text={text}'\n";

#[test]
fn what_letters_are_sent_by_has_the_defaults_that_are_shown() {
    let shown = |section: &str, keys: &[&str]| {
        let all = all_switched_on();
        let rest = all.split_once(&format!("\n[{section}]")).unwrap().1;
        let rest = rest.split("\n[").next().unwrap();
        let is_one = |line: &&str| keys.contains(&line.split(" = ").next().unwrap());
        rest.lines().filter(is_one).flat_map(|line| [line, "\n"]).collect::<String>()
    };
    let mail = shown("email", &["security", "per_day", "allow_plaintext"]);
    let sms = shown("sms", &["method", "success", "per_day"]);
    let least = load(&format!("{LEAST}{MAIL}{SMS}"), &[]).unwrap();
    assert_eq!(load(&format!("{LEAST}{MAIL}{mail}{SMS}{sms}"), &[]).unwrap(), least);
    assert!(least.email.is_some() && least.sms.is_some());
}

#[test]
fn a_channel_that_is_half_set_is_refused() {
    for (text, problem) in [
        ("[email]\nfrom = \"a@b.lit\"", "email.from: there is no email.server"),
        ("[email]\nserver = \"127.0.0.1:25\"", "from is missing in [email]"),
        ("[email]\nserver = \"mx.lit:25\"\nsecurity = \"none\"", "unencrypted"),
        ("[email]\nserver = \"mx.lit:25\"\nuser = \"u\"", "password is missing"),
        ("[sms]\nbody = \"x={to}\"", "sms.body: there is no sms.url or sms.xmpp"),
        ("[email]\nserver = \"mx.lit:25\"\nca_file = \"/nowhere\"", "cannot read /nowhere"),
        ("[sms]\nurl = \"https://sms.lit\"", "{text}"),
        ("[sms]\nurl = \"https://sms.lit/?to={to}\"", "{text}"),
        ("[sms]\nurl = \"http://sms.lit\"", "use https"),
        ("[sms]\nurl = \"https://sms.lit/?to={tel}\"", "{tel} is not one of"),
        ("[sms]\nxmpp = \"+@sms.lit\"", "with %n"),
        ("[sms]\nxmpp = \"%n@sms.lit\"\nbody = \"x=1\"", "it is for sms.url"),
        ("[sms]\nxmpp = \"%n@sms.lit\"\nurl = \"https://sms.lit\"", "keep one of them"),
    ] {
        let error = wrong(&format!("{LEAST}{text}"), &[]);
        assert!(error.contains(problem), "{text}: {error}");
    }
    for (line, problem) in [
        ("success_value = \"x\"", "success_pointer is missing"),
        ("success = \"299-200\"", "no status"),
        ("method = \"DELETE\"", "POST, PUT or GET"),
        ("headers = [\"a b: c\"]", "no name of a header"),
        ("secret = \"\"", "is empty"),
        ("ca_file = \"Cargo.toml\"", "holds no certificate"),
    ] {
        let error = wrong(&format!("{LEAST}{SMS}{line}"), &[]);
        assert!(error.contains(problem), "{line}: {error}");
    }
    assert!(
        load(&format!("{LEAST}[sms]\nurl = \"http://127.0.0.1:1/?t={{text}}&n={{digits}}\""), &[])
            .is_ok()
    );
}

#[test]
fn the_api_of_ejabberd_is_asked_by_https_or_on_this_machine() {
    let set = |line: &str| format!("{LEAST}[invite]\n{line}");
    for api in ["http://127.0.0.1:5280/api", "http://localhost:5280/api/", "https://verona.lit/api"]
    {
        let config = load(&set(&format!("ejabberd_api = \"{api}\"")), &[]).unwrap();
        assert_eq!(config.invite.ejabberd.unwrap().api.as_str(), api);
    }
    for (line, problem) in [
        ("ejabberd_api = \"http://verona.lit:5280/api\"", "use https"),
        ("ejabberd_api = \"xmpp:verona.lit\"", "is not an address by https"),
        ("ejabberd_api = \"https://verona.lit/api?x=1\"", "more than a host and a path"),
        ("ejabberd_api = \"https://u@verona.lit/api\"", "more than a host and a path"),
        ("ejabberd_token = \"x\"", "there is no invite.ejabberd_api"),
        ("ejabberd_api = \"https://a.lit\"\nejabberd_token = \"a b\"", "has spaces"),
    ] {
        let error = wrong(&set(line), &[]);
        assert!(error.contains(problem), "{line}: {error}");
    }
}

#[test]
fn what_is_printed_is_read_as_the_same_and_has_every_key_but_the_secrets() {
    let env = [
        ("TRADEPOST_COMPONENT__SECRET", "x"),
        ("TRADEPOST_EMAIL__PASSWORD", "x"),
        ("TRADEPOST_SMS__SECRET", "x"),
        ("TRADEPOST_INVITE__EJABBERD_TOKEN", "x"),
        ("TRADEPOST_INVITE__EJABBERD_API", "http://[::1]:5280/api"),
        ("TRADEPOST_ACCESS__REGION", "IT"),
        ("TRADEPOST_EMAIL__USER", "u"),
        ("TRADEPOST_SMS__HEADERS", "[\"A: {secret}\"]"),
        ("TRADEPOST_SMS__SUCCESS_POINTER", "/a"),
        ("TRADEPOST_SMS__SUCCESS_VALUE", "b"),
        ("TRADEPOST_HTTP__PUBLIC_URL", "https://share.verona.lit"),
        ("TRADEPOST_INVITE__REGISTER_URL", "https://verona.lit/new"),
        ("TRADEPOST_ACCESS__REGISTER", "*, verona.lit,juliet@mantua.lit"),
        ("TRADEPOST_ACCESS__ADMINS", "[\"prince@verona.lit\"]"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let cards = format!("[cards]\ntemplates = {:?}\n", folder.path());
    let config = load(&format!("{LEAST}{MAIL}{SMS}{cards}"), &env).unwrap();
    let printed = config.effective();
    assert_eq!(load(&printed, &env[..4]).unwrap(), config, "{printed}");
    let table: toml::Table = toml::from_str(&printed).unwrap();
    // One excludes the other.
    for path in source::paths().filter(|path| path != "sms.xmpp") {
        let (section, key) = path.split_once('.').unwrap();
        let secret =
            key.ends_with("_file") || ["secret", "password", "ejabberd_token"].contains(&key);
        assert_ne!(table[section].as_table().unwrap().contains_key(key), secret, "{path}");
    }
}

#[test]
fn every_key_can_come_from_the_environment() {
    let table: toml::Table = toml::from_str(&all_switched_on()).unwrap();
    // Files and folders have to be there.
    let env: Vec<(String, String)> = source::paths()
        .filter(|path| !path.ends_with("_file") && path != "cards.templates")
        .filter(|path| path != "sms.xmpp")
        .map(|path| {
            let (section, key) = path.split_once('.').unwrap();
            let value = &table[section][key];
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (source::variable_of(&path), value)
        })
        .collect();
    let config = Config::load(None, env.into_iter()).unwrap();
    assert_eq!(config.component.domain.as_str(), "share.example.org");
    assert_eq!(config.http.public_url.as_deref(), Some("https://share.example.org"));
}

#[test]
fn the_environment_wins_over_the_file() {
    let env =
        [("TRADEPOST_COMPONENT__NAME", "Market"), ("TRADEPOST_LIMITS__PRODUCTS_PER_SHARE", "2")];
    let config = load(LEAST, &env).unwrap();
    assert_eq!((config.component.name.as_str(), config.limits.products_per_share), ("Market", 2));
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_known_one() {
    let cases = [
        (
            "[component]\n\ndomian = 1",
            "t.toml:3: unknown key component.domian; did you mean component.domain?",
        ),
        ("[componet]\n", "t.toml:1: unknown key [componet]; did you mean [component]?"),
        ("domain = 1", "t.toml:1: unknown key domain; did you mean component.domain?"),
        ("[limits]\nadmin = 1", "t.toml:2: unknown key limits.admin; did you mean http.admin?"),
    ];
    for (text, expected) in cases {
        assert_eq!(wrong(text, &[]), expected);
    }
    for name in ["TRADEPOST_HTTP__LISTN", "TRADEPOST_HTTP_LISTEN"] {
        let error = wrong(LEAST, &[(name, "x")]);
        assert!(error.starts_with(&format!("{name}: unknown key")), "{error}");
        assert!(error.ends_with("did you mean TRADEPOST_HTTP__LISTEN?"), "{error}");
    }
}

#[test]
fn variables_that_kubernetes_sets_for_a_service_of_our_name_are_left_alone() {
    let env = [("TRADEPOST_SERVICE_HOST", "10.0.0.1"), ("TRADEPOST_PORT_8480_TCP_PORT", "8480")];
    assert!(load(LEAST, &env).is_ok());
}

#[test]
fn a_wrong_type_names_its_place_and_what_is_expected() {
    let cases = [
        ("[component]\nname = 5", "t.toml:2: component.name: expected a text in quotes"),
        (
            "[component]\nallow_plaintext = \"yes\"",
            "t.toml:2: component.allow_plaintext: expected true or false",
        ),
        (
            "[limits]\nproducts_per_share = -1",
            "t.toml:2: limits.products_per_share: expected a whole number, not negative",
        ),
        (
            "[access]\nregister = \"*\"",
            "t.toml:2: access.register: expected a list of texts, such as [\"example.org\"]",
        ),
        ("component = 5", "t.toml:1: component: expected a section of keys"),
    ];
    for (text, expected) in cases {
        let least = [("TRADEPOST_COMPONENT__DOMAIN", "a.b"), ("TRADEPOST_COMPONENT__SECRET", "s")];
        let error = wrong(text, &least);
        assert!(error.starts_with(expected), "{error}");
    }
    let error = wrong(LEAST, &[("TRADEPOST_LIMITS__PRODUCTS_PER_SHARE", "many")]);
    assert_eq!(
        error,
        "TRADEPOST_LIMITS__PRODUCTS_PER_SHARE: limits.products_per_share: expected a whole number, not negative"
    );
}

#[test]
fn a_value_that_cannot_be_is_refused_with_its_place() {
    for (section, line) in [
        ("component", "contact = \"a b@\""),
        ("component", "name = \" \""),
        ("component", "host = \"juliet@verona.lit\""),
        ("component", "server = \"127.0.0.1\""),
        ("component", "server = \"127.0.0.1:0\""),
        ("component", "server = \"http://127.0.0.1:5347\""),
        ("component", "lang = \"fr\""),
        ("http", "listen = \"8480\""),
        ("http", "admin = \"localhost:8481\""),
        ("http", "public_url = \"https://share.verona.lit/\""),
        ("http", "public_url = \"ftp://share.verona.lit\""),
        ("http", "public_url = \"share.verona.lit\""),
        ("http", "public_url = \"https://u@share.verona.lit\""),
        ("access", "register = [\"@\"]"),
        ("access", "admins = [\"verona.lit\"]"),
        ("access", "admins = [\"prince@verona.lit/phone\"]"),
        ("database", "url = \"mysql://x\""),
        ("database", "url = \"sqlite:\""),
        ("pictures", "max_bytes = 1000"),
        ("pictures", "timeout_seconds = 0"),
        ("pictures", "max_side = 10000"),
        ("limits", "products_per_share = 6"),
        ("limits", "recipients_per_share = 201"),
    ] {
        let env = [("TRADEPOST_COMPONENT__DOMAIN", "a.b"), ("TRADEPOST_COMPONENT__SECRET", "s")];
        let error = wrong(&format!("[{section}]\n{line}"), &env);
        let key = line.split(' ').next().unwrap();
        assert!(error.starts_with(&format!("t.toml:2: {section}.{key}: ")), "{line}: {error}");
    }
}

#[test]
fn domain_and_secret_are_needed() {
    assert!(wrong("", &[]).contains("set TRADEPOST_COMPONENT__DOMAIN"));
    let domain = [("TRADEPOST_COMPONENT__DOMAIN", "share.verona.lit")];
    assert!(wrong("", &domain).contains("secret is missing in [component]"));
    assert!(wrong("[component]\nsecret = \"\"", &domain).contains("is empty"));
    let local = [("TRADEPOST_COMPONENT__DOMAIN", "x"), ("TRADEPOST_COMPONENT__SECRET", "s")];
    assert!(wrong("", &local).contains("host is missing"));
}

#[test]
fn plaintext_leaves_this_machine_only_when_allowed() {
    let with =
        |server: &str, extra: &str| load(&format!("{LEAST}server = \"{server}\"\n{extra}"), &[]);
    for near in ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "localhost:1"] {
        assert!(with(near, "").is_ok(), "{near}");
    }
    for far in
        ["192.0.2.1:1", "[2001:db8::1]:1", "0.0.0.0:1", "xmpp.verona.lit:1", "localhost.lit:1"]
    {
        let error = with(far, "").unwrap_err().to_string();
        assert!(
            error.contains("t.toml:4: component.server: the stream is not encrypted"),
            "{error}"
        );
        assert!(with(far, "allow_plaintext = true").is_ok(), "{far}");
    }
}

#[test]
fn a_secret_is_never_printed() {
    let config = load(
        LEAST,
        &[("TRADEPOST_DATABASE__URL", "postgres://tp:hunter2@db.lit/tp?sslpassword=hunter2&a=b")],
    )
    .unwrap();
    let printed = format!("{config:?}{config:#?}{}", config.effective());
    assert!(!printed.contains("s3cr3t") && !printed.contains("hunter2"), "{printed}");
    assert!(config.database.url.expose().contains("hunter2"));
    for text in [
        "[component]\ndomain = \"a.b\"\nsecret = hunter2",
        "[component]\ndomain = \"a.b\"\nsecret = \"hunter2",
        "[component]\ndomain = \"a.b\"\nsecret = [\"hunter2\"]",
        "[component]\ndomain = \"a.b\"\nsecret = \"x\"\n[database]\nurl = \"hunter2\"",
        "[component]\ndomain = \"a.b\"\nsecret = \"x\"\n[database]\nurl = \"postgres://u:hunter2@[/x\"",
    ] {
        assert!(!wrong(text, &[]).contains("hunter2"), "{text}");
        assert!(!format!("{:?}", load(text, &[])).contains("hunter2"), "{text}");
    }
}

#[test]
fn a_secret_comes_from_its_file_or_from_systemd() {
    let domain = ("TRADEPOST_COMPONENT__DOMAIN", "share.verona.lit");
    let (folder, path) = file("from file\n", 0o640);
    let config = load("", &[domain, ("TRADEPOST_COMPONENT__SECRET_FILE", &path)]).unwrap();
    assert_eq!(config.component.secret.expose(), "from file");

    let credentials = folder.path().to_str().unwrap();
    fs::rename(&path, folder.path().join("component_secret")).unwrap();
    let config = load("", &[domain, ("CREDENTIALS_DIRECTORY", credentials)]).unwrap();
    assert_eq!(config.component.secret.expose(), "from file");

    let (_folder, path) = file("postgres://tp:x@db.lit/tp", 0o600);
    let config = load(LEAST, &[("TRADEPOST_DATABASE__URL_FILE", &path)]).unwrap();
    assert_eq!(config.database.url.to_string(), "postgres://tp:redacted@db.lit/tp");
}

#[test]
fn a_secret_file_that_is_open_empty_missing_or_one_too_many_is_refused() {
    let domain = ("TRADEPOST_COMPONENT__DOMAIN", "share.verona.lit");
    let refusal = |path: &str| wrong("", &[domain, ("TRADEPOST_COMPONENT__SECRET_FILE", path)]);
    let (folder, open) = file("x", 0o644);
    assert!(refusal(&open).contains("can be read by everyone on this machine; run chmod o-rwx"));
    assert!(refusal("no/such").contains("cannot read no/such"));
    let (_folder, empty) = file("\n", 0o600);
    assert!(refusal(&empty).contains("is empty"));
    assert!(refusal(folder.path().to_str().unwrap()).contains("is not a file"));
    let (_folder, good) = file("x", 0o600);
    let error = wrong(LEAST, &[("TRADEPOST_COMPONENT__SECRET_FILE", &good)]);
    assert!(error.contains("component.secret is given too"), "{error}");
}

#[test]
fn a_secret_in_a_file_that_everyone_can_read_is_warned_of() {
    let (_folder, path) = file(LEAST, 0o644);
    let load = || Config::load(Some(Path::new(&path)), std::iter::empty()).unwrap();
    assert_eq!(load().warnings.len(), 1);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(load().warnings.is_empty());
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Some(Path::new("no/such.toml")), std::iter::empty()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the configuration no/such.toml: "));
}

#[test]
fn register_takes_domains_addresses_and_everybody() {
    let allows = |list: &str, who: &str| {
        let config = load(LEAST, &[("TRADEPOST_ACCESS__REGISTER", list)]).unwrap();
        config.access.register.allows(&BareJid::new(who).unwrap())
    };
    assert!(allows("verona.lit", "juliet@verona.lit"));
    assert!(allows("VERONA.lit, x.lit", "juliet@verona.lit"));
    assert!(!allows("verona.lit", "juliet@mantua.lit"));
    assert!(!allows("verona.lit", "juliet@evil.verona.lit"));
    assert!(allows("b\u{f6}se.example", "juliet@xn--bse-sna.example"));
    assert!(!allows("b\u{f6}se.example", "juliet@bse.example"));
    assert!(allows("juliet@verona.lit", "juliet@verona.lit"));
    assert!(!allows("juliet@verona.lit", "romeo@verona.lit"));
    assert!(allows("*", "anybody@anywhere.lit"));
    assert!(!allows("", "juliet@verona.lit"));
    let default = load(LEAST, &[]).unwrap().access.register;
    assert!(default.allows(&BareJid::new("juliet@verona.lit").unwrap()));
    assert!(!default.allows(&BareJid::new("juliet@mantua.lit").unwrap()));
}

#[test]
fn a_file_or_variable_of_brackets_is_an_error_and_not_the_end_of_the_stack() {
    for bracket in ["[", "{a=", "a=["] {
        let deep = bracket.repeat(100_000);
        assert!(load(&deep, &[]).is_err());
        assert!(load(&format!("[access]\nadmins = {deep}"), &[]).is_err());
    }
    let deep = "[".repeat(100_000);
    assert!(load(LEAST, &[("TRADEPOST_ACCESS__ADMINS", &deep)]).is_err());
}

proptest! {
    #[test]
    fn no_file_panics(text in any::<String>()) {
        let _ = load(&text, &[]);
    }

    #[test]
    fn no_value_panics(
        place in 0..source::paths().count(),
        value in prop_oneof![any::<String>(), "[a-z@:./0-9\\[\\]-]{0,20}"],
    ) {
        let path = source::paths().nth(place).unwrap();
        let (section, key) = path.split_once('.').unwrap();
        prop_assume!(!key.ends_with("_file"));
        let _ = load(LEAST, &[(source::variable_of(&path).as_str(), value.as_str())]);
        let _ = load(&format!("[{section}]\n{key} = {value}"), &[]);
        let _ = load(&format!("[{section}]\n{key} = {}", toml::Value::String(value)), &[]);
    }
}
