// Highway is told once which instruction sets code is compiled for: AVX-512 (AVX3), AVX2, SSE4 and the compiler's
// baseline. Included before "hwy/foreach_target.h" by every file that is compiled for each; without include guard on
// purpose (it only sets a macro).
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSSE3)
#endif
