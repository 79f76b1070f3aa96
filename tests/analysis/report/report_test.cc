#include <stdlib.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analysis/report/page.h"
#include "experiments/all_studies.h"
#include "experiments/asynchronous/records.h"
#include "experiments/cluster_extrapolation/records.h"
#include "experiments/measured_speedup/records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::string NewFolder() {
  std::string path = ::testing::TempDir() + "/report.XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

void Write(const std::string& path, const std::string& contents) {
  ASSERT_TRUE(WriteFileAtomically(path, contents).ok());
}

// T(K, H) = 1000 (1 + (H - 1) cost) / K for K = 1, 4 and H = 1, 16.
std::vector<SpeedupRecord> Records(const std::string& dataset,
                                   const std::string& step_size, double epsilon,
                                   double cost) {
  std::vector<SpeedupRecord> records;
  for (int64_t workers : {1, 4}) {
    for (int64_t period : {1, 16}) {
      SpeedupRecord r;
      r.dataset = dataset;
      r.dataset_sha256 = "12ab";
      r.step_size = step_size;
      r.epsilon = epsilon;
      r.batch = 4;
      r.workers = workers;
      r.period = period;
      r.seeds = r.seeds_reached = 3;
      r.rho = 25;
      const double k = static_cast<double>(workers);
      const double more =
          workers == 1 ? 1 : 1 + static_cast<double>(period - 1) * cost;
      r.iterations = 1000 * more / k;
      r.iterations_stderr = 1;
      r.iterate = "last";
      r.speedup_free = k / more;
      r.speedup_free_stderr = 0.125;
      for (CostModel model : {CostModel::kStar, CostModel::kRing}) {
        (model == CostModel::kStar ? r.speedup_star : r.speedup_ring) =
            *r.speedup_free /
            CommunicationFactor(model, 25, workers, period, 4);
      }
      if (step_size == kTunedStepSize) {
        r.iterations_selected = 1000;
        r.chosen_family = "constant";
        r.chosen_exponent = -4;
        r.chosen_iterate = "last";
        r.chosen_interior = "yes";
      }
      records.push_back(r);
    }
  }
  return records;
}

void WriteRecords(const std::string& folder,
                  const std::vector<SpeedupRecord>& records) {
  const auto csv = ToCsv(ToTable(SpeedupSchema(), records));
  ASSERT_TRUE(csv.ok()) << csv.status();
  Write(folder + "/measured_speedup.csv", *csv);
}

std::string Report(const std::string& folder) {
  const auto html = ReportHtml(AllStudies(), folder, folder, {});
  EXPECT_TRUE(html.ok()) << html.status();
  return html.ok() ? *html : "";
}

// What is wrong with the nesting of the elements, the quotes of attributes and
// the ids; empty for a page that is well formed.
std::string Malformed(const std::string& html) {
  const std::set<std::string> empty = {"meta", "link", "input", "img", "br"};
  std::vector<std::string> open;
  std::set<std::string> ids;
  size_t at = html.find("<html");
  while ((at = html.find('<', at)) != std::string::npos) {
    const bool closing = html[at + 1] == '/';
    size_t i = at + (closing ? 2 : 1);
    std::string name;
    while (i < html.size() && absl::ascii_isalnum(html[i])) name += html[i++];
    if (name.empty()) return "a bare < at " + html.substr(at, 40);
    char quote = 0;
    const size_t attributes = i;
    for (; i < html.size() && (quote != 0 || html[i] != '>'); ++i) {
      if (quote != 0 && html[i] == '<') return "< in " + html.substr(at, 80);
      if (quote != 0) {
        if (html[i] == quote) quote = 0;
      } else if (html[i] == '"' || html[i] == '\'') {
        quote = html[i];
      }
    }
    const std::string inside = html.substr(attributes, i - attributes);
    if (const size_t id = inside.find(" id=\""); id != std::string::npos) {
      const std::string value =
          inside.substr(id + 5, inside.find('"', id + 5) - id - 5);
      if (!ids.insert(value).second) return "two elements with id " + value;
    }
    at = i;
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> too soon";
      open.pop_back();
    } else if (empty.count(name) == 0) {
      open.push_back(name);
      // Scripts and styles are not HTML inside.
      if (name == "script" || name == "style") at = html.find("</" + name, at);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

TEST(ReportTest, TheCheckOfFormFindsFaults) {
  EXPECT_EQ(Malformed("<html><p id=\"a\">x</p></html>"), "");
  EXPECT_NE(Malformed("<html><p>x</html>"), "");
  EXPECT_NE(Malformed("<html><p>1 < 2</p></html>"), "");
  EXPECT_NE(Malformed("<html><p id=\"a\"></p><p id=\"a\"></p></html>"), "");
  EXPECT_NE(Malformed("<html><p title=\"<b>\"></p></html>"), "");
}

TEST(ReportTest, ShowsEverythingOfAFolder) {
  const std::string folder = NewFolder();
  std::vector<SpeedupRecord> records = Records("w8a", "tuned", 0.0001, 0.1);
  for (const char* arm : {"tuned", "theory"}) {
    const auto more = Records("w8a", arm, 0.005, 0.2);
    records.insert(records.end(), more.begin(), more.end());
  }
  WriteRecords(folder, records);
  Write(folder + "/figure3_tuned_ring.svg",
        "<svg width=\"624\" height=\"575\"></svg>");
  Write(folder + "/figure3_tuned_ring_caption.txt",
        "First.\n\nSecond & <third>.\n");
  Write(
      folder + "/manifest.json",
      R"({"dataset": "w8a", "dataset_sha256": "12ab", "flags": {"data_url": "",
        "seed": "1", "dataset": "a b'c"}, "seeds": [1, 2], "version": "abc",
        "compiler": "GCC 12", "cpu": "A <chip>", "cores": 2,
        "files": {"a.csv": "99"},
        "run": {"started_at": "2024-01-31", "elapsed_seconds": 12.7}})");
  Write(folder + "/problem_constants.json", R"({"features": 17, "L": 0.5})");
  const std::string html = Report(folder);
  EXPECT_EQ(Malformed(html), "");
  EXPECT_THAT(html, HasSubstr("data:image/svg+xml;base64,PHN2ZyB3aWR0aD0i"));
  EXPECT_THAT(html, HasSubstr("width=\"624\" height=\"575\""));
  EXPECT_THAT(html, HasSubstr("<p>First.</p>\n<p>Second &amp; &lt;third&gt;."));
  EXPECT_THAT(html, HasSubstr("<h3>Figure 3: measured speedup, tuned step "
                              "sizes</h3>\n<figure"));
  EXPECT_THAT(html, HasSubstr("<code>bazel run //analysis:figures -- "
                              "--only=figure3_tuned_ring</code>"));
  EXPECT_THAT(html, HasSubstr("bazel run //:reproduce -- --seed=1 "
                              "&#39;--dataset=a b&#39;\\&#39;&#39;c&#39;<"));
  EXPECT_THAT(html, HasSubstr("A &lt;chip&gt;"));
  EXPECT_THAT(html, HasSubstr("<dd>13 s</dd>"));
  EXPECT_THAT(html, HasSubstr("\"d\":17"));
  EXPECT_THAT(html, HasSubstr("\"rho\":25.0"));
  EXPECT_THAT(html, HasSubstr("Largest measured speedups, step sizes tuned"));
  EXPECT_THAT(html, HasSubstr("claim-model_period_softens_ring_printed"));
  // What is not there.
  EXPECT_THAT(html, HasSubstr("<li>theoretical_speedup.csv: <code>bazel run "
                              "//experiments:theoretical_speedup</code>"));
  EXPECT_THAT(html, Not(HasSubstr("<li>measured_speedup.csv")));
  EXPECT_THAT(html, Not(HasSubstr("SURROGATE")));
  for (const char* from_outside :
       {"src=\"http", "href=\"http", "url(http", "@import", "fetch("}) {
    EXPECT_FALSE(absl::StrContains(html, from_outside)) << from_outside;
  }
  EXPECT_LT(html.size(), 1'000'000);
}

ExtrapolationRecord Extrapolation(const std::string& network, int64_t period) {
  ExtrapolationRecord record;
  record.network = network;
  record.network_source = record.gradient_source = "assumed";
  record.bytes_per_second = 1e6;
  record.gradient_seconds = record.compute_seconds = 1;
  record.exchange = "ring";
  record.period = period;
  record.workers = 1000;
  record.speedup = 777;
  return record;
}

TEST(ReportTest, ShowsTheTablesOfExperiments) {
  const std::string folder = NewFolder();
  Write(folder + "/cluster_extrapolation.csv",
        *ToCsv(ToTable(ExtrapolationSchema(), {Extrapolation("wan", 1)})));
  const std::string html = Report(folder);
  EXPECT_EQ(Malformed(html), "");
  const std::string title =
      "<h3>A model of clusters of thousands of workers</h3>\n<details";
  const size_t at = html.find(title);
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(html.substr(at),
              AllOf(HasSubstr("The best exchange and period of large clusters"),
                    HasSubstr("id=\"table-cluster_extrapolation1\""),
                    HasSubstr(">777</td>")));
  // Others' prices change none of them.
  EXPECT_EQ(ReportHtml(AllStudies(), folder, folder, 100)->find(title),
            std::string::npos);
  // Records without what belongs to them.
  WriteRecords(folder, Records("w8a", "theory", 0.005, 0.1));
  Write(folder + "/asynchronous.csv",
        *ToCsv(ToTable(AsynchronousSchema(), {})));
  EXPECT_THAT(Report(folder), HasSubstr("asynchronous.csv: no records</p>"));
}

TEST(ReportTest, ThreeSentencesComeFirst) {
  const std::string folder = NewFolder();
  std::vector<SpeedupRecord> records = Records("w8a", "tuned", 0.005, 0.01);
  const auto theory = Records("w8a", "theory", 0.005, 0.01);
  records.insert(records.end(), theory.begin(), theory.end());
  WriteRecords(folder, records);
  const std::string html = Report(folder);
  const size_t first = html.find("<ul class=\"findings\">");
  const size_t more = html.find("<ul class=\"more-findings\">");
  ASSERT_LT(first, more);
  ASSERT_NE(more, std::string::npos);
  const std::vector<std::string> items =
      absl::StrSplit(html.substr(first, more - first), "<li>");
  ASSERT_THAT(items, SizeIs(4));
  EXPECT_THAT(items[1], HasSubstr("With tuned step sizes, "));
  EXPECT_THAT(items[2], HasSubstr("With the step sizes of Theorem 2.2, "));
  EXPECT_THAT(html.substr(more), HasSubstr("<li>Where exchanging a vector"));
}

TEST(ReportTest, SurrogateNoticeStandsFirst) {
  const std::string folder = NewFolder();
  WriteRecords(folder, Records("w8a_surrogate", "theory", 0.005, 0));
  const std::string html = Report(folder);
  EXPECT_EQ(Malformed(html), "");
  const size_t notice = html.find("!!! SURROGATE DATA, not w8a !!!");
  ASSERT_NE(notice, std::string::npos);
  EXPECT_LT(notice, html.find("<h1"));
}

TEST(ReportTest, ForeignTextIsEscaped) {
  const std::string folder = NewFolder();
  const std::string evil = "</script><script>alert('1')</script>&{{{run}}}\"";
  std::vector<SpeedupRecord> records = Records(evil, evil, 0.005, 0.1);
  for (SpeedupRecord& record : records) record.dataset_sha256 = evil;
  WriteRecords(folder, records);
  Write(folder + "/<b>\"x.svg", evil);
  Write(folder + "/<b>\"x_caption.txt", evil);
  const auto findings = ToCsv(
      ToTable(FindingSchema(), {{"evil", evil, evil, 1, 0.5, 1.5, 3, evil}}));
  ASSERT_TRUE(findings.ok()) << findings.status();
  Write(folder + "/evil_findings.csv", *findings);
  Write(folder + "/manifest.json",
        R"({"dataset": "<script>alert(1)</script>", "seeds": "<b>",
        "files": {"<i>": "<u>"}, "cpu": null, "run": 3})");
  const std::string html = Report(folder);
  EXPECT_EQ(Malformed(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;1&#39;)"));
  EXPECT_THAT(html, HasSubstr("&lt;/script&gt;&amp;{{{run}}}&quot;"));
  EXPECT_THAT(html, HasSubstr("\\u003c/script>\\u003cscript>alert('1')"));
}

TEST(ReportTest, FindingsOfEveryExperimentAreListed) {
  const std::string folder = NewFolder();
  for (const char* name : {"one", "two"}) {
    const auto csv = ToCsv(ToTable(
        FindingSchema(),
        {{name, "slope", "b=4", -0.98765, -1.25, -0.5, 8, "w8a_surrogate"}}));
    ASSERT_TRUE(csv.ok());
    Write(absl::StrCat(folder, "/", name, "_findings.csv"), *csv);
  }
  const std::string html = Report(folder);
  EXPECT_EQ(Malformed(html), "");
  EXPECT_THAT(html, AllOf(HasSubstr("<th scope=\"row\">one</th>"),
                          HasSubstr("<th scope=\"row\">two</th>"),
                          HasSubstr("data-value=\"-0.98765\">-0.9877<"),
                          HasSubstr("!!! SURROGATE DATA")));
}

TEST(ReportTest, AnotherPriceChangesTablesAndExplorer) {
  const std::string folder = NewFolder();
  WriteRecords(folder, Records("w8a", "theory", 0.005, 0.1));
  Write(folder + "/figure3_theory_ring.svg", "<svg></svg>");
  const auto files = WriteReport(AllStudies(), folder, folder + "/rho_7", 7);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(*files, ElementsAre(folder + "/rho_7/report.html"));
  const std::string html = *ReadFile(files->front());
  EXPECT_EQ(Malformed(html), "");
  EXPECT_THAT(html, HasSubstr("under ring at rho = 7"));
  EXPECT_THAT(html, Not(HasSubstr("rho = 25,")));
  EXPECT_THAT(html, HasSubstr("\"rho\":7.0"));
  // The figures of the input folder have another price.
  EXPECT_THAT(html, Not(HasSubstr("data:image")));
}

TEST(ReportTest, StaysSmall) {
  const std::string folder = NewFolder();
  std::string csv = "model,cost_model,rho,epsilon,workers,period,speedup\n";
  for (int i = 1; i < 30'000; ++i) {
    absl::StrAppend(&csv, "printed,ring,25,0.005,", i, ",1,0.12345678901234\n");
  }
  Write(folder + "/theoretical_speedup.csv", csv);
  for (const char* name :
       {"variance_reduction_gradients", "communication_schedules"}) {
    Write(absl::StrCat(folder, "/", name, ".csv"), csv);
  }
  std::vector<ExtrapolationRecord> extrapolation;  // a table a network
  for (const char* network : {"a", "b", "c", "d"}) {
    for (int period = 1; period < 2000; ++period) {
      extrapolation.push_back(Extrapolation(network, period));
    }
  }
  Write(folder + "/cluster_extrapolation.csv",
        *ToCsv(ToTable(ExtrapolationSchema(), extrapolation)));
  std::vector<FindingRecord> findings;
  for (int i = 0; i < 9000; ++i) {
    findings.push_back({"many", absl::StrCat("name", i), "", 1, {}, {}, 1, ""});
  }
  Write(folder + "/many_findings.csv",
        *ToCsv(ToTable(FindingSchema(), findings)));
  for (int i = 0; i < 4; ++i) {
    Write(absl::StrCat(folder, "/plot", i, ".svg"),
          "<svg>" + std::string(860'000, ' ') + "</svg>");
  }
  const std::string html = Report(folder);
  EXPECT_LT(html.size(), 5 * 1024 * 1024);
  EXPECT_EQ(Malformed(html), "");
  EXPECT_THAT(html, HasSubstr("plot3.svg is left out"));
  EXPECT_THAT(html, HasSubstr("of 29999 rows; the file has all"));
}

TEST(ReportTest, ErrorsNameFolderAndFile) {
  const std::string folder = NewFolder();
  EXPECT_TRUE(absl::IsNotFound(
      ReportHtml(AllStudies(), folder + "/absent", folder, {}).status()));
  const auto empty = ReportHtml(AllStudies(), folder, folder, {}).status();
  EXPECT_TRUE(absl::IsNotFound(empty));
  EXPECT_THAT(std::string(empty.message()), HasSubstr(folder));
  WriteRecords(folder, Records("w8a", "theory", 0.005, 0.1));
  const std::string deep =
      std::string(1'000'000, '[') + std::string(1'000'000, ']');
  for (const auto& [name, contents] :
       {std::pair<const char*, std::string>("manifest.json", "{"),
        {"manifest.json", R"({"dataset":)" + deep + "}"},
        {"problem_constants.json", "[]"},
        {"x_findings.csv", "a,b\n1,2\n"},
        {"theoretical_speedup.csv", "a,b\n1\n"}}) {
    const std::string path = absl::StrCat(folder, "/", name);
    Write(path, contents);
    const auto status = ReportHtml(AllStudies(), folder, folder, {}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << name << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    ASSERT_EQ(unlink(path.c_str()), 0);
  }
}

}  // namespace
}  // namespace local_sgd
