/// Problem: the first few hundred principal directions of two thousand columns, in about a second.
///
/// The covariance is one large matrix product, cut into blocks of its columns; only blocks from the diagonal on are
/// computed. A full eigendecomposition of it would take ten times as long as everything else. A random subspace that is
/// a little wider than asked for is multiplied with the covariance and made orthonormal again a few times (subspace
/// iteration); the eigenvectors of the covariance inside that subspace are the directions (Rayleigh–Ritz).
///
/// Every product is cut into tasks by fixed sizes and every small decomposition runs as a task of its own, on one
/// thread: the result does not depend on the number of threads.

#include "errata/nn/principal_axes.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "errata/base/rng.h"
#include "errata/nn/shards.h"

namespace errata::nn {
namespace {

constexpr std::int64_t kCovarianceColumns = 128;  ///< columns of the covariance in a task
constexpr std::int64_t kSpare = 16;               ///< directions beside those asked for
constexpr std::size_t kRounds = 6;                ///< of subspace iteration

/// Calls body(first, size) for blocks of d columns.
void for_each_block(std::int64_t d, const Cancellation* cancellation,
                    const std::function<void(std::int64_t first, std::int64_t size)>& body) {
  const auto of_block = [&](std::size_t block) {
    const c10::InferenceMode no_gradients;
    const std::int64_t first = static_cast<std::int64_t>(block) * kCovarianceColumns;
    body(first, std::min(kCovarianceColumns, d - first));
  };
  for_each_shard(static_cast<std::size_t>((d + kCovarianceColumns - 1) / kCovarianceColumns), of_block, cancellation);
}

/// Of columns whose means are 0, times the number of rows.
at::Tensor covariance_of(const at::Tensor& centred, const Cancellation* cancellation) {
  const std::int64_t d = centred.size(1);
  at::Tensor products = at::empty({d, d});
  for_each_block(d, cancellation, [&](std::int64_t first, std::int64_t size) {
    at::Tensor place = products.narrow(0, first, size).narrow(1, first, d - first);
    at::mm_out(place, centred.narrow(1, first, size).t(), centred.narrow(1, first, d - first));
  });
  for_each_block(d, cancellation, [&](std::int64_t first, std::int64_t size) {
    const std::int64_t after = first + size;
    products.narrow(0, after, d - after)
        .narrow(1, first, size)
        .copy_(products.narrow(0, first, size).narrow(1, after, d - after).t());
  });
  return products;
}

at::Tensor product(const at::Tensor& square, const at::Tensor& subspace, const Cancellation* cancellation) {
  at::Tensor result = at::empty_like(subspace);
  for_each_block(square.size(0), cancellation, [&](std::int64_t first, std::int64_t size) {
    at::Tensor place = result.narrow(0, first, size);
    at::mm_out(place, square.narrow(0, first, size), subspace);
  });
  return result;
}

/// Runs a decomposition on one thread.
void alone(const std::function<void()>& body) {
  for_each_shard(1, [&](std::size_t) {
    const c10::InferenceMode no_gradients;
    body();
  });
}

at::Tensor random_subspace(std::int64_t d, std::int64_t width, std::uint64_t seed) {
  Rng rng(seed);
  at::Tensor subspace = at::empty({d, width});
  std::generate_n(subspace.data_ptr<float>(), subspace.numel(), [&] { return static_cast<float>(rng.normal()); });
  return subspace;
}

/// Turns each row so that its entry of largest size is positive.
void settle_signs(const at::Tensor& axes) {
  const at::Tensor largest = std::get<1>(axes.abs().max(1, true));
  axes.mul_(at::where(axes.gather(1, largest) < 0, -at::ones({1}), at::ones({1})));
}

std::vector<float> copied_values(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  return {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()};
}

}  // namespace

PrincipalAxes principal_axes(MatrixView<const float> rows, std::size_t keep, std::uint64_t seed,
                             const Cancellation* cancellation) {
  ERRATA_CHECK(rows.rows() > 0 && rows.cols() > 0 && keep > 0);
  const c10::InferenceMode no_gradients;
  const auto n = static_cast<std::int64_t>(rows.rows()), d = static_cast<std::int64_t>(rows.cols());
  const std::int64_t kept = std::min({static_cast<std::int64_t>(keep), n, d});
  const at::Tensor given = at::from_blob(const_cast<float*>(rows.row(0).data()), {n, d});
  at::Tensor centred = at::empty({n, d}), mean = at::empty({d});
  for_each_block(d, cancellation, [&](std::int64_t first, std::int64_t size) {
    const at::Tensor columns = given.narrow(1, first, size);
    mean.narrow(0, first, size).copy_(columns.sum(0, false, at::kDouble).div_(static_cast<double>(n)));
    at::Tensor place = centred.narrow(1, first, size);
    at::sub_out(place, columns, mean.narrow(0, first, size));
  });
  const at::Tensor covariance = covariance_of(centred, cancellation);
  at::Tensor subspace = random_subspace(d, std::min(d, kept + kSpare), seed);
  for (std::size_t round = 0; round < kRounds; ++round) {
    alone([&] { subspace = std::get<0>(at::linalg_qr(subspace)).contiguous(); });
    subspace = product(covariance, subspace, cancellation);
  }
  at::Tensor axes, biases, variances;
  alone([&] { subspace = std::get<0>(at::linalg_qr(subspace)).contiguous(); });
  const at::Tensor image = product(covariance, subspace, cancellation);
  alone([&] {
    const auto [values, turn] = at::linalg_eigh(at::mm(subspace.t(), image).to(at::kDouble));
    variances = values.flip(0).narrow(0, 0, kept).clamp_min(0).div(static_cast<double>(n)).contiguous();
    axes = at::mm(subspace.to(at::kDouble), turn.flip(1).narrow(1, 0, kept)).t().contiguous();
    settle_signs(axes);
    biases = at::mv(axes, mean.to(at::kDouble)).neg_().to(at::kFloat);
    axes = axes.to(at::kFloat);
  });
  return {.layer = {.inputs = rows.cols(),
                    .outputs = static_cast<std::size_t>(kept),
                    .weights = copied_values(axes),
                    .biases = copied_values(biases)},
          .variances = {variances.data_ptr<double>(), variances.data_ptr<double>() + kept}};
}

}  // namespace errata::nn
