BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'road','2026-11-30 17:38:36',1,X'5A56A9EBA6CF2C2F8C4077C42DE091A79921D52CF4E7663A603B288D1A2C83613553AA85EA9C07A8CB154FD39C51503B',1266205);
INSERT INTO "_sqlx_migrations" VALUES(2,'note','2026-11-30 17:38:36',1,X'5143BF4EC5A3D419E02A3194E09A1D2829201B20C2DE0268DA728AF40A8B746503905B5F283F0FFA50F5BE4739F87943',530315);
INSERT INTO "_sqlx_migrations" VALUES(3,'answer','2026-11-30 17:38:36',1,X'9551AB58351FCBDEEE02AA968A0F8E7BB471B576ED8B4BC4F2B617EAB23085BBEB34E1B9882BDDBAB14B2825167196E9',6482281);
INSERT INTO "_sqlx_migrations" VALUES(4,'settings','2026-11-30 17:38:36',1,X'3301AD739EFAB056A1E6869AF2ABCA429FBD444AA6060E5CFE7F6FD88CBDEAFF416D1F3798F501DCD3A83D03A7E60AC5',718036);
INSERT INTO "_sqlx_migrations" VALUES(5,'picture','2026-11-30 17:38:36',1,X'2978EC39BAD46C4A3BB28447E6B687BA5F363F44AA8EF4591EA6FB4EF1D6E7217D2618D990478D110AAD4051AA6F92CB',1343291);
INSERT INTO "_sqlx_migrations" VALUES(6,'saved','2026-11-30 17:38:36',1,X'49F866F56AAB3CB34D8614733F9DB8C19EF4B370986A168947F101F86B22594C90C24D8DD8CE4D3675AFE2DC3B23761B',811597);
INSERT INTO "_sqlx_migrations" VALUES(7,'people','2026-11-30 17:38:36',1,X'EF7EDCE2EDC34AB8CFC988FA84B63ECF2542A4C31791AE163A9469EDC1529BE61BE9EF08C5835251D92C43BDAE5A9756',1605329);
INSERT INTO "_sqlx_migrations" VALUES(8,'consent','2026-11-30 17:38:36',1,X'3CA500D1028AD9CFCDC5F315A05C2015AAFAC2492D2CA567C270DCE6532522F98961138147D82EC6A952B8471A40E822',6703941);
INSERT INTO "_sqlx_migrations" VALUES(9,'voice','2026-11-30 17:38:36',1,X'381C20C0223E14A37E0C8A5D7F86C503E5E62B2A885126819F891314C2ED761A76D74F5FF6DBBC238765D52E50334FA3',1607328);
INSERT INTO "_sqlx_migrations" VALUES(10,'quiet','2026-11-30 17:38:36',1,X'78CB5980C7CECDB2E9F205BB1D67BF302D95D251043C01F10ABC59EE1DB46ACE953B457AFF4B45AFDCC5C7578367A357',6204537);
INSERT INTO "_sqlx_migrations" VALUES(11,'picture use','2026-11-30 17:38:36',1,X'F99A01A8402298695E5C1DD685B03CBFCCE3EE300FF4F5D70C0CBA227E3BA71C6F0E4FA8D632E3BCB75DF710AAE56AF2',1546204);
INSERT INTO "_sqlx_migrations" VALUES(12,'letter','2026-11-30 17:38:36',1,X'6547AE6F8229224EA8F30B07E029B9FFA0362F97051618A206988E957014F1E38705946DF2FAABBF5488BA3B8699C61F',7456401);
INSERT INTO "_sqlx_migrations" VALUES(13,'invite','2026-11-30 17:38:36',1,X'39EDA5FC5C6B728FE3E25FAB1BDDF3B2B7F0B69E456BC6DDF7DA3876BDA164995D09DD7B0E16727FA5E8F8AE05609982',1633541);
INSERT INTO "_sqlx_migrations" VALUES(14,'landing','2026-11-30 17:38:36',1,X'C024465C1B6CA8046577D43FD0B23A7A8D520C74447D313A7E1A36E39313A3CC05A09D6D21CDFE52DBFF228D2B53ABB5',573547);
INSERT INTO "_sqlx_migrations" VALUES(15,'join','2026-11-30 17:38:36',1,X'DFB1827A8FAC858A26A903E1720CE0F0C81C045DC1F88636DD2344038AFD5F17CCFE1368C2EF6127FA68E862A0D81D70',806838);
INSERT INTO "_sqlx_migrations" VALUES(16,'card','2026-11-30 17:38:36',1,X'B2C79624BC23817188047FDDFC46116062F2AED8DBA18CABA502F61E8A0CF78AA34EFA22FB9E177E353B11421E79C6AD',6478530);
INSERT INTO "_sqlx_migrations" VALUES(17,'history','2026-11-30 17:38:36',1,X'77C6E48374579540E7EE6C9DC71FBCF3B47A9DEDAEC8F49A56E326372430A68E9692053ECE887461462FEBFBAE767763',5071116);
INSERT INTO "_sqlx_migrations" VALUES(18,'typed','2026-11-30 17:38:36',1,X'6C22B4A1357F8C48205EC9BBBC5EE8569572C7F64FD71E249E1CA0CDC7609DFAE7072E165312917DEC1BF132B8AE040C',467667);
INSERT INTO "_sqlx_migrations" VALUES(19,'unfinished','2026-11-30 17:38:36',1,X'07069D39108D3D9E77FCBCD76A2B924A739A3B4E09DB12019AEB05A698BA2A3C3A50D5BAF578D1FF2EBD6AC319872A80',782160);
INSERT INTO "_sqlx_migrations" VALUES(20,'given up','2026-11-30 17:38:36',1,X'F285DD54FBEE1828EF76B6B49EB724D22B32AA08779F8D4B8565FC75D943800D1C8DF4090F9E4C70CD8600BF7B068913',454050);
INSERT INTO "_sqlx_migrations" VALUES(21,'invite turn','2026-11-30 17:38:36',1,X'9652F9B9CB245808FF6989AEC1511404E97ED7A53A3416A5555E29597A76DDE66F9D23CD397155A292CACE6F96FDDF72',1933330);
INSERT INTO "_sqlx_migrations" VALUES(22,'leaving','2026-11-30 17:38:36',1,X'ABB57868DC66CEA3261F5B16FC1F7774AABDE0BAE95E80786FAE93C1FDCA944C4DF25117507D591C1697758C8FCE85CF',1528826);
INSERT INTO "_sqlx_migrations" VALUES(23,'following','2026-11-30 17:38:36',1,X'51CF100F7D5DCE90D21A7D16C4789EC92C5D4206E938759C3FED6CDA8081A06E338C72F6DDCD23EB23BED65B4F62F242',1385385);
INSERT INTO "_sqlx_migrations" VALUES(24,'picture turn','2026-11-30 17:38:36',1,X'A743DAB91C6B13DE3CB637CD97CB052377799F3053FFEDC60D5E965BE5CC13248AA451C9E97BB7387CD8FAA79B7D8884',1893038);
INSERT INTO "_sqlx_migrations" VALUES(25,'inviters','2026-11-30 17:38:36',1,X'A3F064A92FC19B7F0C22D23024642D079C66A79604B28F14E72E9049E3C337DC59760348A9F5122AB0B2FB857EA99A56',1607033);
INSERT INTO "_sqlx_migrations" VALUES(28,'sent since','2026-11-30 17:38:36',1,X'C9BE6F9357DA15C5D87659CE112BD5E94B3E31F300DCF494E1EE44C94AB888258BC6CF943942DA481075F49F4F35E9FF',517573);
INSERT INTO "_sqlx_migrations" VALUES(29,'waiting','2026-11-30 17:38:36',1,X'BB4EF02CE48E36641B019F544B9EC4FEF8298AD6603CD5739CDD30C9E7BDB4C4AAAAF3FE7D908EDBFBDBAB3BCA933950',679089);
INSERT INTO "_sqlx_migrations" VALUES(30,'budget','2026-11-30 17:38:36',1,X'EA1E89A30695727E1F04EEAC331C94BBD91CF87DD71A5A0946A0B7DC859D03AFBCD530DBCC185766E55E5C8151E95329',3102068);
INSERT INTO "_sqlx_migrations" VALUES(31,'invited','2026-11-30 17:38:36',1,X'8D932C248024D3E9728AC257BBDB4CD5F5D15B2C8DF928BC39C9F7FDA2D02B5BDFC3FD0BE661781A0A075D808B486F7C',503701);
INSERT INTO "_sqlx_migrations" VALUES(32,'letter first','2026-11-30 17:38:36',1,X'A8D879579E034880DB8CFD77C35098835912ED9707F4ECC83B86AD538820A46D21688DC2A0288B3FB486A01B84743D6F',436635);
INSERT INTO "_sqlx_migrations" VALUES(33,'decided','2026-11-30 17:38:36',1,X'F31F71296A0758826E98FD7EB2FF697C8E9D1725D1B71DDEDD8E1E2B31F1F1CCB4E2425A6EAE199536ED8E6F8A7F5BF5',624638);
INSERT INTO "_sqlx_migrations" VALUES(34,'queued','2026-11-30 17:38:36',1,X'D2A4FEBC30DBCCB7E96175AE6A2856428BA40AA398B40CEA55AD9C0841258D50D1299E6E1DFCA43AA57F40BD5CE8F2C5',815550);
INSERT INTO "_sqlx_migrations" VALUES(35,'accepted','2026-11-30 17:38:36',1,X'167ED8A04009DFBF85BC1945E6EB3C39FDB292F0BBD391EA8D13DDC8C0F9E07235B9E100711410833C9A8BD6DEFEDD9A',432223);
INSERT INTO "_sqlx_migrations" VALUES(36,'said','2026-11-30 17:38:36',1,X'9B729ABED6325CFCF727FD246A26E15D9FBAF6ED2D4FE0EA3EF0307E65A5BDC6628524DDEA7ED3E782D50EDE0BB63A24',1600513);
INSERT INTO "_sqlx_migrations" VALUES(37,'cancelled','2026-11-30 17:38:36',1,X'3BD874CE3240CFFB10C0F463AF593A27301831BC65D099D7828168DF5A36F5DABF0EA85D84D9B12B27A442662E8DE87E',481587);
INSERT INTO "_sqlx_migrations" VALUES(38,'typed','2026-11-30 17:38:36',1,X'35BA2522F21CAC7FC2AAA02D8CD900706159B48FDD69FC3D0A66C2F217E49DBCDE074FAF861993BFC83E964A5DCBB394',465046);
INSERT INTO "_sqlx_migrations" VALUES(39,'spelling','2026-11-30 17:38:36',1,X'0F3F5EFB71643557F893C0A31728F5E65233B004D0F8AB5743CBB39A97264DADB075AD0A422C8FB460004F75C8AA94EB',1652609);
INSERT INTO "_sqlx_migrations" VALUES(40,'turns','2026-11-30 17:38:36',1,X'A2641EA700C507C81C4CDA478F84585BA778F75AD088DCF77FA24440627AC8D2D8322A8FE089CAF41CC65E99644C0A0F',734122);
INSERT INTO "_sqlx_migrations" VALUES(42,'quiet','2026-11-30 17:38:36',1,X'E858BA5D1CD29D8504D0659AAC00A735A5A9B1068730726BE758156E9A289322A6CEBB43A8D17B7157EEFDD60672FB26',1620997);
INSERT INTO "_sqlx_migrations" VALUES(43,'told','2026-11-30 17:38:36',1,X'5E0B09562D5073D2C1BB7B6D15A9555DA85AB5D4DF1681D9D3ECC5F30552BE476BCB766EA8D34639CAAE04FD22C28FD0',1944433);
INSERT INTO "_sqlx_migrations" VALUES(45,'declined','2026-11-30 17:38:36',1,X'1A8FF27F0E8EADBE87A29C6141999720F3701DB57A1139E00F74BB9D25C00FD37DBA7EF27CEE347EA2F8FCA9E360F774',453034);
INSERT INTO "_sqlx_migrations" VALUES(47,'made for','2026-11-30 17:38:36',1,X'1575D45AE9255391A3CFD325EE4E4F984D72811B7E89E45271CEE75DC470D49070687324C8C9B4BBD4C8F3E56AC30995',4055315);
INSERT INTO "_sqlx_migrations" VALUES(48,'letter way','2026-11-30 17:38:36',1,X'2CBB761FC4EA7466BBB5FBA935D22FF0140B46315D136D27CA37FA7B357E545D2A6779F58167D10C505604F6799404B6',740818);
INSERT INTO "_sqlx_migrations" VALUES(49,'known as','2026-11-30 17:38:36',1,X'BFBBDA0FCB34590703F616A741FFEDA3C0B1ECD686F54D22185FDC0E760DF2E1DC0551785E2F1D18CD757F6C8F5D98E9',2997031);
INSERT INTO "_sqlx_migrations" VALUES(51,'questions','2026-11-30 17:38:36',1,X'2D9A53C7A3C123C8E0B58A614CA286B0C34C7BBB5BB0364F285D856B90B53AADFC2ACEFD518E04C11ED4618D59EE02E3',2055754);
INSERT INTO "_sqlx_migrations" VALUES(53,'sites','2026-11-30 17:38:36',1,X'BFDCCF9D34DEF2D983BC097BC03E194F0002968813C83755F415C8D32F5D583986658763164883CEE6E6FEBA23B6048E',1914974);
INSERT INTO "_sqlx_migrations" VALUES(56,'kept back','2026-11-30 17:38:36',1,X'A9FC738D92F80DA9295B1B69B1AF2CE13706400189D3A0EAE6701F5BB0C2ED2A768F96F1452F25A1BD451E0D1962BEE4',510519);
INSERT INTO "_sqlx_migrations" VALUES(57,'known before','2026-11-30 17:38:36',1,X'BFC2ABE55206EE31D6724EB7DF59083445EAC6346495ADB09748949678D1D6454D49B1C051BFBD60014044B41D7309FD',4278157);
INSERT INTO "_sqlx_migrations" VALUES(58,'given back','2026-11-30 17:38:36',1,X'500289BE67C7DE7B9DB1D3FCB8DE5FD5580B143EB19AFF5BD76AD94F8B987E916625E88D92F049716933AE9047695109',450609);
CREATE TABLE account (
    jid TEXT PRIMARY KEY,
    nick TEXT,
    lang TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    next_handle INTEGER NOT NULL,
    sees_us INTEGER NOT NULL,
    seen_by_us INTEGER NOT NULL,
    online INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    suspended_until INTEGER NOT NULL,
    paced_until INTEGER NOT NULL
, pictures INTEGER NOT NULL DEFAULT 1, ask INTEGER, guarded INTEGER NOT NULL DEFAULT 0, barred INTEGER NOT NULL DEFAULT 0, quiet TEXT, zone TEXT, declined INTEGER NOT NULL DEFAULT 0, acks INTEGER NOT NULL DEFAULT 0, card_updates INTEGER NOT NULL DEFAULT 0, invites_at INTEGER, made_for BLOB, asked INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
INSERT INTO "account" VALUES('juliet@localhost','Juliet','en',1796060316678,3,0,1,1,1796060316732,0,0,1796060316910,1,NULL,0,0,NULL,NULL,0,0,0,1796060316910,NULL,0);
INSERT INTO "account" VALUES('romeo@localhost',NULL,'en',1796060316732,3,1,1,0,1796060316915,1,0,0,1,NULL,0,0,NULL,NULL,0,0,0,NULL,NULL,0);
CREATE TABLE account_link (
    -- SHA-256 of the invitation's code. What was made is counted for a day, whatever becomes of
    -- the invitation.
    invitation BLOB NOT NULL PRIMARY KEY,
    -- Empty while the server is being asked.
    uri TEXT NOT NULL,
    page TEXT,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
, inviter BLOB, site TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE asked (
    inviter BLOB NOT NULL,
    address BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    PRIMARY KEY (inviter, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE bar (
    jid TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE card_desk (
    -- SHA-256 of the token, which is not kept.
    hash BLOB NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    -- 0 a link that opens, 1 an open desk, 2 a link to a file.
    kind INTEGER NOT NULL,
    -- What the file holds: a handle, a category, or nothing for all.
    what TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE collected (
    id BLOB NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    -- His number for it, of the same row of numbers as everything that he sends or is sent.
    handle INTEGER NOT NULL,
    -- What it is called, where that person works, and what it is called as that is sorted.
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    sorted TEXT NOT NULL,
    -- Who gave it, and which of his own cards it is; none for what was brought in a file.
    giver TEXT,
    giver_card TEXT,
    -- Whether it is the card of a third person.
    third INTEGER NOT NULL,
    -- Whether it follows the changes of the giver's card.
    follows INTEGER NOT NULL,
    -- Which parts were taken: names of domain::card::Part with spaces between; empty is all.
    parts TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    -- Deleted, and forgotten when undo_until comes.
    deleted_at INTEGER,
    -- The card that it was merged into, if it was deleted for that.
    merged_into BLOB,
    -- Until when the last change, or the deletion, can be undone: a timer.
    undo_until INTEGER,
    -- What is searched in it, folded.
    words TEXT NOT NULL,
    card TEXT NOT NULL,
    -- What the last change replaced.
    before TEXT, followed_at INTEGER NOT NULL DEFAULT 0, known_as TEXT NOT NULL DEFAULT '', own_name INTEGER NOT NULL DEFAULT 0, known_before TEXT, own_before INTEGER NOT NULL DEFAULT 0, before_since INTEGER,
    UNIQUE (account, handle)
) STRICT;
CREATE TABLE collected_category (
    account TEXT NOT NULL,
    category TEXT NOT NULL,
    sorted TEXT NOT NULL,
    collected_id BLOB NOT NULL REFERENCES collected (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    PRIMARY KEY (account, category, sorted, collected_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE collected_key (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    collected_id BLOB NOT NULL REFERENCES collected (id) ON DELETE CASCADE,
    PRIMARY KEY (account, key, collected_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE consent (
    account TEXT NOT NULL,
    -- A bare address; or a domain, which can only be blocked.
    other TEXT NOT NULL,
    -- 0 he was asked and has not answered, 1 yes, 2 no, 3 blocked.
    verdict INTEGER NOT NULL,
    since INTEGER NOT NULL,
    -- The number of the request while it is open, else 0.
    number INTEGER NOT NULL,
    PRIMARY KEY (account, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE contact (
    address TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    proved_at INTEGER NOT NULL,
    discoverable INTEGER NOT NULL DEFAULT 0
, asked_at INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE delivery (
    id BLOB NOT NULL PRIMARY KEY,
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    rcpt TEXT NOT NULL,
    handle INTEGER NOT NULL,
    held INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    resent INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    fail INTEGER,
    -- 0 the share, -1 that it was taken back, else the note with this number.
    carries INTEGER NOT NULL DEFAULT 0,
    -- The delivery of the share to whoever the conversation is with; none for the share itself.
    about BLOB, address TEXT, author TEXT NOT NULL DEFAULT '', undecided INTEGER NOT NULL DEFAULT 0, quiet_at INTEGER, answered_at INTEGER,
    UNIQUE (share_id, rcpt, carries)
) STRICT, WITHOUT ROWID;
INSERT INTO "delivery" VALUES(X'01A22D89848D70008174FCB6CB873563',X'01A22D89848D70008078CA5DF86E9C15','romeo@localhost',1,0,6,1,0,0,9223372036854775807,1798652316813,1,1796060316813,NULL,0,NULL,NULL,'juliet@localhost',0,NULL,NULL);
INSERT INTO "delivery" VALUES(X'01A22D8984EE700081DF43478CCFE328',X'01A22D8984EE7000803224470C067261','romeo@localhost',2,0,6,1,0,0,9223372036854775807,1798652316910,1,1796060316910,NULL,0,NULL,NULL,'juliet@localhost',0,NULL,NULL);
INSERT INTO "delivery" VALUES(X'01A22D8984EE70008266BBB072D7D18A',X'01A22D8984EE7000803224470C067261','you@localhost',0,1,0,0,0,0,1798652316910,1798652316910,0,0,NULL,0,NULL,NULL,'juliet@localhost',0,NULL,NULL);
CREATE TABLE export (
    -- SHA-256 of the token in the link, which is not kept.
    hash BLOB NOT NULL PRIMARY KEY,
    -- None when its owner has left.
    account TEXT,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE invitation (
    id BLOB NOT NULL PRIMARY KEY,
    -- SHA-256 of the code, which is not kept.
    hash BLOB NOT NULL UNIQUE,
    inviter TEXT NOT NULL,
    address TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- 0 kept back by a limit, 1 told, 2 accepted, 3 withdrawn, 4 could not be told.
    state INTEGER NOT NULL,
    -- Who came with its code; only he who proves the address gets what was held.
    redeemed_by TEXT, due_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (inviter, address)
) STRICT, WITHOUT ROWID;
INSERT INTO "invitation" VALUES(X'01A22D8984EE700083E699A1483CCA24',X'01A22D8984EE700083E699A1483CCA24','juliet@localhost','you@localhost',1796060316910,9223372036854775807,0,NULL,1796060316910);
CREATE TABLE key (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "key" VALUES('silence',X'2128EC7E58B7AF93D43251FF119B4FFE543163B0178A774E84B336A93A1AC1E980D49989682156E543988EBFEE12FC2EA1EFCE9580D4625F2A1F62CF93368A7A');
CREATE TABLE leader (
    role TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE letter (
    -- Also the key by which the gateway knows a second attempt for what it is.
    id BLOB NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    -- On whose behalf.
    account TEXT NOT NULL,
    -- 0 a code, 1 an invitation, 2 a notice.
    kind INTEGER NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    -- 0 waiting, 1 being sent, 2 taken by the gateway, 3 failed, 4 withdrawn.
    state INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    fail TEXT
, sent_at INTEGER NOT NULL DEFAULT 0, resent INTEGER NOT NULL DEFAULT 0, stop TEXT, budget TEXT NOT NULL DEFAULT '', site TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE note (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    author_nick TEXT,
    lang TEXT,
    text TEXT NOT NULL,
    said_at INTEGER NOT NULL
, stanza_id TEXT NOT NULL DEFAULT '', kind INTEGER NOT NULL DEFAULT 0, refers TEXT, refers_own INTEGER NOT NULL DEFAULT 0, products TEXT NOT NULL DEFAULT '', recording TEXT, digest BLOB) STRICT;
CREATE TABLE own_card (
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Which fields go when it is given: names of domain::card::Part with spaces between; empty is all.
    parts TEXT NOT NULL,
    template TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    card TEXT NOT NULL,
    -- What goes of it, in the version that all who follow it have.
    told TEXT NOT NULL,
    -- When they are told the next time: a timer. None when they have it all.
    tell_at INTEGER,
    -- The version that they are being told of, and the last of them who was.
    telling TEXT,
    told_to BLOB,
    -- When they were told last.
    told_at INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE picture (
    hash BLOB NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    small BLOB NOT NULL,
    bytes BLOB NOT NULL
, former_of TEXT) STRICT;
CREATE TABLE picture_ask (
    sender TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL,
    asked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE picture_source (
    url TEXT NOT NULL PRIMARY KEY,
    hash BLOB REFERENCES picture (hash),
    state INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
, turn INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE picture_use (
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    PRIMARY KEY (share_id, url)
) STRICT, WITHOUT ROWID;
CREATE TABLE picture_wait (
    share_id BLOB NOT NULL PRIMARY KEY REFERENCES share (id) ON DELETE CASCADE,
    sender TEXT NOT NULL,
    url TEXT,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE proof (
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    address TEXT NOT NULL,
    -- Keyed hash of the code.
    hash BLOB NOT NULL,
    tries INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE report (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    reporter TEXT NOT NULL,
    accused TEXT NOT NULL,
    -- 0 spam, 1 abuse.
    reason INTEGER NOT NULL,
    -- The code of the share it is about; empty when it is about none.
    ref_code TEXT NOT NULL,
    text TEXT NOT NULL,
    reported_at INTEGER NOT NULL,
    UNIQUE (reporter, accused, ref_code)
) STRICT;
CREATE TABLE saved (
    -- SHA-256 of the token in the link, which is not kept.
    hash BLOB NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    -- The one conversation that a recipient sees; none for the sender, who sees all.
    about BLOB,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE share (
    id BLOB NOT NULL PRIMARY KEY,
    sender TEXT NOT NULL,
    sender_nick TEXT,
    submit_id TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    ref_code TEXT NOT NULL UNIQUE,
    handle INTEGER NOT NULL,
    comment_lang TEXT,
    comment TEXT,
    products TEXT NOT NULL,
    recipients INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER, recording TEXT, card TEXT, offered INTEGER NOT NULL DEFAULT 0, answers BLOB,
    UNIQUE (sender, submit_id)
) STRICT;
INSERT INTO "share" VALUES(X'01A22D89848D70008078CA5DF86E9C15','juliet@localhost','Juliet','k1',X'3145BAF2598CE923F850EE77D50DBF92AF8778AADE1AAF309044CF6188C1E403','637NEFF0SK',1,'en','For your table?','<product xmlns=''urn:xmpp:product-share:0''><name xml:lang=''en''>Silver goblet</name><offer price=''24.90'' priceCurrency=''EUR''/></product>',1,1796060316813,1798652316813,NULL,NULL,NULL,0,NULL);
INSERT INTO "share" VALUES(X'01A22D8984EE7000803224470C067261','juliet@localhost','Juliet','k2',X'7038FB846A5AC39315051C9882059AAA639A0180D072DBEB1B17544BA8A146B8','03BQCGVFZ9',2,'en','Made in Yiwu.','<product xmlns=''urn:xmpp:product-share:0''><name xml:lang=''en''>Paper lantern</name><offer price=''12.50'' priceCurrency=''EUR''/></product>',2,1796060316910,1798652316910,NULL,NULL,NULL,0,NULL);
CREATE TABLE silence (
    hash BLOB NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE stream (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    boot TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    alive_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
INSERT INTO "stream" VALUES(1,'0a0d648b-8f2d-47f4-924e-1bd663d0e34d',1796060316628,1796060316628,NULL);
CREATE TABLE tray (
    delivery_id BLOB NOT NULL PRIMARY KEY,
    share_id BLOB NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    -- Which of the giver's own cards it is; none for the card of somebody else.
    own_card TEXT,
    -- 0 waits, 1 taken, 2 declined.
    state INTEGER NOT NULL,
    decided_at INTEGER,
    -- When a client acknowledged it.
    acked_at INTEGER,
    -- When it is looked at whether it is to be sent again: a timer.
    again_at INTEGER NOT NULL,
    -- How often it was sent again.
    again INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE unfinished (
    account TEXT NOT NULL,
    -- See domain::unfinished.
    kind INTEGER NOT NULL,
    -- What else it is about; '' when nothing.
    other TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- When it is gone on with.
    due_at INTEGER NOT NULL, turn TEXT,
    PRIMARY KEY (account, kind, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_sees_us ON account (jid) WHERE sees_us = 1;
CREATE INDEX share_expires_at ON share (expires_at);
CREATE INDEX delivery_rcpt ON delivery (rcpt, state, sent_at) WHERE state < 7;
CREATE INDEX note_share ON note (share_id, author, said_at);
CREATE INDEX delivery_about ON delivery (about, id) WHERE about IS NOT NULL;
CREATE INDEX picture_expires ON picture (expires_at);
CREATE INDEX picture_source_expires ON picture_source (expires_at);
CREATE INDEX picture_source_hash ON picture_source (hash);
CREATE INDEX picture_wait_sender ON picture_wait (sender, share_id);
CREATE INDEX picture_wait_url ON picture_wait (url);
CREATE INDEX picture_wait_until ON picture_wait (until_at);
CREATE INDEX saved_account ON saved (account, expires_at);
CREATE INDEX saved_share ON saved (share_id);
CREATE INDEX saved_expires ON saved (expires_at);
CREATE INDEX contact_account ON contact (account);
CREATE INDEX contact_proved ON contact (proved_at);
CREATE INDEX proof_expires ON proof (expires_at);
CREATE INDEX letter_due ON letter (due_at) WHERE state < 2;
CREATE INDEX letter_made ON letter (made_at);
CREATE INDEX letter_account ON letter (account, made_at);
CREATE INDEX letter_address ON letter (address, made_at);
CREATE INDEX invitation_address ON invitation (address, made_at);
CREATE INDEX invitation_inviter ON invitation (inviter, made_at);
CREATE INDEX invitation_expires ON invitation (expires_at);
CREATE INDEX consent_verdict ON consent (account, verdict, since);
CREATE INDEX report_at ON report (reported_at);
CREATE INDEX picture_use_url ON picture_use (url);
CREATE INDEX picture_former_of ON picture (former_of);
CREATE INDEX picture_ask_since ON picture_ask (since);
CREATE INDEX invitation_made ON invitation (made_at);
CREATE INDEX asked_address ON asked (address, asked_at);
CREATE INDEX asked_inviter ON asked (inviter, asked_at);
CREATE INDEX asked_at ON asked (asked_at);
CREATE INDEX account_link_made ON account_link (made_at);
CREATE INDEX account_link_expires ON account_link (expires_at);
CREATE INDEX export_account ON export (account, expires_at);
CREATE INDEX export_expires ON export (expires_at);
CREATE INDEX invitation_redeemed ON invitation (redeemed_by) WHERE redeemed_by IS NOT NULL;
CREATE INDEX own_card_tell ON own_card (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX tray_share ON tray (share_id);
CREATE INDEX tray_again ON tray (again_at);
CREATE INDEX collected_sorted ON collected (account, sorted, id) WHERE deleted_at IS NULL;
CREATE INDEX collected_giver ON collected (giver, giver_card, id) WHERE follows = TRUE;
CREATE INDEX collected_undo ON collected (account, undo_until) WHERE undo_until IS NOT NULL;
CREATE INDEX collected_over ON collected (undo_until) WHERE undo_until IS NOT NULL;
CREATE INDEX collected_merged ON collected (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX collected_category_card ON collected_category (collected_id);
CREATE INDEX collected_key_card ON collected_key (collected_id);
CREATE INDEX card_desk_account ON card_desk (account, expires_at);
CREATE INDEX card_desk_expires ON card_desk (expires_at);
CREATE INDEX note_digest ON note (digest, said_at) WHERE digest IS NOT NULL;
CREATE INDEX note_stanza ON note (author, stanza_id, no);
CREATE INDEX note_order ON note (share_id, no);
CREATE INDEX delivery_note ON delivery (carries) WHERE carries > 0;
CREATE INDEX delivery_share ON delivery (share_id, id) WHERE carries = 0;
CREATE INDEX delivery_handle ON delivery (rcpt, carries, handle, id);
CREATE INDEX share_handle ON share (sender, handle, id);
CREATE INDEX collected_follow ON collected (account, giver, giver_card) WHERE follows = TRUE;
CREATE INDEX share_follow ON share (sender) WHERE card IS NOT NULL AND (offered & 4) <> 0;
CREATE INDEX report_reporter ON report (reporter, no);
CREATE INDEX stream_open ON stream (no) WHERE closed_at IS NULL;
CREATE INDEX unfinished_due ON unfinished (due_at);
CREATE INDEX account_invites ON account (invites_at, jid) WHERE invites_at IS NOT NULL;
CREATE INDEX invitation_turn ON invitation (inviter, due_at) WHERE state = 0;
CREATE INDEX picture_source_turn ON picture_source (attempt, turn, due_at) WHERE state < 2;
CREATE INDEX delivery_author ON delivery (rcpt, author, id) WHERE state + 0 < 3;
CREATE INDEX delivery_typed ON delivery (address, author, id)
    WHERE address IS NOT NULL AND state + 0 < 3;
CREATE INDEX letter_budget ON letter (budget, sent_at, site);
CREATE INDEX letter_site ON letter (budget, site, sent_at);
CREATE INDEX invitation_name ON invitation (inviter, id);
CREATE INDEX delivery_question ON delivery (rcpt, author, id) WHERE carries = -3;
CREATE INDEX delivery_held ON delivery (rcpt, author, id) WHERE state = 0;
CREATE INDEX delivery_waits ON delivery (rcpt, state, id) WHERE state + 0 < 2;
CREATE INDEX delivery_queued ON delivery (rcpt, due_at, id) WHERE state = 2;
CREATE INDEX delivery_due ON delivery (state, due_at, id) WHERE state < 5;
CREATE INDEX invitation_open ON invitation (address, state, expires_at)
    WHERE state + 0 <> 2 AND state + 0 <> 3;
CREATE INDEX delivery_undecided ON delivery (rcpt, handle) WHERE undecided = TRUE AND state + 0 < 7;
CREATE INDEX delivery_address ON delivery (address, author, id) WHERE address IS NOT NULL;
CREATE INDEX delivery_held_first ON delivery (rcpt, author, id) WHERE state = 0 AND carries = 0;
CREATE INDEX delivery_held_note ON delivery (share_id) WHERE state = 0 AND carries > 0;
CREATE INDEX delivery_undecided_of ON delivery (rcpt, author, id)
    WHERE undecided = TRUE AND state + 0 < 7;
CREATE INDEX letter_way ON letter (budget, due_at) WHERE state < 2;
CREATE INDEX letter_way_first ON letter (budget, due_at) WHERE state < 2 AND kind <> 1;
CREATE INDEX consent_asked ON consent (other, account) WHERE verdict = 0;
CREATE INDEX consent_since ON consent (since) WHERE verdict = 0;
CREATE INDEX unfinished_turn ON unfinished (turn, due_at) WHERE turn IS NOT NULL;
CREATE INDEX delivery_kept_back ON delivery (rcpt, author, id) WHERE state = 9 AND carries = 0;
CREATE INDEX delivery_held_typed ON delivery (rcpt, address, id) WHERE state = 0 AND address IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('stream',1);
COMMIT;
