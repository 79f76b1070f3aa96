#include "tests/fuzz/allocations.h"

#if defined(__SANITIZE_ADDRESS__)
#define LOCAL_SGD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCAL_SGD_ASAN 1
#endif
#endif

#ifndef LOCAL_SGD_ASAN
#include <malloc.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#ifdef LOCAL_SGD_ASAN
// Of the sanitizer's runtime; GCC does not install the header that says so.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void*, size_t),
    void (*free_hook)(const volatile void*));
extern "C" size_t __sanitizer_get_allocated_size(const volatile void* block);
#endif

namespace local_sgd {
namespace {

std::atomic<int64_t> allocated{0};
std::atomic<int64_t> peak{0};

void Add(size_t bytes) {
  const int64_t now = allocated += static_cast<int64_t>(bytes);
  int64_t seen = peak;
  while (seen < now && !peak.compare_exchange_weak(seen, now)) {
  }
}

void Subtract(size_t bytes) { allocated -= static_cast<int64_t>(bytes); }

}  // namespace

PeakAllocation::PeakAllocation() : before_(allocated) { peak = before_; }

int64_t PeakAllocation::bytes() const { return peak - before_; }

}  // namespace local_sgd

#ifdef LOCAL_SGD_ASAN

// The sanitizer's own operators know which new a delete belongs to.
[[maybe_unused]] static const int hooks_installed =
    __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, size_t size) { local_sgd::Add(size); },
        [](const volatile void* block) {
          if (block == nullptr) return;
          local_sgd::Subtract(__sanitizer_get_allocated_size(block));
        });

#else

namespace {

void* Counted(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  local_sgd::Add(malloc_usable_size(block));
  return block;
}

void Release(void* block) {
  local_sgd::Subtract(malloc_usable_size(block));
  std::free(block);
}

}  // namespace

// The other forms of the standard library call these.
void* operator new(size_t size) {
  return Counted(std::malloc(std::max<size_t>(size, 1)));
}
void* operator new(size_t size, std::align_val_t alignment) {
  const auto align = static_cast<size_t>(alignment);
  return Counted(std::aligned_alloc(align, (size + align - 1) / align * align));
}
void operator delete(void* block) noexcept { Release(block); }
void operator delete(void* block, size_t) noexcept { Release(block); }
void operator delete(void* block, std::align_val_t) noexcept { Release(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  Release(block);
}

#endif
