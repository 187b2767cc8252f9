use super::*;
use proptest::prelude::*;

const OFFERED: [&str; 2] = ["application/xml", "application/json"];

fn decode(values: &[&str]) -> Result<Accept, Error> {
    let values: Vec<HeaderValue> = values.iter().map(|text| HeaderValue::from_str(text).unwrap()).collect();
    Accept::decode(&mut values.iter())
}

fn outcome(values: &[&str]) -> String {
    let Ok(accept) = decode(values) else {
        return "400".to_owned();
    };
    match accept.choose(&OFFERED) {
        None => "406".to_owned(),
        Some(chosen) if chosen.accepted.is_wildcard() => OFFERED[chosen.index].to_owned(),
        Some(chosen) => chosen.accepted.to_string(),
    }
}

#[test]
fn accept_is_read_as_jersey_reads_it() {
    let rows: &[(&[&str], &str)] = &[
        (&[""], "application/xml"),
        (&["*/*"], "application/xml"),
        (&["*"], "application/xml"),
        (&["application"], "application/xml"),
        (&["application/*"], "application/xml"),
        (&["application/json"], "application/json"),
        (&["application/json, text/plain, */*"], "application/json"),
        (
            &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
            "application/xml",
        ),
        (&["application/json, application/xml"], "application/json"),
        (&["application/xml, application/json"], "application/xml"),
        (&["application/json;q=0.5, application/xml;q=0.9"], "application/xml"),
        (&["application/json;q=0.9, */*;q=0.1"], "application/json"),
        (&["*/*, application/json;q=0.1"], "application/xml"),
        (&["application/*, application/json"], "application/json"),
        (&["application/json;q=0, */*"], "application/xml"),
        (&["application/xml;q=0"], "application/xml"),
        (&["application/xml;q=0, application/json;q=0"], "application/xml"),
        (&["*/*;q=0"], "application/xml"),
        (&["text/*, */*;q=0.1"], "application/xml"),
        (&["application/json; charset=UTF-8"], "application/json;charset=UTF-8"),
        (&["application/json;v=1;q=0.5"], "application/json;v=1"),
        (&["application/json;v=\"a b\""], "application/json;v=\"a b\""),
        (&["Application/Xml"], "Application/Xml"),
        (&[" application/json "], "application/json"),
        (&["application/json;q=0.001"], "application/json"),
        (&["application/json;"], "application/json"),
        (&["application/json,"], "application/json"),
        (&["application/xml;q=0.5", "application/json"], "application/json"),
        (&["text/html", "application/json"], "application/json"),
        (&["json"], "406"),
        (&["text/xml"], "406"),
        (&["text/*"], "406"),
        (&["application/vnd.api+json"], "406"),
        (&["application/json;q=2"], "400"),
        (&["application/json;q=x"], "400"),
        (&["application/json;q=0.12345"], "400"),
        (&["application/json;charset="], "400"),
        (&[",application/json"], "400"),
        (&["application/json,,text/html"], "400"),
        (&["application/"], "400"),
        (&["application/json/x"], "400"),
    ];
    for (values, expected) in rows {
        assert_eq!(outcome(values), *expected, "{values:?}");
    }
}

#[test]
fn a_content_type_needs_both_parts_and_stands_alone() {
    let read = |values: &[&str]| {
        let values: Vec<HeaderValue> = values.iter().map(|v| v.parse().unwrap()).collect();
        ContentType::decode(&mut values.iter()).map(|found| found.0.to_string())
    };
    assert_eq!(
        read(&["application/json; Charset=utf-8"]).unwrap(),
        "application/json;charset=utf-8"
    );
    assert_eq!(
        read(&["multipart/form-data; boundary=x"]).unwrap(),
        "multipart/form-data;boundary=x"
    );
    assert_eq!(read(&["*/*"]).unwrap(), "*/*");
    let malformed: [&[&str]; 5] = [
        &["json"],
        &["application/"],
        &[""],
        &["application/json, application/xml"],
        &["application/json", "application/json"],
    ];
    for values in malformed {
        assert!(read(values).is_err(), "{values:?}");
    }
}

proptest! {
    #[test]
    fn any_accept_header_is_read_or_refused(text in "[ -~\\t]{0,60}") {
        if let Ok(accept) = decode(&[&text]) {
            let _ = accept.choose(&OFFERED);
            for media_type in accept.by_preference() {
                let _ = media_type.to_header_value();
            }
        }
    }
}
