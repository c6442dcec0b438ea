//! An item in MessagePack, written as the JSON text of its document without the document in between.
//!
//! The text is that of the document, byte by byte. What is not written here is left to [`super::item_text`], as in
//! [`super::item_bytes`].

use super::{
    item_bytes::ItemBytes,
    item_text::DocumentReader,
    keys::ID,
    packing::{CHUNKS, PACKED},
    staged_import::IMPORT,
};
use crate::{
    collections::FieldKind,
    value::{ObjectId, Value},
};

/// The text of the document of an item that has this key; `None` where it is not written so.
pub(super) fn text(reader: &DocumentReader, key: &str, item: &[u8]) -> Option<Box<[u8]>> {
    let id: ObjectId = key.parse().ok()?;
    let mut bytes = ItemBytes(item);
    let count = bytes.map()?;
    // Names of types become shorter, ids and dates longer.
    let mut text = Vec::with_capacity(item.len() + 128);
    let (mut id, mut last) = (Some(id), "");
    text.push(b'{');
    for _ in 0..count {
        let name = bytes.text()?;
        if name <= last {
            return None;
        }
        last = name;
        if name.starts_with('_') {
            if [PACKED, CHUNKS, IMPORT, ID].contains(&name) {
                return None;
            }
            bytes.skip()?;
            continue;
        }
        if name > ID
            && let Some(id) = id.take()
        {
            member(&mut text, ID, &Value::Id(id))?;
        }
        separate(&mut text);
        serde_json::to_writer(&mut text, name).ok()?;
        text.push(b':');
        value(&mut text, &mut bytes, reader.kind(name))?;
    }
    if let Some(id) = id.take() {
        member(&mut text, ID, &Value::Id(id))?;
    }
    text.push(b'}');
    Some(text.into_boxed_slice())
}

fn separate(text: &mut Vec<u8>) {
    if text.len() > 1 {
        text.push(b',');
    }
}

fn member(text: &mut Vec<u8>, name: &str, value: &Value) -> Option<()> {
    separate(text);
    serde_json::to_writer(&mut *text, name).ok()?;
    text.push(b':');
    serde_json::to_writer(text, value).ok()
}

/// Writes the value of an attribute in a place of that kind.
fn value(text: &mut Vec<u8>, bytes: &mut ItemBytes<'_>, kind: FieldKind) -> Option<()> {
    let mut scalar = *bytes;
    if scalar.map()? == 1 && kind != FieldKind::Id && scalar.text()? == "S" {
        serde_json::to_writer(text, scalar.text()?).ok()?;
        *bytes = scalar;
        return Some(());
    }
    serde_json::to_writer(text, &bytes.value(kind)?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        collections::BUILD,
        store::item::{tests::any_value, to_item},
        value::Document,
    };

    proptest! {
        #[test]
        fn the_text_is_that_of_the_document(
            members in prop::collection::btree_map("[a-zA-Z\"\\\\é]{1,8}|job_id|created_on|errors|private", any_value(), 0..8),
        ) {
            let mut document: Document = members.into_iter().collect();
            let key = "5e79f370f870c5da21eece6d";
            document.insert("_id".to_owned(), Value::Id(key.parse().unwrap()));
            let mut item = to_item(&BUILD, &document).unwrap();
            item.remove("_id");
            let item: BTreeMap<_, _> = item.into_iter().collect();
            let bytes = rmp_serde::to_vec(&item).unwrap();
            let reader = DocumentReader::new(&BUILD);
            let opened = reader.read_message_pack(key, &bytes).unwrap();
            let general = reader.read(key, &mut rmp_serde::Deserializer::from_read_ref(&bytes)).unwrap().unwrap();
            prop_assert_eq!(&opened.document, &general.document);
            let expected = serde_json::to_string(&opened.document).unwrap();
            let text = text(&reader, key, &bytes).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&text), expected);
        }

        #[test]
        fn whatever_the_bytes_are_nothing_breaks(bytes: Vec<u8>) {
            let reader = DocumentReader::new(&BUILD);
            let _ = reader.read_message_pack("5e79f370f870c5da21eece6d", &bytes);
            let _ = text(&reader, "5e79f370f870c5da21eece6d", &bytes);
        }
    }

    #[test]
    fn what_is_read_in_another_way_is_not_written() {
        let reader = DocumentReader::new(&BUILD);
        for name in [PACKED, CHUNKS, IMPORT] {
            let bytes = rmp_serde::to_vec(&BTreeMap::from([(name, BTreeMap::from([("S", "x")]))])).unwrap();
            assert!(text(&reader, "5e79f370f870c5da21eece6d", &bytes).is_none(), "{name}");
            assert!(reader.read_message_pack("5e79f370f870c5da21eece6d", &bytes).is_none(), "{name}");
        }
        assert!(text(&reader, "hash/of-no-document", &[0x80]).is_none());
    }
}
