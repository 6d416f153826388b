#include "errata/language/products.h"

#include <ATen/ATen.h>

#include "errata/nn/signed_size.h"

namespace errata::language {
namespace {

at::Tensor matrix_at(const float* values, std::size_t rows, std::size_t columns) {
  return at::from_blob(const_cast<float*>(values), {nn::signed_size(rows), nn::signed_size(columns)});
}

void multiply(const Product& how, const at::Tensor& a, const at::Tensor& b, at::Tensor c) {
  const c10::InferenceMode no_gradients;
  if (how.added || how.factor != 1)
    c.addmm_(a, b, how.added ? 1 : 0, how.factor);
  else
    at::mm_out(c, a, b);
}

}  // namespace

void Product::with_transposed(const float* a, const float* w, std::size_t rows, std::size_t inputs, std::size_t outputs,
                              float* c) const {
  multiply(*this, matrix_at(a, rows, inputs), matrix_at(w, outputs, inputs).t(), matrix_at(c, rows, outputs));
}

void Product::with(const float* a, const float* w, std::size_t rows, std::size_t outputs, std::size_t inputs,
                   float* c) const {
  multiply(*this, matrix_at(a, rows, outputs), matrix_at(w, outputs, inputs), matrix_at(c, rows, inputs));
}

void Product::of_transposed(const float* a, const float* b, std::size_t rows, std::size_t outputs, std::size_t inputs,
                            float* c) const {
  multiply(*this, matrix_at(a, rows, outputs).t(), matrix_at(b, rows, inputs), matrix_at(c, outputs, inputs));
}

}  // namespace errata::language
