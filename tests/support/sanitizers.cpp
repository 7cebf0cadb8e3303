// Read by the sanitizers when a test program starts: what they report of libraries that are not ours.
#if defined(__SANITIZE_ADDRESS__)
// fontconfig keeps its caches until the end.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }
#elif defined(__SANITIZE_THREAD__)
// oneDNN hands a primitive that one thread made to the others through a cache whose waiting is compiled into the library,
// where this sanitizer does not see it: neither its own accesses nor the first look at what it hands out are races.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libdnnl.so\nrace:dnnl::memory::desc::desc\n";
}
#endif
