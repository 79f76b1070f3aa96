// A kind of record, said once: its fields in order, what each may hold, and
// which of them tell two records apart. The table, and with it the CSV, and the
// reader of that CSV follow from it:
//
//   const Schema<Run>& RunSchema() {
//     static const auto& schema = *new Schema<Run>{
//         .title = "Runs",
//         .fields = {Key("workers", &Run::workers, AtLeast(1)),
//                    Key("seed", &Run::seed),
//                    Value("gap", &Run::gap)}};
//     return schema;
//   }

#ifndef LIB_RECORDS_SCHEMA_H_
#define LIB_RECORDS_SCHEMA_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/records/csv_reader.h"
#include "lib/records/field_reader.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

namespace local_sgd {

// A column of the records R, and how its value goes into a cell and comes back.
template <class R>
struct Field {
  Column column;
  bool is_key = false;
  std::function<Cell(const R&)> cell;
  std::function<void(FieldReader&, R&)> read;
};

template <class R>
struct Schema {
  std::string title;
  std::vector<Field<R>> fields;
  // What must hold between the fields of a record; it tells the reader.
  std::function<void(const R&, FieldReader&)> check = nullptr;
  // One key more, which is no column.
  std::function<Cell(const R&)> derived_key = nullptr;
  // What is said of two records that have the same keys.
  std::string repeated = "these settings and this seed stand twice";
};

// Of(&R::outer, &A::inner): a member of a record's member.
template <class R, class A, class B>
struct MemberOf {
  A R::*outer;
  B A::*inner;
};

template <class R, class A, class B>
MemberOf<R, A, B> Of(A R::*outer, B A::*inner) {
  return {outer, inner};
}

template <class R, class T>
T& At(R& record, T R::*member) {
  return record.*member;
}
template <class R, class A, class B>
B& At(R& record, MemberOf<R, A, B> member) {
  return record.*member.outer.*member.inner;
}

template <class T>
Cell CellOf(const T& value) {
  return value;
}
inline Cell CellOf(bool value) { return std::string(value ? "yes" : "no"); }
inline Cell CellOf(uint64_t value) { return static_cast<int64_t>(value); }
template <class T>
Cell CellOf(const std::optional<T>& value) {
  return ToCell(value);
}

template <class R, class Member>
Field<R> MakeField(bool is_key, Member member, const std::string& name,
                   const Accepted& accepted, Precision precision) {
  return {
      {name, "", precision},
      is_key,
      [member](const R& r) { return CellOf(At(const_cast<R&>(r), member)); },
      [member, name, accepted](FieldReader& reader, R& r) {
        reader.Read(name, accepted, At(r, member));
      }};
}

// A field that tells records apart, and one that does not.
template <class R, class T>
Field<R> Key(const std::string& name, T R::*member,
             const Accepted& accepted = {}, Precision precision = {}) {
  return MakeField<R>(true, member, name, accepted, precision);
}
template <class R, class A, class B>
Field<R> Key(const std::string& name, MemberOf<R, A, B> member,
             const Accepted& accepted = {}, Precision precision = {}) {
  return MakeField<R>(true, member, name, accepted, precision);
}
template <class R, class T>
Field<R> Value(const std::string& name, T R::*member,
               const Accepted& accepted = {}, Precision precision = {}) {
  return MakeField<R>(false, member, name, accepted, precision);
}
template <class R, class A, class B>
Field<R> Value(const std::string& name, MemberOf<R, A, B> member,
               const Accepted& accepted = {}, Precision precision = {}) {
  return MakeField<R>(false, member, name, accepted, precision);
}

// One row a record, the fields in order.
template <class R>
Table ToTable(const Schema<R>& schema, const std::vector<R>& records) {
  Table table;
  table.title = schema.title;
  for (const Field<R>& field : schema.fields) {
    table.columns.push_back(field.column);
  }
  for (const R& record : records) {
    std::vector<Cell>& row = table.rows.emplace_back();
    for (const Field<R>& field : schema.fields) {
      row.push_back(field.cell(record));
    }
  }
  return table;
}

// The records of a file that ToCsv(ToTable(schema, records)) wrote. Errors name
// file, line, column and value: other columns, a value out of its range, fields
// that contradict each other, and keys that stand twice.
template <class R>
absl::StatusOr<std::vector<R>> ParseRecords(const Schema<R>& schema,
                                            const CsvFile& file) {
  std::vector<std::string> names;
  for (const Field<R>& field : schema.fields) {
    names.push_back(field.column.name);
  }
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<R> records;
  std::set<std::vector<Cell>> keys;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    R record;
    std::vector<Cell> key;
    for (const Field<R>& field : schema.fields) {
      field.read(reader, record);
      if (field.is_key) key.push_back(field.cell(record));
    }
    if (schema.check && reader.status().ok()) schema.check(record, reader);
    if (schema.derived_key) key.push_back(schema.derived_key(record));
    if (!keys.insert(std::move(key)).second) reader.Refuse(schema.repeated);
    if (!reader.status().ok()) return reader.status();
    records.push_back(std::move(record));
  }
  return records;
}

// ParseRecords of the file at `path`.
template <class R>
absl::StatusOr<std::vector<R>> ReadRecords(const Schema<R>& schema,
                                           const std::string& path) {
  ASSIGN_OR_RETURN(const CsvFile file, ReadCsv(path));
  return ParseRecords(schema, file);
}

}  // namespace local_sgd

#endif  // LIB_RECORDS_SCHEMA_H_
