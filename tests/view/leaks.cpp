// Read by the leak sanitizer when the program starts: fontconfig keeps its caches until the end.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }
