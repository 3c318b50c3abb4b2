//! Types of columns as text, and rows of values that are bytes already.

use scylla::cluster::metadata::{CollectionType, ColumnType, NativeType};
use scylla::frame::response::result::ColumnSpec;
use scylla::response::query_result::ColumnSpecs;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;
use scylla::serialize::SerializationError;

use crate::cassandra::ffi::Column;
use crate::failure::{Code, Failure, Outcome};

fn native_name(native: &NativeType) -> Outcome<&'static str> {
    use NativeType as N;
    Ok(match native {
        N::Ascii => "ascii",
        N::Boolean => "boolean",
        N::Blob => "blob",
        N::Counter => "counter",
        N::Date => "date",
        N::Decimal => "decimal",
        N::Double => "double",
        N::Duration => "duration",
        N::Float => "float",
        N::Int => "int",
        N::BigInt => "bigint",
        N::Text => "text",
        N::Timestamp => "timestamp",
        N::Inet => "inet",
        N::SmallInt => "smallint",
        N::TinyInt => "tinyint",
        N::Time => "time",
        N::Timeuuid => "timeuuid",
        N::Uuid => "uuid",
        N::Varint => "varint",
        other => return Err(Failure::new(Code::Unsupported, format!("type {other:?}"))),
    })
}

/// As ffi::Column has it.
pub fn type_text(column: &ColumnType) -> Outcome<String> {
    Ok(match column {
        ColumnType::Native(native) => native_name(native)?.to_string(),
        ColumnType::Collection { typ: CollectionType::List(element), .. } => {
            format!("list<{}>", type_text(element)?)
        }
        ColumnType::Collection { typ: CollectionType::Set(element), .. } => {
            format!("set<{}>", type_text(element)?)
        }
        ColumnType::Collection { typ: CollectionType::Map(key, value), .. } => {
            format!("map<{}, {}>", type_text(key)?, type_text(value)?)
        }
        ColumnType::Vector { typ, dimensions } => {
            format!("vector<{}, {dimensions}>", type_text(typ)?)
        }
        ColumnType::UserDefinedType { definition, .. } => {
            let mut fields = Vec::new();
            for (name, field) in &definition.field_types {
                fields.push(format!("\"{}\" {}", name.replace('"', "\"\""), type_text(field)?));
            }
            format!("udt<{}>", fields.join(", "))
        }
        ColumnType::Tuple(fields) => {
            let fields: Outcome<Vec<String>> = fields.iter().map(type_text).collect();
            format!("tuple<{}>", fields?.join(", "))
        }
        other => return Err(Failure::new(Code::Unsupported, format!("type {other:?}"))),
    })
}

pub fn column_of(spec: &ColumnSpec) -> Outcome<Column> {
    Ok(Column { name: spec.name().to_string(), type_text: type_text(spec.typ())? })
}

/// Invalid, with the columns that differ, unless a result has those that its reader was made for:
/// in another order, or with another type, their bytes would be read as something else.
pub fn check_columns(expected: &[Column], specs: ColumnSpecs) -> Outcome<()> {
    let got = specs.iter().map(column_of).collect::<Outcome<Vec<Column>>>()?;
    if got == expected {
        return Ok(());
    }
    let mut changes = Vec::new();
    for column in expected {
        match got.iter().find(|other| other.name == column.name) {
            None => changes.push(format!("'{}' is gone", column.name)),
            Some(other) if other.type_text != column.type_text => changes.push(format!(
                "'{}' was {} and is {}",
                column.name, column.type_text, other.type_text
            )),
            Some(_) => {}
        }
    }
    for column in &got {
        if !expected.iter().any(|other| other.name == column.name) {
            changes.push(format!("'{}' ({}) is new", column.name, column.type_text));
        }
    }
    if changes.is_empty() {
        changes.push("they have another order".to_string());
    }
    Err(Failure::new(
        Code::Invalid,
        format!(
            "E_COLUMNS_CHANGED: the columns are others than when the run began: {}; start it again, \
             and it asks for them again",
            changes.join(", ")
        ),
    ))
}

/// Cells as ffi::Rows has them; a length of -2 is a value that is not set.
pub struct Cells<'a>(pub &'a [u8]);

impl SerializeRow for Cells<'_> {
    fn serialize(
        &self,
        _context: &RowSerializationContext<'_>,
        writer: &mut RowWriter,
    ) -> Result<(), SerializationError> {
        let mut rest = self.0;
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let cell = writer.make_cell_writer();
            rest = after;
            match i32::from_be_bytes(*length) {
                -1 => {
                    cell.set_null();
                }
                -2 => {
                    cell.set_unset();
                }
                bytes => {
                    let (value, after) = rest.split_at(bytes as usize);
                    cell.set_value(value).map_err(SerializationError::new)?;
                    rest = after;
                }
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
