// Files and archives that tests make for themselves.

#ifndef TESTS_DATASET_ARCHIVES_H_
#define TESTS_DATASET_ARCHIVES_H_

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace local_sgd {

// Writes `bytes` to a file of that name in the test's own folder; its path.
inline std::string WriteTestFile(const std::string& name,
                                 const std::string& bytes) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

inline std::string Gzip(const std::string& bytes) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 9,
                         Z_DEFAULT_STRATEGY),
            Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string Bzip2(const std::string& bytes) {
  unsigned int size = static_cast<unsigned int>(bytes.size() * 1.01 + 600);
  std::string packed(size, '\0');
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(
                packed.data(), &size, const_cast<char*>(bytes.data()),
                static_cast<unsigned int>(bytes.size()), 9, 0, 0),
            BZ_OK);
  packed.resize(size);
  return packed;
}

// With the dictionary of `level`: 8 MiB for 6, 64 MiB for 9.
inline std::string Xz(const std::string& bytes, uint32_t level = 6) {
  std::string packed(lzma_stream_buffer_bound(bytes.size()), '\0');
  size_t size = 0;
  EXPECT_EQ(
      lzma_easy_buffer_encode(
          level, LZMA_CHECK_CRC64, nullptr,
          reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
          reinterpret_cast<uint8_t*>(packed.data()), &size, packed.size()),
      LZMA_OK);
  packed.resize(size);
  return packed;
}

// With a check sum, as the program writes it.
inline std::string Zstd(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  ZSTD_outBuffer out = {packed.data(), packed.size(), 0};
  EXPECT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0u);
  packed.resize(out.pos);
  ZSTD_freeCCtx(context);
  return packed;
}

}  // namespace local_sgd

#endif  // TESTS_DATASET_ARCHIVES_H_
