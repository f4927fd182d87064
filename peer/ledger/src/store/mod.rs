mod value;
pub use value::VersionedValue;
