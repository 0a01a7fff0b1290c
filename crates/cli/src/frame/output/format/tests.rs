use super::*;

#[derive(Serialize)]
struct Pair {
    name: &'static str,
    number: u32,
}

impl OutputRecord for Pair {
    const COLUMNS: &'static [(&'static str, usize)] = &[("name", 0), ("number", 6)];

    fn cells(&self) -> Vec<String> {
        vec![self.name.to_owned(), self.number.to_string()]
    }
}

fn written(format: Format, names: &[&'static str]) -> String {
    let mut out = Vec::new();
    let mut records = Records::begin::<Pair>(format, &mut out).unwrap();
    for (number, name) in (1..).zip(names) {
        records.write(&Pair { name, number }, &mut out).unwrap();
    }
    records.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn each_form_holds_the_same_records() {
    let names = ["ann", "ben, \"b\""];
    assert_eq!(written(Format::Table, &names), "number  name\n1       ann\n2       ben, \"b\"\n");
    assert_eq!(written(Format::Csv, &names), "name,number\nann,1\n\"ben, \"\"b\"\"\",2\n");
    let lines = "{\"name\":\"ann\",\"number\":1}\n{\"name\":\"ben, \\\"b\\\"\",\"number\":2}\n";
    assert_eq!(written(Format::Ndjson, &names), lines);
    let array: serde_json::Value = serde_json::from_str(&written(Format::Json, &names)).unwrap();
    assert_eq!(array.as_array().map(Vec::len), Some(2));
    assert_eq!(written(Format::Json, &[]), "[]\n");
    assert_eq!(written(Format::Csv, &[]), "name,number\n");
}

#[test]
fn documents_have_the_same_members_in_each_form() {
    let written = |format, values: &[Value]| {
        let mut out = Vec::new();
        let mut documents = Documents::new(format);
        values.iter().for_each(|value| documents.write(value, &mut out).unwrap());
        documents.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let values = [serde_json::json!({ "a": "=1", "b": [1, 2] }), serde_json::json!({ "c": null })];
    let lines = "{\"a\":\"=1\",\"b\":[1,2]}\n{\"c\":null}\n";
    assert_eq!(written(Format::Ndjson, &values), lines);
    let array = written(Format::Json, &values);
    assert_eq!(serde_json::from_str::<Value>(&array).unwrap(), Value::from(values.to_vec()));
    assert_eq!(written(Format::Csv, &values), "a,b,c\n'=1,\"[1,2]\",\n,,\n");
    assert_eq!(written(Format::Json, &[]), "[]\n");
}

#[test]
fn no_cell_is_a_formula() {
    for (cell, expected) in [
        ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1,1\n"),
        ("+a@example.com", "'+a@example.com,1\n"),
        ("-a@example.com", "'-a@example.com,1\n"),
        ("@sum(a1)", "'@sum(a1),1\n"),
        ("'+a@example.com", "''+a@example.com,1\n"),
        ("o'neil@example.com", "o'neil@example.com,1\n"),
    ] {
        assert_eq!(written(Format::Csv, &[cell]), format!("name,number\n{expected}"));
    }
}

#[test]
fn the_second_option_is_short_for_one_of_the_first() {
    let options = |json, output| FormatOptions { output, json }.format();
    assert_eq!(options(true, None), Format::Ndjson);
    assert_eq!(options(false, Some(Format::Csv)), Format::Csv);
    assert_eq!(options(false, None), Format::Table);
}
