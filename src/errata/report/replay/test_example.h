#pragma once

#include "errata/replay/replay.h"

namespace errata::report {

/// A finished replay of two years of electricity prices, made by hand, for tests: six scores and the oracle, three
/// modes (one retired), regimes of all cases and of a mode (one still on), calibration, experts and corrections.
[[nodiscard]] replay::Replay example_replay();

/// A log without times, modes, regimes or corrections, whose policy controls risk and accepts nothing.
[[nodiscard]] replay::Replay quiet_replay();

/// A log of which no case was evaluated.
[[nodiscard]] replay::Replay empty_replay();

/// A memory for each of 15 streams, the first of them worst, one without cases beyond its warm-up and one with a name
/// that tries to become markup. Modes and regimes of the example are of the first two.
[[nodiscard]] replay::Replay streams_replay();

/// Names, words, files and warnings that try to become markup, escape sequences or broken text.
[[nodiscard]] replay::Replay hostile_replay();

}  // namespace errata::report
