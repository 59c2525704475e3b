//! Every namespace, once.

/// `xep/product-share.xml`
pub const PRODUCT_SHARE: &str = "urn:xmpp:product-share:0";
/// The role of a sharing service (`xep/product-share.xml#disco`).
pub const PRODUCT_SHARE_SERVICE: &str = "urn:xmpp:product-share:0#service";
/// `xep/card-exchange.xml`
pub const CARD_EXCHANGE: &str = "urn:xmpp:card-exchange:0";
/// The role of a card exchange service (`xep/card-exchange.xml#disco`).
pub const CARD_EXCHANGE_SERVICE: &str = "urn:xmpp:card-exchange:0#service";
/// `xep/trade-feed.xml`
pub const TRADE_FEED: &str = "urn:xmpp:trade-feed:0";

/// XEP-0114: Jabber Component Protocol
pub const COMPONENT: &str = "jabber:component:accept";
/// RFC 6120
pub const CLIENT: &str = "jabber:client";
/// RFC 6120
pub const STREAM: &str = "http://etherx.jabber.org/streams";
/// RFC 6120 §4.9.3
pub const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// RFC 6120 §8.3.3
pub const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// `xml:lang`
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// XEP-0004: Data Forms
pub const DATA_FORMS: &str = "jabber:x:data";
/// XEP-0030: Service Discovery
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0030: Service Discovery
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// XEP-0033: Extended Stanza Addressing
pub const ADDRESS: &str = "http://jabber.org/protocol/address";
/// XEP-0050: Ad-Hoc Commands
pub const COMMANDS: &str = "http://jabber.org/protocol/commands";
/// XEP-0054: vcard-temp
pub const VCARD_TEMP: &str = "vcard-temp";
/// RFC 6351: xCard
pub const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";
/// XEP-0292 §3: the node of an account's card.
pub const VCARD4_NODE: &str = "urn:xmpp:vcard4";
/// XEP-0055: Jabber Search
pub const SEARCH: &str = "jabber:iq:search";
/// XEP-0059: Result Set Management
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0060: Publish-Subscribe
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// XEP-0060: Publish-Subscribe
pub const PUBSUB_ERRORS: &str = "http://jabber.org/protocol/pubsub#errors";
/// XEP-0060: Publish-Subscribe
pub const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// XEP-0060: Publish-Subscribe
pub const PUBSUB_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// XEP-0066: Out of Band Data
pub const OOB: &str = "jabber:x:oob";
/// XEP-0077: In-Band Registration
pub const REGISTER: &str = "jabber:iq:register";
/// XEP-0012
pub const LAST: &str = "jabber:iq:last";
/// XEP-0085: Chat State Notifications
pub const CHATSTATES: &str = "http://jabber.org/protocol/chatstates";
/// XEP-0092: Software Version
pub const VERSION: &str = "jabber:iq:version";
/// XEP-0100: Gateway Interaction
pub const GATEWAY: &str = "jabber:iq:gateway";
/// XEP-0103: URL Address Information
pub const URL_DATA: &str = "http://jabber.org/protocol/url-data";
/// XEP-0115: Entity Capabilities
pub const CAPS: &str = "http://jabber.org/protocol/caps";
/// XEP-0122: Data Forms Validation
pub const DATA_FORMS_VALIDATE: &str = "http://jabber.org/protocol/xdata-validate";
/// XEP-0144: Roster Item Exchange
pub const ROSTER_EXCHANGE: &str = "http://jabber.org/protocol/rosterx";
/// XEP-0153: vCard-Based Avatars
pub const VCARD_UPDATE: &str = "vcard-temp:x:update";
/// XEP-0172: User Nickname
pub const NICK: &str = "http://jabber.org/protocol/nick";
/// XEP-0184: Message Delivery Receipts
pub const RECEIPTS: &str = "urn:xmpp:receipts";
/// XEP-0191: Blocking Command
pub const BLOCKING: &str = "urn:xmpp:blocking";
/// XEP-0191: Blocking Command
pub const BLOCKING_ERRORS: &str = "urn:xmpp:blocking:errors";
/// XEP-0199: XMPP Ping
pub const PING: &str = "urn:xmpp:ping";
/// XEP-0202: Entity Time
pub const TIME: &str = "urn:xmpp:time";
/// XEP-0203: Delayed Delivery
pub const DELAY: &str = "urn:xmpp:delay";
/// XEP-0280: Message Carbons
pub const CARBONS: &str = "urn:xmpp:carbons:2";
/// XEP-0297: Stanza Forwarding
pub const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0300: Use of Cryptographic Hash Functions
pub const HASHES: &str = "urn:xmpp:hashes:2";
/// XEP-0308: Last Message Correction
pub const REPLACE: &str = "urn:xmpp:message-correct:0";
/// XEP-0333: Displayed Markers
pub const CHAT_MARKERS: &str = "urn:xmpp:chat-markers:0";
/// XEP-0334: Message Processing Hints
pub const HINTS: &str = "urn:xmpp:hints";
/// XEP-0356: Privileged Entity
pub const PRIVILEGE: &str = "urn:xmpp:privilege:2";
/// XEP-0359: Unique and Stable Stanza IDs
pub const SID: &str = "urn:xmpp:sid:0";
/// XEP-0377: Blocking and Spam Reporting
pub const REPORTING: &str = "urn:xmpp:reporting:1";
/// XEP-0379: Pre-Authenticated Roster Subscription
pub const PRE_AUTH: &str = "urn:xmpp:pars:0";
/// XEP-0380: Explicit Message Encryption
pub const ENCRYPTION: &str = "urn:xmpp:eme:0";
/// XEP-0384: OMEMO Encryption, as most clients still write it
pub const OMEMO: &str = "eu.siacs.conversations.axolotl";
/// XEP-0384: OMEMO Encryption
pub const OMEMO_2: &str = "urn:xmpp:omemo:2";
/// XEP-0393: Message Styling
pub const STYLING: &str = "urn:xmpp:styling:0";
/// XEP-0401: Ad-hoc Account Invitation Generation
pub const INVITE: &str = "urn:xmpp:invite#invite";
/// XEP-0401: Ad-hoc Account Invitation Generation
pub const INVITE_ACCOUNT: &str = "urn:xmpp:invite#create-account";
/// XEP-0424: Message Retraction
pub const RETRACT: &str = "urn:xmpp:message-retract:1";
/// XEP-0428: Fallback Indication
pub const FALLBACK: &str = "urn:xmpp:fallback:0";
/// XEP-0444: Message Reactions
pub const REACTIONS: &str = "urn:xmpp:reactions:0";
/// XEP-0446: File Metadata Element
pub const FILE_METADATA: &str = "urn:xmpp:file:metadata:0";
/// XEP-0447: Stateless File Sharing
pub const FILE_SHARING: &str = "urn:xmpp:sfs:0";
/// XEP-0461: Message Replies
pub const REPLY: &str = "urn:xmpp:reply:0";
/// XEP-0511: Link Metadata (the envelope)
pub const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// XEP-0511: Link Metadata (Open Graph)
pub const OGP: &str = "https://ogp.me/ns#";
