# One GoogleTest executable; under Emscripten it runs in Node.
enable_testing()
find_path(GTEST_SOURCE_DIR googletest/CMakeLists.txt PATHS /usr/src/googletest NO_CMAKE_FIND_ROOT_PATH)
if(NOT GTEST_SOURCE_DIR)
  message(FATAL_ERROR "GoogleTest's sources were not found. Install Debian's package googletest.")
endif()
add_library(gtest_bundle STATIC
  ${GTEST_SOURCE_DIR}/googletest/src/gtest-all.cc ${GTEST_SOURCE_DIR}/googletest/src/gtest_main.cc)
target_include_directories(gtest_bundle SYSTEM PUBLIC ${GTEST_SOURCE_DIR}/googletest/include)
target_include_directories(gtest_bundle PRIVATE ${GTEST_SOURCE_DIR}/googletest)
if(EMSCRIPTEN)
  target_compile_options(gtest_bundle PUBLIC -fexceptions)
  if(SALIENCY_THREADS)
    target_compile_options(gtest_bundle PUBLIC -pthread)
  endif()
endif()
if(SALIENCY_SANITIZE)
  target_compile_options(gtest_bundle PRIVATE -fsanitize=${SALIENCY_SANITIZE})
endif()

# nlohmann's JSON reads the descriptions of the reference data. As for protozero, its folder alone is linked to.
find_path(JSON_INCLUDE_DIR nlohmann/json.hpp PATHS /usr/local/include /usr/include NO_CMAKE_FIND_ROOT_PATH)
if(NOT JSON_INCLUDE_DIR)
  message(FATAL_ERROR "nlohmann/json.hpp was not found. Install Debian's package nlohmann-json3-dev.")
endif()
file(CREATE_LINK ${JSON_INCLUDE_DIR}/nlohmann ${CMAKE_BINARY_DIR}/include/nlohmann SYMBOLIC)

# The double-precision build has the operators' gradient checks and the reference maps of methods; under ThreadSanitizer run the kernels, where the
# threads are.
set(tested saliency_core protozero)
if(SALIENCY_SANITIZE STREQUAL thread)
  file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS tests/kernels/*.cpp)
  set(tested saliency_kernels)
elseif(SALIENCY_DOUBLE)
  file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS tests/ops/*.cpp tests/golden/*.cpp tests/support/*.cpp)
else()
  file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS
    tests/base/*.cpp tests/kernels/*.cpp tests/tensor/*.cpp tests/ops/*.cpp tests/graph/*.cpp tests/onnx/*.cpp
    tests/saliency/*.cpp tests/metrics/*.cpp tests/visualization/*.cpp tests/golden/*.cpp tests/support/*.cpp)
endif()
add_executable(saliency_tests ${test_sources})
target_include_directories(saliency_tests PRIVATE tests)
target_link_libraries(saliency_tests PRIVATE ${tested} gtest_bundle)
# Tests need not be fast, but to be compiled fast.
target_compile_options(saliency_tests PRIVATE -O1)
target_compile_options(gtest_bundle PRIVATE -O1)
# Only these files know where the checkout is; the others may come from another one's cache.
set_source_files_properties(tests/support/golden.cpp tests/golden/pair_numbers.cpp PROPERTIES
  COMPILE_DEFINITIONS SALIENCY_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
find_path(ONNX_TESTDATA_DIR node/test_relu/model.onnx PATHS /usr/share/libonnx-testdata/data NO_CMAKE_FIND_ROOT_PATH)
if(ONNX_TESTDATA_DIR)
  target_compile_definitions(saliency_tests PRIVATE ONNX_TESTDATA_DIR="${ONNX_TESTDATA_DIR}")
endif()
if(EMSCRIPTEN)
  # The glue of the tests is a CommonJS script, in a project of ES modules.
  file(WRITE ${CMAKE_BINARY_DIR}/package.json "{ \"type\": \"commonjs\" }\n")
  set(stack_size -sSTACK_SIZE=1MB)
  if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.27)
    set(stack_size -sTOTAL_STACK=1MB)
  endif()
  target_link_options(saliency_tests PRIVATE
    -O1 ${stack_size} -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=2GB -sEXIT_RUNTIME=1)
  if(SALIENCY_THREADS)
    target_link_options(saliency_tests PRIVATE -sPTHREAD_POOL_SIZE=8 -sPROXY_TO_PTHREAD=1 -Wno-pthreads-mem-growth)
  endif()
endif()
add_test(NAME saliency_tests COMMAND saliency_tests)
