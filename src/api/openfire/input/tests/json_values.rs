use super::*;

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
        (r#""null""#, 0),
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
    for text in ["null", r#""""#, r#"" ""#, r#""null""#] {
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
