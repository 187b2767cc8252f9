use super::*;

#[test]
fn these_are_accepted() {
    let accepted = [
        " \n{\"key\":\"k\",\"value\":\"v\"} \n",
        "\u{feff}{\"value\":\"v\",\"key\":\"k\"}",
        r#"{"key":"k","value":"a","value":"v"}"#,
        r#"{"k\u0065y":"k","value":"\u0076"}"#,
        r#"{"Key":"k","VALUE":"v"}"#,
        r#"{"@key":"k","@value":"v"}"#,
        r#"{"property":{"key":"k","value":"v"}}"#,
        r#"{"Property":{"@key":"k","@value":"v"}}"#,
    ];
    for body in accepted {
        assert_eq!(value_in_json(body).as_deref(), Some("v"), "{body}");
    }
    for absent in ["", " \n ", "null", " null "] {
        assert_eq!(from_json::<Property>(absent), Ok(None), "{absent}");
    }
}

#[test]
fn these_are_refused() {
    let refused = [
        r#"{"key":"k"}trailing"#,
        r#"{"key":"k"}{}"#,
        r#"{"key":"k"}}"#,
        r#"{"key":"k","unknown":1}"#,
        r#"{"key":"k","unknown":null}"#,
        r#"{"property":{"key":"k"},"value":"v"}"#,
        r#"{"property":[]}"#,
        "[]",
        r#"["x"]"#,
        r#"[{"key":"k"}]"#,
        r#""x""#,
        r#""""#,
        "1",
        "true",
        "{'key':'k'}",
        r#"{key:"k"}"#,
        r#"{"key":"k",}"#,
        r#"{"key":"k""#,
        r#"{"key":"k"/*c*/}"#,
        "//c\n{}",
        r#"{"key":"\x41"}"#,
        "{\"key\":\"\t\"}",
        r#"{"key":NaN}"#,
        r#"{"key":03}"#,
        "nonsense",
        "<property/>",
        ",",
        "{\"key\":\"k\"\0}",
        "{\"key\":\"\u{e9}\"",
        r#"{"key":["k"]}"#,
        r#"{"key":{}}"#,
    ];
    for body in refused {
        assert_json_refused::<Property>(body);
    }
    let latin = read::<Property>(Format::Json, b"{\"key\":\"\xE9\"}", Strictness::Generous);
    assert!(matches!(latin, Err(BindError::Json(_))));
}

#[test]
fn json_that_is_nested_too_deep_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_json_refused::<User>(&deep);
    assert_json_refused::<User>(&format!(r#"{{"properties":{deep}}}"#));
    assert_json_refused::<User>(&format!(r#"{{"name":{deep}}}"#));
    // also under a key that means nothing
    let ignored = |levels: usize| format!(r#"{{"groups":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(from_json::<User>(&ignored(63)).is_ok());
    assert_json_refused::<User>(&ignored(64));
    assert_json_refused::<User>(&ignored(100_000));
    // brackets in a text are no levels
    let brackets = r#"[{\"["#.repeat(100);
    let user = from_json::<User>(&format!(r#"{{"name":"{brackets}"}}"#))
        .unwrap()
        .unwrap();
    assert_eq!(user.name, Some(r#"[{"["#.repeat(100)));
}

#[test]
fn an_unknown_key_is_named() {
    let Err(BindError::Json(message)) = from_json::<User>(r#"{"username":"x","pasword":"p"}"#) else {
        panic!("accepted");
    };
    assert!(
        message.starts_with(r#"Unrecognized field "pasword" (known: "username", "name""#),
        "{message}"
    );
}

#[test]
fn habits_of_clients_pass_unless_strict() {
    let habits = [
        r#"{"username":"a","groups":[1]}"#,
        r#"{"UserName":"a"}"#,
        r#"{"user":{"username":"a"}}"#,
    ];
    for body in habits {
        assert_eq!(
            from_json::<User>(body).unwrap().unwrap().username.as_deref(),
            Some("a"),
            "{body}"
        );
        let strict = read::<User>(Format::Json, body.as_bytes(), Strictness::Strict);
        assert!(matches!(strict, Err(BindError::Json(_))), "{body}");
    }
    let item = from_json::<RosterItem>(r#"{"jid":"a@b","name":false,"subscriptionType":false,"nickname":false}"#);
    assert_eq!(
        item,
        Ok(Some(RosterItem {
            jid: Some("a@b".into()),
            ..RosterItem::default()
        }))
    );
    let misspelt = from_json::<RosterItem>(r#"{"jid":null,"subscribtionType":"3","groups":[{"group":"F"}]}"#)
        .unwrap()
        .unwrap();
    assert_eq!((misspelt.subscription_type, misspelt.groups), (Some(3), texts(&["F"])));
    let bare = from_json::<RosterItem>(r#""a@b""#).unwrap().unwrap();
    assert!(bare.is_address_only && bare.jid.as_deref() == Some("a@b"));
}

#[test]
fn a_text_may_be_a_number_or_a_boolean() {
    let rows = [
        "123",
        "-1",
        "1.5",
        "1e3",
        "1E400",
        "1.10",
        "-0",
        "12345678901234567890",
        "true",
        "false",
    ];
    for written in rows {
        assert_eq!(
            value_in_json(&format!(r#"{{"value":{written}}}"#)).as_deref(),
            Some(written)
        );
    }
    assert_eq!(value_in_json(r#"{"value":null}"#), None);
    assert_eq!(
        value_in_json(r#"{"value":"\ud800\ud83d\ude00"}"#).as_deref(),
        Some("\u{10ffff}\u{e000}😀")
    );
}

#[test]
fn false_means_none_for_some_texts_only() {
    let user = from_json::<User>(r#"{"username":false,"password":false,"name":false,"email":false}"#)
        .unwrap()
        .unwrap();
    assert_eq!(
        user,
        User {
            username: Some("false".into()),
            ..User::default()
        }
    );
    assert_eq!(
        from_json::<User>(r#"{"password":true}"#)
            .unwrap()
            .unwrap()
            .password
            .as_deref(),
        Some("true")
    );
    let group = from_json::<Group>(r#"{"description":false}"#).unwrap().unwrap();
    assert_eq!(group.description.as_deref(), Some("false"));
}

#[test]
fn integers_are_read_as_the_original_reads_them() {
    let number =
        |text: &str| from_json::<ChatRoom>(&format!(r#"{{"maxUsers":{text}}}"#)).map(|room| room.unwrap().max_users);
    let rows = [
        ("3", 3),
        (r#""3""#, 3),
        (r#"" 3 ""#, 3),
        (r#""+3""#, 3),
        (r#""03""#, 3),
        ("1.9", 1),
        ("-1.9", -1),
        ("1e0", 1),
        ("2147483647", i32::MAX),
        ("null", 0),
        (r#""""#, 0),
        (r#"" ""#, 0),
    ];
    for (text, expected) in rows {
        assert_eq!(number(text), Ok(expected), "{text}");
    }
    for text in [
        "true",
        "false",
        "[]",
        "[3]",
        "{}",
        r#""x""#,
        r#""1.9""#,
        r#""0x1""#,
        "2147483648",
        r#""99999999999""#,
        "1e99",
    ] {
        assert_json_refused::<ChatRoom>(&format!(r#"{{"maxUsers":{text}}}"#));
    }
}

#[test]
fn booleans_are_read_as_the_original_reads_them() {
    let shared = |text: &str| {
        from_json::<Group>(&format!(r#"{{"shared":{text}}}"#))
            .unwrap()
            .unwrap()
            .shared
    };
    for text in [
        "true",
        r#""true""#,
        r#""True""#,
        r#""TRUE""#,
        r#"" true ""#,
        "1",
        "-1",
        "2",
    ] {
        assert_eq!(shared(text), Some(true), "{text}");
    }
    for text in ["false", r#""False""#, "0"] {
        assert_eq!(shared(text), Some(false), "{text}");
    }
    for text in ["null", r#""""#, r#"" ""#] {
        assert_eq!(shared(text), None, "{text}");
    }
    for text in [r#""tRUE""#, r#""yes""#, r#""1""#, "1.0", "0.0", "[]", "[true]", "{}"] {
        assert_json_refused::<Group>(&format!(r#"{{"shared":{text}}}"#));
    }
    assert_eq!(
        from_json::<Group>(r#"{"isshared":true}"#).unwrap().unwrap().shared,
        Some(true)
    );
}

#[test]
fn dates_are_milliseconds_or_texts() {
    let date = |text: &str| {
        from_json::<ChatRoom>(&format!(r#"{{"creationDate":{text}}}"#))
            .unwrap()
            .unwrap()
            .creation_date
    };
    for text in [
        "1350572112803",
        r#""1350572112803""#,
        r#""2012-10-18T16:55:12.803+02:00""#,
    ] {
        assert_eq!(date(text).unwrap().as_millisecond(), 1_350_572_112_803, "{text}");
    }
    assert_eq!(date("-1").unwrap().as_millisecond(), -1);
    assert_eq!(date(r#""""#), None);
    for text in [
        "1350572112803.7",
        "true",
        "[]",
        "{}",
        r#""yesterday""#,
        r#""2012-10-18 16:55:12""#,
    ] {
        assert_json_refused::<ChatRoom>(&format!(r#"{{"creationDate":{text}}}"#));
    }
}

#[test]
fn lists_of_entities_have_many_forms() {
    let keys = |text: &str| {
        let user = from_json::<User>(text).unwrap().unwrap();
        user.properties.map(|list| {
            list.into_iter()
                .map(|property| property.key.unwrap_or_default())
                .collect::<Vec<_>>()
        })
    };
    let rows = [
        (
            r#"{"properties":[{"key":"a","value":"1"},{"key":"b"}]}"#,
            texts(&["a", "b"]),
        ),
        (r#"{"properties":[{"@key":"a","@value":"1"}]}"#, texts(&["a"])),
        (
            r#"{"properties":{"property":[{"@key":"a","@value":"1"}]}}"#,
            texts(&["a"]),
        ),
        (r#"{"properties":{"property":{"@key":"a"}}}"#, texts(&["a"])),
        (r#"{"properties":{"key":"a","value":"1"}}"#, texts(&["a"])),
        (r#"{"property":[{"key":"a"}]}"#, texts(&["a"])),
        (r#"{"properties":{"property":null}}"#, None),
        (r#"{"properties":{"property":[]}}"#, texts(&[])),
        (r#"{"properties":[]}"#, texts(&[])),
        (r#"{"properties":[{}]}"#, texts(&[""])),
        (r#"{"properties":null}"#, None),
    ];
    for (text, expected) in rows {
        assert_eq!(keys(text), expected, "{text}");
    }
    for text in [
        "{}",
        r#""""#,
        r#""x""#,
        "0",
        "true",
        r#"["x"]"#,
        "[[]]",
        r#"[{"unknown":1}]"#,
    ] {
        assert_json_refused::<User>(&format!(r#"{{"properties":{text}}}"#));
    }
    let null_item = from_json::<User>(r#"{"properties":[null]}"#);
    assert!(matches!(
        null_item,
        Err(BindError::Value {
            field: "properties",
            ..
        })
    ));
}

#[test]
fn lists_of_texts_have_many_forms() {
    let names = |text: &str| from_json::<UserGroups>(text).unwrap().unwrap().group_names;
    let rows = [
        (r#"{"groupnames":["a",1,true]}"#, texts(&["a", "1", "true"])),
        (r#"{"groupnames":"a"}"#, texts(&["a"])),
        (r#"{"groupname":["a"]}"#, texts(&["a"])),
        (r#"{"groupname":"a"}"#, texts(&["a"])),
        (r#"{"groupnames":{"groupname":["a","b"]}}"#, texts(&["a", "b"])),
        (r#"{"groups":{"groupname":"a"}}"#, texts(&["a"])),
        (r#"["a"]"#, texts(&["a"])),
        ("[]", texts(&[])),
        (r#"{"groupnames":[]}"#, texts(&[])),
        (r#"{"groupnames":[""]}"#, texts(&[""])),
        (r#"{"groupnames":null}"#, None),
        ("{}", None),
    ];
    for (text, expected) in rows {
        assert_eq!(names(text), expected, "{text}");
    }
    let refused = [
        r#"{"groupnames":""}"#,
        r#"{"groupnames":[["a"]]}"#,
        r#"{"groupnames":{}}"#,
        r#"{"groupnames":true}"#,
        r#"{"groups":["a"]}"#,
        r#"[["a"]]"#,
    ];
    for text in refused {
        assert_json_refused::<UserGroups>(text);
    }
    let room = from_json::<ChatRoom>(
        r#"{"roomName":"r","owners":{"owner":["o@e"]},"admins":{"admin":null},"member":"m@e","broadcastPresenceRoles":{"broadcastPresenceRole":"visitor"}}"#,
    );
    let room = room.unwrap().unwrap();
    assert_eq!(
        (room.owners, room.admins, room.members),
        (texts(&["o@e"]), None, texts(&["m@e"]))
    );
    assert_eq!(room.broadcast_presence_roles, texts(&["visitor"]));
    assert_json_refused::<ChatRoom>(r#"{"roomName":"a b"}"#);
}

#[test]
fn several_users_have_many_forms() {
    let count = |text: &str| match from_json::<NewUsers>(text).unwrap().unwrap() {
        NewUsers::One(user) => (1, user.username.is_some()),
        NewUsers::Many(users) => (users.len(), false),
    };
    assert_eq!(count(r#"{"username":"a"}"#), (1, true));
    assert_eq!(count(r#"{"user":{"username":"a"}}"#), (1, true));
    assert_eq!(count(r#"{"users":[{"username":"a"},{"username":"b"}]}"#), (2, false));
    assert_eq!(count(r#"{"user":[{"username":"a"},{"username":"b"}]}"#), (2, false));
    assert_eq!(
        count(r#"{"users":{"user":[{"username":"a"},{"username":"b"}]}}"#),
        (2, false)
    );
    assert_eq!(count(r#"{"users":[]}"#), (0, false));
    assert_json_refused::<NewUsers>(r#"[{"username":"a"}]"#);
}

#[test]
fn affiliations_and_invitations_are_read() {
    let found = from_json::<SentAffiliations>(r#"{"members":["a@x","b@x"]}"#)
        .unwrap()
        .unwrap();
    assert_eq!(
        found,
        SentAffiliations {
            list: Some(AffiliationList::Members),
            addresses: texts(&["a@x", "b@x"]).unwrap()
        }
    );
    let found: SentAffiliations = from_xml("<owners><owner>a</owner></owners>").unwrap();
    assert_eq!(
        found,
        SentAffiliations {
            list: Some(AffiliationList::Owners),
            addresses: texts(&["a"]).unwrap()
        }
    );
    let found = from_json::<Invitations>(r#"{"reason":"r","jidsToInvite":["a"]}"#)
        .unwrap()
        .unwrap();
    assert_eq!(found.jids_to_invite, texts(&["a"]));
    assert_json_refused::<Invitation>(r#"{"reason":"r","jidsToInvite":["a"]}"#);
    let rooms = from_json::<ChatRooms>(r#"{"chatRooms":[{"roomName":"a"}]}"#)
        .unwrap()
        .unwrap();
    assert_eq!(rooms.chat_rooms.unwrap().len(), 1);
    assert_eq!(
        from_json::<ChatRooms>(r#"{"chatRoom":[]}"#)
            .unwrap()
            .unwrap()
            .chat_rooms,
        Some(vec![])
    );
    for one in [
        r#"{"chatRoom":{"roomName":"a"}}"#,
        r#"{"chatRooms":{"chatRoom":{"roomName":"a"}}}"#,
    ] {
        assert_eq!(
            from_json::<ChatRooms>(one)
                .unwrap()
                .unwrap()
                .chat_rooms
                .map(|rooms| rooms.len()),
            Some(1),
            "{one}"
        );
    }
    for text in ["[]", r#"{"chatRooms":{}}"#, r#"{"chatRooms":""}"#] {
        assert_json_refused::<ChatRooms>(text);
    }
    let found = from_json::<SentAffiliations>(r#"{"owners":{"owner":"a"}}"#)
        .unwrap()
        .unwrap();
    assert_eq!(found.addresses, texts(&["a"]).unwrap());
}
