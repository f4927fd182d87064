use super::JsonError;
use super::reader::{Reader, Result};
use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

const NO_QUOTE: &str = "expected `\"`";

/// A key of an object, at its quotation mark. Numbers and booleans are read from inside it.
pub(super) struct KeyReader<'r, 't>(pub(super) &'r mut Reader<'t>);

impl KeyReader<'_, '_> {
    fn begin(&mut self, starts: &[u8], lost: &'static str) -> Result<()> {
        self.0.at += 1;
        match self.0.peek() {
            Some(byte) if starts.contains(&byte) => Ok(()),
            _ => Err(self.0.here(lost)),
        }
    }

    fn begin_number(&mut self) -> Result<()> {
        self.begin(
            b"-0123456789",
            "invalid value: expected key to be a number in quotes",
        )
    }

    fn finish(self) -> Result<()> {
        match self.0.peek() {
            Some(b'"') => {
                self.0.at += 1;
                Ok(())
            }
            _ => Err(self.0.at_next(NO_QUOTE)),
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
            self.begin_number()?;
            let value = self.0.$method(visitor)?;
            self.finish()?;
            Ok(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for KeyReader<'_, '_> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.at += 1;
        visitor.visit_str(self.0.text()?)
    }

    numbers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128);
    numbers!(deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);
    numbers!(deserialize_f32 deserialize_f64);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.at += 1;
        let value = match self.0.peek() {
            Some(b't') => self.0.word(b"rue\"").map(|()| true)?,
            Some(b'f') => self.0.word(b"alse\"").map(|()| false)?,
            _ => {
                self.0.at -= 1;
                return Err(self.0.mismatch(&visitor));
            }
        };
        let value = visitor.visit_bool(value);
        value.map_err(|error| self.0.placed(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.deserialize_bytes(visitor)
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
