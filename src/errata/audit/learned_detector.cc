#include "errata/audit/learned_detector.h"

#include <fmt/format.h>

#include <algorithm>

namespace errata::audit {

SelectedLatents::SelectedLatents(const ModelOutputs& from, std::span<const std::string> names) : outputs(from) {
  std::size_t width = 0;
  std::vector<const LatentBlock*> chosen;
  for (std::size_t b = 0; b < from.blocks.size(); ++b) {
    const LatentBlock& block = from.blocks[b];
    if (std::ranges::find(names, block.name) == names.end()) continue;
    if (b == from.penultimate) outputs.penultimate = chosen.size();
    chosen.push_back(&block);
    blocks.push_back({.name = block.name, .first = width, .width = block.width});
    width += block.width;
  }
  values.reserve(from.cases * width);
  for (std::size_t i = 0; i < from.cases; ++i)
    for (const LatentBlock* block : chosen) {
      const auto columns = from.latents.row(i).subspan(block->first, block->width);
      values.insert(values.end(), columns.begin(), columns.end());
    }
  if (outputs.penultimate >= blocks.size()) outputs.penultimate = blocks.empty() ? 0 : blocks.size() - 1;
  outputs.latents = {values, width == 0 ? 0 : from.cases, width};
  outputs.blocks = blocks;
}

LearnedDetector::LearnedDetector(std::string name, AuditorOptions options, std::vector<std::string> blocks)
    : name_(std::move(name)), options_(std::move(options)), block_names_(std::move(blocks)) {}

Result<void> LearnedDetector::fit(const TrainingCases& cases, ThreadPool& pool) {
  options_.cancellation = pool.cancellation();
  if (block_names_.empty()) {
    ERRATA_ASSIGN(auditor_, Auditor::train(cases, options_));
    return {};
  }
  const SelectedLatents selected(cases.outputs, block_names_);
  if (selected.blocks.size() != block_names_.size())
    return invalid_argument(fmt::format("{} reads {} blocks of latents, {} of them are there", name_,
                                        block_names_.size(), selected.blocks.size()));
  TrainingCases of_blocks = cases;
  of_blocks.outputs = selected.outputs;
  ERRATA_ASSIGN(auditor_, Auditor::train(of_blocks, options_));
  return {};
}

std::vector<double> LearnedDetector::risks(const ModelOutputs& outputs, ThreadPool& pool) const {
  if (block_names_.empty()) return auditor_->risks(outputs, pool.cancellation());
  const SelectedLatents selected(outputs, block_names_);
  return auditor_->risks(selected.outputs, pool.cancellation());
}

Result<void> EnergyHead::fit(const TrainingCases& /*cases*/, ThreadPool& /*pool*/) {
  if (auditor_.target() == AuditorTarget::label) return {};
  return invalid_argument("energy_head needs an auditor that was asked for the truth (target label)");
}

std::vector<double> EnergyHead::risks(const ModelOutputs& outputs, ThreadPool& pool) const {
  return auditor_.energies(outputs, pool.cancellation());
}

}  // namespace errata::audit
