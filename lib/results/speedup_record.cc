#include "lib/results/speedup_record.h"

#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "lib/results/field_reader.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

const std::vector<Column>& Columns() {
  static const auto& columns =
      *new std::vector<Column>{{"dataset", ""},
                               {"dataset_sha256", ""},
                               {"step_size", ""},
                               {"epsilon", ""},
                               {"batch", ""},
                               {"workers", ""},
                               {"period", ""},
                               {"seeds", ""},
                               {"seeds_reached", ""},
                               {"iterations_selected", ""},
                               {"iterations", "", Decimals(0)},
                               {"iterations_stderr", "", Decimals(0)},
                               {"iterate", ""},
                               {"chosen_family", ""},
                               {"chosen_exponent", ""},
                               {"chosen_iterate", ""},
                               {"chosen_interior", ""},
                               {"runner_up_family", ""},
                               {"runner_up_exponent", ""},
                               {"runner_up_iterations", ""},
                               {"runner_up_iterate", ""},
                               {"speedup_free", "", Decimals(2)},
                               {"speedup_free_stderr", "", Decimals(2)},
                               {"speedup_star", "", Decimals(2)},
                               {"speedup_ring", "", Decimals(2)},
                               {"rho", ""}};
  return columns;
}

// The fields of the winner and of the second stand together or not at all.
void ExpectSelection(const SpeedupRecord& record, FieldReader& reader) {
  const bool chosen = record.chosen_family.has_value();
  const bool runner_up = record.runner_up_family.has_value();
  if (record.step_size != kTunedStepSize) {
    for (const char* column : {"chosen_family", "runner_up_family"}) {
      reader.ExpectPresence(
          false, column,
          absl::StrCat("with step size '", record.step_size, "'"));
    }
  }
  for (const char* column : {"iterations_selected", "chosen_exponent",
                             "chosen_iterate", "chosen_interior"}) {
    reader.ExpectPresence(chosen, column, "as in chosen_family");
  }
  for (const char* column :
       {"runner_up_exponent", "runner_up_iterations", "runner_up_iterate"}) {
    reader.ExpectPresence(runner_up, column, "as in runner_up_family");
  }
}

}  // namespace

Table SpeedupRecordTable(const std::vector<SpeedupRecord>& records) {
  Table table;
  table.title = "Measured speedups";
  table.columns = Columns();
  for (const SpeedupRecord& r : records) {
    table.rows.push_back({r.dataset,
                          r.dataset_sha256,
                          r.step_size,
                          r.epsilon,
                          r.batch,
                          r.workers,
                          r.period,
                          r.seeds,
                          r.seeds_reached,
                          ToCell(r.iterations_selected),
                          ToCell(r.iterations),
                          ToCell(r.iterations_stderr),
                          ToCell(r.iterate),
                          ToCell(r.chosen_family),
                          ToCell(r.chosen_exponent),
                          ToCell(r.chosen_iterate),
                          ToCell(r.chosen_interior),
                          ToCell(r.runner_up_family),
                          ToCell(r.runner_up_exponent),
                          ToCell(r.runner_up_iterations),
                          ToCell(r.runner_up_iterate),
                          ToCell(r.speedup_free),
                          ToCell(r.speedup_free_stderr),
                          ToCell(r.speedup_star),
                          ToCell(r.speedup_ring),
                          r.rho});
  }
  return table;
}

absl::StatusOr<std::vector<SpeedupRecord>> ParseSpeedupRecords(
    const CsvFile& file) {
  std::vector<std::string> names;
  for (const Column& column : Columns()) names.push_back(column.name);
  RETURN_IF_ERROR(ExpectColumns(file, names));
  std::vector<SpeedupRecord> records;
  std::set<std::tuple<std::string, std::string, std::string, double, int64_t,
                      int64_t, int64_t>>
      settings;
  for (const CsvRecord& csv : file.records) {
    FieldReader reader(file, csv);
    SpeedupRecord r;
    r.dataset = reader.Text("dataset");
    r.dataset_sha256 = reader.Text("dataset_sha256");
    r.step_size = reader.Text("step_size");
    r.epsilon = reader.NumberAboveZero("epsilon");
    r.batch = reader.Count("batch");
    r.workers = reader.Count("workers");
    r.period = reader.Count("period");
    r.seeds = reader.Count("seeds");
    r.seeds_reached = reader.IntegerFrom(0, "seeds_reached");
    reader.Expect(r.seeds_reached <= r.seeds, "seeds_reached", r.seeds_reached,
                  absl::StrCat("at most the seeds, ", r.seeds));
    r.iterations_selected = reader.OptionalCount("iterations_selected");
    r.iterations = reader.OptionalNumberAboveZero("iterations");
    reader.ExpectPresence(r.seeds_reached == r.seeds, "iterations",
                          absl::StrCat("where ", r.seeds_reached, " of ",
                                       r.seeds, " seeds reached epsilon"));
    r.iterations_stderr = reader.OptionalNumberFromZero("iterations_stderr");
    r.iterate = reader.OptionalOneOf("iterate", IterateChoices());
    r.chosen_family = reader.OptionalOneOf("chosen_family", FamilyChoices());
    r.chosen_exponent = reader.OptionalInteger("chosen_exponent");
    r.chosen_iterate = reader.OptionalOneOf("chosen_iterate", IterateChoices());
    r.chosen_interior = reader.OptionalOneOf("chosen_interior", {"yes", "no"});
    r.runner_up_family =
        reader.OptionalOneOf("runner_up_family", FamilyChoices());
    r.runner_up_exponent = reader.OptionalInteger("runner_up_exponent");
    r.runner_up_iterations = reader.OptionalCount("runner_up_iterations");
    r.runner_up_iterate =
        reader.OptionalOneOf("runner_up_iterate", IterateChoices());
    ExpectSelection(r, reader);
    r.speedup_free = reader.OptionalNumberAboveZero("speedup_free");
    r.speedup_free_stderr =
        reader.OptionalNumberFromZero("speedup_free_stderr");
    r.speedup_star = reader.OptionalNumberFromZero("speedup_star");
    r.speedup_ring = reader.OptionalNumberFromZero("speedup_ring");
    r.rho = reader.NumberFromZero("rho");
    if (!reader.status().ok()) return reader.status();
    if (!settings
             .insert({r.dataset, r.dataset_sha256, r.step_size, r.epsilon,
                      r.batch, r.workers, r.period})
             .second) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.path, ":", csv.line, ": these settings stand twice"));
    }
    records.push_back(std::move(r));
  }
  return records;
}

}  // namespace local_sgd
