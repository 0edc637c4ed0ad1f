// GFLOP/s of each layer shape, forwards and backwards; direct products are counted, whatever the algorithm.
//   saliency_bench                    GoogleBenchmark natively
//   node saliency_bench.js FILTER [THREADS]   a plain loop as WebAssembly: best and median of the runs
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#ifndef __EMSCRIPTEN__
#include <benchmark/benchmark.h>
#endif

#include "bench/layers.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"

namespace saliency::kernels::bench {
namespace {

std::vector<Scalar> random_numbers(std::int64_t count) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  std::vector<Scalar> numbers(static_cast<std::size_t>(count));
  for (Scalar& number : numbers) number = static_cast<Scalar>(values(engine));
  return numbers;
}

// A convolution with its operands; the gradient is gated by bits as behind a rectifier.
class Fixture {
 public:
  explicit Fixture(const Layer& l) : layer_(l) {
    const std::int64_t out = (l.size + 2 * l.pad - l.kernel) / l.stride + 1;
    sizes_ = {1, l.size, l.size, out, out};
    x_ = random_numbers(l.size * l.size * l.in_channels);
    y_ = random_numbers(out * out * l.out_channels);
    bits_.assign((y_.size() + 7) / 8, std::uint8_t{0x5a});
    const ConvGeometry geometry{l.in_channels,
                                l.out_channels,
                                l.groups,
                                {l.kernel, l.kernel, l.stride, l.stride, 1, 1, l.pad, l.pad, l.pad, l.pad}};
    const auto weight = random_numbers(l.out_channels * l.kernel * l.kernel * (l.in_channels / l.groups));
    convolution_ = make_convolution(geometry, weight.data(), random_numbers(l.out_channels).data());
  }

  double flops() const {
    const auto& l = layer_;
    return 2.0 * static_cast<double>(sizes_.out_height * sizes_.out_width * l.out_channels * l.kernel * l.kernel *
                                     (l.in_channels / l.groups));
  }
  void forward() { convolution_->forward(sizes_, x_.data(), {0, 6}, y_.data()); }
  void gradient() { convolution_->input_gradient(sizes_, y_.data(), {bits_.data(), false}, x_.data()); }

 private:
  Layer layer_;
  ImageSizes sizes_;
  std::vector<Scalar> x_, y_;
  std::vector<std::uint8_t> bits_;
  std::unique_ptr<Convolution> convolution_;
};

// Kernels that are bound by memory, on the largest activation of mobilenet_v2 (112×112×96) and resnet18's max pool.
struct Streaming {
  const char* name;
  double bytes;  // read and written
  void (*run)(std::vector<Scalar>& x, std::vector<Scalar>& y, std::vector<std::uint16_t>& winners);
};

constexpr std::int64_t kValues = 112 * 112 * 96;
constexpr Window kMaxPoolWindow{3, 3, 2, 2, 1, 1, 1, 1, 1, 1};
constexpr ImageSizes kMaxPoolSizes{1, 112, 112, 56, 56};

std::uint8_t* as_bits(std::vector<std::uint16_t>& winners) {
  return reinterpret_cast<std::uint8_t*>(winners.data());
}

const Streaming kStreaming[] = {
    {"stream/clamp_bits", 4.125 * kValues,
     [](auto& x, auto&, auto& bits) {
       clamp_bits(kValues, x.data(), {0, 6}, as_bits(bits));
     }},
    {"stream/clamp", 8.125 * kValues,
     [](auto& x, auto& y, auto& bits) {
       clamp(kValues, x.data(), {0, 6}, y.data(), as_bits(bits));
     }},
    {"stream/gate", 8.125 * kValues,
     [](auto& x, auto& y, auto& bits) {
       gate(kValues, x.data(), {as_bits(bits), true}, y.data());
     }},
    {"stream/accumulate", 12.0 * kValues, [](auto& x, auto& y, auto&) { accumulate(kValues, x.data(), y.data()); }},
    {"stream/transpose_to_nchw", 8.0 * kValues,
     [](auto& x, auto& y, auto&) {
       const std::int64_t shape[] = {1, 112, 112, 96};
       const int order[] = {0, 3, 1, 2};
       transpose(4, shape, order, x.data(), y.data());
     }},
    {"stream/transpose_to_nhwc", 8.0 * kValues,
     [](auto& x, auto& y, auto&) {
       const std::int64_t shape[] = {1, 96, 112, 112};
       const int order[] = {0, 2, 3, 1};
       transpose(4, shape, order, x.data(), y.data());
     }},
    {"stream/transpose_colors", 8.0 * 3 * 224 * 224,
     [](auto& x, auto& y, auto&) {
       const std::int64_t shape[] = {1, 3, 224, 224};
       const int order[] = {0, 2, 3, 1};
       transpose(4, shape, order, x.data(), y.data());
     }},
    {"stream/max_pool_112_64", 4.0 * 64 * (112 * 112 + 56 * 56) + 2.0 * 64 * 56 * 56,
     [](auto& x, auto& y, auto& winners) {
       max_pool(kMaxPoolWindow, kMaxPoolSizes, 64, x.data(), y.data(), winners.data());
     }},
    {"stream/max_pool_gradient", 4.0 * 64 * (112 * 112 + 56 * 56) + 2.0 * 64 * 56 * 56,
     [](auto& x, auto& y, auto& winners) {
       max_pool_gradient(kMaxPoolWindow, kMaxPoolSizes, 64, x.data(), winners.data(), y.data());
     }},
    {"stream/global_pool_7_1280", 4.0 * 50 * 1280,
     [](auto& x, auto& y, auto&) {
       average_pool({7, 7}, {1, 7, 7, 1, 1}, 1280, Divisor::ValidTaps, x.data(), y.data());
     }},
};

#ifndef __EMSCRIPTEN__

void register_all() {
  for (const Streaming& kernel : kStreaming) {
    benchmark::RegisterBenchmark(kernel.name, [kernel](benchmark::State& state) {
      auto x = random_numbers(kValues), y = random_numbers(kValues);
      std::vector<std::uint16_t> winners(kValues, 1);
      for (auto _ : state) kernel.run(x, y, winners);
      state.counters["GB/s"] = benchmark::Counter(kernel.bytes * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
    });
  }
  for (const Layer& layer : kLayers) {
    const auto add = [&](const char* direction, auto step) {
      benchmark::RegisterBenchmark(
          (std::string(layer.name) + "/" + direction).c_str(), [layer, step](benchmark::State& state) {
            Fixture fixture(layer);
            for (auto _ : state) step(fixture);
            state.counters["GFLOP/s"] =
                benchmark::Counter(fixture.flops() * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
          });
    };
    add("forward", [](Fixture& f) { f.forward(); });
    add("gradient", [](Fixture& f) { f.gradient(); });
  }
}

#else

struct Time {
  double best, median;  // s
};

template <class Step>
Time measure(const Step& step) {
  using Clock = std::chrono::steady_clock;
  constexpr double kSeconds = 0.25;
  std::vector<double> times;
  double total = 0;
  step();
  while (total < kSeconds || times.size() < 5) {
    // Several calls a sample: the clock of a page ticks in 5 µs at best.
    const int calls = times.empty() ? 1 : std::clamp(static_cast<int>(1e-3 / times[0]), 1, 1000);
    const auto begin = Clock::now();
    for (int i = 0; i < calls; ++i) step();
    const double s = std::chrono::duration<double>(Clock::now() - begin).count();
    times.push_back(s / calls);
    total += s;
  }
  std::sort(times.begin(), times.end());
  return {times[0], times[times.size() / 2]};
}

void run(const std::string& filter) {
  std::printf("%-28s %9s %9s %8s %9s %9s %8s\n", "layer (x occurrences)", "fwd best", "fwd med", "GFLOP/s", "grad best",
              "grad med", "GFLOP/s");
  double forward_sum = 0, gradient_sum = 0;
  for (const Layer& layer : kLayers) {
    if (std::string(layer.name).find(filter) == std::string::npos) continue;
    Fixture fixture(layer);
    const Time forward = measure([&] { fixture.forward(); });
    const Time gradient = measure([&] { fixture.gradient(); });
    std::printf("%-28s %6.3f ms %6.3f ms %8.1f %6.3f ms %6.3f ms %8.1f  x%d\n", layer.name, forward.best * 1e3,
                forward.median * 1e3, fixture.flops() * 1e-9 / forward.best, gradient.best * 1e3, gradient.median * 1e3,
                fixture.flops() * 1e-9 / gradient.best, layer.count);
    forward_sum += forward.best * layer.count;
    gradient_sum += gradient.best * layer.count;
  }
  for (const Streaming& kernel : kStreaming) {
    if (std::string(kernel.name).find(filter) == std::string::npos) continue;
    auto x = random_numbers(kValues), y = random_numbers(kValues);
    std::vector<std::uint16_t> winners(kValues, 1);
    const Time time = measure([&] { kernel.run(x, y, winners); });
    std::printf("%-28s %6.3f ms %6.3f ms %8.1f GB/s\n", kernel.name, time.best * 1e3, time.median * 1e3,
                kernel.bytes * 1e-9 / time.best);
  }
  std::printf("sum of best: forward %.2f ms, gradient %.2f ms\n", forward_sum * 1e3, gradient_sum * 1e3);
}

#endif

}  // namespace
}  // namespace saliency::kernels::bench

int main(int argc, char** argv) {
#ifndef __EMSCRIPTEN__
  saliency::kernels::bench::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
#else
  if (argc > 2) saliency::kernels::set_thread_count(std::atoi(argv[2]));
  saliency::kernels::bench::run(argc > 1 ? argv[1] : "");
#endif
  return 0;
}
