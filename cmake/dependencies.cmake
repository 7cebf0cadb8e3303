# The packages that the libraries link, for this build and for programs that find_package(gamana).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)  # oneDNN of Debian uses it; our own threads are those of base/parallel.h
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET GLOBAL libhwy)
pkg_check_modules(SENTENCEPIECE REQUIRED IMPORTED_TARGET GLOBAL sentencepiece)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET GLOBAL icu-uc icu-i18n)
pkg_check_modules(ONIGURUMA REQUIRED IMPORTED_TARGET GLOBAL oniguruma)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET GLOBAL simdjson)
pkg_check_modules(PANGO REQUIRED IMPORTED_TARGET GLOBAL pangocairo)
# dnnl's own package file asks for OpenCL, which only its GPU half needs.
find_library(DNNL_LIBRARY dnnl REQUIRED)
if(NOT TARGET gamana::dnnl)
  add_library(gamana::dnnl UNKNOWN IMPORTED GLOBAL)
  set_target_properties(gamana::dnnl PROPERTIES IMPORTED_LOCATION ${DNNL_LIBRARY})
endif()
