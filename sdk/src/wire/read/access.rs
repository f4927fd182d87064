use super::JsonError;
use super::key::KeyReader;
use super::reader::{
    END_OF_LIST, END_OF_OBJECT, END_OF_VALUE, NO_STRING_KEY, NO_VALUE, Reader, Result,
};
use serde::de::{self, DeserializeSeed, Deserializer, Error, Unexpected, Visitor};

/// The elements of a list, or the entries of an object.
pub(super) struct Members<'r, 't> {
    reader: &'r mut Reader<'t>,
    first: bool,
}

impl<'r, 't> Members<'r, 't> {
    pub(super) fn new(reader: &'r mut Reader<'t>) -> Self {
        Self {
            reader,
            first: true,
        }
    }

    fn has_element(&mut self) -> Result<bool> {
        let reader = &mut *self.reader;
        let first = std::mem::take(&mut self.first);
        match reader.skip_space() {
            None => Err(reader.at_next(END_OF_LIST)),
            Some(b']') => Ok(false),
            Some(_) if first => Ok(true),
            Some(b',') => {
                reader.at += 1;
                match reader.skip_space() {
                    Some(b']') => Err(reader.at_next("trailing comma")),
                    Some(_) => Ok(true),
                    None => Err(reader.at_next(END_OF_VALUE)),
                }
            }
            Some(_) => Err(reader.at_next("expected `,` or `]`")),
        }
    }

    fn has_key(&mut self) -> Result<bool> {
        let reader = &mut *self.reader;
        let first = std::mem::take(&mut self.first);
        let found = match reader.skip_space() {
            None => return Err(reader.at_next(END_OF_OBJECT)),
            Some(b'}') => return Ok(false),
            Some(found) if first => Some(found),
            Some(b',') => {
                reader.at += 1;
                reader.skip_space()
            }
            Some(_) => return Err(reader.at_next("expected `,` or `}`")),
        };
        match found {
            Some(b'"') => Ok(true),
            Some(b'}') if !first => Err(reader.at_next("trailing comma")),
            Some(_) => Err(reader.at_next(NO_STRING_KEY)),
            None => Err(reader.at_next(END_OF_VALUE)),
        }
    }
}

impl<'de> de::SeqAccess<'de> for Members<'_, '_> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        match self.has_element()? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }
}

impl<'de> de::MapAccess<'de> for Members<'_, '_> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.has_key()? {
            true => seed.deserialize(KeyReader(&mut *self.reader)).map(Some),
            false => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        self.reader.colon()?;
        seed.deserialize(&mut *self.reader)
    }
}

/// `{"Variant": content}`
pub(super) struct Variant<'r, 't>(pub(super) &'r mut Reader<'t>);

impl<'de> de::EnumAccess<'de> for Variant<'_, '_> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        match self.0.skip_space() {
            Some(b'"') => {}
            Some(b'}') => return Err(self.0.at_next(NO_VALUE)),
            Some(_) => return Err(self.0.at_next(NO_STRING_KEY)),
            None => return Err(self.0.at_next(END_OF_OBJECT)),
        }
        let variant = seed.deserialize(KeyReader(&mut *self.0));
        let variant = variant.map_err(|error| self.0.placed(error))?;
        self.0.colon()?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<()> {
        de::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.0.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.0.deserialize_struct("", fields, visitor)
    }
}

/// `"Variant"`
pub(super) struct UnitVariant<'r, 't>(pub(super) &'r mut Reader<'t>);

impl<'de> de::EnumAccess<'de> for UnitVariant<'_, '_> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let variant = seed.deserialize(&mut *self.0)?;
        Ok((variant, self))
    }
}

impl UnitVariant<'_, '_> {
    #[cold]
    fn other<T>(expected: &'static str) -> Result<T> {
        Err(JsonError::invalid_type(Unexpected::UnitVariant, &expected))
    }
}

impl<'de> de::VariantAccess<'de> for UnitVariant<'_, '_> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value> {
        Self::other("newtype variant")
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value> {
        Self::other("tuple variant")
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value> {
        Self::other("struct variant")
    }
}
