# Finds the packages behind the targets that gamana_packages lists, for this build and for programs that
# find_package(gamana).
find_package(PkgConfig REQUIRED)
set(gamana_modules_HWY libhwy)
set(gamana_modules_SENTENCEPIECE sentencepiece)
set(gamana_modules_ICU icu-uc icu-i18n)
set(gamana_modules_ONIGURUMA oniguruma)
set(gamana_modules_SIMDJSON simdjson)
set(gamana_modules_PANGO pangocairo)
foreach(package IN LISTS gamana_packages)
  if(package MATCHES "^PkgConfig::(.*)")
    pkg_check_modules(${CMAKE_MATCH_1} REQUIRED IMPORTED_TARGET GLOBAL ${gamana_modules_${CMAKE_MATCH_1}})
  elseif(package STREQUAL OpenMP::OpenMP_CXX)
    find_package(OpenMP REQUIRED COMPONENTS CXX)  # oneDNN of Debian uses it; our own threads are those of base/parallel.h
  elseif(package STREQUAL gamana::dnnl)
    # dnnl's own package file asks for OpenCL, which only its GPU half needs.
    find_library(DNNL_LIBRARY dnnl REQUIRED)
    if(NOT TARGET gamana::dnnl)
      add_library(gamana::dnnl UNKNOWN IMPORTED GLOBAL)
      set_target_properties(gamana::dnnl PROPERTIES IMPORTED_LOCATION ${DNNL_LIBRARY})
    endif()
  else()  # Threads::Threads, fmt::fmt, ZLIB::ZLIB
    string(REGEX REPLACE ":.*" "" name ${package})
    find_package(${name} REQUIRED)
  endif()
endforeach()
