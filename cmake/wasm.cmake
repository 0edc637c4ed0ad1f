# Emscripten 3.1.6 as Debian packages it: its JavaScript optimizer's acorn lies where Node does not look by itself.
if(EMSCRIPTEN_VERSION VERSION_EQUAL 3.1.6 AND EXISTS /usr/share/nodejs/acorn)
  set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")
endif()

# The package's WebAssembly files: saliency-simd or, with SALIENCY_THREADS, saliency-threads; each as one JavaScript
# glue file with two binaries, for plain and for relaxed SIMD. With SALIENCY_DOUBLE, saliency-double with one binary.
# Built where the tests are not (SALIENCY_TESTS=OFF).
if(SALIENCY_TESTS)
  return()
endif()

# Kernels call the imported function relaxed.madd (a·b + c). One link, two ways to bind it: as mul and add, and as the
# fused f32x4.relaxed_madd, which the LLVM 14 of Emscripten 3.1.6 cannot emit. binaryen inlines either. The reference
# kernels of the double build do not call it.
target_compile_definitions(saliency_kernels PRIVATE SALIENCY_RELAXED_IMPORT)

file(GLOB binding_sources CONFIGURE_DEPENDS src/bindings/*.cpp)
set(variant saliency-simd)
if(SALIENCY_DOUBLE)
  set(variant saliency-double)
elseif(SALIENCY_THREADS)
  set(variant saliency-threads)
endif()
add_executable(saliency ${binding_sources})
target_link_libraries(saliency PRIVATE saliency_core embind)
set_target_properties(saliency PROPERTIES OUTPUT_NAME ${variant} SUFFIX .js)
set(relaxed_dir ${CMAKE_CURRENT_SOURCE_DIR}/cmake/relaxed)
set_property(TARGET saliency APPEND PROPERTY LINK_DEPENDS ${relaxed_dir}/library.js)
# Memory grows by a twentieth, not by Emscripten's fifth: a fifth of a large network is more than its gradient needs.
target_link_options(saliency PRIVATE
  -O2  # -O3 renames the modules of imports, and with them relaxed.madd
  --js-library=${relaxed_dir}/library.js
  -sMODULARIZE=1 -sEXPORT_ES6=1 -sEXPORT_NAME=createSaliency -sENVIRONMENT=web,worker
  -sALLOW_MEMORY_GROWTH=1 -sMEMORY_GROWTH_GEOMETRIC_STEP=0.05 -sDYNAMIC_EXECUTION=0 -sFILESYSTEM=0 -sEXIT_RUNTIME=0)
if(SALIENCY_THREADS)
  # The whole range of a shared memory is reserved at once: 4 GB would fail on small devices.
  # The loader says how many threads it wants: createSaliency({saliencyThreads: 4}); the caller's own is one of them.
  target_link_options(saliency PRIVATE
    -sMAXIMUM_MEMORY=2GB "-sPTHREAD_POOL_SIZE=Math.max(0,(Module[\"saliencyThreads\"]||1)-1)" -sPTHREAD_POOL_SIZE_STRICT=2
    -Wno-pthreads-mem-growth)
else()
  target_link_options(saliency PRIVATE -sMAXIMUM_MEMORY=4GB)
endif()

# binaryen of npm, as Emscripten 3.1.6 brings one that does not know the final relaxed opcodes.
find_program(NODE node REQUIRED)
set(binaryen ${CMAKE_CURRENT_SOURCE_DIR}/node_modules/binaryen/bin)
if(NOT EXISTS ${binaryen}/wasm-merge)
  message(FATAL_ERROR "npm's package binaryen is missing. Run 'npm ci' first, or build with 'npm run build'.")
endif()
# One by one: --all-features emits encodings that engines reject.
set(features --enable-simd --enable-relaxed-simd --enable-threads --enable-bulk-memory --enable-sign-ext
             --enable-mutable-globals --enable-nontrapping-float-to-int)
# Only inlining: the link has optimized already, and wasm-opt -O3 would gather the multiply-adds of one accumulator over
# several steps of a loop, so that the tiles of the kernels no longer fit the registers (25 % slower in Chromium 156).
# The blocks that inlining leaves would each end a basic block, across which V8 fuses no 128-bit operations
# (--wasm-revectorize); without their names they merge into the code around them.
set(inline_madd --always-inline-max-function-size=8 --one-caller-inline-max-function-size=0 --inlining
                --remove-unused-names --merge-blocks --vacuum --remove-unused-module-elements)
set(out ${CMAKE_CURRENT_BINARY_DIR}/package)
file(MAKE_DIRECTORY ${out})

function(saliency_bind kind output)
  set(madd ${CMAKE_CURRENT_BINARY_DIR}/madd-${kind}.wasm)
  set(merged ${CMAKE_CURRENT_BINARY_DIR}/${variant}-${kind}-merged.wasm)
  add_custom_command(OUTPUT ${out}/${output} ${madd} ${merged}
    COMMAND ${NODE} ${binaryen}/wasm-as ${features} ${relaxed_dir}/${kind}.wat -o ${madd}
    COMMAND ${NODE} ${binaryen}/wasm-merge ${features} $<TARGET_FILE_DIR:saliency>/${variant}.wasm main ${madd} relaxed
            -o ${merged}
    COMMAND ${NODE} ${binaryen}/wasm-opt ${features} ${inline_madd} ${merged} -o ${out}/${output}
    DEPENDS saliency ${relaxed_dir}/${kind}.wat
    COMMENT "Binding relaxed.madd: ${output}" VERBATIM)
endfunction()
saliency_bind(plain ${variant}.wasm)
set(binaries ${out}/${variant}.wasm)
if(NOT SALIENCY_DOUBLE)
  saliency_bind(relaxed ${variant}-relaxed.wasm)
  list(APPEND binaries ${out}/${variant}-relaxed.wasm)
endif()

set(glue ${variant}.js)
if(SALIENCY_THREADS AND EMSCRIPTEN_VERSION VERSION_LESS 3.1.58)
  list(APPEND glue ${variant}.worker.js)  # later versions start their threads from the glue itself
endif()
foreach(file ${glue})
  add_custom_command(OUTPUT ${out}/${file}
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE_DIR:saliency>/${file} ${out}/${file} DEPENDS saliency VERBATIM)
  list(APPEND glue_outputs ${out}/${file})
endforeach()
add_custom_target(package ALL DEPENDS ${glue_outputs} ${binaries})
