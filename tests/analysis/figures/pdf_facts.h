// What a reader of PDFs (Debian's poppler-utils) finds in one: which of its
// objects are compressed is up to the version of cairo that wrote it.

#ifndef TESTS_ANALYSIS_FIGURES_PDF_FACTS_H_
#define TESTS_ANALYSIS_FIGURES_PDF_FACTS_H_

#include <stdio.h>
#include <stdlib.h>

#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "lib/files/output_file.h"

namespace local_sgd {

struct PdfFacts {
  double width = 0;  // of the first page, in points
  double height = 0;
  std::string created;     // such as D:19700101000000Z
  int fonts = 0;           // that the text is set in,
  int embedded_fonts = 0;  // and those of them that the PDF holds
};

// What a command of the shell prints; the test fails when the command does.
inline std::string OutputOf(const std::string& command) {
  FILE* const stream = popen((command + " 2>&1").c_str(), "r");
  if (stream == nullptr) {
    ADD_FAILURE() << "cannot run " << command;
    return "";
  }
  std::string output;
  char part[4096];
  while (const size_t size = fread(part, 1, sizeof(part), stream)) {
    output.append(part, size);
  }
  EXPECT_EQ(pclose(stream), 0)
      << command << " (setup.sh installs poppler-utils): " << output;
  return output;
}

inline PdfFacts ReadPdf(const std::string& pdf) {
  const std::string path = std::string(getenv("TEST_TMPDIR")) + "/read.pdf";
  EXPECT_TRUE(WriteFileAtomically(path, pdf).ok());
  PdfFacts facts;
  std::istringstream info(OutputOf("pdfinfo -rawdates '" + path + "'"));
  std::string line;
  while (std::getline(info, line)) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "CreationDate:") words >> facts.created;
    if (word == "Page" && words >> word && word == "size:") {
      words >> facts.width >> word >> facts.height;  // WIDTH x HEIGHT
    }
  }
  // Below two lines of a header: NAME, TYPE and ENCODING, which may have
  // blanks; then embedded, subset, unicode (yes or no) and two numbers.
  std::istringstream fonts(OutputOf("pdffonts '" + path + "'"));
  std::getline(fonts, line);
  const size_t embedded = line.find("emb");
  std::getline(fonts, line);
  while (std::getline(fonts, line)) {
    ++facts.fonts;
    if (line.compare(embedded, 3, "yes") == 0) ++facts.embedded_fonts;
  }
  return facts;
}

}  // namespace local_sgd

#endif  // TESTS_ANALYSIS_FIGURES_PDF_FACTS_H_
