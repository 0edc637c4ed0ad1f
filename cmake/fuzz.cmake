# Fuzz targets: cmake -DSALIENCY_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ -DSALIENCY_SANITIZE=address,undefined
#               build/onnx_fuzz -rss_limit_mb=1024 corpus/
if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
  message(FATAL_ERROR "SALIENCY_FUZZ needs Clang's libFuzzer: -DCMAKE_CXX_COMPILER=clang++")
endif()
foreach(library saliency_core saliency_kernels)
  target_compile_options(${library} PRIVATE -fsanitize=fuzzer-no-link)
endforeach()
add_executable(onnx_fuzz tests/fuzz/onnx_fuzz.cpp)
target_compile_options(onnx_fuzz PRIVATE -fsanitize=fuzzer)
target_link_options(onnx_fuzz PRIVATE -fsanitize=fuzzer)
target_link_libraries(onnx_fuzz PRIVATE saliency_core)
