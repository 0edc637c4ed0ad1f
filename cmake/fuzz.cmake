# Fuzz targets: cmake -DSALIENCY_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++ -DSALIENCY_SANITIZE=address,undefined
#               build/onnx_fuzz -rss_limit_mb=1024 corpus/
if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
  message(FATAL_ERROR "SALIENCY_FUZZ needs Clang's libFuzzer: -DCMAKE_CXX_COMPILER=clang++")
endif()
foreach(library saliency_core saliency_kernels)
  target_compile_options(${library} PRIVATE -fsanitize=fuzzer-no-link)
endforeach()
foreach(target onnx_fuzz load_fuzz)
  add_executable(${target} tests/fuzz/${target}.cpp)
  target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${target} PRIVATE saliency_core)
endforeach()
