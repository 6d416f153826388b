#pragma once

#include <cstdint>

#include "errata/base/matrix_view.h"

namespace errata::stats {

/// Mutual information of the row and the column of a case, in bits: what knowing one tells of the other.
///     Σ p_ij log2(p_ij / (p_i p_j)) − (m_xy − m_x − m_y + 1) / (2 n ln 2), not below 0,
/// the plug-in estimate less its Miller–Madow bias; m are the numbers of cells, rows and columns with cases.
/// @param counts  [rows, cols] cases; none gives 0
/// Cost: O(rows · cols). Reference: G. Miller, in Information Theory in Psychology, Free Press 1955, 95–100.
[[nodiscard]] double mutual_information_bits(MatrixView<const std::uint64_t> counts);

/// Cramér's V with Bergsma's bias correction: 0 on average-sized chance association, 1 for perfect association.
///     φ² = max(0, X²/n − (r−1)(c−1)/(n−1)),  r' = r − (r−1)²/(n−1),  c' likewise,  V = √(φ² / min(r'−1, c'−1))
/// r and c count the rows and columns with cases.
/// @param counts  [rows, cols] cases
/// @return in [0, 1]; 0 with fewer than two rows, columns or cases
/// Cost: O(rows · cols). Reference: W. Bergsma, J. Korean Stat. Soc. 42 (2013), 323–328.
[[nodiscard]] double cramers_v(MatrixView<const std::uint64_t> counts);

/// How well two ways of sorting the same cases into groups agree, chance taken out: 1 when either tells the other, 0 on
/// average when they have nothing to do with each other.
///     (I − E[I]) / ((H_rows + H_columns)/2 − E[I]),
/// I the mutual information, H the entropies, E[I] over all tables with these margins.
/// @param counts  [rows, cols] cases
/// @return at most 1; NaN with fewer than two rows or columns that have cases
/// Cost: O(Σ over cells of the smaller margin). Reference: N. X. Vinh, J. Epps, J. Bailey, JMLR 11 (2010), 2837–2854.
[[nodiscard]] double adjusted_mutual_information(MatrixView<const std::uint64_t> counts);

}  // namespace errata::stats
