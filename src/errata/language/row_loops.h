#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The small operations of a transformer on rows of floats that lie behind one another, each in one pass over memory,
/// and their derivatives. Sums are taken in an order that stands in the source: the same bits on every machine.
/// "Added" results are added to what is there.
namespace errata::language::row_loops {

/// y = w x / √(mean x² + ε) for each row (RMSNorm). @param inverse  [rows] what x was multiplied by
void normalise(const float* x, const float* w, std::size_t rows, std::size_t width, float epsilon, float* y,
               float* inverse);
/// @param dx  added  @param dw  [width], added; null where nobody asks
void normalise_back(const float* dy, const float* x, const float* w, const float* inverse, std::size_t rows,
                    std::size_t width, float* dx, float* dw);

/// Turns component i of each head with component i + half, in place; back with `sign` −1.
/// @param x  [heads, 2 · half]  @param cosines, sines  [half]
void turn(float* x, std::size_t heads, std::size_t half, const float* cosines, const float* sines, float sign);

/// a = g σ(g) u
void gate(const float* g, const float* u, std::size_t count, float* a);
/// @param da  is read only  @param dg, du  are written
void gate_back(const float* da, const float* g, const float* u, std::size_t count, float* dg, float* du);

/// to += x
void add(const float* x, std::size_t count, float* to);
/// Adds a row to each of many.
void add_to_rows(const float* row, std::size_t rows, std::size_t width, float* to);
/// Adds many rows to one.
void add_rows(const float* x, std::size_t rows, std::size_t width, float* to);

/// to[r] = Σ rows[r, ·] x. @param rows  [count, width]
void dots(const float* rows, const float* x, std::size_t count, std::size_t width, float* to);

/// to += x, in doubles.
void add_in_doubles(const float* x, std::size_t count, double* to);
/// to = x / by
void divide(const double* x, std::size_t count, double by, float* to);

/// −log softmax(z)[wanted]; z becomes its slope, softmax(z) − 1[wanted].
double cross_entropy(float* z, std::size_t count, std::size_t wanted);
/// z becomes softmax(z).
void softmax(float* z, std::size_t count);
/// KL(expected ‖ softmax(z)); z becomes its slope, softmax(z) − expected.
double divergence(float* z, std::size_t count, const float* expected);

/// Where the queries, keys and values of one sequence lie: rows of a token each.
struct Heads {
  std::size_t tokens = 0, heads = 0, kv_heads = 0, size = 0;  ///< size: of a head
  [[nodiscard]] std::size_t width() const { return heads * size; }
  [[nodiscard]] std::size_t kv_width() const { return kv_heads * size; }
  /// Of a row of weights: as many as tokens, filled up to whole vectors.
  [[nodiscard]] std::size_t stride() const { return (tokens + 15) / 16 * 16; }
  [[nodiscard]] std::size_t weights() const { return heads * tokens * stride(); }
  [[nodiscard]] std::size_t space() const { return (size + 1) * stride(); }
};

/// Causal attention of one sequence.
/// @param q, out  [tokens, width]  @param k, v  [tokens, kv_width]
/// @param p  [heads, tokens, stride] softmax(q kᵀ / √size), what lies behind a token undefined; null where nobody asks
/// @param space  [space] for its own use, here and below
void attend(const Heads& of, const float* q, const float* k, const float* v, float* p, float* out, float* space);
/// Of its last token alone. @param q, out  [width]
void attend_last(const Heads& of, const float* q, const float* k, const float* v, float* out, float* space);
/// @param dq, dk, dv  are added to
void attend_back(const Heads& of, const float* dout, const float* q, const float* k, const float* v, const float* p,
                 float* dq, float* dk, float* dv, float* space);

}  // namespace errata::language::row_loops
