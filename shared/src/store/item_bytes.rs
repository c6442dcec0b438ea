//! An item in MessagePack, read as the document that it is: the form in which the embedded engine keeps items.
//!
//! It reads what nearly all items are, some times faster than the general way of [`super::item_text`], and leaves the
//! rest to that: items with packed members or of a staged import, and whatever is damaged.

use std::borrow::Cow;

use super::{
    item::{digits, text, unwrapped},
    keys::ID,
};
use crate::{
    collections::FieldKind,
    value::{Document, Name, Value},
};

/// The deepest value that is read here.
const MAX_DEPTH: usize = 64;

/// Bytes that have not been read yet. Each reading is `None` where they are something else.
#[derive(Clone, Copy)]
pub(super) struct ItemBytes<'a>(pub(super) &'a [u8]);

impl<'a> ItemBytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A length of so many bytes.
    fn length(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }

    /// The number of members of a map.
    pub(super) fn map(&mut self) -> Option<usize> {
        match self.byte()? {
            short @ 0x80..=0x8f => Some(usize::from(short & 0x0f)),
            0xde => self.length(2),
            0xdf => self.length(4),
            _ => None,
        }
    }

    fn list(&mut self) -> Option<usize> {
        match self.byte()? {
            short @ 0x90..=0x9f => Some(usize::from(short & 0x0f)),
            0xdc => self.length(2),
            0xdd => self.length(4),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = match self.byte()? {
            short @ 0xa0..=0xbf => usize::from(short & 0x1f),
            0xd9 => self.length(1)?,
            0xda => self.length(2)?,
            0xdb => self.length(4)?,
            _ => return None,
        };
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn truth(&mut self) -> Option<bool> {
        match self.byte()? {
            0xc2 => Some(false),
            0xc3 => Some(true),
            _ => None,
        }
    }

    /// Passes over one value of any kind that attributes have.
    pub(super) fn skip(&mut self) -> Option<()> {
        let mut left = 1_usize;
        while left > 0 {
            left -= 1;
            let length = match self.byte()? {
                0xc2 | 0xc3 => 0,
                short @ 0x80..=0x8f => {
                    left = left.checked_add(2 * usize::from(short & 0x0f))?;
                    0
                }
                short @ 0x90..=0x9f => {
                    left = left.checked_add(usize::from(short & 0x0f))?;
                    0
                }
                short @ 0xa0..=0xbf => usize::from(short & 0x1f),
                0xc4 | 0xd9 => self.length(1)?,
                0xc5 | 0xda => self.length(2)?,
                0xc6 | 0xdb => self.length(4)?,
                long @ (0xdc | 0xdd) => {
                    left = left.checked_add(self.length(if long == 0xdc { 2 } else { 4 })?)?;
                    0
                }
                long @ (0xde | 0xdf) => {
                    let members = self.length(if long == 0xde { 2 } else { 4 })?;
                    left = left.checked_add(members.checked_mul(2)?)?;
                    0
                }
                _ => return None,
            };
            self.take(length)?;
        }
        Some(())
    }

    /// The value of an attribute in a place of that kind.
    pub(super) fn value(&mut self, kind: FieldKind) -> Option<Value> {
        self.value_within(kind, MAX_DEPTH)
    }

    fn value_within(&mut self, kind: FieldKind, depth: usize) -> Option<Value> {
        let inner_depth = depth.checked_sub(1)?;
        if self.map()? != 1 {
            return None;
        }
        match self.text()? {
            "S" => text(kind, Cow::Borrowed(self.text()?)),
            "N" => digits(kind, self.text()?),
            "BOOL" => self.truth().map(Value::Bool),
            "NULL" => self.truth().map(|_| Value::Null),
            "L" => {
                let count = self.list()?;
                let inner = (0..count).map(|_| self.value_within(FieldKind::Other, inner_depth));
                inner.collect::<Option<_>>().map(Value::List)
            }
            "M" => {
                let count = self.map()?;
                let member = |_| Some((Name::from(self.text()?), self.value_within(FieldKind::Other, inner_depth)?));
                unwrapped((0..count).map(member).collect::<Option<_>>()?)
            }
            _ => None,
        }
    }
}

/// The document of members that are likely in the order of their names, with its id in its place.
pub(super) fn document(id: Value, mut members: Vec<(Name, Value)>) -> Document {
    let place = members.partition_point(|(name, _)| name.as_str() < ID);
    members.insert(place, (Name::const_new(ID), id));
    match members.is_sorted_by(|(a, _), (b, _)| a < b) {
        true => Document::of_sorted(members),
        false => members.into_iter().collect(),
    }
}
