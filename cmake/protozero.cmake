# protozero (header-only). Its folder alone is put on the include path: a cross compiler must not see the rest of
# /usr/include.
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp PATHS /usr/local/include /usr/include NO_CMAKE_FIND_ROOT_PATH)
if(NOT PROTOZERO_INCLUDE_DIR)
  message(FATAL_ERROR "protozero was not found. Install Debian's package libprotozero-dev.")
endif()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include)
file(CREATE_LINK ${PROTOZERO_INCLUDE_DIR}/protozero ${CMAKE_BINARY_DIR}/include/protozero SYMBOLIC)
add_library(protozero INTERFACE)
target_include_directories(protozero SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/include)
