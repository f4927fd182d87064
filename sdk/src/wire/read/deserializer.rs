use super::JsonError;
use super::access::{Members, UnitVariant, Variant};
use super::number::{OUT_OF_RANGE, double, single};
use super::reader::{END_OF_OBJECT, END_OF_VALUE, NO_VALUE, Reader, Result};
use serde::de::{Deserializer, Visitor};
use std::str::FromStr;

impl Reader<'_> {
    fn list<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.enter()?;
        let value = visitor.visit_seq(Members::new(self));
        self.leave();
        let end = self.end_list();
        let value = value.and_then(|value| end.map(|()| value));
        value.map_err(|error| self.placed(error))
    }

    fn object<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.enter()?;
        let value = visitor.visit_map(Members::new(self));
        self.leave();
        let end = self.end_object();
        let value = value.and_then(|value| end.map(|()| value));
        value.map_err(|error| self.placed(error))
    }

    fn null<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.word(b"ull")?;
        visitor.visit_unit().map_err(|error| self.placed(error))
    }

    fn string<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.at += 1;
        let value = visitor.visit_str(self.text()?);
        value.map_err(|error| self.placed(error))
    }

    fn boolean(&mut self, first: u8) -> Result<bool> {
        match first {
            b't' => self.word(b"rue").map(|()| true),
            _ => self.word(b"alse").map(|()| false),
        }
    }

    /// One that may have more digits than the others.
    fn long_integer<T: FromStr>(&mut self, signed: bool) -> Result<T> {
        let first = self.start()?;
        let start = self.at;
        if first == b'-' {
            if !signed {
                return Err(self.at_next(OUT_OF_RANGE));
            }
            self.at += 1;
        }
        self.integer_part("invalid number")?;
        let digits = self.json.get(start..self.at).unwrap_or_default();
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        digits.parse().map_err(|_| self.here(OUT_OF_RANGE))
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.integer(visitor)
        }
    )*};
}

macro_rules! same {
    ($($method:ident($($unused:ty),*) => $other:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $unused,)* visitor: V) -> Result<V::Value> {
            self.$other(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            b'n' => self.null(visitor),
            first @ (b't' | b'f') => {
                let value = self.boolean(first)?;
                visitor
                    .visit_bool(value)
                    .map_err(|error| self.placed(error))
            }
            b'-' | b'0'..=b'9' => self.any_number(visitor, double),
            b'"' => self.string(visitor),
            b'[' => self.list(visitor),
            b'{' => self.object(visitor),
            _ => Err(self.at_next(NO_VALUE)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            first @ (b't' | b'f') => {
                let value = self.boolean(first)?;
                visitor
                    .visit_bool(value)
                    .map_err(|error| self.placed(error))
            }
            _ => Err(self.mismatch(&visitor)),
        }
    }

    integers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);
    integers!(deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.long_integer(true)?;
        visitor
            .visit_i128(value)
            .map_err(|error| self.placed(error))
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.long_integer(false)?;
        visitor
            .visit_u128(value)
            .map_err(|error| self.placed(error))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.any_number(visitor, single)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.any_number(visitor, double)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            b'"' => self.string(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            b'"' => {
                self.at += 1;
                let value = visitor.visit_bytes(self.bytes()?);
                value.map_err(|error| self.placed(error))
            }
            b'[' => self.list(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.skip_space() {
            Some(b'n') => {
                self.word(b"ull")?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            b'n' => self.null(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            b'[' => self.list(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.start()? {
            b'{' => self.object(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.start()? {
            b'[' => self.list(visitor),
            b'{' => self.object(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.skip_space() {
            Some(b'{') => {
                self.enter()?;
                let value = visitor.visit_enum(Variant(&mut *self));
                self.leave();
                let value = value?;
                match self.skip_space() {
                    Some(b'}') => {
                        self.at += 1;
                        Ok(value)
                    }
                    Some(_) => Err(self.here(NO_VALUE)),
                    None => Err(self.here(END_OF_OBJECT)),
                }
            }
            Some(b'"') => visitor.visit_enum(UnitVariant(self)),
            Some(_) => Err(self.at_next(NO_VALUE)),
            None => Err(self.at_next(END_OF_VALUE)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip_value()?;
        visitor.visit_unit()
    }

    same! {
        deserialize_char() => deserialize_str;
        deserialize_string() => deserialize_str;
        deserialize_identifier() => deserialize_str;
        deserialize_byte_buf() => deserialize_bytes;
        deserialize_unit_struct(&'static str) => deserialize_unit;
        deserialize_tuple(usize) => deserialize_seq;
        deserialize_tuple_struct(&'static str, usize) => deserialize_seq;
    }
}
