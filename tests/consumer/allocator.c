/* An allocator that funds the first patch, made with nothing but the installed header. */
#include <errata_allocator.h>

int errata_allocate(const errata_allocation_question* question, uint32_t* positions, uint64_t* budgets, size_t* count) {
  if (question->max_positions == 0 || question->max_tokens == 0) return 1;
  positions[0] = 0;
  budgets[0] = question->max_tokens;
  *count = 1;
  return 0;
}
