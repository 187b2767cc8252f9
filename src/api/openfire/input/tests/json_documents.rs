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
