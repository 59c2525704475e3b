use clap::Parser;

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn args(more: &[&str]) -> Args {
    let least = ["send", "--jid", "bot@verona.lit", "--product", "p.json", "--to"];
    Cli::try_parse_from(least.iter().chain(more)).unwrap().args
}

fn goblet() -> Product {
    Product { names: vec![(None, "Goblet\u{0}".into())], ..Product::default() }
}

#[test]
fn a_share_is_written_from_what_was_checked() {
    let args = args(&[
        "Romeo@montague.lit/x",
        "tel:+39-045-5550100",
        "--comment",
        "\u{202e}Hi",
        "--id",
        "k",
    ]);
    let send = request(&args, vec![goblet()]).unwrap();
    assert_eq!(send.comment, Some((Some("en".into()), "Hi".into())));
    let [romeo, number] = &*send.addresses.addresses else { panic!("two addresses") };
    assert_eq!(romeo.jid.as_deref(), Some("romeo@montague.lit"));
    assert_eq!(number.uri.as_deref(), Some("tel:+390455550100"));
    let Item::Product(product) = &send.items[0] else { panic!("a product") };
    assert_eq!(product.names, [(Some("en".into()), "Goblet".into())]);
    assert_eq!(send.id.as_deref(), Some("k"));
}

#[test]
fn what_the_service_would_refuse_is_refused_here_with_its_words() {
    let wrong = Product { gtins: vec!["4006381333932".into()], ..goblet() };
    let refused = |to: &str, product| match request(&args(&[to]), vec![product]) {
        Err(Ended::Refused(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused("romeo@montague.lit", wrong),
        "invalid-gtin: \"4006381333932\" is not a GTIN of 8, 12, 13 or 14 digits with a right check digit"
    );
    assert!(
        refused("sip:romeo@montague.lit", goblet()).starts_with("unsupported-scheme: \"sip:romeo")
    );
    assert!(refused("romeo", goblet()).starts_with("bad-address: \"romeo\""));
}

#[test]
fn a_new_id_is_made_when_none_is_given_and_a_bad_one_is_refused() {
    let ids: Vec<_> =
        (0..2).map(|_| request(&args(&["a@b"]), vec![goblet()]).unwrap().id.unwrap()).collect();
    assert_ne!(ids[0], ids[1]);
    assert!(matches!(
        request(&args(&["a@b", "--id", "\u{fffe}"]), vec![goblet()]),
        Err(Ended::Usage(_))
    ));
    assert!(matches!(request(&args(&["a@b", "--id", ""]), vec![goblet()]), Err(Ended::Refused(_))));
}

#[test]
fn plaintext_goes_to_this_machine_only() {
    let plain = |server: &str| route(&args(&["a@b", "--server", server, "--allow-plaintext"]));
    for near in ["127.0.0.1:5222", "[::1]:5222", "localhost:5222"] {
        assert_eq!(plain(near), Ok(Route::Plain(near.into())));
    }
    for far in ["192.0.2.1:5222", "xmpp.verona.lit:5222", "0.0.0.0:5222"] {
        assert!(plain(far).unwrap_err().contains(far));
    }
    assert_eq!(route(&args(&["a@b"])), Ok(Route::Srv));
    assert!(Cli::try_parse_from(["send", "--allow-plaintext"]).is_err());
}

#[test]
fn what_may_pass_is_tried_again_and_the_rest_is_told() {
    let again = |error: StanzaError| may_pass(Failure::Error(Box::new(error)));
    let retry = Condition::Retry { seconds: 7 }.error("en", "busy");
    assert_eq!(again(retry), Ok(("retry: busy".into(), Duration::from_secs(7))));
    let plain = |kind, defined, text: &str| StanzaError::new(kind, defined, "en", text);
    for (kind, defined) in [
        (ErrorType::Wait, DefinedCondition::ServiceUnavailable),
        (ErrorType::Cancel, DefinedCondition::RemoteServerNotFound),
        (ErrorType::Cancel, DefinedCondition::RemoteServerTimeout),
        (ErrorType::Cancel, DefinedCondition::InternalServerError),
    ] {
        assert!(again(plain(kind, defined, "")).is_ok());
    }
    let gone = plain(ErrorType::Cancel, DefinedCondition::ServiceUnavailable, "nobody");
    assert_eq!(again(gone), Err("service-unavailable: nobody".into()));
    let address = Condition::BadAddress { jid: None, uri: Some("tel:+1".into()) };
    assert_eq!(
        again(address.error("en", "no number")),
        Err("bad-address: tel:+1: no number".into())
    );
}

#[test]
fn the_result_is_one_line_or_one_object() {
    let sent = Sent { handle: 12, id: "k".into(), code: "7K3QXM2NP8".into(), share: "9b1d".into() };
    assert_eq!(shown(&sent, false), "share 9b1d code 7K3QX-M2NP8 handle #12");
    assert_eq!(shown(&sent, true), r#"{"handle":12,"id":"k","ref":"7K3QXM2NP8","share":"9b1d"}"#);
}

#[test]
fn the_password_is_not_an_option() {
    let command = <Cli as clap::CommandFactory>::command();
    assert!(command.get_arguments().all(|arg| arg.get_long() != Some("password")));
}
