use super::*;

#[test]
fn these_are_accepted() {
    let accepted = [
        r#"<property key="k" value="v"/>"#,
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><property key="k" value="v"/>"#,
        "<?xml version='1.0' encoding='utf-8'?>\n<property key=\"k\" value=\"v\"/>",
        r#"<?xml version="1.1"?><property key="k" value="v"/>"#,
        " \n<property key=\"k\" value=\"v\"/>",
        "\u{feff}<property key=\"k\" value=\"v\"/>",
        r#"<property key="k" value="v"/><!-- after -->"#,
        r"<!-- before --><?pi x?><property value='v' key='k'>text<unknown>y</unknown></property>",
        r#"<property xmlns:x="urn:x" key="k" value="v" x:value="z" unknown="z"/>"#,
    ];
    for body in accepted {
        assert_eq!(value_in_xml(body).as_deref(), Some("v"), "{body}");
    }
}

#[test]
fn these_are_refused() {
    let refused = [
        "",
        " \n ",
        r#"<?xml version="2.0"?><property/>"#,
        r#"<?xml version="1.0" encoding="nonsense"?><property/>"#,
        r#" <?xml version="1.0"?><property/>"#,
        "<property/>text",
        "<property/><property/>",
        r#"<property key="k" value="1" value="2"/>"#,
        r#"<property xmlns="urn:x"/>"#,
        r#"<x:property xmlns:x="urn:x"/>"#,
        "<Property/>",
        "<properties><property/></properties>",
        "<user/>",
        "<property",
        "<property key=k/>",
        "key=k&value=v",
        r#"{"key":"k"}"#,
        "<property/>\0",
        "<!DOCTYPE property><property/>",
        "<!DOCTYPE property [<!ENTITY e \"x\">]><property value=\"&e;\"/>",
        "<!DOCTYPE property SYSTEM \"http://127.0.0.1/x.dtd\"><property/>",
        r#"<property value="&nbsp;"/>"#,
        r#"<property value="a&b"/>"#,
        r#"<property value="a<b"/>"#,
        r#"<property value="a</b"/>"#,
        "<property value='<!--'/>",
        r#"<property value="&#1;"/>"#,
        "<property>a]]>b</property>",
    ];
    for body in refused {
        let found = from_xml::<Property>(body);
        assert!(matches!(found, Err(BindError::Xml(_))), "{body}: {found:?}");
    }
}

#[test]
fn depth_and_namespaces_are_bounded() {
    let nested = |depth: usize| format!("<user>{}{}</user>", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(from_xml::<User>(&nested(63)).is_ok());
    assert!(from_xml::<User>(&nested(64)).is_err());
    assert!(from_xml::<User>(&nested(100_000)).is_err());
    let prefixes = (0..100)
        .map(|n| format!(" xmlns:p{n}='u'"))
        .collect::<Vec<_>>()
        .concat();
    assert!(from_xml::<User>(&format!("<user{prefixes}/>")).is_err());
}

#[test]
fn attributes_are_normalised_and_references_are_not() {
    let rows = [
        ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
        ("&#65;&#x42;&#x1F600;", "AB😀"),
        ("&#9;a&#10;b&#13;", "\ta\nb\r"),
        ("a\nb", "a b"),
        ("a\tb", "a b"),
        ("a\r\nb", "a b"),
        ("  two  ", "  two  "),
        ("a]]&gt;b", "a]]>b"),
        ("", ""),
    ];
    for (sent, expected) in rows {
        assert_eq!(
            value_in_xml(&format!("<property value=\"{sent}\"/>")).as_deref(),
            Some(expected),
            "{sent}"
        );
    }
    assert_eq!(value_in_xml("<property><value>v</value></property>"), None);
}

#[test]
fn text_is_what_stands_behind_the_last_child() {
    let rows = [
        ("<![CDATA[<b>&amp;</b>]]>", "<b>&amp;</b>"),
        ("a<![CDATA[b]]>c", "abc"),
        ("a<!-- c -->b", "ab"),
        ("<?pi x?>a", "a"),
        ("\n a \n b \n", "\n a \n b \n"),
        ("&#13;", "\r"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("<b>x</b>", ""),
        ("a<b>x</b>c", "c"),
        ("", ""),
        (" ", " "),
    ];
    for (sent, expected) in rows {
        let user: User = from_xml(&format!("<user><name>{sent}</name></user>")).unwrap();
        assert_eq!(user.name.as_deref(), Some(expected), "{sent}");
    }
    let user: User = from_xml("<user><name>a</name><x:name xmlns:x='u'>b</x:name><name>c</name></user>").unwrap();
    assert_eq!((user.name.as_deref(), user.email), (Some("c"), None));
}

#[test]
fn lists_come_from_their_last_wrapper() {
    let keys = |body: &str| {
        let user: User = from_xml(&format!("<user>{body}</user>")).unwrap();
        user.properties
            .map(|list| list.into_iter().filter_map(|property| property.key).collect::<Vec<_>>())
    };
    assert_eq!(
        keys("<properties><property key='a'/><property key='b'/></properties>"),
        texts(&["a", "b"])
    );
    assert_eq!(
        keys("<properties><property key='a'/></properties><properties><property key='b'/></properties>"),
        texts(&["b"])
    );
    assert_eq!(
        keys("<properties>text<Property key='a'/><other/></properties>"),
        texts(&[])
    );
    assert_eq!(keys("<properties/>"), texts(&[]));
    assert_eq!(keys("<property key='a'/>"), None);

    let names = |body: &str| from_xml::<UserGroups>(body).unwrap().group_names;
    assert_eq!(
        names("<groups><groupname>a</groupname><x/><groupname>b</groupname></groups>"),
        texts(&["a", "b"])
    );
    assert_eq!(names("<groups/>"), None);
    assert_eq!(names("<groups><group>a</group></groups>"), None);
}

#[test]
fn integers_are_read_as_the_original_reads_them() {
    let number = |text: &str| {
        let item = from_xml::<RosterItem>(&format!(
            "<rosterItem><subscriptionType>{text}</subscriptionType></rosterItem>"
        ));
        item.map(|item| item.subscription_type.unwrap_or_default())
    };
    let rows = [
        ("3", 3),
        (" 2 ", 2),
        ("+1", 1),
        ("-1", -1),
        ("03", 3),
        ("1 2", 12),
        ("-2147483648", i32::MIN),
        ("", 0),
        ("x", 0),
        ("3.7", 0),
        ("1e0", 0),
        ("0x1", 0),
        ("true", 0),
        ("１", 0),
    ];
    for (text, expected) in rows {
        assert_eq!(number(text), Ok(expected), "{text}");
    }
    for too_big in ["99999999999", "2147483648", "99999999999999999999999999"] {
        assert!(
            matches!(
                number(too_big),
                Err(BindError::Value {
                    field: "subscriptionType",
                    ..
                })
            ),
            "{too_big}"
        );
    }
    assert_eq!(number("3</subscriptionType><subscriptionType>x"), Ok(3));
}

#[test]
fn booleans_that_cannot_be_read_have_no_value() {
    let shared = |text: &str| {
        from_xml::<Group>(&format!("<group><shared>{text}</shared></group>"))
            .unwrap()
            .shared
    };
    for (text, expected) in [
        ("true", Some(true)),
        (" 1 ", Some(true)),
        ("false", Some(false)),
        ("0", Some(false)),
        ("x", Some(false)),
        (" 2 ", Some(false)),
    ] {
        assert_eq!(shared(text), expected, "{text}");
    }
    for text in ["TRUE", "True", "yes", ""] {
        assert_eq!(shared(text), None, "{text}");
    }
    assert_eq!(
        from_xml::<Group>("<group><isshared>true</isshared></group>")
            .unwrap()
            .shared,
        Some(true)
    );
}

#[test]
fn an_illegal_room_name_does_not_replace_a_legal_one() {
    let name = |body: &str| {
        from_xml::<ChatRoom>(&format!("<chatRoom>{body}</chatRoom>"))
            .unwrap()
            .room_name
    };
    assert_eq!(
        name("<roomName>a</roomName><roomName>a b</roomName>").as_deref(),
        Some("a")
    );
    assert_eq!(name("<roomName>a b</roomName>").as_deref(), Some("a b"));
    assert_eq!(name(""), None);
}

#[test]
fn either_root_of_invitations_and_users_is_read() {
    let body = "<reason>r</reason><jidsToInvite><jid>a@b</jid></jidsToInvite>";
    for root in ["mucInvitations", "mucInvitation"] {
        let found: Invitations = from_xml(&format!("<{root}>{body}</{root}>")).unwrap();
        assert_eq!(
            found,
            Invitations {
                reason: Some("r".into()),
                jids_to_invite: texts(&["a@b"])
            }
        );
    }
    let many: NewUsers = from_xml("<users><user><username>a</username></user><user/></users>").unwrap();
    assert!(matches!(many, NewUsers::Many(users) if users.len() == 2));
    let one: NewUsers = from_xml("<user><username>a</username><user/></user>").unwrap();
    assert!(matches!(one, NewUsers::One(user) if user.username.as_deref() == Some("a")));
    let single: ChatRooms = from_xml("<chatRoom><roomName>x</roomName></chatRoom>").unwrap();
    assert_eq!(single.chat_rooms, None);
    assert!(from_xml::<ChatRoom>("<chatRooms/>").is_err());
}
